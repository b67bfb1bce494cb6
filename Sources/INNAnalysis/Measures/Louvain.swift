import INNCore

/// Communities of a weighted undirected graph by greedy modularity, level by level (Blondel et al. 2008).
///
/// Nodes are visited in order and ties go to the lower community, so that equal input gives equal output.
struct Louvain {
    /// Community of each node, numbered by first appearance.
    let labels: [Int]
    let modularity: Double

    /// - Parameter weights: `[count, count]`, symmetric, non-negative; the diagonal holds self-loops, counted once.
    init(weights: [Double], count: Int) {
        precondition(weights.count == count * count, "weights must be count × count")
        var membership = Array(0..<count)
        var graph = weights
        var size = count
        while true {
            let moved = Self.localMoves(graph, size)
            let groups = Set(moved).count
            membership = membership.map { moved[$0] }
            guard groups < size else { break }
            var merged = [Double](repeating: 0, count: groups * groups)
            for i in 0..<size {
                for j in 0..<size { merged[moved[i] * groups + moved[j]] += graph[i * size + j] }
            }
            (graph, size) = (merged, groups)
        }
        labels = Self.renumbered(membership)
        modularity = Self.modularity(weights, labels)
    }

    /// Q = Σ_c [ in_c / W − (k_c / W)² ], W the sum of all entries; communities are numbered below the count of nodes.
    static func modularity(_ weights: [Double], _ labels: [Int]) -> Double {
        let count = labels.count
        let total = weights.reduce(0, +)
        guard total > 0 else { return 0 }
        var inside = [Double](repeating: 0, count: count)
        var degree = inside
        for i in 0..<count {
            for j in 0..<count {
                degree[labels[i]] += weights[i * count + j]
                if labels[i] == labels[j] { inside[labels[i]] += weights[i * count + j] }
            }
        }
        return (0..<count).reduce(0) { $0 + inside[$1] / total - (degree[$1] / total) * (degree[$1] / total) }
    }

    /// Ends because every move raises the modularity by more than is lost by rounding.
    private static func localMoves(_ weights: [Double], _ count: Int) -> [Int] {
        var community = Array(0..<count)
        let degree = (0..<count).map { i in (0..<count).reduce(0.0) { $0 + weights[i * count + $1] } }
        let total = degree.reduce(0, +)
        var sums = degree
        var improved = true
        while improved {
            improved = false
            for node in 0..<count {
                var links = [Double](repeating: 0, count: count)
                for other in 0..<count where other != node { links[community[other]] += weights[node * count + other] }
                let home = community[node]
                sums[home] -= degree[node]
                var best = home
                var bestGain = links[home] - degree[node] * sums[home] / total
                for candidate in 0..<count where candidate != home && links[candidate] > 0 {
                    let gain = links[candidate] - degree[node] * sums[candidate] / total
                    if gain > bestGain + 1e-12 * total { (best, bestGain) = (candidate, gain) }
                }
                sums[best] += degree[node]
                if best != home {
                    community[node] = best
                    improved = true
                }
            }
        }
        return renumbered(community)
    }

    private static func renumbered(_ labels: [Int]) -> [Int] {
        var number: [Int: Int] = [:]
        return labels.map { label in
            let own = number[label] ?? number.count
            number[label] = own
            return own
        }
    }
}

extension CommunityAnalysis {
    /// Communities of the symmetrised flow, and how far their modularity exceeds that of networks with the same weights
    /// on other edges.
    ///
    /// - Parameters:
    ///   - flow: `[neurons (listener), neurons (speaker)]`; the diagonal is ignored.
    ///   - shuffles: networks that it is compared with.
    public init(flow: [Float], neurons: Int, shuffles: Int = 100, seed: UInt64 = 1) {
        var pairs: [Double] = []
        for i in 0..<neurons {
            for j in 0..<i { pairs.append(0.5 * Double(flow[i * neurons + j] + flow[j * neurons + i])) }
        }
        func graph(_ pairs: [Double]) -> [Double] {
            var weights = [Double](repeating: 0, count: neurons * neurons)
            var index = 0
            for i in 0..<neurons {
                for j in 0..<i {
                    weights[i * neurons + j] = pairs[index]
                    weights[j * neurons + i] = pairs[index]
                    index += 1
                }
            }
            return weights
        }
        let found = Louvain(weights: graph(pairs), count: neurons)
        var random = RandomSource(seed: seed)
        let null = NullDistribution(
            (0..<shuffles).map { _ in
                pairs.shuffle(using: &random)
                return Louvain(weights: graph(pairs), count: neurons).modularity
            })
        let z = Self.score(found.modularity, null)
        self.init(
            labels: z >= Self.threshold ? found.labels : found.labels.map { _ in 0 }, modularity: found.modularity,
            zScore: z,
            shuffles: shuffles)
    }

    /// By how many deviations a modularity exceeds those of shuffles; where these are all alike there is nothing to
    /// exceed.
    static func score(_ modularity: Double, _ null: NullDistribution) -> Double {
        null.deviation > 1e-9 ? (modularity - null.mean) / null.deviation : 0
    }
}
