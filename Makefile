# `make run` takes a fresh machine with a Swift toolchain to moving curves; `make help` lists the rest.
SWIFT ?= swift
# A target may import only what Package.swift gives it.
BUILD := $(SWIFT) build --explicit-target-dependency-import-check error
# More arguments for the command that `make run` starts, for example ARGS="--minutes 3".
ARGS ?=
PROGRAM := .build/release/inn-tui
DOCUMENTED := INNKit INNCore INNData INNStore INNEvaluation INNTraining INNAnalysis INNLab

# Homebrew keeps libarchive out of the ordinary search path, because macOS has its own.
ifeq ($(shell uname -s),Darwin)
export PKG_CONFIG_PATH := $(shell brew --prefix libarchive 2>/dev/null)/lib/pkgconfig:$(PKG_CONFIG_PATH)
endif

# Where `make install` puts things; DESTDIR is put before it while a package is made.
PREFIX ?= /usr/local
DESTDIR ?=
export PREFIX DESTDIR
MANUAL := .build/manual

.PHONY: help deps build mpi manual install uninstall deb tarball run lint test docs check-long bench fuzz clean
.DEFAULT_GOAL := help

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## Install the system libraries that are missing (apt or brew)
	@scripts/install-dependencies

build: deps ## Build the release program
	@scripts/build-program $(BUILD) -c release --product inn-tui

manual: build ## Write the man pages to .build/manual
	scripts/make-manual $(PROGRAM) $(MANUAL)

install: manual ## Install program, networks, man pages and completions (PREFIX=/usr/local, DESTDIR for packages)
	scripts/install-program install $(PROGRAM) $(MANUAL)

uninstall: ## Take away what install has put there; runs and settings stay
	scripts/install-program uninstall

deb: ## Make a Debian package in .build/packages
	@scripts/install-dependencies packages
	scripts/make-package deb

tarball: ## Make a tarball that runs on Linux without Swift, in .build/packages
	@scripts/install-dependencies packages
	scripts/make-package tarball

# A cluster has its own, which fits its network.
MPICC ?= mpicc
PLUGIN ?= .build/release/libinn-mpi.so

mpi: ## Build the plug-in for training over MPI with MPICC (mpicc), beside the release program
	@command -v $(MPICC) >/dev/null || { echo "make mpi: there is no $(MPICC); install Open MPI or MPICH, or load its module" >&2; exit 1; }
	mkdir -p $(dir $(PLUGIN))
	$(MPICC) -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -fPIC -shared -o $(PLUGIN) mpi/inn_mpi.c

run: ## Build, then train on text8 with the live screens (ARGS="…" adds options)
	@echo "make run installs the system libraries that are missing, builds the release program, and trains a network on"
	@echo "text8 before your eyes: 31 MB of text, downloaded once where they are not there yet. q then ends it, or leaves it running."
	@$(MAKE) --no-print-directory build
	$(PROGRAM) train text8 $(ARGS)

lint: ## Check format, lengths and what the compiler cannot see
	$(SWIFT) format lint --strict -r -p Sources Tests Examples Package.swift
	scripts/check-dependencies

test: deps lint ## Lint and run every test, the numeric ones with every instruction set
	$(BUILD) --build-tests
	scripts/test-instruction-sets
	$(SWIFT) test
	@command -v mpicc >/dev/null || echo "make test: there is no MPI (mpicc), so the tests of training over MPI, MPITraining, were left out."

docs: ## Write the DocC documentation of INNKit, its modules and INNLab to .build/docs, to be served by any web server
	$(SWIFT) package --allow-writing-to-directory .build/docs generate-documentation \
		--enable-experimental-combined-documentation $(foreach t,$(DOCUMENTED),--target $(t)) --output-path .build/docs

check-long: build ## Sanitizers, kills, power cuts, signals, soak, fuzz, mutations, interchange, AArch64: hours, some as root
	scripts/check-kills --kills 200 --writing-kills 50
	scripts/check-ranks --hits 20
	scripts/check-hosts
	scripts/check-signals
	scripts/soak --minutes 10
	scripts/check-aarch64
	scripts/check-example
	scripts/check-interchange $(PROGRAM)
	.build/interchange-venv/bin/python scripts/check-analysis $(PROGRAM) Assets/small-text8.safetensors sample --characters 16384
	$(MAKE) fuzz
	scripts/check-mutations
	scripts/check-planted-faults
	python3 -m venv .build/kernels-venv && .build/kernels-venv/bin/pip install -q nvidia-cuda-nvrtc
	.build/kernels-venv/bin/python scripts/check-kernels
	scripts/sanitize thread
	scripts/sanitize address
	scripts/check-power --cuts 20 --writing-cuts 10
	$(MAKE) deb tarball
	scripts/check-packages

bench: build ## Measure training, generation and their parts for every preset that fits a coffee break
	$(PROGRAM) bench --preset tiny $(ARGS)
	$(PROGRAM) bench --preset small $(ARGS)
	$(PROGRAM) bench --preset base $(ARGS)

fuzz: deps ## Feed a million mutated files to all readers (ARGS="--inputs n --seed n --reader name")
	$(BUILD) --product inn-fuzz
	.build/debug/inn-fuzz $(ARGS)

clean: ## Delete what was built
	rm -rf .build
