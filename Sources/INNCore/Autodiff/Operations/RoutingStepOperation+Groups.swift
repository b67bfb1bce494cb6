import CKernels

/// Working memory of two-level attention on one tile.
struct GroupScratch {
    /// `[groups, tokens, 3·2·dModel]`: q, k and v of the hubs. A head has twice the width there: the score uses the
    /// first half alone (the second half of q and k is 0), and what is mixed is a key beside a message.
    let hubs, hubGradient: UnsafeMutablePointer<Float>
    /// Gradient of the hubs' mixes, `[groups, tokens, 2·dModel]`.
    let hubMixGradient: UnsafeMutablePointer<Float>
    /// One group's members and its hub, `[size + 1, tokens, 3·dModel]`, and their gates.
    let slots, slotGradient, gates, gateGradient: UnsafeMutablePointer<Float>
    /// `[size + 1, tokens, dModel]`.
    let mix: UnsafeMutablePointer<Float>
    let kernel: UnsafeMutablePointer<Float>

    private static func sizes(_ g: RoutingGeometry, _ groups: RoutingGroups) -> (hubs: Int, slots: Int) {
        (groups.count * g.tileTokens * g.dModel, (groups.size + 1) * g.tileTokens)
    }

    static func count(_ g: RoutingGeometry, _ groups: RoutingGroups) -> Int {
        let (hubs, slots) = sizes(g, groups)
        let kernels = [(groups.count, 2 * g.headDim), (groups.size + 1, g.headDim)].map {
            inn_attention_scratch_floats(Int32($0.0), Int32(g.heads), Int32($0.1))
        }
        return 14 * hubs + slots * (7 * g.dModel + 2) + kernels.max()!
    }

    init(_ base: UnsafeMutablePointer<Float>, _ g: RoutingGeometry, _ groups: RoutingGroups) {
        let (hubs, slots) = Self.sizes(g, groups)
        self.hubs = base
        hubGradient = base + 6 * hubs
        hubMixGradient = hubGradient + 6 * hubs
        self.slots = hubMixGradient + 2 * hubs
        slotGradient = self.slots + 3 * g.dModel * slots
        mix = slotGradient + 3 * g.dModel * slots
        gates = mix + g.dModel * slots
        gateGradient = gates + slots
        kernel = gateGradient + slots
    }
}

/// Two-level attention of one tile, see ``RoutingGroups``.
extension RoutingStepOperation {
    func attendInGroups(_ tile: Int, _ groups: RoutingGroups, scratch: UnsafeMutablePointer<Float>) {
        let g = geometry
        let tokens = g.tokens(tile)
        let count = tokens.count
        let s = GroupScratch(scratch, g, groups)
        let weights = activations.weights + weightOffset(tile)
        let hubMix = hubMix(tile, groups)
        fillHubs(tile, groups, s)
        withHubInput(groups, s, count) { input in
            var result = inn_attention_output(
                mix: hubMix, mixNeuronStride: 2 * count * g.dModel, mixTokenStride: 2 * g.dModel, weights: weights,
                scratch: s.kernel)
            inn_attention_forward(&input, &result)
        }
        let size = groups.size * count * g.dModel
        for group in 0..<groups.count {
            fillSlots(tile, group, groups, s)
            withSlotInput(group, groups, s, count) { input in
                var result = inn_attention_output(
                    mix: s.mix, mixNeuronStride: count * g.dModel, mixTokenStride: g.dModel,
                    weights: weights + groupWeightOffset(group, groups), scratch: s.kernel)
                inn_attention_forward(&input, &result)
            }
            (activations.mix + tokens.lowerBound * g.neurons * g.dModel + group * size).update(from: s.mix, count: size)
        }
    }

