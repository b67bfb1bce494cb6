import CKernels

/// One routing step of all neurons, fused: norm, gate, q/k/v, routing attention, mix, output projection and residual,
/// tile by tile of a few tokens and all neurons.
///
/// Twin: ``Tape/layerNorm(_:weight:bias:)``, ``Tape/activationGate(_:weight:bias:isHard:)``,
/// ``Tape/linear(_:weight:bias:)``, ``Tape/neuronAttention(_:gate:heads:edges:)`` and
/// ``Tape/residual(_:adding:dropout:)``.
struct RoutingStepOperation {
    let input: Tensor, output: Tensor
    let parameters: RoutingParameters
    let geometry: RoutingGeometry
    let dropout: Dropout
    let isResidual: Bool
    let pressure: FiringPressure?
    /// Routing weights used instead of attention, `[heads, neurons, neurons]`, for `static` and `uniform`.
    let fixed: UnsafePointer<Float>?
    let activations: RoutingActivations
    /// Whether the values of silent neurons need not be computed: one character, no backward pass to come.
    let skipsSilentValues: Bool
}

extension RoutingStepOperation {
    /// Runs the attention kernel's description of one tile.
    func withAttentionInput(_ tile: Int, _ body: (inout inn_attention_input) -> Void) {
        let g = geometry
        let tokens = g.tokens(tile)
        let base = activations.projected + tokens.lowerBound * g.neurons * g.projected
        var input = inn_attention_input()
        input.neurons = Int32(g.neurons)
        input.heads = Int32(g.heads)
        input.headDim = Int32(g.headDim)
        input.tokens = Int32(tokens.count)
        if !g.isFixed {
            input.q = UnsafePointer(base)
            input.k = UnsafePointer(base + g.dModel)
        }
        input.v = UnsafePointer(base + g.valueColumn)
        input.neuronStride = tokens.count * g.projected
        input.tokenStride = g.projected
        input.gate = g.isGated ? UnsafePointer(activations.gates + tokens.lowerBound * g.neurons) : nil
        input.gateStride = tokens.count
        input.fixed = fixed
        input.topK = Int32(g.topK)
        g.edges.scoreBias.withUnsafeBufferPointer { bias in
            input.scoreBias = bias.baseAddress
            withOptionalPointer(g.edges.weightScale) { scale in
                input.edgeScale = scale
                withOptionalPointer(g.edges.headScale) { heads in
                    input.headScale = heads
                    body(&input)
                }
            }
        }
    }

    /// Layer norm of the tile's rows of every neuron into `normed`, `[neurons, tokens, dModel]`.
    func normalise(
        _ tile: Int, into normed: UnsafeMutablePointer<Float>, mean: UnsafeMutablePointer<Float>,
        deviation: UnsafeMutablePointer<Float>
    ) {
        let g = geometry
        let tokens = g.tokens(tile)
        let count = tokens.count
        for neuron in 0..<g.neurons {
            let source = input.data + (neuron * g.rows + tokens.lowerBound) * g.dModel
            let target = normed + neuron * count * g.dModel
            if let weight = parameters.normWeight, let bias = parameters.normBias {
                inn_layer_norm_forward(
                    Int32(count), Int32(g.dModel), source, weight.values, bias.values, LayerNormOperation.epsilon,
                    target,
                    mean + neuron * count, deviation + neuron * count)
            } else {
                target.update(from: source, count: count * g.dModel)
            }
        }
    }

