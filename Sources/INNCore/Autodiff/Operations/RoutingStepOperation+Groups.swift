import CKernels

/// One tile in two-level attention: where its values and its scratch memory are.
struct GroupTile {
    let groups: RoutingGroups
    let scratch: GroupScratch
    let kernel: UnsafeMutablePointer<Float>
    /// Tokens of the tile.
    let count: Int
    /// `[neurons, tokens, projected]` and `[neurons, tokens]`.
    let projected, gates: UnsafePointer<Float>
    /// `[neurons, tokens, dModel]`.
    let mix: UnsafeMutablePointer<Float>
    /// What the hubs heard, `[groups, tokens, hubWidth]`.
    let hubMix: UnsafeMutablePointer<Float>
    /// Between hubs, then group by group.
    let weights: UnsafeMutablePointer<Float>

    init(
        _ operation: RoutingStepOperation, _ tile: Int, _ groups: RoutingGroups, _ scratch: GroupScratch,
        kernel: UnsafeMutablePointer<Float>
    ) {
        let g = operation.geometry
        let values = operation.activations
        let first = g.firstPlace(tile)
        self.groups = groups
        self.scratch = scratch
        self.kernel = kernel
        count = g.tokens(tile).count
        projected = UnsafePointer(values.projected + first * g.projected)
        gates = UnsafePointer(values.gates + first)
        mix = values.mix + first * g.dModel
        hubMix = values.hubMix! + RoutingActivations.hubMixOffset(tile, g, groups)
        weights = values.weights! + g.weightOffset(tile)
    }

    /// Rows of a group's members, one per token.
    var memberRows: Int { groups.size * count }

    /// Calls `body` for every neuron that is part of its group's mean, at every token: its share in the mean, its row
    /// among those of the neurons, and its group's row among those of the hubs.
    @inline(__always)
    func forEachIncluded(_ body: (_ share: Float, _ row: Int, _ hubRow: Int) -> Void) {
        for neuron in groups.isIncluded.indices where groups.isIncluded[neuron] {
            let group = neuron / groups.size
            let share = groups.share[group]
            for token in 0..<count { body(share, neuron * count + token, group * count + token) }
        }
    }
}

/// Two-level attention of one tile, see ``RoutingGroups``.
extension RoutingStepOperation {
    func attendInGroups(_ tile: GroupTile) {
        let g = geometry
        let s = tile.scratch
        fillHubs(tile)
        withHubInput(tile) { input in
            var result = inn_attention_output(
                mix: tile.hubMix, mixNeuronStride: tile.count * g.hubWidth, mixTokenStride: g.hubWidth,
                weights: tile.weights, rows: nil, scratch: tile.kernel)
            inn_attention_forward(&input, &result)
        }
        let size = tile.memberRows * g.dModel
        for group in 0..<tile.groups.count {
            fillSlots(tile, group)
            withSlotInput(tile, group) { input in
                var result = inn_attention_output(
                    mix: s.mix, mixNeuronStride: tile.count * g.dModel, mixTokenStride: g.dModel,
                    weights: weights(tile, group), rows: nil, scratch: tile.kernel)
                inn_attention_forward(&input, &result)
            }
            (tile.mix + group * size).update(from: s.mix, count: size)
        }
    }

    func attendInGroupsBackward(_ tile: GroupTile, _ outer: RoutingBackwardScratch) {
        let g = geometry
        let s = tile.scratch
        let rows = tile.memberRows
        for group in 0..<tile.groups.count {
            fillSlots(tile, group)
            s.mix.update(from: outer.dMix + group * rows * g.dModel, count: rows * g.dModel)
            (s.mix + rows * g.dModel).update(repeating: 0, count: tile.count * g.dModel)
            withSlotInput(tile, group) { input in
                var result = inn_attention_gradient()
                result.weights = UnsafePointer(weights(tile, group))
                result.dmix = UnsafePointer(s.mix)
                (result.mixNeuronStride, result.mixTokenStride) = (tile.count * g.dModel, g.dModel)
                (result.dq, result.dk, result.dv) = (
                    s.slotGradient, s.slotGradient + g.dModel, s.slotGradient + 2 * g.dModel
                )
                result.dgate = s.gateGradient
                result.scratch = tile.kernel
                inn_attention_backward(&input, &result)
            }
            (outer.dProjected + group * rows * g.projected).update(from: s.slotGradient, count: rows * g.projected)
            (outer.dGate + group * rows).update(from: s.gateGradient, count: rows)
            takeHubMixGradient(tile, group)
        }
        fillHubs(tile)
        withHubInput(tile) { input in
            var result = inn_attention_gradient()
            result.weights = UnsafePointer(tile.weights)
            result.dmix = UnsafePointer(s.hubMixGradient)
            (result.mixNeuronStride, result.mixTokenStride) = (tile.count * g.hubWidth, g.hubWidth)
            (result.dq, result.dk, result.dv) = (
                s.hubGradient, s.hubGradient + g.hubWidth, s.hubGradient + 2 * g.hubWidth
            )
            result.scratch = tile.kernel
            inn_attention_backward(&input, &result)
        }
        distribute(tile, outer)
    }

    /// The weights inside a group of a tile.
    private func weights(_ tile: GroupTile, _ group: Int) -> UnsafeMutablePointer<Float> {
        tile.weights + tile.groups.weightOffset(group: group, tokens: geometry.tileTokens, heads: geometry.heads)
    }

    // MARK: The two kernels' descriptions