    func attendInGroupsBackward(
        _ tile: Int, _ groups: RoutingGroups, dMix: UnsafePointer<Float>, dProjected: UnsafeMutablePointer<Float>,
        dGate: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        let g = geometry
        let count = g.tokens(tile).count
        let s = GroupScratch(scratch, g, groups)
        let rows = groups.size * count
        let weights = UnsafePointer(activations.weights + weightOffset(tile))
        for group in 0..<groups.count {
            fillSlots(tile, group, groups, s)
            s.mix.update(from: dMix + group * rows * g.dModel, count: rows * g.dModel)
            (s.mix + rows * g.dModel).update(repeating: 0, count: count * g.dModel)
            withSlotInput(group, groups, s, count) { input in
                var result = inn_attention_gradient()
                result.weights = weights + groupWeightOffset(group, groups)
                result.dmix = UnsafePointer(s.mix)
                (result.mixNeuronStride, result.mixTokenStride) = (count * g.dModel, g.dModel)
                (result.dq, result.dk, result.dv) = (
                    s.slotGradient, s.slotGradient + g.dModel, s.slotGradient + 2 * g.dModel
                )
                result.dgate = s.gateGradient
                result.scratch = s.kernel
                inn_attention_backward(&input, &result)
            }
            (dProjected + group * rows * g.projected).update(from: s.slotGradient, count: rows * g.projected)
            (dGate + group * rows).update(from: s.gateGradient, count: rows)
            takeHubMixGradient(group, groups, s, count)
        }
        fillHubs(tile, groups, s)
        withHubInput(groups, s, count) { input in
            var result = inn_attention_gradient()
            result.weights = weights
            result.dmix = UnsafePointer(s.hubMixGradient)
            (result.mixNeuronStride, result.mixTokenStride) = (2 * count * g.dModel, 2 * g.dModel)
            (result.dq, result.dk, result.dv) = (
                s.hubGradient, s.hubGradient + 2 * g.dModel, s.hubGradient + 4 * g.dModel
            )
            result.scratch = s.kernel
            inn_attention_backward(&input, &result)
        }
        distribute(tile, groups, s, dProjected: dProjected, dGate: dGate)
    }

    private func groupWeightOffset(_ group: Int, _ groups: RoutingGroups) -> Int {
        let tokens = geometry.tileTokens
        let heads = geometry.heads
        return groups.hubWeightCount(tokens: tokens, heads: heads) + group
            * groups.groupWeightCount(tokens: tokens, heads: heads)
    }

    private func hubMix(_ tile: Int, _ groups: RoutingGroups) -> UnsafeMutablePointer<Float> {
        activations.hubMix! + tile * groups.count * geometry.tileTokens * 2 * geometry.dModel
    }

    // MARK: The two kernels' descriptions

    private func withHubInput(
        _ groups: RoutingGroups, _ s: GroupScratch, _ tokens: Int, _ body: (inout inn_attention_input) -> Void
    ) {
        let width = 2 * geometry.dModel
        var input = inn_attention_input()
        (input.neurons, input.heads, input.headDim) = (
            Int32(groups.count), Int32(geometry.heads), Int32(2 * geometry.headDim)
        )
        input.tokens = Int32(tokens)
        (input.q, input.k, input.v) = (
            UnsafePointer(s.hubs), UnsafePointer(s.hubs + width), UnsafePointer(s.hubs + 2 * width)
        )
        (input.neuronStride, input.tokenStride) = (tokens * 3 * width, 3 * width)
        groups.hubBias.withUnsafeBufferPointer { bias in
            input.scoreBias = bias.baseAddress
            body(&input)
        }
    }

    private func withSlotInput(
        _ group: Int, _ groups: RoutingGroups, _ s: GroupScratch, _ tokens: Int,
        _ body: (inout inn_attention_input) -> Void
    ) {
        let width = geometry.dModel
        let slots = groups.size + 1
        var input = inn_attention_input()
        (input.neurons, input.heads, input.headDim) = (Int32(slots), Int32(geometry.heads), Int32(geometry.headDim))
        input.tokens = Int32(tokens)
        (input.q, input.k, input.v) = (
            UnsafePointer(s.slots), UnsafePointer(s.slots + width), UnsafePointer(s.slots + 2 * width)
        )
        (input.neuronStride, input.tokenStride) = (tokens * 3 * width, 3 * width)
        (input.gate, input.gateStride) = (UnsafePointer(s.gates), tokens)
        input.topK = Int32(geometry.topK)
        groups.scoreBias.withUnsafeBufferPointer { bias in
            input.scoreBias = bias.baseAddress! + group * slots * slots
            withOptionalPointer(groups.weightScale) { scale in
                input.edgeScale = scale.map { $0 + group * slots * slots }
                withOptionalPointer(geometry.edges.headScale) { heads in
                    input.headScale = heads
                    body(&input)
                }
            }
        }
    }

    // MARK: Means and what comes back through them

