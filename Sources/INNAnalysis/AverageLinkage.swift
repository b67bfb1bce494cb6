import INNCore

/// Agglomerative hierarchical clustering with average linkage (UPGMA, Sokal and Michener 1958).
///
/// Two clusters are as far apart as their members are on average. Ties are broken towards lower indices, so that
/// equal input gives equal output.
public struct AverageLinkage: Sendable, Equatable {
    /// Two nodes joined into one. Nodes 0..<count are the elements, node `count + m` is the result of merge `m`.
    public struct Merge: Sendable, Equatable {
        public var left: Int
        public var right: Int
        public var distance: Float
        /// Elements under the new node.
        public var size: Int
    }

    /// Number of elements.
    public let count: Int
    /// `count - 1` merges by ascending distance.
    public let merges: [Merge]

    /// - Parameters:
    ///   - distances: `[count, count]`, symmetric, finite, non-negative; the diagonal is ignored.
    ///   - count: number of elements.
    public init(distances: [Float], count: Int) {
        precondition(distances.count == count * count, "distances must be count × count")
        self.count = count
        let joined = Self.nearestNeighbourChain(distances, count)
        merges = Self.numbered(joined, count)
    }

    /// The elements as the leaves of the dendrogram, from left to right; the branch with the lowest element comes
    /// first.
    public var leafOrder: [Int] {
        guard count > 0 else { return [] }
        var lowest = Array(0..<count)
        for merge in merges { lowest.append(min(lowest[merge.left], lowest[merge.right])) }
        var order: [Int] = []
        var stack = [count + merges.count - 1]
        while let node = stack.popLast() {
            guard node >= count else {
                order.append(node)
                continue
            }
            let merge = merges[node - count]
            let leftFirst = lowest[merge.left] < lowest[merge.right]
            stack.append(leftFirst ? merge.right : merge.left)
            stack.append(leftFirst ? merge.left : merge.right)
        }
        return order
    }

    /// The cluster of each element when the dendrogram is cut into `clusters` parts, numbered along ``leafOrder``.
    public func labels(clusters: Int) -> [Int] {
        guard count > 0 else { return [] }
        let kept = count - max(1, min(clusters, count))
        var root = Array(0..<(count + merges.count))
        func find(_ node: Int) -> Int {
            var node = node
            while root[node] != node { node = root[node] }
            return node
        }
        for (index, merge) in merges.prefix(kept).enumerated() {
            root[merge.left] = count + index
            root[merge.right] = count + index
        }
        var number: [Int: Int] = [:]
        var labels = [Int](repeating: 0, count: count)
        for element in leafOrder {
            let top = find(element)
            let label = number[top] ?? number.count
            number[top] = label
            labels[element] = label
        }
        return labels
    }

    /// The cut into 2…`maximumClusters` parts with the best mean silhouette; one part when none is positive.
    public func bestCut(distances: [Float], maximumClusters: Int) -> (labels: [Int], silhouette: Float) {
        var best: (labels: [Int], silhouette: Float) = (labels(clusters: 1), 0)
        for clusters in 2...max(2, min(maximumClusters, count - 1)) {
            let candidate = labels(clusters: clusters)
            let score = Self.meanSilhouette(distances: distances, labels: candidate)
            if score > best.silhouette { best = (candidate, score) }
        }
        return best
    }

    /// Mean silhouette (Rousseeuw 1987) over all elements, -1…1; an element alone in its cluster counts 0.
    public static func meanSilhouette(distances: [Float], labels: [Int]) -> Float {
        let count = labels.count
        guard let last = labels.max(), last > 0 else { return 0 }
        let clusters = last + 1
        var sizes = [Int](repeating: 0, count: clusters)
        for label in labels { sizes[label] += 1 }
        var total: Float = 0
        var sums = [Float](repeating: 0, count: clusters)
        for i in 0..<count where sizes[labels[i]] > 1 {
            for c in 0..<clusters { sums[c] = 0 }
            for j in 0..<count where j != i { sums[labels[j]] += distances[i * count + j] }
            let inside = sums[labels[i]] / Float(sizes[labels[i]] - 1)
            var outside = Float.infinity
            for c in 0..<clusters where c != labels[i] && sizes[c] > 0 {
                outside = min(outside, sums[c] / Float(sizes[c]))
            }
            let larger = max(inside, outside)
            if larger > 0 { total += (outside - inside) / larger }
        }
        return total / Float(count)
    }

