/// Which memory weights each neuron owns (option `sharing`, docs/MODEL.md).
public enum MemorySharing: String, Codable, Sendable, CaseIterable {
    /// Everything, gates included.
    case own
    /// Only its depthwise convolution (the author's `inn_model.py`).
    case conv
    /// Nothing (the author's CUDA run): all neurons are copies of one.
    case all
}

/// What a neuron carries from one character to the next (option `memory`).
public enum MemoryKind: String, Codable, Sendable, CaseIterable {
    /// A Mamba block.
    case mamba
    /// Nothing: a gated map of the present character, with as many parameters as the Mamba block would have.
    case none
}

extension KeyedDecodingContainer {
    /// Configurations that do not name their memory have the paper's.
    package func decode(_ type: MemoryKind.Type, forKey key: Key) throws -> MemoryKind {
        try decodeIfPresent(type, forKey: key) ?? .mamba
    }
}

/// The shape and options of an Intelligent Neural Network; stored with every run and checkpoint.
public struct INNConfiguration: Codable, Sendable, Equatable {
    public var vocabularySize: Int
    public var neurons: Int
    public var dModel: Int
    public var rounds: Int
    public var heads: Int
    public var stateSize: Int
    public var convKernel: Int
    /// dInner = expand·dModel.
    public var expand: Int
    /// What decides ``deltaRank``.
    public var dtRank: RankChoice
    public var dropout: Float
    public var memory: MemoryKind
    public var sharing: MemorySharing
    public var gate: GateMode
    /// How often gates are to be open, in (0, 1): the mean gate of every round; nil for as often as training makes
    /// them.
    public var gateTarget: Float?
    /// Strength in nats of a pressure towards the target, loss += weight·(mean gate − target)², which reaches it
    /// nearly; nil for shifting the biases of the gates until it is reached.
    public var gatePressure: Float?
    public var routing: RoutingMode
    /// Factor on the first queries and keys: near 0 a network starts with routing near uniform; nil for 1, as the
    /// paper has it.
    public var scoreScale: Float?
    /// What makes scores more than the same two maps for all neurons; nil for nothing, as the paper has it.
    public var scores: ScoreOptions?
    /// Whether a neuron hears itself as well.
    public var selfEdges: Bool
    /// How many of its strongest edges a listener keeps per character and head; nil for all.
    public var topK: Int?
    /// How these are found; nil for the exact way, which compares all.
    public var topKSearch: EdgeSearch?
    /// Into how many groups the neurons are divided, see ``RoutingGroups``; nil for the complete graph.
    public var groups: Int?
    /// Only so many neurons, the first, receive the character; the states of the others begin at zero. nil for all.
    public var inputs: Int?
    /// Only so many neurons, the last, are read; nil for all.
    public var outputs: Int?
    /// The symbols, by id, that each of the neurons that receive the character receives: at any other its state begins
    /// at zero. nil for all symbols.
    public var senses: [[Int32]]?
    /// Keep the memory across consecutive windows of a stream while training.
    public var carryState: Bool

    public init(
        vocabularySize: Int = 27, neurons: Int, dModel: Int, rounds: Int, heads: Int = 4, stateSize: Int = 16,
        convKernel: Int = 4,
        expand: Int = 2, dtRank: RankChoice = .auto, dropout: Float = 0, memory: MemoryKind = .mamba,
        sharing: MemorySharing = .own,
        gate: GateMode = .soft, gateTarget: Float? = nil,
        gatePressure: Float? = nil, routing: RoutingMode = .learned, scoreScale: Float? = nil,
        scores: ScoreOptions? = nil, selfEdges: Bool = false,
        topK: Int? = nil, topKSearch: EdgeSearch? = nil,
        groups: Int? = nil, inputs: Int? = nil, outputs: Int? = nil, senses: [[Int32]]? = nil,
        carryState: Bool = false
    ) {
        self.vocabularySize = vocabularySize
        self.neurons = neurons
        self.dModel = dModel
        self.rounds = rounds
        self.heads = heads
        self.stateSize = stateSize
        self.convKernel = convKernel
        self.expand = expand
        self.dtRank = dtRank
        self.dropout = dropout
        self.memory = memory
        self.sharing = sharing
        self.gate = gate
        self.gateTarget = gateTarget
        self.gatePressure = gatePressure
        self.routing = routing
        self.scoreScale = scoreScale
        self.scores = scores
        self.selfEdges = selfEdges
        self.topK = topK
        self.topKSearch = topKSearch
        self.groups = groups
        self.inputs = inputs
        self.outputs = outputs
        self.senses = senses
        self.carryState = carryState
    }

