/// Norm, gates and routing attention of one round.
public final class RoutingLayer {
    public let parameters: RoutingParameters
    private let configuration: INNConfiguration
    private let edges: EdgeControls

    /// Adds the layer's parameters to `store` under `name`.
    public init(_ store: ParameterStore, name: String, normName: String, _ configuration: INNConfiguration) {
        self.configuration = configuration
        edges = EdgeControls(neurons: configuration.neurons, selfEdges: configuration.selfEdges)
        let width = configuration.dModel, neurons = configuration.neurons
        let gateSets = configuration.sharing == .own ? neurons : 1
        let projected = configuration.routing == .learned ? 3 * width : width
        let hasGate = configuration.gate != .off
        parameters = RoutingParameters(
            normWeight: store.add("\(normName).weight", [width], decays: false),
            normBias: store.add("\(normName).bias", [width], decays: false),
            gateWeight: hasGate ? store.add("\(name).gateWeight", [gateSets, width]) : nil,
            gateBias: hasGate ? store.add("\(name).gateBias", [gateSets], decays: false) : nil,
            inProjection: store.add("\(name).inProjection", [projected, width]),
            inBias: store.add("\(name).inBias", [projected], decays: false),
            outProjection: store.add("\(name).outProjection", [width, width]),
            outBias: store.add("\(name).outBias", [width], decays: false),
            staticScores: configuration.routing == .static
                ? store.add("\(name).staticScores", [configuration.heads, neurons, neurons], decays: false) : nil)
    }

    /// PyTorch's MultiheadAttention initialisation: Xavier for q, k, v, zero biases.
    public func initialise(_ random: inout RandomSource) {
        let p = parameters, width = configuration.dModel
        p.normWeight?.fill(1)
        p.gateWeight?.fillUniform(fanIn: width, &random)
        let bound = (6.0 / Double(p.inProjection.count / width + width)).squareRoot()
        p.inProjection.fillUniform(fanIn: 1, scale: bound, &random)
        p.outProjection.fillUniform(fanIn: width, &random)
        p.staticScores?.fillNormal(deviation: 0.02, &random)
    }

    /// Lets every neuron listen once; see ``Tape/routingStep(_:_:_:dropout:pressure:isResidual:)``.
    public func callAsFunction(_ input: Tensor, on tape: Tape, dropout: Dropout) -> (output: Tensor, activations: RoutingActivations, penalty: Float) {
        let c = configuration
        let geometry = RoutingGeometry(
            neurons: c.neurons, rows: input.shape[1], dModel: c.dModel, heads: c.heads, mode: c.routing, gate: c.gate, edges: edges)
        let pressure = c.gateTarget.map { FiringPressure(target: $0, weight: c.gatePressure / Float(c.rounds)) }
        return tape.routingStep(input, parameters, geometry, dropout: dropout, pressure: pressure)
    }
}