    /// 1 − Pearson correlation between z-scored rows, `[count, count]`, 0…2.
    ///
    /// Columns that are not finite in some row are left out for all. Two constant rows are at distance 0 from each
    /// other; a constant row is at distance 1 from every other row, because a correlation with it is undefined.
    public static func correlationDistances(rows: [Float], count: Int, length: Int) -> [Float] {
        precondition(rows.count == count * length, "rows must be count × length")
        let columns = (0..<length).filter { column in (0..<count).allSatisfy { rows[$0 * length + column].isFinite } }
        let used = columns.count
        var scores = [Float](repeating: 0, count: count * used)
        var isConstant = [Bool](repeating: true, count: count)
        for row in 0..<count {
            var mean: Float = 0
            for column in columns { mean += rows[row * length + column] }
            mean /= Float(used)
            var variance: Float = 0
            for column in columns {
                let deviation = rows[row * length + column] - mean
                variance += deviation * deviation
            }
            guard variance > 1e-12 else { continue }
            isConstant[row] = false
            let scale = 1 / variance.squareRoot()
            for (index, column) in columns.enumerated() {
                scores[row * used + index] = (rows[row * length + column] - mean) * scale
            }
        }
        var distances = [Float](repeating: 0, count: count * count)
        for i in 0..<count {
            for j in 0..<i {
                var correlation: Float = isConstant[i] && isConstant[j] ? 1 : 0
                if !isConstant[i] && !isConstant[j] {
                    for index in 0..<used { correlation += scores[i * used + index] * scores[j * used + index] }
                }
                let distance = max(0, 1 - correlation)
                distances[i * count + j] = distance
                distances[j * count + i] = distance
            }
        }
        return distances
    }

    /// Merges by following nearest neighbours until two point at each other: O(count²) (Murtagh 1983). Slots keep the
    /// index of their lowest element.
    private static func nearestNeighbourChain(
        _ input: [Float], _ count: Int
    ) -> [(left: Int, right: Int, distance: Float)] {
        guard count > 1 else { return [] }
        var distances = input
        var sizes = [Float](repeating: 1, count: count)
        var isActive = [Bool](repeating: true, count: count)
        var joined: [(left: Int, right: Int, distance: Float)] = []
        var chain: [Int] = []
        while joined.count < count - 1 {
            if chain.isEmpty, let start = isActive.firstIndex(of: true) { chain = [start] }
            let current = chain[chain.count - 1]
            let previous = chain.count > 1 ? chain[chain.count - 2] : -1
            var nearest = previous
            var shortest = previous >= 0 ? distances[current * count + previous] : Float.infinity
            for other in 0..<count
            where isActive[other] && other != current && distances[current * count + other] < shortest {
                (nearest, shortest) = (other, distances[current * count + other])
            }
            guard nearest == previous else {
                chain.append(nearest)
                continue
            }
            chain.removeLast(2)
            let kept = min(current, previous)
            let gone = max(current, previous)
            joined.append((kept, gone, shortest))
            for other in 0..<count where isActive[other] && other != kept && other != gone {
                let average =
                    (sizes[kept] * distances[kept * count + other] + sizes[gone] * distances[gone * count + other])
                    / (sizes[kept] + sizes[gone])
                distances[kept * count + other] = average
                distances[other * count + kept] = average
            }
            sizes[kept] += sizes[gone]
            isActive[gone] = false
        }
        return joined
    }

    /// Sorts merges by distance and renames slots to dendrogram nodes.
    private static func numbered(_ joined: [(left: Int, right: Int, distance: Float)], _ count: Int) -> [Merge] {
        let sorted = joined.enumerated().sorted { ($0.element.distance, $0.offset) < ($1.element.distance, $1.offset) }
            .map(\.element)
        var parent = Array(0..<count)
        var node = Array(0..<count)
        var size = [Int](repeating: 1, count: count)
        func find(_ element: Int) -> Int {
            var element = element
            while parent[element] != element { element = parent[element] }
            return element
        }
        var merges: [Merge] = []
        for (index, pair) in sorted.enumerated() {
            let a = find(pair.left)
            let b = find(pair.right)
            let kept = min(a, b)
            let gone = max(a, b)
            parent[gone] = kept
            size[kept] += size[gone]
            merges.append(Merge(left: node[kept], right: node[gone], distance: pair.distance, size: size[kept]))
            node[kept] = count + index
        }
        return merges
    }
}
