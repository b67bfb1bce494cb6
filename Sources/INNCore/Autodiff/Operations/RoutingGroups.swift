/// Routing in two levels: neurons in groups of equal size, neighbours together, and one hub per group.
///
/// A hub's query, key and message are the means of its members' queries, keys and gated values. Each hub attends to the
/// hubs of the other groups and mixes their messages and their keys. What it hears is one more speaker inside its
/// group, under the mixed key, so that a listener attends over the members of its group and "the rest". Seen as one
/// matrix, a listener hears a neuron of another group with a_ij = a_i,hub · A_group(i),group(j) / members: rows still
/// sum to 1. The cost per character is neurons·(size + 1) + groups² scores instead of neurons².
public struct RoutingGroups: Sendable {
    public let count: Int, size: Int
    /// Whether a neuron is part of its group's mean: not when nobody outside may hear it.
    let isIncluded: [Bool]
    /// Share of a member in its group's mean, `[count]`; 0 for a group of which nothing can be heard.
    let share: [Float]
    /// Added to the scores inside a group, `[count, size + 1, size + 1]`; the hub comes last and listens to nobody
    /// there.
    let scoreBias: [Float]
    /// Multiplied with the weights after the softmax, laid out as `scoreBias`.
    let weightScale: [Float]?
    /// Added to the scores between hubs, `[count, count]`.
    let hubBias: [Float]

    /// - Parameters:
    ///   - groups: how many; divides `neurons`.
    ///   - edges: which edges are open, `[neurons, neurons]`. A neuron of another group counts as heard when any
    ///     outsider may hear it.
    public init(neurons: Int, groups: Int, edges: EdgeControls) {
        let size = neurons / groups
        let slots = size + 1
        func isOpen(_ listener: Int, _ speaker: Int) -> Bool {
            edges.scoreBias[listener * neurons + speaker] > -.infinity
        }
        let isIncluded = (0..<neurons).map { speaker in
            (0..<neurons).contains { $0 / size != speaker / size && isOpen($0, speaker) }
        }
        let included = (0..<groups).map { group in (0..<size).count { isIncluded[group * size + $0] } }
        var bias = [Float](repeating: -.infinity, count: groups * slots * slots)
        var scale = edges.weightScale.map { _ in [Float](repeating: 1, count: bias.count) }
        for listener in 0..<neurons {
            let group = listener / size
            let row = (group * slots + listener % size) * slots
            for member in 0..<size {
                let edge = listener * neurons + group * size + member
                bias[row + member] = edges.scoreBias[edge]
                if let given = edges.weightScale { scale?[row + member] = given[edge] }
            }
            let hearsOthers = (0..<neurons).contains { $0 / size != group && isIncluded[$0] && isOpen(listener, $0) }
            if hearsOthers { bias[row + size] = 0 }
        }
        (count, self.size, self.isIncluded, scoreBias, weightScale) = (groups, size, isIncluded, bias, scale)
        share = included.map { $0 > 0 ? 1 / Float($0) : 0 }
        hubBias = (0..<(groups * groups)).map {
            $0 / groups != $0 % groups && included[$0 % groups] > 0 ? 0 : -.infinity
        }
    }

    /// Floats of a tile's weights that come before those inside a group: between hubs first, then group by group.
    func weightOffset(group: Int, tokens: Int, heads: Int) -> Int {
        RoutingWeights.count(tokens: tokens, heads: heads, neurons: count) + group
            * RoutingWeights.count(tokens: tokens, heads: heads, neurons: size + 1)
    }
    /// Floats of all weights of one tile.
    func weightCount(tokens: Int, heads: Int) -> Int { weightOffset(group: count, tokens: tokens, heads: heads) }

    /// What each weight would be if nothing told speakers apart, `[neurons, neurons]`.
    var uniformWeights: [Double] {
        let neurons = count * size
        let slots = size + 1
        let hubs = (0..<count).map { group in (0..<count).count { hubBias[group * count + $0] > -.infinity } }
        return (0..<(neurons * neurons)).map { edge in
            let listener = edge / neurons
            let speaker = edge % neurons
            let group = listener / size
            let row = (group * slots + listener % size) * slots
            let open = (0..<slots).count { scoreBias[row + $0] > -.infinity }
            if group == speaker / size { return scoreBias[row + speaker % size] > -.infinity ? 1 / Double(open) : 0 }
            guard scoreBias[row + size] > -.infinity, isIncluded[speaker] else { return 0 }
            return Double(share[speaker / size]) / Double(open * hubs[group])
        }
    }
}
