import Foundation

/// Everything that has to be trained for a reproduction, the most telling rows first.
struct ReproductionPlan {
    let scale: ReproductionScale
    let tables: Set<ReproductionTable>
    /// Name under which the text is found again, and that of the second one with its options.
    let corpus: String
    let second: (corpus: String, options: [String])?
    let families: [PlannedFamily]
    /// The families again, of equal size with the second text's alphabet.
    let secondFamilies: [PlannedFamily]
    /// Numbers of rounds and the INN's parameters with them.
    let depths: [(rounds: Int, parameters: Int)]

    /// The learning rates of every family on the search's budget; needed before anything else can be planned. While the
    /// largest rate of a family is the best one, it is doubled, up to three times.
    ///
    /// - Parameter loss: what a run has come to, nil before its end.
    func search(_ loss: (PlannedRun) -> Double?) -> [PlannedRow] {
        guard !tables.isDisjoint(with: [.text8, .ablation, .batchAxis, .depth, .scale, .second]) else { return [] }
        return searchedFamilies.map { family in
            let row = "search-\(family.name)"
            // A search over the full length makes the very runs that the tables need.
            let model = scale.searchSteps == scale.steps ? family.name : row
            let rates = Set(scale.learningRates + [family.paperLearningRate]).sorted()
            var runs = rates.map { run(model, family.options, $0, steps: scale.searchSteps, seed: 1) }
            for _ in 0..<3 {
                let losses = runs.map(loss)
                guard !losses.contains(nil), let last = runs.last, losses.compactMap({ $0 }).min() == losses.last else {
                    break
                }
                runs.append(run(model, family.options, 2 * last.learningRate, steps: scale.searchSteps, seed: 1))
            }
            return PlannedRow(table: .text8, model: row, label: family.label, runs: runs)
        }
    }

    /// Only the families that some table trains.
    private var searchedFamilies: [PlannedFamily] {
        if !tables.isDisjoint(with: [.text8, .second]) { return families }
        let needsMamba = !tables.isDisjoint(with: [.batchAxis, .depth])
        return families.filter { $0.name == "inn" && tables != [.batchAxis] || $0.name == "mamba" && needsMamba }
    }

    /// Short runs that have the machine to themselves: three of each family, in turns, for characters per second.
    func calibration(_ rates: [String: Double]) -> [PlannedRow] {
        guard tables.contains(.text8) else { return [] }
        return (1...3).flatMap { turn in
            families.map { family in
                PlannedRow(
                    table: .text8, model: "speed-\(family.name)", label: family.label,
                    runs: [
                        run(
                            "speed-\(family.name)", family.options, rate(rates, family.name),
                            steps: scale.calibrationSteps, seed: turn)
                    ])
            }
        }
    }

    /// The rows of all tables.
    ///
    /// - Parameter rates: the best learning rate of every family.
    func rows(_ rates: [String: Double]) -> [PlannedRow] {
        [
            text8(rates), ablations(rates), batchAxis(rates), depth(rates), sparse(rates), paperRates,
            secondText(rates), communication,
        ]
        .flatMap { $0 }.filter { tables.contains($0.table) }
    }

    private func rate(_ rates: [String: Double], _ family: String) -> Double {
        rates[family] ?? scale.defaultLearningRate
    }
    private var seeds: ClosedRange<Int> { 1...max(1, scale.seeds) }

    func run(
        _ model: String, _ options: [String], _ rate: Double, steps: Int, seed: Int, corpus: String? = nil
    ) -> PlannedRun {
        PlannedRun(
            model: model, options: options, corpus: corpus ?? self.corpus, learningRate: rate, steps: steps, seed: seed,
            batchSize: scale.batchSize,
            sequenceLength: scale.sequenceLength, validateEvery: scale.validateEvery,
            validationCharacters: scale.validationCharacters)
    }

    private func text8(_ rates: [String: Double]) -> [PlannedRow] {
        families.map { family in
            PlannedRow(
                table: .text8, model: family.name, label: family.label, paper: family.paperBPC,
                runs: seeds.map {
                    run(family.name, family.options, rate(rates, family.name), steps: scale.steps, seed: $0)
                })
        }
    }

    /// Whole runs at the paper's learning rates, which are mostly too low for so few characters.
    private var paperRates: [PlannedRow] {
        guard scale.repeatsPaperRates else { return [] }
        return families.map { family in
            PlannedRow(
                table: .text8, model: "\(family.name)-at-paper-rate",
                label: "\(family.label), the paper's learning rate", paper: family.paperBPC,
                runs: [run(family.name, family.options, family.paperLearningRate, steps: scale.steps, seed: 1)])
        }
    }

