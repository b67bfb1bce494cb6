/// Norm, gates and routing attention of one round.
public final class RoutingLayer {
    /// What a routing layer is made of.
    public struct Options: Sendable {
        public var neurons: Int, dModel: Int, heads: Int
        public var mode: RoutingMode
        public var gate: GateMode
        /// Gate weight sets: 1 (shared) or `neurons`.
        public var gateSets: Int
        /// Factor on the first queries and keys.
        public var scoreScale: Float
        public var scores: ScoreOptions
        public var selfEdges: Bool
        public var topK: Int?
        public var search: EdgeSearch
        public var groups: Int?
        public var pressure: FiringPressure?
    }

    public let parameters: RoutingParameters
    private let options: Options
    private let edges: EdgeControls
    private let groups: RoutingGroups?

    /// Adds the layer's parameters to `store` under `name`.
    public init(_ store: ParameterStore, name: String, normName: String, _ options: Options) {
        self.options = options
        edges = EdgeControls(neurons: options.neurons, selfEdges: options.selfEdges)
        groups = options.groups.map { [edges] in RoutingGroups(neurons: options.neurons, groups: $0, edges: edges) }
        let width = options.dModel
        let projected = options.mode == .learned ? 3 * width : width
        let hasGate = options.gate != .off
        let scores = options.scores
        parameters = RoutingParameters(
            normWeight: store.add("\(normName).weight", [width], decays: false),
            normBias: store.add("\(normName).bias", [width], decays: false),
            gateWeight: hasGate ? store.add("\(name).gateWeight", [options.gateSets, width]) : nil,
            gateBias: hasGate ? store.add("\(name).gateBias", [options.gateSets], decays: false) : nil,
            inProjection: store.add("\(name).inProjection", [scores.areOwn ? width : projected, width]),
            inBias: store.add("\(name).inBias", [projected], decays: false),
            outProjection: store.add("\(name).outProjection", [width, width]),
            outBias: store.add("\(name).outBias", [width], decays: false),
            identity: scores.hasIdentity ? store.add("\(name).identity", [options.neurons, width]) : nil,
            temperature: scores.isNormalised ? store.add("\(name).temperature", [options.heads], decays: false) : nil,
            ownScores: scores.areOwn ? store.add("\(name).ownScores", [options.neurons, 2 * width, width]) : nil,
            staticScores: options.mode == .static
                ? store.add("\(name).staticScores", [options.heads, options.neurons, options.neurons], decays: false)
                : nil)
    }

    /// PyTorch's MultiheadAttention initialisation: Xavier for q, k, v, zero biases.
    public func initialise(_ random: inout RandomSource) {
        let p = parameters
        let width = options.dModel
        p.normWeight?.fill(1)
        p.gateWeight?.fillUniform(fanIn: width, &random)
        // As one matrix, whoever has parts of it.
        let projected = options.mode == .learned ? 3 * width : width
        let bound = (6.0 / Double(projected + width)).squareRoot()
        p.inProjection.fillUniform(fanIn: 1, scale: bound, &random)
        p.ownScores?.fillUniform(fanIn: 1, scale: bound, &random)
        p.identity?.fillNormal(deviation: 1, &random)
        if options.mode == .learned, options.scoreScale != 1 {
            let scores = p.ownScores ?? p.inProjection
            let count = p.ownScores?.count ?? 2 * width * width
            for index in 0..<count { scores.values[index] *= options.scoreScale }
        }
        p.outProjection.fillUniform(fanIn: width, &random)
        p.staticScores?.fillNormal(deviation: 0.02, &random)
    }

    /// Which neurons rest at which rows of `input`, before the round's memory has seen them.
    func resting(_ input: Tensor, on tape: Tape, controls: RoutingControls?, mayRest: [Bool]) -> RestingRows {
        tape.restingRows(input, parameters, controls: controls, isHard: options.gate == .hard, mayRest: mayRest)
    }

    /// Lets every neuron listen once; see
    /// ``Tape/routingStep(_:_:_:dropout:pressure:isResidual:spoken:showsWeights:)``.
    ///
    /// - Parameter storesBelow: with fewer neurons than this every routing weight is stored.
    public func callAsFunction(
        _ input: Tensor, on tape: Tape, dropout: Dropout, controls: RoutingControls? = nil, resting: RestingRows? = nil,
        spoken: RoutingActivations? = nil, showsWeights: Bool = true, storesBelow: Int = RoutingGeometry.storedNeurons
    ) -> (output: Tensor, activations: RoutingActivations, penalty: Float) {
        var controls = controls
        if let resting {
            controls = controls ?? RoutingControls(edges: edges)
            controls?.resting = resting
        }
        var geometry = RoutingGeometry(
            neurons: options.neurons, rows: input.shape[1], dModel: options.dModel, heads: options.heads,
            mode: options.mode,
            gate: options.gate, edges: edges, topK: options.topK ?? 0, groups: groups, controls: controls)
        geometry.scores = options.scores
        geometry.searchedBlocks = options.search.searchedBlocks(neurons: options.neurons, topK: options.topK ?? 0)
        geometry.storesBelow = storesBelow
        return tape.routingStep(
            input, parameters, geometry, dropout: dropout, pressure: options.pressure, spoken: spoken,
            showsWeights: showsWeights)
    }
}