    /// Computes one tile and writes its output rows. `scratch` holds ``forwardScratchCount`` floats.
    func fill(_ tile: Int, scratch: UnsafeMutablePointer<Float>) {
        let g = geometry
        let tokens = g.tokens(tile)
        let count = tokens.count
        let rows = g.neurons * count
        let first = tokens.lowerBound * g.neurons
        let normed = scratch
        let branch = normed + rows * g.dModel
        let mean = branch + rows * g.dModel
        let deviation = mean + rows
        normalise(tile, into: normed, mean: mean, deviation: deviation)
        computeGates(normed, first: first, count: count)
        if let controls = g.controls { interveneInGates(controls, tokens: tokens) }
        if skipsSilentValues, hasSilence {
            projectSpeakers(normed, scratch: branch)
        } else {
            let projected = activations.projected + first * g.projected
            LinearAlgebra.multiply(
                rows: rows, columns: g.projected, inner: g.dModel, .init(normed, stride: g.dModel),
                .init(parameters.inProjection.values, stride: g.dModel, transposed: true), into: projected,
                stride: g.projected)
            inn_add_bias(Int32(rows), Int32(g.projected), projected, parameters.inBias.values)
            if let controls = g.controls { interveneInMessages(controls, tokens: tokens) }
        }
        let mix = activations.mix + first * g.dModel
        attend(tile, scratch: deviation + rows)
        LinearAlgebra.multiply(
            rows: rows, columns: g.dModel, inner: g.dModel, .init(mix, stride: g.dModel),
            .init(parameters.outProjection.values, stride: g.dModel, transposed: true), into: branch, stride: g.dModel)
        inn_add_bias(Int32(rows), Int32(g.dModel), branch, parameters.outBias.values)
        emit(branch, tokens: tokens)
    }

    /// Mixes what every neuron hears, from the tile's projections and gates.
    private func attend(_ tile: Int, scratch: UnsafeMutablePointer<Float>) {
        let g = geometry
        let tokens = g.tokens(tile)
        if let groups = g.activeGroups { return attendInGroups(tile, groups, scratch: scratch) }
        withAttentionInput(tile) { input in
            var result = inn_attention_output()
            result.mix = activations.mix + tokens.lowerBound * g.neurons * g.dModel
            result.mixNeuronStride = tokens.count * g.dModel
            result.mixTokenStride = g.dModel
            result.weights = activations.weights + weightOffset(tile)
            result.scratch = scratch
            inn_attention_forward(&input, &result)
        }
    }

    static func forwardScratchCount(_ g: RoutingGeometry) -> Int {
        2 * g.neurons * g.tileTokens * (g.dModel + 1) + 16 + g.attentionScratchCount
    }

    func weightOffset(_ tile: Int) -> Int { geometry.weightOffset(tile) }

    private func computeGates(_ normed: UnsafePointer<Float>, first: Int, count: Int) {
        let g = geometry
        let soft = activations.softGates + first
        let gates = activations.gates + first
        guard g.gate != .off, let weight = parameters.gateWeight, let bias = parameters.gateBias else {
            soft.update(repeating: 1, count: g.neurons * count)
            gates.update(repeating: 1, count: g.neurons * count)
            return
        }
        for neuron in 0..<g.neurons {
            let set = bias.count > 1 ? neuron : 0
            inn_gate_forward(
                Int32(count), Int32(g.dModel), normed + neuron * count * g.dModel, weight.values + set * g.dModel,
                bias.values[set],
                soft + neuron * count)
        }
        for index in 0..<(g.neurons * count) {
            gates[index] = g.gate == .hard ? (soft[index] > 0.5 ? 1 : 0) : soft[index]
        }
    }

    private func emit(_ branch: UnsafePointer<Float>, tokens: Range<Int>) {
        let g = geometry
        let count = tokens.count * g.dModel
        for neuron in 0..<g.neurons {
            let start = (neuron * g.rows + tokens.lowerBound) * g.dModel
            let target = output.data + start
            if isResidual {
                target.update(from: input.data + start, count: count)
            } else {
                target.update(repeating: 0, count: count)
            }
            inn_dropout_add(count, target, branch + neuron * count, dropout.probability, dropout.key, UInt64(start))
        }
    }
}

/// Calls `body` with a pointer to the values, or nil.
func withOptionalPointer<Result>(_ values: [Float]?, _ body: (UnsafePointer<Float>?) -> Result) -> Result {
    guard let values else { return body(nil) }
    return values.withUnsafeBufferPointer { body($0.baseAddress) }
}

