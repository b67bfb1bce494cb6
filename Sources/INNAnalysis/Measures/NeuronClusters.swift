import INNCore

/// Groups units by the likeness of their tuning, with bootstrap stability.
struct NeuronClusters {
    /// Members of a cluster correlate by at least 1 − this on average.
    static let farthest: Float = 0.5
    static let bootstraps = 100

    let linkage: AverageLinkage
    /// Cluster of each element when cut; nil when nothing is alike.
    let cut: (clusters: Int, labels: [Int], silhouette: Float)?

    /// - Parameter rows: tuning of each element, `[elements][symbols]`.
    init(rows: [[Float]]) {
        let count = rows.count
        let distances = Self.distances(rows)
        linkage = AverageLinkage(distances: distances, count: count)
        let joined = linkage.merges.count { $0.distance <= Self.farthest }
        guard joined > 0 else {
            cut = nil
            return
        }
        var best: (clusters: Int, labels: [Int], silhouette: Float)?
        for clusters in max(2, count - joined)..<max(2, count) {
            let labels = linkage.labels(clusters: clusters)
            let silhouette = AverageLinkage.meanSilhouette(distances: distances, labels: labels)
            if silhouette > (best?.silhouette ?? 0) { best = (clusters, labels, silhouette) }
        }
        cut = best ?? (joined == count - 1 ? (1, linkage.labels(clusters: 1), 0) : nil)
    }

    static func distances(_ rows: [[Float]]) -> [Float] {
        AverageLinkage.correlationDistances(
            rows: rows.flatMap { $0 }, count: rows.count, length: rows.first?.count ?? 0)
    }

    /// Elements by cluster, for clusters of at least two.
    static func groups(_ labels: [Int]) -> [Set<Int>] {
        Set(labels).sorted().map { label in Set(labels.indices.filter { labels[$0] == label }) }
    }

    /// The clusters of the tuned units.
    ///
    /// - Parameters:
    ///   - sums: tuning by block of time.
    ///   - tuned: units that take part.
    ///   - label: the label of a group of units.
    static func analyse(
        _ sums: TuningSums, blocks: Int, units: Int, tuned: [Int], seed: UInt64, label: ([Int]) -> CategoryScore?
    ) -> ClusterAnalysis {
        let rest = (0..<units).filter { !tuned.contains($0) }
        var result = ClusterAnalysis.empty
        result.untuned = rest
        guard tuned.count > 1 else { return result }
        let all = sums.rows(blocks: Array(0..<blocks))
        let found = NeuronClusters(rows: tuned.map { all[$0] })
        result.leaves = tuned
        result.order = found.linkage.leafOrder.map { tuned[$0] }
        result.joins = found.linkage.merges.map {
            ClusterAnalysis.Join(left: $0.left, right: $0.right, distance: $0.distance)
        }
        guard let cut = found.cut else { return result }
        result.silhouette = Double(cut.silhouette)
        result.bootstraps = bootstraps
        let groups = groups(cut.labels)
        let stability = stability(
            of: groups, cut.clusters, elements: tuned.count,
            BlockBootstrap(blocks: blocks, resamples: bootstraps, seed: seed)
        ) { draw in
            let rows = sums.rows(blocks: draw)
            return tuned.map { rows[$0] }
        }
        for (index, group) in groups.enumerated() where group.count > 1 {
            let members = found.linkage.leafOrder.filter(group.contains).map { tuned[$0] }
            result.clusters.append(
                ClusterAnalysis.Cluster(members: members, label: label(members), stability: stability[index]))
        }
        return result
    }

    /// Mean over bootstrap samples of each group's largest Jaccard similarity with a group found there.
    ///
    /// - Parameter rows: the elements' rows over a draw of blocks.
    static func stability(
        of groups: [Set<Int>], _ clusters: Int, elements: Int, _ bootstrap: BlockBootstrap,
        rows: (_ draw: [Int]) -> [[Float]]
    ) -> [Double] {
        var total = [Double](repeating: 0, count: groups.count)
        bootstrap.forEachDraw { draw in
            let distances = distances(rows(draw))
            let again = self.groups(AverageLinkage(distances: distances, count: elements).labels(clusters: clusters))
            for (index, group) in groups.enumerated() {
                total[index] +=
                    again.map { Double(group.intersection($0).count) / Double(group.union($0).count) }.max() ?? 0
            }
        }
        return total.map { $0 / Double(bootstrap.resamples) }
    }
}
