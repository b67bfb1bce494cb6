import CKernels

/// What a worker needs to compute one tile.
struct RoutingForwardScratch: BufferLayout {
    /// `[neurons, tile tokens, dModel]` each.
    let normed, branch: UnsafeMutablePointer<Float>
    /// `[neurons, tile tokens]` each.
    let mean, deviation: UnsafeMutablePointer<Float>
    let attention: AttentionScratch

    init(_ parts: inout BufferParts, _ g: RoutingGeometry) {
        let rows = g.neurons * g.largestTile
        normed = parts.claim(rows * g.dModel)
        branch = parts.claim(rows * g.dModel)
        mean = parts.claim(rows)
        deviation = parts.claim(rows)
        attention = AttentionScratch(&parts, g)
    }
}

/// What a worker needs to back-propagate one tile.
struct RoutingBackwardScratch: BufferLayout {
    /// `[neurons, tile tokens, dModel]` each.
    let dBranch, dMix, dNormed, normed: UnsafeMutablePointer<Float>
    /// `[neurons, tile tokens, projected]`.
    let dProjected: UnsafeMutablePointer<Float>
    /// `[neurons, tile tokens]` each.
    let dGate, mean, deviation: UnsafeMutablePointer<Float>
    let attention: AttentionScratch

    init(_ parts: inout BufferParts, _ g: RoutingGeometry) {
        let rows = g.neurons * g.largestTile
        dBranch = parts.claim(rows * g.dModel)
        dMix = parts.claim(rows * g.dModel)
        dNormed = parts.claim(rows * g.dModel)
        normed = parts.claim(rows * g.dModel)
        dProjected = parts.claim(rows * g.projected)
        dGate = parts.claim(rows)
        mean = parts.claim(rows)
        deviation = parts.claim(rows)
        attention = AttentionScratch(&parts, g)
    }
}

/// What attention on one tile works with.
struct AttentionScratch: BufferLayout {
    let kernel: UnsafeMutablePointer<Float>
    /// Nil for the complete graph.
    let groups: GroupScratch?

    init(_ parts: inout BufferParts, _ g: RoutingGeometry) {
        func floats(_ neurons: Int, _ headDim: Int) -> Int {
            inn_attention_scratch_floats(Int32(neurons), Int32(g.heads), Int32(headDim))
        }
        guard let groups = g.activeGroups else {
            self.groups = nil
            let (neurons, headDim) = (Int32(g.neurons), Int32(g.headDim))
            switch g.form {
            case .stored: kernel = parts.claim(floats(g.neurons, g.headDim))
            case .streamed: kernel = parts.claim(inn_attention_stream_scratch_floats(neurons, headDim))
            case .chosen:
                let choice =
                    g.searchedBlocks > 0
                    ? inn_attention_search_scratch_floats(neurons, headDim, Int32(g.topK))
                    : inn_attention_choose_scratch_floats(neurons, headDim, Int32(g.topK), Int32(g.edgeRoom))
                kernel = parts.claim(max(choice, inn_attention_chosen_scratch_floats(neurons, headDim)))
            }
            return
        }
        self.groups = GroupScratch(&parts, .init(geometry: g, groups: groups))
        kernel = parts.claim(max(floats(groups.count, 2 * g.headDim), floats(groups.size + 1, g.headDim)))
    }
}

/// Working memory of two-level attention on one tile.
struct GroupScratch: BufferLayout {
    struct Sizes {
        let geometry: RoutingGeometry
        let groups: RoutingGroups
    }

    /// `[groups, tokens, hubRow]`: q, k and v of the hubs, and their gradients. A head has twice the width there: the
    /// score uses the first half alone (the second half of q and k is 0), and what is mixed is a key beside a message.
    let hubs, hubGradient: UnsafeMutablePointer<Float>
    /// Gradient of the hubs' mixes, `[groups, tokens, hubWidth]`.
    let hubMixGradient: UnsafeMutablePointer<Float>
    /// One group's members and its hub, `[size + 1, tokens, projected]`, and their gradients.
    let slots, slotGradient: UnsafeMutablePointer<Float>
    /// `[size + 1, tokens, dModel]`.
    let mix: UnsafeMutablePointer<Float>
    /// `[size + 1, tokens]` each.
    let gates, gateGradient: UnsafeMutablePointer<Float>

    init(_ parts: inout BufferParts, _ sizes: Sizes) {
        let g = sizes.geometry
        let hubRows = sizes.groups.count * g.largestTile
        let slotRows = (sizes.groups.size + 1) * g.largestTile
        hubs = parts.claim(hubRows * g.hubRow)
        hubGradient = parts.claim(hubRows * g.hubRow)
        hubMixGradient = parts.claim(hubRows * g.hubWidth)
        slots = parts.claim(slotRows * g.projected)
        slotGradient = parts.claim(slotRows * g.projected)
        mix = parts.claim(slotRows * g.dModel)
        gates = parts.claim(slotRows)
        gateGradient = parts.claim(slotRows)
    }
}

/// Partial gradients of one chunk of tiles.
struct RoutingGradients: BufferLayout {
    let inProjection, inBias, outProjection, outBias, gateWeight, gateBias, normWeight, normBias,
        identityScores, temperature, ownScores, fixed: UnsafeMutablePointer<Float>

    init(_ parts: inout BufferParts, _ g: RoutingGeometry) {
        inProjection = parts.claim(g.projected * g.dModel)
        inBias = parts.claim(g.projected)
        outProjection = parts.claim(g.dModel * g.dModel)
        outBias = parts.claim(g.dModel)
        gateWeight = parts.claim(g.neurons * g.dModel)
        gateBias = parts.claim(g.neurons)
        normWeight = parts.claim(g.dModel)
        normBias = parts.claim(g.dModel)
        let scores = g.valueColumn * g.neurons
        identityScores = parts.claim(g.scores.hasIdentity ? scores : 0)
        temperature = parts.claim(g.scores.isNormalised ? g.heads : 0)
        ownScores = parts.claim(g.scores.areOwn ? scores * g.dModel : 0)
        fixed = parts.claim(g.trainsFixed ? g.heads * g.neurons * g.neurons : 0)
    }
}
