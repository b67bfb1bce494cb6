# `make run` takes a fresh machine with a Swift toolchain to moving curves; `make help` lists the rest.
SWIFT ?= swift
# More arguments for the command that `make run` starts, for example ARGS="--minutes 3".
ARGS ?=
PROGRAM := .build/release/inn-tui

# Homebrew keeps libarchive out of the ordinary search path, because macOS has its own.
ifeq ($(shell uname -s),Darwin)
export PKG_CONFIG_PATH := $(shell brew --prefix libarchive 2>/dev/null)/lib/pkgconfig:$(PKG_CONFIG_PATH)
endif

.PHONY: help deps build run lint test bench fuzz clean
.DEFAULT_GOAL := help

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## Install the system libraries that are missing (apt or brew)
	@scripts/install-dependencies

build: deps ## Build the release program
	$(SWIFT) build -c release --product inn-tui

run: build ## Build, then train on text8 with the live screens (ARGS="…" adds options)
	$(PROGRAM) train text8 $(ARGS)

lint: ## Check format, line lengths and dependency arrows; `swift format -i -r -p Sources Tests Package.swift` formats
	$(SWIFT) format lint --strict -r -p Sources Tests Package.swift
	scripts/check-dependencies

test: deps lint ## Check format and arrows and run every test, the numeric ones with every instruction set
	$(SWIFT) build --build-tests
	scripts/test-instruction-sets
	$(SWIFT) test

bench: build ## Measure training, generation and their parts for every preset that fits a coffee break
	$(PROGRAM) bench --preset tiny $(ARGS)
	$(PROGRAM) bench --preset small $(ARGS)
	$(PROGRAM) bench --preset base $(ARGS)

fuzz: deps ## Feed a million mutated files to all readers (ARGS="--inputs n --seed n --reader name")
	$(SWIFT) build --product inn-fuzz
	.build/debug/inn-fuzz $(ARGS)

clean: ## Delete what was built
	rm -rf .build
