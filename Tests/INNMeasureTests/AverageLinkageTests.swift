import Testing

@testable import INNAnalysis
@testable import INNCore

struct AverageLinkageTests {
    /// Five points on a line: 0, 1, 4, 5.5, 20. Heights computed by hand (equal to scipy's
    /// `linkage(method="average")`).
    private let points: [Float] = [0, 1, 4, 5.5, 20]
    private var distances: [Float] { points.flatMap { a in points.map { abs(a - $0) } } }

    @Test func mergesAreTheAverageDistances() {
        let linkage = AverageLinkage(distances: distances, count: 5)
        #expect(linkage.merges.map(\.distance) == [1, 1.5, 4.25, 17.375])
        #expect(linkage.merges.map(\.size) == [2, 2, 4, 5])
        #expect(linkage.merges.map { [$0.left, $0.right] } == [[0, 1], [2, 3], [5, 6], [7, 4]])
        #expect(linkage.leafOrder == [0, 1, 2, 3, 4])
    }

    @Test func labelsFollowTheLeafOrder() {
        let linkage = AverageLinkage(distances: distances, count: 5)
        #expect(linkage.labels(clusters: 1) == [0, 0, 0, 0, 0])
        #expect(linkage.labels(clusters: 2) == [0, 0, 0, 0, 1])
        #expect(linkage.labels(clusters: 3) == [0, 0, 1, 1, 2])
        #expect(linkage.labels(clusters: 99) == [0, 1, 2, 3, 4])
    }

    @Test func silhouetteOfTwoPairs() {
        let line: [Float] = [0, 1, 10, 11]
        let d = line.flatMap { a in line.map { abs(a - $0) } }
        // Outer points: (10.5 − 1) / 10.5, inner points: (9.5 − 1) / 9.5.
        let expected = (9.5 / 10.5 + 8.5 / 9.5) / 2
        #expect(abs(Double(AverageLinkage.meanSilhouette(distances: d, labels: [0, 0, 1, 1])) - expected) < 1e-6)
        #expect(
            AverageLinkage(distances: d, count: 4).bestCut(distances: d, maximumClusters: 8).labels == [0, 0, 1, 1])
    }

    @Test func interleavedGroupsAreReordered() {
        // Rows 0, 2, 4 rise, rows 1, 3 fall.
        let rows: [Float] = [0, 1, 2, 3, 3, 2, 1, 0, 0, 2, 4, 6.5, 6, 4, 2.5, 0, 1, 2, 3, 4.5]
        let d = AverageLinkage.correlationDistances(rows: rows, count: 5, length: 4)
        let linkage = AverageLinkage(distances: d, count: 5)
        let cut = linkage.bestCut(distances: d, maximumClusters: 4)
        #expect(cut.labels == [0, 1, 0, 1, 0] && cut.silhouette > 0.9)
        #expect(Set(linkage.leafOrder.prefix(3)) == [0, 2, 4])
    }

    @Test func correlationDistanceOfOppositeConstantAndMissingRows() {
        let rows: [Float] = [1, 2, 3, .nan, 3, 2, 1, 5, 4, 4, 4, 4, 7, 7, 7, 1]
        let d = AverageLinkage.correlationDistances(rows: rows, count: 4, length: 4)
        #expect(abs(d[0 * 4 + 1] - 2) < 1e-5)
        #expect(d[0 * 4 + 2] == 1 && d[2 * 4 + 3] == 0)
        #expect((0..<4).allSatisfy { d[$0 * 5] == 0 })
    }

    /// Points that are all equally far apart have no cut, and small distances count as large ones do.
    @Test func cutsWithoutAndWithSmallDistances() {
        let even = (0..<16).map { $0 / 4 == $0 % 4 ? Float(0) : 1 }
        let cut = AverageLinkage(distances: even, count: 4).bestCut(distances: even, maximumClusters: 3)
        #expect(cut.labels == [0, 0, 0, 0] && cut.silhouette == 0)
        let line: [Float] = [0, 0.01, 0.1, 0.11]
        let d = line.flatMap { a in line.map { abs(a - $0) } }
        #expect(abs(AverageLinkage.meanSilhouette(distances: d, labels: [0, 0, 1, 1]) - 0.8997) < 1e-3)
    }

    @Test func everyColumnCounts() {
        for row in [[Float(0), 1], [1, 0]] {
            let d = AverageLinkage.correlationDistances(rows: [0, 1] + row, count: 2, length: 2)
            #expect(abs(d[1] - (row[0] == 0 ? 0 : 2)) < 1e-5 && d[1] == d[2])
        }
    }

    @Test(arguments: [0, 1, 2, 3]) func smallCounts(_ count: Int) {
        let linkage = AverageLinkage(distances: Array(repeating: 1, count: count * count), count: count)
        #expect(linkage.merges.count == max(0, count - 1))
        #expect(linkage.leafOrder == Array(0..<count))
        #expect(linkage.labels(clusters: 2).count == count)
    }

    /// Against the definition: at every step join the two clusters whose members are closest on average.
    @Test(arguments: [5, 12, 23]) func agreesWithTheSlowDefinition(_ count: Int) {
        var seed: UInt64 = 42 &+ UInt64(count)
        func next() -> Float {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(seed >> 40) / Float(1 << 24)
        }
        var distances = [Float](repeating: 0, count: count * count)
        for i in 0..<count {
            for j in 0..<i {
                distances[i * count + j] = next()
                distances[j * count + i] = distances[i * count + j]
            }
        }
        var clusters = (0..<count).map { [$0] }
        var heights: [Float] = []
        while clusters.count > 1 {
            var best: (Float, Int, Int) = (.infinity, 0, 0)
            for a in clusters.indices {
                for b in 0..<a {
                    let total = clusters[a].reduce(Float(0)) { sum, i in
                        sum + clusters[b].reduce(Float(0)) { $0 + distances[i * count + $1] }
                    }
                    let mean = total / Float(clusters[a].count * clusters[b].count)
                    if mean < best.0 { best = (mean, a, b) }
                }
            }
            heights.append(best.0)
            clusters[best.2] += clusters[best.1]
            clusters.remove(at: best.1)
        }
        let merges = AverageLinkage(distances: distances, count: count).merges
        #expect(zip(merges, heights).allSatisfy { abs($0.distance - $1) < 1e-5 })
    }
}
