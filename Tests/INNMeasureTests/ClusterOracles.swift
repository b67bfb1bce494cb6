import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// Clusters of units by their tuning.
@Suite struct ClusterOracles {
    private static let plan = ReadingPlan(streams: 2, windows: 64, steps: 200)

    /// Three units that follow vowels, two that follow spaces and a rare letter each, one after "th", two at
    /// random.
    private static let table: FiringTable = {
        var random = RandomSource(seed: 51)
        return FiringTable(
            rounds: 1, neurons: 8, plan: plan, texts: FiringTable.texts(plan, seed: 50, words: FiringTable.words)
        ) { unit, _, position, ids in
            let own = Character(UnicodeScalar(Alphabet.text8.byte(ofID: ids[position])))
            let noise = random.uniform()
            let fires =
                switch unit {
                case 0, 2, 4: "aeiou".contains(own) && noise < 0.9 - 0.1 * Double(unit)
                case 1, 5: own == " " ? noise < 0.8 : own == (unit == 1 ? "x" : "q") && noise < 0.25
                case 3: own == "h" && position > 0 && Alphabet.text8.byte(ofID: ids[position - 1]) == UInt8(ascii: "t")
                default: noise < 0.3
                }
            return Float(fires ? 0.7 + 0.2 * noise : 0.2 * noise)
        }
    }()

    private static let analysis = NetworkAnalysis(
        table.accumulated(), heads: 1, bitsPerCharacter: nil, snapshot: Planted.snapshot(rounds: 1, neurons: 8),
        routing: [], seed: 1)

    /// Tuning of the units over some windows, straight from the table, `[units][symbols]`.
    private static func rows(_ windows: [Int]) -> [[Double]] {
        (0..<8).map { unit in
            var (sums, counts) = ([Double](repeating: 0, count: 27), [Double](repeating: 0, count: 27))
            for window in windows {
                for stream in 0..<plan.streams {
                    for position in (window * plan.steps)..<((window + 1) * plan.steps) {
                        let symbol = Int(table.texts[stream][position])
                        sums[symbol] += Double(table.activity[unit][stream][position])
                        counts[symbol] += 1
                    }
                }
            }
            return zip(sums, counts).map { $0 / $1 }
        }
    }

