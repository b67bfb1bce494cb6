/// What stands in for a memory in a network without any: norm and a gated map of the present character, of all neurons
/// in one round.
///
/// It is the Mamba block with everything that looks back taken out: (x, z) = split(W_in u), x = SiLU(w·x + b) per
/// channel (the convolution with one tap), out = W_out (x · SiLU(z)). What a neuron owns follows the option `sharing`
/// as in the memory.
public final class CharacterLayer {
    private let normWeight: Parameter, normBias: Parameter
    /// `[sets, hidden, dModel]` each.
    private let valueProjection: Parameter, gateProjection: Parameter
    /// `[convSets, hidden, 1]` and `[convSets, hidden]`.
    private let scale: Parameter, bias: Parameter
    /// `[sets, dModel, hidden]`.
    private let outProjection: Parameter

    /// Adds the layer's parameters to `store` under `name`.
    ///
    /// - Parameters:
    ///   - sets: weight sets, 1 or the number of neurons.
    ///   - convSets: the same for the scale and bias per channel.
    ///   - hidden: hidden width, see ``INNConfiguration/hiddenWidth``.
    public init(
        _ store: ParameterStore, name: String, normName: String, sets: Int, convSets: Int, dModel: Int, hidden: Int
    ) {
        normWeight = store.add("\(normName).weight", [dModel], decays: false)
        normBias = store.add("\(normName).bias", [dModel], decays: false)
        valueProjection = store.add("\(name).valueProjection", [sets, hidden, dModel])
        gateProjection = store.add("\(name).gateProjection", [sets, hidden, dModel])
        scale = store.add("\(name).convWeight", [convSets, hidden, 1])
        bias = store.add("\(name).convBias", [convSets, hidden], decays: false)
        outProjection = store.add("\(name).outProjection", [sets, dModel, hidden])
    }

    /// As the memory's, with PyTorch's default for every linear map and convolution.
    public func initialise(_ random: inout RandomSource) {
        normWeight.fill(1)
        valueProjection.fillUniform(fanIn: valueProjection.shape.last, &random)
        gateProjection.fillUniform(fanIn: gateProjection.shape.last, &random)
        scale.fillUniform(fanIn: 1, &random)
        bias.fillUniform(fanIn: 1, &random)
        outProjection.fillUniform(fanIn: outProjection.shape.last, &random)
    }

    /// - Parameter input: `[neurons, rows, dModel]`; every row is treated alike, whatever came before it.
    public func callAsFunction(_ input: Tensor, on tape: Tape, dropout: Dropout) -> Tensor {
        let normed = tape.layerNorm(input, weight: normWeight, bias: normBias)
        let value = tape.convSiLU(tape.linear(normed, weight: valueProjection), weight: scale, bias: bias)
        let gated = tape.siluGate(value, gate: tape.linear(normed, weight: gateProjection))
        return tape.residual(input, adding: tape.linear(gated, weight: outProjection), dropout: dropout)
    }
}
