@testable import INNCore
@testable import INNStore

/// The memory block written as a composition of small operations: the slow twin of the fused one.
func composedMemoryBlock(
    _ input: Tensor, _ p: MemoryParameters, _ g: MemoryGeometry, on tape: Tape, dropout: Dropout = .none,
    isResidual: Bool
) -> Tensor {
    let streams = Tensor(id: input.id, shape: [g.neurons, g.batchSize, g.steps, g.dModel], data: input.data)
    var normed = streams
    if let weight = p.normWeight, let bias = p.normBias { normed = tape.layerNorm(streams, weight: weight, bias: bias) }
    let projectedIn = tape.linear(normed, weight: p.inProjection)
    let x = tape.convSiLU(tape.columns(projectedIn, 0..<g.dInner), weight: p.convWeight, bias: p.convBias)
    let z = tape.columns(projectedIn, g.dInner..<(2 * g.dInner))
    let projected = tape.linear(x, weight: p.xProjection)
    let low = tape.columns(projected, 0..<g.dtRank)
    let b = tape.columns(projected, g.dtRank..<(g.dtRank + g.stateSize))
    let c = tape.columns(projected, (g.dtRank + g.stateSize)..<g.projected)
    let delta = tape.softplus(tape.linear(low, weight: p.deltaProjection), bias: p.deltaBias)
    let y = tape.selectiveScan(x, delta: delta, b: b, c: c, aLog: p.aLog, skip: p.skip, limit: deltaLimit)
    let out = tape.linear(tape.siluGate(y, gate: z), weight: p.outProjection)
    return isResidual ? tape.residual(streams, adding: out, dropout: dropout) : out
}

/// A routing step with learned routing as a composition of small operations.
func composedRoutingStep(
    _ input: Tensor, _ p: RoutingParameters, _ g: RoutingGeometry, on tape: Tape, dropout: Dropout = .none,
    isResidual: Bool
) -> Tensor {
    var normed = input
    if let weight = p.normWeight, let bias = p.normBias { normed = tape.layerNorm(input, weight: weight, bias: bias) }
    var gate: Tensor?
    if g.gate != .off, let weight = p.gateWeight, let bias = p.gateBias {
        gate = tape.activationGate(normed, weight: weight, bias: bias, isHard: g.gate == .hard)
    }
    let projected = tape.linear(normed, weight: p.inProjection, bias: p.inBias)
    let mix = tape.neuronAttention(projected, gate: gate, heads: g.heads, edges: g.edges).mix
    let out = tape.linear(mix, weight: p.outProjection, bias: p.outBias)
    return isResidual ? tape.residual(input, adding: out, dropout: dropout) : out
}

extension ParameterStore {
    /// Adds a parameter with given values.
    func add(_ name: String, _ shape: Shape, values: [Float]) throws -> Parameter {
        let parameter = add(name, shape)
        try load(name, values)
        return parameter
    }

    /// Adds a parameter with seeded random values around an offset.
    func addRandom(
        _ name: String, _ shape: Shape, scale: Double = 0.5, offset: Double = 0, _ random: inout RandomSource
    ) -> Parameter {
        let parameter = add(name, shape)
        for index in 0..<parameter.count { parameter.values[index] = Float(offset + scale * random.normal()) }
        markChanged()
        return parameter
    }
}