    private static func distance(_ a: [Double], _ b: [Double]) -> Double {
        let used = a.indices.filter { a[$0].isFinite && b[$0].isFinite }
        let (x, y) = (used.map { a[$0] }, used.map { b[$0] })
        let (mx, my) = (mean(x), mean(y))
        let covariance = zip(x, y).reduce(0) { $0 + ($1.0 - mx) * ($1.1 - my) }
        let norms = [(x, mx), (y, my)].map { values, mean in values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } }
        return 1 - covariance / (norms[0] * norms[1]).squareRoot()
    }

    @Test func plantedClusters() throws {
        let clusters = Self.analysis.clusters
        #expect(clusters.clusters.map { Set($0.members) } == [[0, 2, 4], [1, 5]])
        #expect(clusters.untuned == [6, 7] && clusters.leaves == [0, 1, 2, 3, 4, 5])
        #expect(Set(clusters.order) == Set(clusters.leaves) && clusters.joins.count == 5)
        #expect(Self.analysis.units.map(\.cluster) == [0, 1, 0, nil, 0, 1, nil, nil])
        let label = try #require(clusters.clusters[0].label)
        #expect(label.name == "vowel")
        let scores = [0, 2, 4].map { unit in Self.analysis.units[unit].categories.first { $0.name == "vowel" }! }
        expectClose(label.f1, mean(scores.map(\.f1)), within: 1e-12)
        expectClose(label.precision, mean(scores.map(\.precision)), within: 1e-12)
        expectClose(label.recall, mean(scores.map(\.recall)), within: 1e-12)
    }

    @Test func silhouetteByItsDefinition() {
        let rows = Self.rows(Array(0..<Self.plan.windows))
        let groups = [0: 0, 2: 0, 4: 0, 1: 1, 5: 1, 3: 2]
        let due = (0..<6).map { unit -> Double in
            func meanDistance(_ group: Int) -> Double {
                mean(
                    groups.filter { $0.value == group && $0.key != unit }.map {
                        Self.distance(rows[unit], rows[$0.key])
                    })
            }
            let own = groups[unit]!
            guard own != 2 else { return 0 }
            let outside = (0..<3).filter { $0 != own }.map(meanDistance).min()!
            return (outside - meanDistance(own)) / max(outside, meanDistance(own))
        }
        expectClose(Self.analysis.clusters.silhouette, mean(due), within: 1e-4)
    }

    /// The bootstrap over the text with other random numbers: how alike is the most alike cluster of each sample?
    @Test func stabilityByAnotherBootstrap() {
        let clusters = Self.analysis.clusters
        #expect(clusters.bootstraps == 100)
        var random = RandomSource(seed: 99)
        let groups: [Set<Int>] = [[0, 2, 4], [1, 5]]
        var total = [0.0, 0.0]
        let samples = 40
        for _ in 0..<samples {
            // 32 blocks of two windows.
            let windows = (0..<32).flatMap { _ in
                let block = Int(random.next() % 32)
                return [2 * block, 2 * block + 1]
            }
            let rows = Self.rows(windows)
            let distances = (0..<36).map { Float(Self.distance(rows[$0 / 6], rows[$0 % 6])) }
            let labels = AverageLinkage(distances: distances, count: 6).labels(clusters: 3)
            for (index, group) in groups.enumerated() {
                total[index] +=
                    Set(labels).map { label -> Double in
                        let found = Set((0..<6).filter { labels[$0] == label })
                        return Double(found.intersection(group).count) / Double(found.union(group).count)
                    }.max()! / Double(samples)
            }
        }
        for (cluster, due) in zip(clusters.clusters, total) { expectClose(cluster.stability, due, within: 0.08) }
        #expect(clusters.clusters[0].stability > 0.95)
    }

    private static func score(_ name: String, _ f1: Double) -> CategoryScore {
        var score = CategoryScore(name: name, hits: 1, members: 1, fired: 1)
        score.f1 = f1
        return score
    }

    @Test func labelsByTheirThresholds() {
        func label(_ f1: Double, null: Double) -> String? {
            CategoryCounts.label([Self.score("vowel", f1), Self.score("a", 0.1)], null: null)?.name
        }
        #expect(label(0.5, null: 0.44) == "vowel" && label(0.499, null: 0.1) == nil)
        #expect(label(0.7, null: 0.651) == nil && label(0.7, null: 0.649) == "vowel")
        #expect(CategoryCounts.label([CategoryScore](), null: 0) == nil)
        func several(_ nulls: [Double]) -> CategoryScore? {
            CategoryCounts.label(
                [
                    ([Self.score("vowel", 0.9), Self.score("a", 0.6)], nulls[0]),
                    ([Self.score("a", 0.8), Self.score("vowel", 0.4)], nulls[1]),
                ])
        }
        #expect(several([0.2, 0.1])?.name == "a" && abs(several([0.2, 0.1])!.f1 - 0.7) < 1e-12)
        #expect(several([0.2, 0.66]) == nil && several([0.66, 0.2]) == nil, "the largest null of all counts")
        #expect(CategoryCounts.label([]) == nil)
    }

    /// Rows of ±1 whose mean is 0: of sixteen numbers twelve agree and four do not, a correlation of exactly ½, which
    /// is enough to be alike. Beside two that are the same and two like nobody the last cut is the only one.
    @Test func cutsAtTheirLimit() throws {
        let half = (0..<16).map { Float($0 < 8 ? 1 : -1) }
        let near = half.indices.map { $0 % 8 < 2 ? -half[$0] : half[$0] }
        let joined = try #require(NeuronClusters(rows: [half, near]).cut)
        #expect(joined.clusters == 1 && joined.labels == [0, 0] && joined.silhouette == 0)
        let other = half.indices.map { $0 % 8 < 3 ? -half[$0] : half[$0] }
        #expect(NeuronClusters(rows: [half, other]).cut == nil, "ten agree and six do not")
        let (odd, pairs) = ((0..<16).map { Float($0 % 2 == 0 ? 1 : -1) }, (0..<16).map { Float($0 % 4 < 2 ? 1 : -1) })
        let last = try #require(NeuronClusters(rows: [odd, half, pairs, half]).cut)
        #expect(last.clusters == 3 && last.labels[1] == last.labels[3] && Set(last.labels).count == 3)
        // Two of four elements are at a distance of 0 from each other and 1 from all others.
        #expect(last.silhouette == 0.5)
    }

    /// One group of everything counts only when everything is alike.
    @Test func oneClusterOrNone() {
        let up: [Float] = [0, 1, 2, 3, 4]
        let near = [up, [0, 1.2, 1.9, 3.1, 4], [0.1, 1, 2.2, 2.9, 4.1]]
        func clusters(_ rows: [[Float]]) -> [[Int]] {
            let blocks = ReadingPlan(streams: 1, windows: 2, steps: 5)
            var sums = TuningSums(units: rows.count, symbols: 27, plan: blocks)
            for window in 0..<2 {
                let ids: [Int32] = [0, 1, 2, 3, 4]
                let gates = (0..<5).flatMap { symbol in rows.map { $0[symbol] } }
                gates.withUnsafeBufferPointer {
                    sums.add(
                        ActivityWindow(
                            streams: 1, steps: 5, units: rows.count, ids: ids, next: ids,
                            activity: rows.flatMap { $0 }), gates: $0, index: window)
                }
            }
            return NeuronClusters.analyse(
                sums, blocks: 2, units: rows.count, tuned: Array(rows.indices), seed: 1, label: { _ in nil }
            ).clusters.map { $0.members.sorted() }
        }
        #expect(clusters([up, [4, 3, 2, 1, 0]]) == [])
        #expect(clusters([up]) == [])
        // A correlation of .4 is not enough to be alike.
        #expect(clusters([[1, 2, 3, 4, 5], [2, 4, 1, 3, 3.5]]) == [])
        #expect(clusters([up, up.map { $0 * 2 }]) == [[0, 1]])
        #expect(clusters(near + [[4, 3, 2, 1, 0], [4.2, 3, 2, 0.7, 0]]) == [[0, 1, 2], [3, 4]])
    }
}