    public var dInner: Int { expand * dModel }
    /// Rank of the delta projection `[dInner, deltaRank]`.
    public var deltaRank: Int { dtRank.rank(dModel: dModel) }
    public var headDim: Int { dModel / heads }

    /// Number of trained values, without making the model.
    public var parameterCount: Int {
        let sets = sharing == .own ? neurons : 1
        let convSets = sharing == .all ? 1 : neurons
        let memoryCount =
            switch memory {
            case .mamba: sets * memoryPerSet + convSets * dInner * (convKernel + 1)
            case .none: (sets * 3 * dModel + convSets * 2) * hiddenWidth
            }
        let projected = routing == .learned ? 3 * dModel : dModel
        var listening = 2 * dModel + (projected + dModel) * (dModel + 1)
        if gate != .off { listening += (sharing == .own ? neurons : 1) * (dModel + 1) }
        if let scores, routing == .learned {
            if scores.hasIdentity { listening += neurons * dModel }
            if scores.isNormalised { listening += heads }
            if scores.areOwn { listening += (neurons - 1) * 2 * dModel * dModel }
        }
        if routing == .static { listening += heads * neurons * neurons }
        return (vocabularySize + 2) * dModel + vocabularySize + rounds
            * (2 * dModel + memoryCount + (routing == .off ? 0 : listening))
    }

    /// Trained values of one neuron's Mamba block, without its convolution.
    private var memoryPerSet: Int { dInner * (3 * dModel + 2 * deltaRank + 3 * stateSize + 2) }

    /// Checks that the numbers make a model.
    ///
    /// - Throws: ``INNError`` of kind `usage` naming the option and what it may be.
    public func validate() throws {
        let positive = [
            ("neurons", neurons), ("width", dModel), ("rounds", rounds), ("heads", heads), ("state-size", stateSize),
            ("conv-kernel", convKernel), ("expand", expand), ("dt-rank", dtRank.given ?? 1),
            ("vocabulary", vocabularySize),
        ]
        for (name, value) in positive where value < 1 {
            throw INNError(.usage, "--\(name) is \(value), but must be at least 1.")
        }
        let upper = [
            ("neurons", neurons, 4096), ("width", dModel, 8192), ("rounds", rounds, 256), ("state-size", stateSize, 64),
            ("conv-kernel", convKernel, 16), ("expand", expand, 16), ("dt-rank", dtRank.given ?? 1, 8192),
            ("vocabulary", vocabularySize, 65_536),
        ]
        for (name, value, limit) in upper where value > limit {
            throw INNError(.usage, "--\(name) is \(value), but may be at most \(limit).")
        }
        guard dModel % heads == 0 else {
            throw INNError(
                .usage,
                """
                --heads \(heads) does not divide the width \(dModel); choose a divisor of \(dModel), such as \
                \(Self.nearestDivisor(of: dModel, to: heads)).
                """
            )
        }
        guard dropout >= 0, dropout < 1 else {
            throw INNError(.usage, "--dropout is \(dropout), but must be at least 0 and below 1.")
        }
        if let gateTarget, !(gateTarget > 0 && gateTarget < 1) {
            throw INNError(.usage, "--gate-target is \(gateTarget), but must lie between 0 and 1.")
        }
        if let gatePressure, !(gatePressure >= 0 && gatePressure.isFinite) {
            throw INNError(.usage, "--gate-pressure is \(gatePressure), but must be a number of at least 0.")
        }
        if gateTarget != nil, gate == .off || routing == .off {
            throw INNError(
                .usage,
                """
                --gate-target needs gates that somebody hears; use it with --gate soft or hard and a --routing \
                other than off.
                """
            )
        }
        if let scoreScale {
            guard routing == .learned else {
                throw INNError(.usage, "--score-scale is for learned scores; use it with --routing learned.")
            }
            guard scoreScale >= 0, scoreScale <= 100 else {
                throw INNError(.usage, "--score-scale is \(scoreScale), but must lie between 0 and 100.")
            }
        }
        if scores != nil, routing != .learned || groups != nil {
            throw INNError(
                .usage, "--scores is for learned scores of all pairs; use it with --routing learned and no --groups.")
        }
        try validateSparsity()
        try validateRoles()
    }

    /// Which neurons receive the character, and which are read.
    public var roles: NeuronRoles { NeuronRoles(neurons: neurons, inputs: inputs, outputs: outputs) }

