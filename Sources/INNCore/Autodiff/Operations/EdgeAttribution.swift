/// Estimates what cutting each edge would cost, from the gradients of one backward pass: the first-order change of the
/// loss when a listener's other weights take over the edge's share.
///
/// With c_ij the gradient along speaker j's gated value, and the listener's mix being Σ_k a_ik·(g_k v_k), the mix moves
/// by a_ij/(1 − a_ij)·(mix_i − g_j v_j), hence the loss by Σ a_ij/(1 − a_ij)·(Σ_k a_ik c_ik − c_ij) over tokens and
/// heads.
package final class EdgeAttribution {
    /// Estimated increase of the loss, `[neurons, neurons]` (listener, speaker), one matrix per routing step in the
    /// order of the backward pass, last round first.
    package private(set) var steps: [[Double]] = []

    package init() {}

    package func add(_ tiles: UnsafePointer<Float>, tiles count: Int, neurons: Int) {
        let size = neurons * neurons
        steps.append((0..<size).map { edge in (0..<count).reduce(0.0) { $0 + Double(tiles[$1 * size + edge]) } })
    }
}

extension RoutingStepOperation {
    /// Adds one tile's estimates to `edges`, `[neurons, neurons]`.
    func estimateCuts(_ tile: Int, dMix: UnsafePointer<Float>, into edges: UnsafeMutablePointer<Float>) {
        let g = geometry
        let tokens = g.tokens(tile)
        let count = tokens.count
        let n = g.neurons
        let first = tokens.lowerBound * n
        let values = activations.projected + first * g.projected + g.valueColumn
        let routing = activations.routing
        let along = UnsafeMutablePointer<Float>.allocate(capacity: n)
        defer { along.deallocate() }
        for token in 0..<count {
            for head in 0..<g.heads {
                for listener in 0..<n {
                    let gradient = dMix + (listener * count + token) * g.dModel + head * g.headDim
                    var dot: Float = 0
                    for speaker in 0..<n {
                        let value = values + (speaker * count + token) * g.projected + head * g.headDim
                        var sum: Float = 0
                        for index in 0..<g.headDim { sum += gradient[index] * value[index] }
                        along[speaker] = sum * activations.gates[first + speaker * count + token]
                        dot += routing[tokens.lowerBound + token, head, listener, speaker] * along[speaker]
                    }
                    for speaker in 0..<n {
                        let weight = routing[tokens.lowerBound + token, head, listener, speaker]
                        // A listener that hears only this speaker hears nothing afterwards.
                        let share = weight < 0.999 ? weight / (1 - weight) * (dot - along[speaker]) : -along[speaker]
                        edges[listener * n + speaker] += share
                    }
                }
            }
        }
    }
}
