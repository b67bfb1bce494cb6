import CKernels

/// What every neuron hears: attention over the neurons, in one level or in two.
extension RoutingStepOperation {
    /// Mixes what every neuron hears, from the tile's projections and gates.
    ///
    /// - Returns: whether it could: not when listeners keep more edges than there is room for.
    func attend(_ tile: Int, _ scratch: AttentionScratch) -> Bool {
        let g = geometry
        if let groups = g.activeGroups, let own = scratch.groups {
            attendInGroups(GroupTile(self, tile, groups, own, kernel: scratch.kernel))
            return true
        }
        return withAttentionInput(tile) { input in
            switch g.form {
            case .stored:
                var result = attentionOutput(tile, scratch.kernel)
                result.weights = activations.weights.map { $0 + g.weightOffset(tile) }
                inn_attention_forward(&input, &result)
            case .streamed: attendStreaming(tile, &input, scratch.kernel)
            case .chosen: return attendChoosing(tile, &input, scratch.kernel)
            }
            return true
        }
    }

    /// Where the attention kernels put one tile's mix.
    func attentionOutput(_ tile: Int, _ scratch: UnsafeMutablePointer<Float>) -> inn_attention_output {
        let g = geometry
        return inn_attention_output(
            mix: activations.mix + g.firstPlace(tile) * g.dModel,
            mixNeuronStride: g.tokens(tile).count * g.dModel, mixTokenStride: g.dModel, weights: nil,
            rows: nil, scratch: scratch)
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
            guard g.form == .stored else { return attendBackwardInBlocks(tile, &input, &result) }
            result.weights = UnsafePointer(activations.weights! + g.weightOffset(tile))
            inn_attention_backward(&input, &result)
        }
    }

    /// Runs the attention kernel's description of one tile.
    private func withAttentionInput<Result>(_ tile: Int, _ body: (inout inn_attention_input) -> Result) -> Result {
        let g = geometry
        var input = activations.attentionInput(tile)
        input.fixed = fixed
        return g.edges.scoreBias.withUnsafeBufferPointer { bias in
            input.scoreBias = bias.baseAddress
            return withOptionalPointer(g.edges.weightScale) { scale in
                input.edgeScale = scale
                return withOptionalPointer(g.edges.headScale) { heads in
                    input.headScale = heads
                    return body(&input)
                }
            }
        }
    }

    /// Makes the weights that a tile was worked out with where nobody has stored them.
    func showWeights(_ tile: Int, _ scratch: AttentionScratch) {
        let g = geometry
        guard let weights = activations.weights.map({ $0 + g.weightOffset(tile) }) else { return }
        switch g.form {
        case .stored: break
        case .streamed:
            withAttentionInput(tile) { input in
                inn_attention_stream_weights(
                    &input, activations.listenerRows! + tile * g.listenerRowCount, weights, scratch.kernel)
            }
        case .chosen:
            if let chosen = activations.chosen, !chosen[tile].isCrowded { chosen.write(tile, into: weights) }
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
