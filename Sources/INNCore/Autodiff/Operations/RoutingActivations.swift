import CKernels

/// The values of a routing step, by tile, as the operation saved them; what probes look at.
public struct RoutingActivations {
    let geometry: RoutingGeometry
    /// `[neurons, tile tokens, projected]` per tile: q, k, v (or v alone).
    let projected: UnsafeMutablePointer<Float>
    /// Sigmoid gates, `[neurons, tile tokens]` per tile.
    let softGates: UnsafeMutablePointer<Float>
    /// What multiplies the message: soft, hard or 1.
    let gates: UnsafeMutablePointer<Float>
    /// Routing weights, blocked by lanes, per tile; nil where nobody asked for them and the step does without.
    let weights: UnsafeMutablePointer<Float>?
    /// Largest score and 1 / the sum of exponentials of every listener, per tile, where weights are streamed.
    let listenerRows: UnsafeMutablePointer<Float>?
    /// The edges that listeners keep, where they are chosen.
    let chosen: ChosenEdges?
    /// `[neurons, tile tokens, dModel]` per tile, before W_O.
    let mix: UnsafeMutablePointer<Float>
    /// What the hubs of groups heard, `[groups, tile tokens, 2·dModel]` per tile, keys beside messages; nil without
    /// groups.
    let hubMix: UnsafeMutablePointer<Float>?

    /// What identities ask and offer, `[neurons, 2·dModel]`; nil without identities.
    let identityScores: UnsafeMutablePointer<Float>?
    /// 1 / length of query and key, `[neurons, tile tokens, heads, 2]` per tile; nil where they are not normalised.
    let inverseLengths: UnsafeMutablePointer<Float>?

    /// Whether what the neurons ask, offer and say was worked out by another step.
    let isSpoken: Bool

    /// Keeps room for a step's values on a tape.
    ///
    /// - Parameters:
    ///   - spoken: a step of the same sizes that had the same input: its projections and gates are used and left as
    ///     they are.
    ///   - showsWeights: whether anybody will look at the routing weights.
    init(_ g: RoutingGeometry, on tape: Tape, spoken: RoutingActivations? = nil, showsWeights: Bool = true) {
        let all = g.neurons * g.rows
        geometry = g
        isSpoken = spoken != nil
        projected = spoken?.projected ?? tape.keep(all * g.projected).pointer
        softGates = spoken?.softGates ?? tape.keep(all).pointer
        gates = tape.keep(all).pointer
        if let spoken { gates.update(from: spoken.gates, count: all) }
        identityScores =
            g.scores.hasIdentity && spoken == nil ? tape.keep(g.neurons * g.valueColumn).pointer : nil
        inverseLengths = g.scores.isNormalised && spoken == nil ? tape.keep(all * g.heads * 2).pointer : nil
        let needsWeights = g.form == .stored && (tape.isRecording || g.rows > 1 || g.topK > 0 || g.activeGroups != nil)
        weights = needsWeights || showsWeights ? tape.keep(g.weightOffset(g.tileCount)).pointer : nil
        listenerRows = g.form == .streamed ? tape.keep(g.tileCount * g.listenerRowCount).pointer : nil
        chosen = g.form == .chosen ? ChosenEdges(g, on: tape) : nil
        mix = tape.keep(all * g.dModel).pointer
        hubMix = g.activeGroups.map { tape.keep(Self.hubMixOffset(g.tileCount, g, $0)).pointer }
    }

    /// One tile's projections and gates for the attention kernels; edges are still to be added.
    func attentionInput(_ tile: Int) -> inn_attention_input {
        let g = geometry
        let tokens = g.tokens(tile).count
        let base = projected + g.firstPlace(tile) * g.projected
        var input = inn_attention_input()
        input.neurons = Int32(g.neurons)
        input.heads = Int32(g.heads)
        input.headDim = Int32(g.headDim)
        input.tokens = Int32(tokens)
        if !g.isFixed {
            input.q = UnsafePointer(base)
            input.k = UnsafePointer(base + g.dModel)
        }
        input.v = UnsafePointer(base + g.valueColumn)
        input.neuronStride = tokens * g.projected
        input.tokenStride = g.projected
        input.gate = g.isGated ? UnsafePointer(gates + g.firstPlace(tile)) : nil
        input.gateStride = tokens
        input.topK = Int32(g.topK)
        return input
    }

    /// Floats of the hubs' mixes that come before a tile's.
    static func hubMixOffset(_ tile: Int, _ g: RoutingGeometry, _ groups: RoutingGroups) -> Int {
        tile * groups.count * g.tileTokens * g.hubWidth
    }

    /// Offset of a value with `width` floats per neuron and token.
    private func offset(_ neuron: Int, _ token: Int, _ width: Int) -> Int {
        geometry.place(neuron: neuron, token: token) * width
    }

    /// The gate of a neuron at a token (row of the batch), as it multiplies the message.
    public func gate(neuron: Int, token: Int) -> Float { gates[offset(neuron, token, 1)] }

    /// The gate before hardening.
    public func softGate(neuron: Int, token: Int) -> Float { softGates[offset(neuron, token, 1)] }

    /// By neuron, the mean gate before interventions, of hard gates how often it is open.
    func meanGates(isHard: Bool) -> [Float] {
        (0..<geometry.neurons).map { neuron in
            var total: Float = 0
            for token in 0..<geometry.rows {
                let gate = softGate(neuron: neuron, token: token)
                total += isHard ? (gate > 0.5 ? 1 : 0) : gate
            }
            return total / Float(geometry.rows)
        }
    }

    /// The value row W_V v + b of a neuron at a token, `dModel` floats.
    public func value(neuron: Int, token: Int) -> UnsafePointer<Float> {
        UnsafePointer(projected + offset(neuron, token, geometry.projected) + geometry.valueColumn)
    }

    /// The routing weights of all tokens; only of a step that shows them, as every step with a probe does.
    public var routing: RoutingWeights {
        guard let weights else { preconditionFailure("the weights of a routing step that was not to show them") }
        return RoutingWeights(
            data: weights, tokens: geometry.rows, heads: geometry.heads, neurons: geometry.neurons,
            grouping: geometry.activeGroups.map { ($0, geometry.tileTokens) })
    }
}
