/// The parts of the reproduction, in the order in which they are run.
package enum ReproductionTable: String, CaseIterable, Codable {
    /// All families at equal size, and the search for their learning rates.
    case text8
    /// The INN with one thing taken away or changed, trained from the start.
    case ablation
    /// The stacked Mamba that scans unrelated streams.
    case batchAxis = "batch-axis"
    /// One network whose neurons share everything, against a single neuron.
    case degenerate
    /// The INN and the stacked Mamba with 1 to 12 rounds.
    case depth
    /// Sparse routing: what it costs in bits, and in time up to 1024 neurons.
    case scale
    /// The families on a second kind of text.
    case second
    /// Gates that are rarely open, and what routing is worth; a page of its own.
    case communication

    /// Those of the paper, on one page.
    package static var paper: [Self] { allCases.filter { $0 != .communication } }
}

/// How large and how long everything is.
package struct ReproductionScale {
    package enum Name: String, CaseIterable, Codable { case smoke, laptop, desktop, paper }

    package let name: Name
    /// Options of the INN that all others are measured against.
    package let inn: [String]
    /// Preset from which the other families take everything but their width.
    package let preset: String
    package let batchSize: Int, sequenceLength: Int
    /// Updates of a full run, and of the shorter ones.
    package var steps: Int, searchSteps: Int, batchAxisSteps: Int, depthSteps: Int, scaleSteps: Int, secondSteps: Int
    var calibrationSteps: Int
    package var seeds: Int
    /// Learning rates to choose from, besides the paper's.
    let learningRates: [Double]
    let depths: [Int]
    package var validateEvery: Int
    package let validationCharacters: Int
    /// What a family is given when nothing was searched.
    let defaultLearningRate = 4e-3
    package private(set) var communication: CommunicationScale
    /// The families and the ablations by name; nil means all there are.
    var families: Set<String>?, ablations: Set<String>?
    /// Whether every family also has a whole run at the paper's learning rate.
    var repeatsPaperRates = true

    var charactersPerStep: Int { batchSize * sequenceLength }

    package static func named(_ name: Name) -> ReproductionScale {
        switch name {
        case .smoke:
            ReproductionScale(
                name: name,
                inn: ["--preset", "tiny", "--neurons", "4", "--width", "16", "--heads", "2", "--state-size", "4"],
                preset: "tiny",
                batchSize: 8, sequenceLength: 64, steps: 100, searchSteps: 30, batchAxisSteps: 300, depthSteps: 60,
                scaleSteps: 12, secondSteps: 60,
                calibrationSteps: 20, seeds: 2, learningRates: [4e-3, 1e-2], depths: [1, 2, 4, 8, 12],
                validateEvery: 25, validationCharacters: 8_192, communication: .smoke)
        case .laptop:
            ReproductionScale(
                name: name, inn: ["--preset", "tiny", "--neurons", "6"], preset: "tiny", batchSize: 8,
                sequenceLength: 128, steps: 1_960, searchSteps: 1_960,
                batchAxisSteps: 1_000, depthSteps: 400, scaleSteps: 200, secondSteps: 800, calibrationSteps: 60,
                seeds: 3, learningRates: [2e-3, 4e-3, 8e-3],
                depths: [1, 2, 4, 8, 12], validateEvery: 200, validationCharacters: 131_072, communication: .laptop)
        case .desktop:
            ReproductionScale(
                name: name, inn: ["--preset", "small"], preset: "small", batchSize: 8, sequenceLength: 128,
                steps: 9_766, searchSteps: 600, batchAxisSteps: 2_000, depthSteps: 2_000, scaleSteps: 600,
                secondSteps: 4_000, calibrationSteps: 40, seeds: 2, learningRates: [2e-3, 4e-3, 8e-3],
                depths: [1, 2, 4, 8], validateEvery: 500, validationCharacters: 131_072, communication: .desktop,
                families: ["inn", "lstm", "transformer-modern", "mamba"],
                ablations: ["inn", "inn-routing-off", "inn-routing-static", "inn-routing-uniform"],
                repeatsPaperRates: false)
        case .paper:
            ReproductionScale(
                name: name, inn: ["--preset", "paper"], preset: "paper", batchSize: 16, sequenceLength: 256,
                steps: 21_972, searchSteps: 1_000, batchAxisSteps: 21_972,
                depthSteps: 5_000, scaleSteps: 5_000, secondSteps: 21_972, calibrationSteps: 20, seeds: 3,
                learningRates: [1e-3, 2e-3, 4e-3],
                depths: [1, 2, 4, 6, 8, 12], validateEvery: 1_000, validationCharacters: 1_048_576,
                communication: .paper)
        }
    }

    /// The options of the INN with another number of neurons.
    package func inn(neurons: Int) -> [String] {
        guard let index = inn.firstIndex(of: "--neurons") else { return inn + ["--neurons", "\(neurons)"] }
        var options = inn
        options[index + 1] = "\(neurons)"
        return options
    }

    /// The same with another length of the full runs; the shorter runs keep their proportion.
    package func withCharacters(_ characters: Int) -> ReproductionScale {
        var scale = self
        let wanted = max(1, characters / charactersPerStep)
        func part(_ value: Int) -> Int { max(1, value * wanted / steps) }
        (scale.searchSteps, scale.batchAxisSteps, scale.depthSteps) = (
            part(searchSteps), part(batchAxisSteps), part(depthSteps)
        )
        (scale.scaleSteps, scale.secondSteps, scale.calibrationSteps) = (
            part(scaleSteps), part(secondSteps), max(2, part(calibrationSteps))
        )
        scale.communication.steps = part(communication.steps)
        scale.validateEvery = max(1, min(validateEvery, wanted / 4))
        scale.steps = wanted
        return scale
    }
}
