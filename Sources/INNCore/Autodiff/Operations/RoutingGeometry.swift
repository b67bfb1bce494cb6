import CKernels

/// How a message travels between neurons (option `routing`, docs/MODEL.md).
public enum RoutingMode: String, Codable, Sendable, CaseIterable {
    /// Attention: the weights depend on the input.
    case learned
    /// One trained N×N matrix per head, the same for every input.
    case `static`
    /// 1/(N − 1) to every other neuron.
    case uniform
    /// No message at all.
    case off
}

/// What a speaker's activation gate does (option `gate`, docs/MODEL.md).
public enum GateMode: String, Codable, Sendable, CaseIterable {
    /// Sigmoid.
    case soft
    /// 0 or 1, with the sigmoid's gradient (straight-through).
    case hard
    /// No gate: every neuron always speaks.
    case off
}

/// The trained tensors of one round's routing.
public struct RoutingParameters: Sendable {
    /// Layer norm before routing, `[dModel]`; nil for bare attention.
    public var normWeight: Parameter?
    public var normBias: Parameter?
    /// `[sets, dModel]` and `[sets]`, sets 1 or neurons; nil with gate `off`.
    public var gateWeight: Parameter?
    public var gateBias: Parameter?
    /// `[3·dModel, dModel]` stacked q, k, v with routing `learned`, else `[dModel, dModel]` (v only); bias likewise.
    public var inProjection: Parameter
    public var inBias: Parameter
    /// `[dModel, dModel]` and `[dModel]`.
    public var outProjection: Parameter
    public var outBias: Parameter
    /// A learned vector per neuron, `[neurons, dModel]`, added to what W_Q and W_K are applied to; nil for none.
    public var identity: Parameter?
    /// Logarithm of the factor on the cosine of query and key, `[heads]`; nil for scores that are not normalised.
    public var temperature: Parameter?
    /// W_Q and W_K of each neuron, `[neurons, 2·dModel, dModel]`; `inProjection` is then W_V alone. nil for shared
    /// ones.
    public var ownScores: Parameter?
    /// Scores of routing `static`, `[heads, neurons, neurons]`, before the softmax.
    public var staticScores: Parameter?
}

/// The names of ``ScoreOptions``.
public enum ScoreOption: String, CaseIterable, Sendable {
    case identity
    case normalised = "qk-norm"
    case own
}

/// What makes queries and keys more than the same two maps for all neurons (options of docs/MODEL.md).
public struct ScoreOptions: Codable, Sendable, Equatable {
    /// A learned vector per neuron is added to what the maps are applied to.
    public var hasIdentity: Bool
    /// Queries and keys are normalised, and their cosine has a learned temperature per head.
    public var isNormalised: Bool
    /// Every neuron has maps of its own.
    public var areOwn: Bool

    public init(hasIdentity: Bool = false, isNormalised: Bool = false, areOwn: Bool = false) {
        (self.hasIdentity, self.isNormalised, self.areOwn) = (hasIdentity, isNormalised, areOwn)
    }

    public init(_ options: [ScoreOption]) {
        self.init(
            hasIdentity: options.contains(.identity), isNormalised: options.contains(.normalised),
            areOwn: options.contains(.own))
    }
}

/// Sizes and options of one routing step.
public struct RoutingGeometry: Sendable {
    public var neurons: Int, rows: Int, dModel: Int, heads: Int
    public var mode: RoutingMode
    public var gate: GateMode
    public var edges: EdgeControls
    /// Strongest edges that a listener keeps per token and head; 0 for all.
    public var topK: Int
    /// In how many blocks of speakers a listener looks for its strongest edges; 0 for comparing all scores.
    public var searchedBlocks = 0
    /// Attention in two levels; nil for the complete graph.
    public var groups: RoutingGroups?
    /// What an intervention changes; nil nearly always. Its edges hold instead of `edges`.
    public var controls: RoutingControls?
    /// Which of the trained tensors that refine scores there are.
    public var scores = ScoreOptions()
    /// With fewer neurons than this every routing weight is stored; see ``form``.
    var storesBelow = Self.storedNeurons
    /// Edges that a listener has room for where only the strongest are kept: `topK`, and more where several are equal.
    var edgeRoom: Int