extension Tape {
    /// Lets every neuron listen to the others once.
    ///
    /// - Parameters:
    ///   - input: `[neurons, rows, dModel]`.
    ///   - pressure: optional firing-rate pressure; its value is returned, its gradient is added in the backward pass.
    ///   - isResidual: add the messages to the input (and normalise before), as in the model.
    /// - Returns: the new states, the step's activations and the pressure's loss in nats.
    public func routingStep(
        _ input: Tensor, _ parameters: RoutingParameters, _ geometry: RoutingGeometry, dropout: Dropout = .none,
        pressure: FiringPressure? = nil, isResidual: Bool = true
    ) -> (output: Tensor, activations: RoutingActivations, penalty: Float) {
        let g = geometry
        let output = makeTensor(input.shape)
        let all = g.neurons * g.rows
        let activations = RoutingActivations(
            geometry: g, projected: keep(all * g.projected).pointer, softGates: keep(all).pointer,
            gates: keep(all).pointer,
            weights: keep(g.weightOffset(g.tileCount)).pointer, mix: keep(all * g.dModel).pointer,
            hubMix: g.activeGroups.map { keep(g.tileCount * g.tileTokens * $0.count * 2 * g.dModel).pointer })
        let operation = RoutingStepOperation(
            input: input, output: output, parameters: parameters, geometry: g, dropout: dropout, isResidual: isResidual,
            pressure: g.gate == .off || g.controls?.suspendsPressure == true ? nil : pressure,
            fixed: fixedWeights(parameters, g), activations: activations,
            skipsSilentValues: !isRecording && g.rows == 1 && g.maySilence)
        let perWorker = RoutingStepOperation.forwardScratchCount(g)
        let scratch = workspace.take(perWorker * team.threadCount)
        timed(.routingStep) {
            team.run(g.tileCount) { tile, worker in
                operation.fill(tile, scratch: scratch.pointer + worker * perWorker)
            }
        }
        workspace.give(scratch)
        record(.routingStep(operation))
        return (output, activations, operation.penalty())
    }

    /// The softmax of the scores that do not depend on the input: an intervention's, the trained static ones, or none
    /// for uniform weights; nil for learned routing.
    private func fixedWeights(_ parameters: RoutingParameters, _ g: RoutingGeometry) -> UnsafePointer<Float>? {
        guard g.isFixed else { return nil }
        let n = g.neurons
        if g.controls?.weights == .zero { return UnsafePointer(keepZeros(g.heads * n * n).pointer) }
        let fixed = keep(g.heads * n * n).pointer
        fixed.update(repeating: 0, count: g.heads * n * n)
        if case .scores(let scores) = g.controls?.weights {
            for index in scores.indices { fixed[index] = scores[index] }
        } else if g.mode == .static {
            fixed.update(from: parameters.staticScores!.values, count: g.heads * n * n)
        }
        for head in 0..<g.heads {
            for listener in 0..<n {
                let row = fixed + (head * n + listener) * n
                for speaker in 0..<n { row[speaker] += g.edges.scoreBias[listener * n + speaker] }
                let isOpen = (0..<n).contains { row[$0] > -.infinity }
                if isOpen {
                    let isCut = (0..<n).map { row[$0] == -.infinity }
                    _ = inn_softmax_cross_entropy(1, Int32(n), row, nil, 0, row)
                    for speaker in 0..<n where isCut[speaker] { row[speaker] = 0 }
                } else {
                    row.update(repeating: 0, count: n)
                }
            }
        }
        return UnsafePointer(fixed)
    }
}

extension RoutingStepOperation {
    /// Mean of the gates over neurons and tokens; of hard gates the firing rate, with the gradient of the soft ones.
    func meanGate() -> Double {
        let count = geometry.neurons * geometry.rows
        let isHard = geometry.gate == .hard
        var total = 0.0
        for index in 0..<count {
            let gate = activations.softGates[index]
            total += isHard ? (gate > 0.5 ? 1 : 0) : Double(gate)
        }
        return total / Double(count)
    }

    /// The firing-rate pressure in nats.
    func penalty() -> Float {
        guard let pressure else { return 0 }
        let excess = Float(meanGate()) - pressure.target
        return pressure.weight * excess * excess
    }
}