    /// q, k and v of every hub from the rows of its members.
    private func fillHubs(_ tile: Int, _ groups: RoutingGroups, _ s: GroupScratch) {
        let g = geometry
        let tokens = g.tokens(tile)
        let count = tokens.count
        let width = g.dModel
        let headDim = g.headDim
        let projected = activations.projected + tokens.lowerBound * g.neurons * g.projected
        let gates = activations.gates + tokens.lowerBound * g.neurons
        s.hubs.update(repeating: 0, count: groups.count * count * 6 * width)
        // The kernel divides by the square root of the doubled head width.
        let queryScale = Float(2).squareRoot()
        for neuron in 0..<g.neurons where groups.isIncluded[neuron] {
            let group = neuron / groups.size
            let share = groups.share[group]
            for token in 0..<count {
                let row = projected + (neuron * count + token) * g.projected
                let gated = share * gates[neuron * count + token]
                let hub = s.hubs + (group * count + token) * 6 * width
                for head in 0..<g.heads {
                    let source = row + head * headDim
                    let target = hub + 2 * head * headDim
                    for d in 0..<headDim {
                        let key = share * source[width + d]
                        target[d] += queryScale * share * source[d]
                        target[2 * width + d] += key
                        target[4 * width + d] += key
                        target[4 * width + headDim + d] += gated * source[2 * width + d]
                    }
                }
            }
        }
    }

    /// The rows of one group's members, and of its hub: the mixed key and the mixed message, under an open gate.
    private func fillSlots(_ tile: Int, _ group: Int, _ groups: RoutingGroups, _ s: GroupScratch) {
        let g = geometry
        let tokens = g.tokens(tile)
        let count = tokens.count
        let width = g.dModel
        let headDim = g.headDim
        let members = groups.size * count
        let first = tokens.lowerBound * g.neurons + group * members
        s.slots.update(from: activations.projected + first * g.projected, count: members * g.projected)
        s.gates.update(from: activations.gates + first, count: members)
        (s.gates + members).update(repeating: 1, count: count)
        for token in 0..<count {
            let hub = s.slots + (members + token) * 3 * width
            let mix = hubMix(tile, groups) + (group * count + token) * 2 * width
            hub.update(repeating: 0, count: width)
            for head in 0..<g.heads {
                let own = head * headDim
                (hub + width + own).update(from: mix + 2 * own, count: headDim)
                (hub + 2 * width + own).update(from: mix + 2 * own + headDim, count: headDim)
            }
        }
    }

    /// Gradient of a hub's mix from the gradients of the key and message under which its group heard it.
    private func takeHubMixGradient(_ group: Int, _ groups: RoutingGroups, _ s: GroupScratch, _ count: Int) {
        let width = geometry.dModel
        let headDim = geometry.headDim
        for token in 0..<count {
            let slot = s.slotGradient + (groups.size * count + token) * 3 * width
            let mix = s.hubMixGradient + (group * count + token) * 2 * width
            for head in 0..<geometry.heads {
                let own = head * headDim
                (mix + 2 * own).update(from: slot + width + own, count: headDim)
                (mix + 2 * own + headDim).update(from: slot + 2 * width + own, count: headDim)
            }
        }
    }

    /// Gives the hubs' gradients to their members.
    private func distribute(
        _ tile: Int, _ groups: RoutingGroups, _ s: GroupScratch, dProjected: UnsafeMutablePointer<Float>,
        dGate: UnsafeMutablePointer<Float>
    ) {
        let g = geometry
        let tokens = g.tokens(tile)
        let count = tokens.count
        let width = g.dModel
        let headDim = g.headDim
        let projected = activations.projected + tokens.lowerBound * g.neurons * g.projected
        let gates = activations.gates + tokens.lowerBound * g.neurons
        let queryScale = Float(2).squareRoot()
        for neuron in 0..<g.neurons where groups.isIncluded[neuron] {
            let group = neuron / groups.size
            let share = groups.share[group]
            for token in 0..<count {
                let place = neuron * count + token
                let gradient = s.hubGradient + (group * count + token) * 6 * width
                let row = projected + place * g.projected
                let target = dProjected + place * g.projected
                var dot: Float = 0
                for head in 0..<g.heads {
                    let own = head * headDim
                    let source = gradient + 2 * own
                    for d in 0..<headDim {
                        let message = share * source[4 * width + headDim + d]
                        target[own + d] += queryScale * share * source[d]
                        target[width + own + d] += share * (source[2 * width + d] + source[4 * width + d])
                        target[2 * width + own + d] += message * gates[place]
                        dot += message * row[2 * width + own + d]
                    }
                }
                dGate[place] += dot
            }
        }
    }
}