    private func validateRoles() throws {
        for (name, value) in [("inputs", inputs), ("outputs", outputs)] {
            if let value, !(1...neurons).contains(value) {
                throw INNError(
                    .usage, "--\(name) is \(value), but must be between 1 and \(neurons), the number of neurons.")
            }
        }
        try validateSenses()
        guard routing == .off, roles.areDisjoint else { return }
        throw INNError(
            .usage,
            """
            With --routing off, what the first \(roles.inputs) neurons receive never reaches the last \
            \(roles.outputs), which are read; let --inputs and --outputs exceed \(neurons) together, or choose another \
            --routing.
            """
        )
    }

    private func validateSenses() throws {
        guard let senses else { return }
        guard senses.count == roles.inputs else {
            throw INNError(
                .usage,
                """
                --senses names the symbols of \(senses.count) neuron\(senses.count == 1 ? "" : "s"), but \
                \(roles.inputs) receive the character; give as many words, or set --inputs \(senses.count).
                """)
        }
        for (neuron, ids) in senses.enumerated() {
            guard !ids.isEmpty, ids.allSatisfy({ (0..<Int32(vocabularySize)).contains($0) }) else {
                throw INNError(.usage, "--senses gives neuron \(neuron) no symbol of the text's alphabet.")
            }
        }
    }

    private func validateSparsity() throws {
        for (name, value) in [("top-k", topK), ("groups", groups)] where value != nil && routing != .learned {
            throw INNError(.usage, "--\(name) chooses among learned edges; use it with --routing learned.")
        }
        if let groups, groups < 2 || groups > neurons / 2 || neurons % groups != 0 {
            throw INNError(
                .usage,
                "--groups is \(groups), but must divide the \(neurons) neurons into at least 2 groups of at least 2.")
        }
        let edges = groups.map { neurons / $0 + 1 } ?? neurons
        if let topK, topK < 1 || topK > edges {
            throw INNError(
                .usage, "--top-k is \(topK), but must be between 1 and \(edges), the number of edges to choose from.")
        }
        try validateSearch()
    }

    private func validateSearch() throws {
        guard let topKSearch else { return }
        guard topK != nil else {
            throw INNError(.usage, "--top-k-search says how the edges of --top-k are found; use it with --top-k.")
        }
        let isLarge = neurons >= RoutingGeometry.storedNeurons && groups == nil && sharing != .all
        guard topKSearch == .exact || isLarge else {
            throw INNError(
                .usage,
                """
                --top-k-search approximate saves scores among many neurons that differ; use it with at least \
                \(RoutingGeometry.storedNeurons) --neurons, a --sharing other than all and no --groups.
                """)
        }
    }

    /// Hidden width of the per-character map that stands in for the memory with ``MemoryKind/none``: the one whose
    /// number of parameters comes nearest to the memory's.
    public var hiddenWidth: Int {
        let sets = sharing == .own ? neurons : 1
        let convSets = sharing == .all ? 1 : neurons
        let memory = sets * memoryPerSet + convSets * dInner * (convKernel + 1)
        // Per hidden channel: two rows in, one column out, and a one-tap convolution with its bias.
        let perChannel = sets * 3 * dModel + convSets * 2
        return max(1, (memory + perChannel / 2) / perChannel)
    }

    private static func nearestDivisor(of number: Int, to value: Int) -> Int {
        (1...number).filter { number % $0 == 0 }.min { abs($0 - value) < abs($1 - value) } ?? 1
    }
}

/// A named configuration.
public enum INNPreset: String, CaseIterable, Codable, Sendable {
    case tiny, small, base, paper
    case paperConv = "paper-conv"

    public var configuration: INNConfiguration {
        switch self {
        case .tiny: INNConfiguration(neurons: 8, dModel: 32, rounds: 2, stateSize: 8, carryState: true)
        case .small: INNConfiguration(neurons: 16, dModel: 64, rounds: 2, carryState: true)
        case .base: INNConfiguration(neurons: 24, dModel: 96, rounds: 3, carryState: true)
        case .paper:
            INNConfiguration(
                neurons: 32, dModel: 256, rounds: 6, dropout: 0.1, sharing: .all, gate: .off, selfEdges: true)
        case .paperConv:
            INNConfiguration(
                neurons: 32, dModel: 256, rounds: 6, dropout: 0.1, sharing: .conv, gate: .off, selfEdges: true)
        }
    }

    /// One phrase for help texts.
    public var summary: String {
        let c = configuration
        return "\(c.neurons) neurons × \(c.dModel) wide × \(c.rounds) rounds, state \(c.stateSize)"
    }

    /// - Throws: ``INNError`` listing the known names.
    public init(named name: String) throws {
        guard let preset = INNPreset(rawValue: name) else {
            throw INNError(
                .usage,
                """
                There is no preset “\(name)”; choose one of \
                \(INNPreset.allCases.map(\.rawValue).joined(separator: ", ")).
                """
            )
        }
        self = preset
    }
}
