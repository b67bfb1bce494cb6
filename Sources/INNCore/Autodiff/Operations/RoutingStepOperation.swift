import CKernels

/// One routing step of all neurons, fused: norm, gate, q/k/v, routing attention, mix, output projection and residual,
/// tile by tile of a few tokens and all neurons.
///
/// Twin: the composition of small operations, `composedRoutingStep` in the tests.
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
    /// What interventions change; nil nearly always.
    let plan: RoutingPlan?
    /// Whether the values of silent neurons need not be computed: one character, no backward pass to come.
    let skipsSilentValues: Bool
}

extension RoutingStepOperation {
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

    /// Computes one tile and writes its output rows, unless its listeners keep more edges than there is room for.
    func fill(_ tile: Int, _ scratch: RoutingForwardScratch) {
        let g = geometry
        let tokens = g.tokens(tile)
        let rows = g.neurons * tokens.count
        let first = g.firstPlace(tile)
        let branch = scratch.branch
        if activations.isSpoken {
            plan?.setGates(tile, in: activations)
        } else {
            speak(tile, scratch)
            refineScores(tile)
        }
        guard attend(tile, scratch.attention) else { return }
        LinearAlgebra.multiply(
            .init(rows: rows, columns: g.dModel, inner: g.dModel),
            .init(activations.mix + first * g.dModel, stride: g.dModel),
            .init(parameters.outProjection.values, stride: g.dModel, transposed: true), into: branch, stride: g.dModel)
        inn_add_bias(Int32(rows), Int32(g.dModel), branch, parameters.outBias.values)
        emit(branch, tokens: tokens)
    }

    /// Works out what the neurons of a tile ask, offer and say, and how loudly.
    private func speak(_ tile: Int, _ scratch: RoutingForwardScratch) {
        let normed = scratch.normed
        normalise(tile, into: normed, mean: scratch.mean, deviation: scratch.deviation)
        computeGates(tile, normed)
        plan?.setGates(tile, in: activations)
        if skipsSilentValues, hasSilence { return projectSpeakers(normed, scratch: scratch.branch) }
        project(tile, normed)
        plan?.setMessages(tile, in: activations)
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
            inn_dropout_add(
                count, target, branch + neuron * count, dropout.probability, dropout.key,
                dropout.place(group: neuron, row: tokens.lowerBound, of: g.rows, width: g.dModel))
        }
    }
}
