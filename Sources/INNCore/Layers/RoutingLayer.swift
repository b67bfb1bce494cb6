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
        public var selfEdges: Bool
        public var topK: Int?
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
        parameters = RoutingParameters(
            normWeight: store.add("\(normName).weight", [width], decays: false),
            normBias: store.add("\(normName).bias", [width], decays: false),
            gateWeight: hasGate ? store.add("\(name).gateWeight", [options.gateSets, width]) : nil,
            gateBias: hasGate ? store.add("\(name).gateBias", [options.gateSets], decays: false) : nil,
            inProjection: store.add("\(name).inProjection", [projected, width]),
            inBias: store.add("\(name).inBias", [projected], decays: false),
            outProjection: store.add("\(name).outProjection", [width, width]),
            outBias: store.add("\(name).outBias", [width], decays: false),
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
        let bound = (6.0 / Double(p.inProjection.count / width + width)).squareRoot()
        p.inProjection.fillUniform(fanIn: 1, scale: bound, &random)
        if options.mode == .learned, options.scoreScale != 1 {
            for index in 0..<(2 * width * width) { p.inProjection.values[index] *= options.scoreScale }
        }
        p.outProjection.fillUniform(fanIn: width, &random)
        p.staticScores?.fillNormal(deviation: 0.02, &random)
    }

    /// Which neurons rest at which rows of `input`, before the round's memory has seen them.
    func resting(_ input: Tensor, on tape: Tape, controls: RoutingControls?, mayRest: [Bool]) -> RestingRows {
        tape.restingRows(input, parameters, controls: controls, isHard: options.gate == .hard, mayRest: mayRest)
    }

    /// Lets every neuron listen once; see ``Tape/routingStep(_:_:_:dropout:pressure:isResidual:spoken:)``.
    public func callAsFunction(
        _ input: Tensor, on tape: Tape, dropout: Dropout, controls: RoutingControls? = nil, resting: RestingRows? = nil,
        spoken: RoutingActivations? = nil
    ) -> (output: Tensor, activations: RoutingActivations, penalty: Float) {
        var controls = controls
        if let resting {
            controls = controls ?? RoutingControls(edges: edges)
            controls?.resting = resting
        }
        let geometry = RoutingGeometry(
            neurons: options.neurons, rows: input.shape[1], dModel: options.dModel, heads: options.heads,
            mode: options.mode,
            gate: options.gate, edges: edges, topK: options.topK ?? 0, groups: groups, controls: controls)
        return tape.routingStep(
            input, parameters, geometry, dropout: dropout, pressure: options.pressure, spoken: spoken)
    }
}