    private func ablations(_ rates: [String: Double]) -> [PlannedRow] {
        let variants: [(model: String, label: String, options: [String], paper: Double?)] = [
            ("inn", "INN as it is", [], nil),
            ("inn-routing-off", "no communication", ["--routing", "off"], 1.998),
            ("inn-routing-static", "static routing", ["--routing", "static"], 2.085),
            ("inn-routing-uniform", "uniform routing", ["--routing", "uniform"], nil),
            ("inn-gate-off", "no gate", ["--gate", "off"], nil),
            ("inn-gate-hard", "hard gate", ["--gate", "hard"], nil),
            ("inn-memory-none", "no memory, as many parameters", ["--memory", "none"], nil),
            ("inn-sharing-conv", "memory shared but for its convolution", ["--sharing", "conv"], nil),
            ("inn-sharing-all", "memory shared: copies of one neuron", ["--sharing", "all"], nil),
        ]
        return variants.filter { scale.ablations?.contains($0.model) ?? true }.map { variant in
            PlannedRow(
                table: .ablation, model: variant.model, label: variant.label, paper: variant.paper,
                runs: seeds.map {
                    run(variant.model, scale.inn + variant.options, rate(rates, "inn"), steps: scale.steps, seed: $0)
                })
        }
    }

    private func batchAxis(_ rates: [String: Double]) -> [PlannedRow] {
        guard let mamba = families.first(where: { $0.name == "mamba" }) else { return [] }
        func row(_ model: String, _ label: String, _ options: [String], _ paper: Double?) -> PlannedRow {
            PlannedRow(
                table: .batchAxis, model: model, label: label, paper: paper,
                runs: [run(model, mamba.options + options, rate(rates, "mamba"), steps: scale.batchAxisSteps, seed: 1)])
        }
        return [
            row("mamba-batch-axis", "scans the batch axis", ["--batch-axis-bug"], 3.438),
            row("mamba", "scans time", [], nil),
        ]
    }

    /// At every depth the stack has the INN's number of parameters.
    private func depth(_ rates: [String: Double]) -> [PlannedRow] {
        let mamba = families.first { $0.name == "mamba" }
        return depths.flatMap { depth, parameters -> [PlannedRow] in
            let name = "inn-rounds-\(depth)"
            let stack = "mamba-layers-\(depth)"
            let inn = PlannedRow(
                table: .depth, model: name, label: "INN, \(depth) rounds",
                runs: [
                    run(
                        name, scale.inn + ["--rounds", "\(depth)"], rate(rates, "inn"), steps: scale.depthSteps, seed: 1
                    )
                ])
            guard let mamba else { return [inn] }
            let options = [
                "--model", "mamba", "--preset", scale.preset, "--params", "\(parameters)", "--layers", "\(depth)",
            ]
            return [
                inn,
                PlannedRow(
                    table: .depth, model: stack, label: "stacked Mamba, \(depth) layers",
                    runs: [run(stack, options, rate(rates, mamba.name), steps: scale.depthSteps, seed: 1)]),
            ]
        }
    }

    private func sparse(_ rates: [String: Double]) -> [PlannedRow] {
        [
            ("complete", "complete graph", []), ("top-8", "8 strongest edges", ["--top-k", "8"]),
            ("groups-4", "4 groups of 16", ["--groups", "4"]),
        ].map { name, label, options in
            PlannedRow(
                table: .scale, model: "inn-64-\(name)", label: label,
                runs: [
                    run(
                        "inn-64-\(name)", scale.inn(neurons: 64) + options, rate(rates, "inn"), steps: scale.scaleSteps,
                        seed: 1)
                ])
        }
    }

    private func secondText(_ rates: [String: Double]) -> [PlannedRow] {
        guard let second else { return [] }
        return secondFamilies.map { family in
            let model = "second-\(family.name)"
            return PlannedRow(
                table: .second, model: model, label: family.label,
                runs: [
                    run(
                        model, family.options + second.options, rate(rates, family.name), steps: scale.secondSteps,
                        seed: 1, corpus: second.corpus)
                ])
        }
    }
}

extension [PlannedRow] {
    /// All runs, each once, in the order of the rows: every row's first seed, then every row's second, so that a table
    /// that is not done yet compares what it has.
    package var runs: [PlannedRun] {
        var seen: Set<String> = []
        let runs = flatMap(\.runs).filter { seen.insert($0.name).inserted }
        return Set(runs.map(\.seed)).sorted().flatMap { seed in runs.filter { $0.seed == seed } }
    }
}
