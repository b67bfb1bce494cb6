import INNCore
import INNData
import INNStore

/// How long training goes on.
public enum TrainingBudget: Codable, Sendable, Equatable {
    case steps(Int)
    /// Wall-clock minutes of training; the schedule follows the clock.
    case minutes(Double)
    /// Passes over the training split.
    case epochs(Double)
}

/// Everything that determines a training run besides the text itself; stored in `config.json` and in every checkpoint.
public struct TrainingSettings: Codable, Sendable, Equatable {
    public var model: ModelConfiguration
    /// Name of the preset the model came from, or `custom`.
    public var preset: String
    /// The corpus: `text8`, `enwik8`, `sample` or the path of a file.
    public var corpus: String
    /// The text in one phrase, such as `text8 (prefix, 6,500,000 characters)`.
    public var corpusSummary: String
    public var alphabet: Alphabet
    /// Identifies the text, so that a resumed run does not silently continue on another.
    public var corpusFingerprint: String
    public var batchSize: Int
    /// Characters per stream and step.
    public var sequenceLength: Int
    /// Batches per optimizer update.
    public var accumulation: Int
    public var order: BatchOrder
    public var budget: TrainingBudget
    /// The largest learning rate of the schedule.
    public var learningRate: Double
    public var schedule: LearningRateSchedule
    public var weightDecay: Double
    public var beta2: Double
    /// Gradients are scaled down to this global norm; infinite for no clipping.
    @PossiblyInfinite public var clipNorm: Double
    public var seed: UInt64
    public var intervals: Intervals
    public var divergence: DivergenceSettings
    /// The checkpoint file that the first weights come from; nil for fresh ones.
    public var initialWeights: String?
    /// Neurons whose own weights do not learn.
    public var frozenNeurons: [Int]?
    /// Whether gates that are never or always open are moved towards their target while training.
    public var revivesGates: Bool?
    /// What is changed in the network from the first update on.
    public var interventions: InterventionSet?
    /// Into how many parts the streams of a batch are cut, a power of two; nil for one. The bits of a run depend on it,
    /// and not on how many processes compute the parts.
    public var shards: Int?

    /// After how many updates things happen; none of it influences the training itself.
    public struct Intervals: Codable, Sendable, Equatable {
        public var report = 10
        public var validation = 250
        public var probes = 100
        public var sample = 250
        public var checkpoint = 500
        /// Held-out characters per validation during training.
        public var validationCharacters = 32_768
        /// Held-out characters of the validation at the end.
        public var finalValidationCharacters = 262_144
        /// Held-out characters per probe snapshot.
        public var probeCharacters = 4_096

        public init() {}

        /// - Throws: ``INNError`` of kind `usage` naming the interval that is not a count.
        package func validate() throws {
            let all = [
                ("report", report), ("validation", validation), ("probe", probes), ("sample", sample),
                ("checkpoint", checkpoint),
                ("validation length", validationCharacters), ("final validation length", finalValidationCharacters),
                ("probe length", probeCharacters),
            ]
            for (name, value) in all where !(1...1 << 40).contains(value) {
                throw INNError(.usage, "The \(name) interval is \(value), but must lie between 1 and \(1 << 40).")
            }
        }
    }

    public init(
        model: ModelConfiguration, preset: String = "custom", corpus: String, corpusSummary: String = "",
        alphabet: Alphabet = .text8,
        corpusFingerprint: String = "",
        batchSize: Int = 8, sequenceLength: Int = 128, accumulation: Int = 1, order: BatchOrder = .contiguous,
        budget: TrainingBudget, learningRate: Double = 4e-3, schedule: LearningRateSchedule = .paperOneCycle,
        weightDecay: Double = 0.01,
        beta2: Double = 0.999, clipNorm: Double = 1, seed: UInt64 = 1, intervals: Intervals = Intervals(),
        divergence: DivergenceSettings = DivergenceSettings()
    ) {
        self.model = model
        self.preset = preset
        self.corpus = corpus
        self.corpusSummary = corpusSummary
        self.alphabet = alphabet
        self.corpusFingerprint = corpusFingerprint
        self.batchSize = batchSize
        self.sequenceLength = sequenceLength
        self.accumulation = accumulation
        self.order = order
        self.budget = budget
        self.learningRate = learningRate
        self.schedule = schedule
        self.weightDecay = weightDecay
        self.beta2 = beta2
        self.clipNorm = clipNorm
        self.seed = seed
        self.intervals = intervals
        self.divergence = divergence
    }