    public init(
        neurons: Int, rows: Int, dModel: Int, heads: Int, mode: RoutingMode, gate: GateMode, edges: EdgeControls,
        topK: Int = 0,
        groups: RoutingGroups? = nil, controls: RoutingControls? = nil
    ) {
        self.neurons = neurons
        self.rows = rows
        self.dModel = dModel
        self.heads = heads
        self.mode = mode
        self.gate = gate
        self.edges = controls?.edges ?? edges
        self.topK = topK
        edgeRoom = topK
        self.groups =
            controls.map { controls in
                groups.map { RoutingGroups(neurons: neurons, groups: $0.count, edges: controls.edges) }
            } ?? groups
        self.controls = controls
    }

    /// Whether the weights do not depend on the input.
    var isFixed: Bool { mode != .learned || controls?.weights != nil }
    /// Whether the fixed weights come from parameters.
    var trainsFixed: Bool { mode == .static && controls?.weights == nil }
    /// Whether messages are multiplied by anything.
    var isGated: Bool { gate != .off || controls?.gates != nil }
    /// Width of the input projection: q, k and v, or v alone.
    var projected: Int { mode == .learned ? 3 * dModel : dModel }
    /// Column of v in the projection.
    var valueColumn: Int { projected - dModel }
    var headDim: Int { dModel / heads }
    /// Tokens per tile: as many as keep all neurons' rows near the cache, in whole lanes.
    var tileTokens: Int { neurons * dModel <= 4096 ? 32 : 16 }
    var tileCount: Int { (rows + tileTokens - 1) / tileTokens }

    /// The two levels, unless the weights are fixed for every pair of neurons.
    var activeGroups: RoutingGroups? { isFixed ? nil : groups }

    /// How a step's attention is worked out, and what of it is kept for the backward pass.
    enum Form {
        /// Every weight is stored: `neurons` floats per listener, character and head.
        case stored
        /// Two floats per listener, character and head, from which weights are made again, block by block.
        case streamed
        /// Speaker and weight of the edges that listeners keep with `topK`.
        case chosen
    }

    /// From so many neurons on weights are no longer stored. Measured: below, either form takes the same time.
    public static let storedNeurons = 64

    var form: Form {
        guard activeGroups == nil, neurons >= storesBelow else { return .stored }
        if topK > 0, !isFixed { return .chosen }
        // A single character has a form of the kernel that needs no weights where nobody looks at them.
        return rows > 1 ? .streamed : .stored
    }

    /// Floats of routing weights that come before a tile's.
    func weightOffset(_ tile: Int) -> Int {
        guard let groups = activeGroups else {
            return RoutingWeights.count(tokens: tile * tileTokens, heads: heads, neurons: neurons)
        }
        return tile * groups.weightCount(tokens: tileTokens, heads: heads)
    }
    /// Floats per tile of ``RoutingActivations/listenerRows``.
    var listenerRowCount: Int {
        let lanes = Int(INN_ATTENTION_LANES)
        return (largestTile + lanes - 1) / lanes * lanes * heads * neurons * 2
    }
    /// Tokens of the largest tile.
    var largestTile: Int { min(rows, tileTokens) }
    /// Width of a hub's key beside its message, and of its q, k and v; see ``GroupScratch``.
    var hubWidth: Int { 2 * dModel }
    var hubRow: Int { 3 * hubWidth }

    func tokens(_ tile: Int) -> Range<Int> { (tile * tileTokens)..<min(rows, (tile + 1) * tileTokens) }
    /// Rows, one per neuron and token, that come before a tile's.
    func firstPlace(_ tile: Int) -> Int { tokens(tile).lowerBound * neurons }
    /// The place of a neuron's token among those rows, which lie tile by tile, `[neurons, tile tokens]`.
    func place(neuron: Int, token: Int) -> Int {
        let tile = token / tileTokens
        let tokens = tokens(tile)
        return firstPlace(tile) + neuron * tokens.count + token - tokens.lowerBound
    }
}

/// Pressure that pulls the mean gate towards a target rate: loss += weight·(mean g − target)².
public struct FiringPressure: Sendable {
    public var target: Float
    public var weight: Float

    public init(target: Float, weight: Float) {
        self.target = target
        self.weight = weight
    }
}
