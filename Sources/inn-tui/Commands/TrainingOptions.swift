import ArgumentParser
import Foundation
import INNKit

/// Length, optimizer and schedule of a training.
struct TrainingOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            """
            Train for this many minutes; the schedule follows the clock. Without a length: 10 minutes, the paper's \
            presets 1 epoch.
            """,
            valueName: "m"))
    var minutes: Double?

    @Option(name: .long, help: ArgumentHelp("Train for this many updates.", valueName: "n"))
    var steps: Int?

    @Option(name: .long, help: ArgumentHelp("Train for this many passes over the text.", valueName: "n"))
    var epochs: Double?

    @Option(name: .long, help: ArgumentHelp("Seed of weights, batches and dropout.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(
        name: .long,
        help: ArgumentHelp("Parallel streams of text; by default 8, the paper's presets 16.", valueName: "n"))
    var batchSize: Int?

    @Option(
        name: .long,
        help: ArgumentHelp("Characters per stream and step; by default 128, the paper's presets 256.", valueName: "n"))
    var sequenceLength: Int?

    @Option(name: .long, help: ArgumentHelp("Batches per update.", valueName: "n"))
    var accumulate = 1

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Cut the streams of a batch into this many parts, a power of two, which ranks of MPI share; see docs.",
            valueName: "n"))
    var shards: Int?

    @Option(name: .long, help: ArgumentHelp("contiguous streams or random windows.", valueName: "order"))
    var order: BatchOrder = .contiguous

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Largest learning rate; by default 0.004 (transformer 0.001), the paper's presets 0.0004.",
            valueName: "rate"))
    var learningRate: Double?

    @Option(name: .long, help: ArgumentHelp("onecycle, cosine (with warm-up) or constant.", valueName: "name"))
    var schedule: ScheduleName = .onecycle

    @Option(name: .long, help: ArgumentHelp("Decoupled weight decay.", valueName: "x"))
    var weightDecay = 0.01

    @Option(
        name: .long,
        help: ArgumentHelp("Gradients are scaled down to this global norm; inf for no clipping.", valueName: "x"))
    var clip = 1.0

    @Option(name: .long, help: ArgumentHelp("Updates between two checkpoints; 500 by default.", valueName: "n"))
    var checkpointEvery: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Updates in a row with a loss that is not finite before training ends or rolls back; 10 by default.",
            valueName: "k"))
    var patience: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            """
            How often training may go back to its last good weights with half the learning rate, instead of \
            ending; 0 by default.
            """,
            valueName: "n"))
    var rollback: Int?

    @Option(name: .long, help: ArgumentHelp("Updates between two validations.", valueName: "n"))
    var validateEvery: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Held-out characters of the validation at the end; those during training take at most 32768.",
            valueName: "n"))
    var validationCharacters: Int?

    @OptionGroup var machine: MachineOptions
    enum ScheduleName: String, ExpressibleByArgument, CaseIterable {
        case onecycle, cosine, constant

        var schedule: LearningRateSchedule {
            switch self {
            case .onecycle: .paperOneCycle
            case .cosine: .warmupCosine(warmup: .share(0.05))
            case .constant: .constant
            }
        }
    }

    /// The length asked for, or nil when none was.
    ///
    /// - Throws: ``INNError`` when more than one is given.
    var budget: TrainingBudget? {
        get throws {
            let given: [TrainingBudget] = [
                minutes.map { .minutes($0) }, steps.map { .steps($0) }, epochs.map { .epochs($0) },
            ].compactMap { $0 }
            guard given.count <= 1 else { throw INNError(.usage, "Give only one of --minutes, --steps and --epochs.") }
            return given.first
        }
    }

    /// All settings of a new run; what is not given follows the preset.
    func settings(_ model: ModelConfiguration, preset: String, corpus: String, text: Corpus) throws -> TrainingSettings
    {
        let isPaper = ModelPreset(rawValue: preset)?.isPaper == true
        var settings = TrainingSettings(
            model: model, preset: preset, corpus: text.lastingName(asked: corpus), corpusSummary: text.summary,
            alphabet: text.alphabet,
            corpusFingerprint: text.fingerprint,
            batchSize: batchSize ?? (isPaper ? 16 : 8), sequenceLength: sequenceLength ?? (isPaper ? 256 : 128),
            accumulation: accumulate,
            order: order, budget: try budget ?? (isPaper ? .epochs(1) : .minutes(10)),
            learningRate: learningRate ?? (isPaper ? 4e-4 : model.family == .transformer ? 1e-3 : 4e-3),
            schedule: schedule.schedule, weightDecay: weightDecay, clipNorm: clip, seed: seed)
        settings.shards = shards
        try setIntervals(&settings.intervals)
        return try changed(settings)
    }

    /// Settings with what may also be changed when a run is resumed.
    ///
    /// - Throws: ``INNError`` when the result is impossible.
    func changed(_ settings: TrainingSettings) throws -> TrainingSettings {
        var settings = settings
        if let budget = try budget { settings.budget = budget }
        if let learningRate { settings.learningRate = learningRate }
        if let checkpointEvery { settings.intervals.checkpoint = checkpointEvery }
        if let patience { settings.divergence.patience = patience }
        if let rollback { settings.divergence.rollbacks = rollback }
        try settings.validate()
        return settings
    }

    private func setIntervals(_ intervals: inout TrainingSettings.Intervals) throws {
        for (name, value) in [("validate-every", validateEvery), ("validation-characters", validationCharacters)] {
            if let value, value < 1 { throw INNError(.usage, "--\(name) is \(value), but must be at least 1.") }
        }
        if let validateEvery { intervals.validation = validateEvery }
        if let validationCharacters {
            intervals.finalValidationCharacters = validationCharacters
            intervals.validationCharacters = min(intervals.validationCharacters, validationCharacters)
        }
    }
}