    /// Characters per optimizer update.
    public var charactersPerStep: Int { batchSize * sequenceLength * accumulation }

    /// Checks what the model's own validation does not.
    ///
    /// - Throws: ``INNError`` of kind `usage` naming the option.
    public func validate() throws {
        try model.validate()
        try model.validate(sequenceLength: sequenceLength)
        guard model.vocabularySize == alphabet.vocabularySize else {
            throw INNError(
                .usage,
                """
                The model knows \(model.vocabularySize) symbols, but the alphabet \(alphabet.name) has \
                \(alphabet.vocabularySize).
                """
            )
        }
        try divergence.validate()
        for (name, value, limit) in [
            ("batch-size", batchSize, 1 << 27), ("sequence-length", sequenceLength, 1 << 20),
            ("accumulate", accumulation, 4096),
        ] {
            guard value >= 1 else { throw INNError(.usage, "--\(name) is \(value), but must be at least 1.") }
            guard value <= limit else { throw INNError(.usage, "--\(name) is \(value), but may be at most \(limit).") }
        }
        try intervals.validate()
        try validateFrozenNeurons()
        try validateShards()
        if revivesGates == true {
            guard case .inn(let network) = model, network.gateTarget != nil, network.sharing == .own else {
                throw INNError(
                    .usage,
                    "--revive-gates needs gates with a target that neurons own: --gate-target RATE and --sharing own.")
            }
        }
        // Weights are single precision: a rate beyond that is infinite there.
        let largest = Double(Float.greatestFiniteMagnitude)
        guard learningRate > 0, learningRate <= largest else {
            throw INNError(.usage, "--learning-rate is \(learningRate), but must be a positive number up to 3e38.")
        }
        try schedule.validate()
        guard clipNorm > 0 else { throw INNError(.usage, "--clip is \(clipNorm), but must be above 0.") }
        let isPositive =
            switch budget {
            case .steps(let steps): steps > 0
            case .minutes(let minutes): minutes > 0 && minutes.isFinite
            case .epochs(let epochs): epochs > 0 && epochs.isFinite
            }
        if case .steps(let steps) = budget, steps > 1 << 40 {
            throw INNError(.usage, "--steps is \(steps), but may be at most \(1 << 40).")
        }
        guard weightDecay >= 0, weightDecay <= largest else {
            throw INNError(.usage, "--weight-decay is \(weightDecay), but must be a number of at least 0, up to 3e38.")
        }
        guard (0..<1).contains(beta2) else {
            throw INNError(.usage, "beta2 is \(beta2), but must be at least 0 and below 1.")
        }
        guard isPositive else {
            throw INNError(.usage, "The length of training must be above 0; see --steps, --minutes and --epochs.")
        }
    }

    /// What training with these settings takes, at least: an update, or a look at the neurons between two updates.
    public var memory: ModelMemory {
        var memory = ModelMemory(model, batchSize: batchSize / shardCount, steps: sequenceLength, isTraining: true)
        memory.pass = max(memory.pass, lookMemory.pass)
        return memory
    }

    /// What a look at the network's neurons takes, at least.
    var lookMemory: ModelMemory {
        ModelMemory(model, batchSize: batchSize, steps: sequenceLength, isTraining: false, looksAtWeights: true)
    }

    private func validateFrozenNeurons() throws {
        guard let frozenNeurons, let first = frozenNeurons.first else { return }
        guard case .inn(let network) = model, network.sharing == .own else {
            throw INNError(
                .usage, "--freeze-neuron \(first) needs neurons that own their weights: --model inn with --sharing own."
            )
        }
        for neuron in frozenNeurons where !(0..<network.neurons).contains(neuron) {
            throw INNError(.usage, "--freeze-neuron \(neuron) names no neuron; they are 0 to \(network.neurons - 1).")
        }
    }
}
