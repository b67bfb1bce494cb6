import CKernels

/// Routing weights as the kernels store them: `[token blocks, heads, listeners, speakers, lanes]`; in two levels for
/// groups, tile by tile.
public struct RoutingWeights {
    let data: UnsafeMutablePointer<Float>
    public let tokens: Int, heads: Int, neurons: Int
    /// The groups and the tokens per tile, when attention was in two levels.
    var grouping: (groups: RoutingGroups, tileTokens: Int)?

    static func count(tokens: Int, heads: Int, neurons: Int) -> Int {
        let lanes = Int(INN_ATTENTION_LANES)
        return (tokens + lanes - 1) / lanes * lanes * heads * neurons * neurons
    }

    /// a_ij of one token and head: how much listener i takes from speaker j, over all levels.
    public subscript(token: Int, head: Int, listener: Int, speaker: Int) -> Float {
        guard let (groups, tileTokens) = grouping else { return weight(data, neurons, token, head, listener, speaker) }
        let hubs = data + token / tileTokens * groups.weightCount(tokens: tileTokens, heads: heads)
        let token = token % tileTokens
        let (group, other, size) = (listener / groups.size, speaker / groups.size, groups.size)
        let own = hubs + groups.weightOffset(group: group, tokens: tileTokens, heads: heads)
        if group == other { return weight(own, size + 1, token, head, listener % size, speaker % size) }
        guard groups.isIncluded[speaker] else { return 0 }
        return weight(own, size + 1, token, head, listener % size, size)
            * weight(hubs, groups.count, token, head, group, other)
            * groups.share[other]
    }

    private func weight(
        _ data: UnsafePointer<Float>, _ neurons: Int, _ token: Int, _ head: Int, _ listener: Int, _ speaker: Int
    ) -> Float {
        let lanes = Int(INN_ATTENTION_LANES)
        return data[
            ((((token / lanes) * heads + head) * neurons + listener) * neurons + speaker) * lanes + token % lanes]
    }

    /// All tokens of one (head, listener, speaker), numbered in that order.
    func copySeries(_ pair: Int, into target: UnsafeMutableBufferPointer<Float>) {
        guard grouping == nil else {
            let (head, edge) = (pair / (neurons * neurons), pair % (neurons * neurons))
            for token in 0..<tokens { target[token] = self[token, head, edge / neurons, edge % neurons] }
            return
        }
        let lanes = Int(INN_ATTENTION_LANES)
        let pairs = heads * neurons * neurons
        var source = data + pair * lanes
        var token = 0
        while token < tokens {
            let count = min(lanes, tokens - token)
            for lane in 0..<count { target[token + lane] = source[lane] }
            source += pairs * lanes
            token += count
        }
    }
}