    private func withHubInput(_ tile: GroupTile, _ body: (inout inn_attention_input) -> Void) {
        let g = geometry
        let hubs = tile.scratch.hubs
        var input = inn_attention_input()
        (input.neurons, input.heads, input.headDim) = (Int32(tile.groups.count), Int32(g.heads), Int32(2 * g.headDim))
        input.tokens = Int32(tile.count)
        (input.q, input.k, input.v) = (
            UnsafePointer(hubs), UnsafePointer(hubs + g.hubWidth), UnsafePointer(hubs + 2 * g.hubWidth)
        )
        (input.neuronStride, input.tokenStride) = (tile.count * g.hubRow, g.hubRow)
        tile.groups.hubBias.withUnsafeBufferPointer { bias in
            input.scoreBias = bias.baseAddress
            body(&input)
        }
    }

    private func withSlotInput(_ tile: GroupTile, _ group: Int, _ body: (inout inn_attention_input) -> Void) {
        let g = geometry
        let slots = tile.groups.size + 1
        let rows = tile.scratch.slots
        var input = inn_attention_input()
        (input.neurons, input.heads, input.headDim) = (Int32(slots), Int32(g.heads), Int32(g.headDim))
        input.tokens = Int32(tile.count)
        (input.q, input.k, input.v) = (
            UnsafePointer(rows), UnsafePointer(rows + g.dModel), UnsafePointer(rows + 2 * g.dModel)
        )
        (input.neuronStride, input.tokenStride) = (tile.count * g.projected, g.projected)
        (input.gate, input.gateStride) = (UnsafePointer(tile.scratch.gates), tile.count)
        input.topK = Int32(g.topK)
        tile.groups.scoreBias.withUnsafeBufferPointer { bias in
            input.scoreBias = bias.baseAddress! + group * slots * slots
            withOptionalPointer(tile.groups.weightScale) { scale in
                input.edgeScale = scale.map { $0 + group * slots * slots }
                withOptionalPointer(g.edges.headScale) { heads in
                    input.headScale = heads
                    body(&input)
                }
            }
        }
    }

    // MARK: Means and what comes back through them

    /// The kernel divides the hubs' scores by the square root of the doubled head width.
    private var queryScale: Float { Float(2).squareRoot() }

    /// q, k and v of every hub from the rows of its members.
    private func fillHubs(_ tile: GroupTile) {
        let g = geometry
        let (width, hubWidth, headDim) = (g.dModel, g.hubWidth, g.headDim)
        let queryScale = queryScale
        tile.scratch.hubs.update(repeating: 0, count: tile.groups.count * tile.count * g.hubRow)
        tile.forEachIncluded { share, row, hubRow in
            let member = tile.projected + row * g.projected
            let hub = tile.scratch.hubs + hubRow * g.hubRow
            let gated = share * tile.gates[row]
            for head in 0..<g.heads {
                let source = member + head * headDim
                let target = hub + 2 * head * headDim
                for d in 0..<headDim {
                    let key = share * source[width + d]
                    target[d] += queryScale * share * source[d]
                    target[hubWidth + d] += key
                    target[2 * hubWidth + d] += key
                    target[2 * hubWidth + headDim + d] += gated * source[2 * width + d]
                }
            }
        }
    }

    /// The rows of one group's members, and of its hub: the mixed key and the mixed message, under an open gate.
    private func fillSlots(_ tile: GroupTile, _ group: Int) {
        let g = geometry
        let s = tile.scratch
        let (width, headDim) = (g.dModel, g.headDim)
        let members = tile.memberRows
        s.slots.update(from: tile.projected + group * members * g.projected, count: members * g.projected)
        s.gates.update(from: tile.gates + group * members, count: members)
        (s.gates + members).update(repeating: 1, count: tile.count)
        for token in 0..<tile.count {
            let hub = s.slots + (members + token) * g.projected
            let mix = tile.hubMix + (group * tile.count + token) * g.hubWidth
            hub.update(repeating: 0, count: width)
            for head in 0..<g.heads {
                let own = head * headDim
                (hub + width + own).update(from: mix + 2 * own, count: headDim)
                (hub + 2 * width + own).update(from: mix + 2 * own + headDim, count: headDim)
            }
        }
    }

    /// Gradient of a hub's mix from the gradients of the key and message under which its group heard it.
    private func takeHubMixGradient(_ tile: GroupTile, _ group: Int) {
        let g = geometry
        let (width, headDim) = (g.dModel, g.headDim)
        for token in 0..<tile.count {
            let slot = tile.scratch.slotGradient + (tile.memberRows + token) * g.projected
            let mix = tile.scratch.hubMixGradient + (group * tile.count + token) * g.hubWidth
            for head in 0..<g.heads {
                let own = head * headDim
                (mix + 2 * own).update(from: slot + width + own, count: headDim)
                (mix + 2 * own + headDim).update(from: slot + 2 * width + own, count: headDim)
            }
        }
    }

    /// Gives the hubs' gradients to their members.
    private func distribute(_ tile: GroupTile, _ outer: RoutingBackwardScratch) {
        let g = geometry
        let (width, hubWidth, headDim) = (g.dModel, g.hubWidth, g.headDim)
        let queryScale = queryScale
        tile.forEachIncluded { share, row, hubRow in
            let gradient = tile.scratch.hubGradient + hubRow * g.hubRow
            let member = tile.projected + row * g.projected
            let target = outer.dProjected + row * g.projected
            var dot: Float = 0
            for head in 0..<g.heads {
                let own = head * headDim
                let source = gradient + 2 * own
                for d in 0..<headDim {
                    let message = share * source[2 * hubWidth + headDim + d]
                    target[own + d] += queryScale * share * source[d]
                    target[width + own + d] += share * (source[hubWidth + d] + source[2 * hubWidth + d])
                    target[2 * width + own + d] += message * tile.gates[row]
                    dot += message * member[2 * width + own + d]
                }
            }
            outer.dGate[row] += dot
        }
    }
}
