import CKernels

/// What every neuron hears: attention over the neurons, in one level or in two.
extension RoutingStepOperation {
    /// Mixes what every neuron hears, from the tile's projections and gates.
    func attend(_ tile: Int, _ scratch: AttentionScratch) {
        let g = geometry
        if let groups = g.activeGroups, let own = scratch.groups {
            return attendInGroups(GroupTile(self, tile, groups, own, kernel: scratch.kernel))
        }
        withAttentionInput(tile) { input in
            var result = inn_attention_output()
            result.mix = activations.mix + g.firstPlace(tile) * g.dModel
            result.mixNeuronStride = g.tokens(tile).count * g.dModel
            result.mixTokenStride = g.dModel
            result.weights = activations.weights + g.weightOffset(tile)
            result.scratch = scratch.kernel
            inn_attention_forward(&input, &result)
        }
    }

    /// Gradients of a tile's projections and gates from those of its mix.
    func attendBackward(_ tile: Int, _ scratch: RoutingBackwardScratch, fixedGradient: UnsafeMutablePointer<Float>?) {
        let g = geometry
        if let groups = g.activeGroups, let own = scratch.attention.groups {
            let tile = GroupTile(self, tile, groups, own, kernel: scratch.attention.kernel)
            return attendInGroupsBackward(tile, scratch)
        }
        withAttentionInput(tile) { input in
            var result = inn_attention_gradient()
            result.weights = UnsafePointer(activations.weights + g.weightOffset(tile))
            result.dmix = UnsafePointer(scratch.dMix)
            result.mixNeuronStride = g.tokens(tile).count * g.dModel
            result.mixTokenStride = g.dModel
            if !g.isFixed {
                result.dq = scratch.dProjected
                result.dk = scratch.dProjected + g.dModel
            }
            result.dv = scratch.dProjected + g.valueColumn
            result.dgate = g.gate == .off ? nil : scratch.dGate
            result.dfixed = fixedGradient
            result.scratch = scratch.attention.kernel
            inn_attention_backward(&input, &result)
        }
    }

    /// Runs the attention kernel's description of one tile.
    private func withAttentionInput(_ tile: Int, _ body: (inout inn_attention_input) -> Void) {
        let g = geometry
        let tokens = g.tokens(tile)
        let base = activations.projected + g.firstPlace(tile) * g.projected
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
        input.gate = g.isGated ? UnsafePointer(activations.gates + g.firstPlace(tile)) : nil
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

    /// Through the softmax over each listener's static scores.
    func staticBackward(
        _ gradient: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, into scores: UnsafeMutablePointer<Float>
    ) {
        let n = geometry.neurons
        for row in 0..<(geometry.heads * n) {
            var dot: Float = 0
            for speaker in 0..<n { dot += weights[row * n + speaker] * gradient[row * n + speaker] }
            for speaker in 0..<n {
                scores[row * n + speaker] += weights[row * n + speaker] * (gradient[row * n + speaker] - dot)
            }
        }
    }
}

/// Calls `body` with a pointer to the values, or nil.
func withOptionalPointer<Result>(_ values: [Float]?, _ body: (UnsafePointer<Float>?) -> Result) -> Result {
    guard let values else { return body(nil) }
    return values.withUnsafeBufferPointer { body($0.baseAddress) }
}
