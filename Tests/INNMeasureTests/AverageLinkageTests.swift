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

    /// Of rows (0, d) the squared deviations add up to d²/2: 8.45·10⁻¹³ is taken for constant, 1.28·10⁻¹² is not.
    @Test func rowsThatHardlyVary() {
        func distance(_ difference: Float) -> Float {
            AverageLinkage.correlationDistances(rows: [0, 1, 0, difference], count: 2, length: 2)[1]
        }
        #expect(distance(1.3e-6) == 1 && abs(distance(1.6e-6)) < 1e-5)
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
        let cut = linkage.bestCut(distances: [Float](repeating: 1, count: count * count), maximumClusters: 2)
        #expect(cut.labels == [Int](repeating: 0, count: count) && cut.silhouette == 0)
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
        var divisions = [Set(clusters.map(Set.init))]
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
            divisions.append(Set(clusters.map(Set.init)))
        }
        let linkage = AverageLinkage(distances: distances, count: count)
        let merges = linkage.merges
        #expect(zip(merges, heights).allSatisfy { abs($0.distance - $1) < 1e-5 })
        for parts in 1...count {
            let labels = linkage.labels(clusters: parts)
            #expect(
                Set(Dictionary(grouping: 0..<count) { labels[$0] }.values.map(Set.init)) == divisions[count - parts])
            // Numbered from left to right.
            let shown = linkage.leafOrder.map { labels[$0] }
            #expect(shown == shown.sorted() && Set(shown) == Set(0..<parts))
        }
        // The tree that the merges make: the branch with the lowest element comes first.
        var trees = (0..<count).map { [$0] }
        for merge in merges {
            let (left, right) = (trees[merge.left], trees[merge.right])
            trees.append(left.min()! < right.min()! ? left + right : right + left)
            #expect(merge.size == trees.last!.count)
        }
        #expect(linkage.leafOrder == trees.last!)
    }

    /// Mean silhouettes by their definition, for every cut of random distances.
    @Test func silhouettesByTheirDefinition() {
        let count = 9
        let place: [Float] = [10, 0, 25, 0.3, 10.4, 25.2, 10.7, 25.9, 0.5]
        let distances = place.flatMap { a in place.map { abs(a - $0) } }
        let linkage = AverageLinkage(distances: distances, count: count)
        var best: (parts: Int, score: Float) = (1, 0)
        for parts in 2..<count {
            let labels = linkage.labels(clusters: parts)
            let due =
                (0..<count).map { i -> Float in
                    func distance(_ label: Int) -> Float {
                        let others = (0..<count).filter { $0 != i && labels[$0] == label }
                        return others.reduce(0) { $0 + distances[i * count + $1] } / Float(others.count)
                    }
                    guard labels.count(where: { $0 == labels[i] }) > 1 else { return 0 }
                    let outside = Set(labels).subtracting([labels[i]]).map(distance).min()!
                    return (outside - distance(labels[i])) / max(outside, distance(labels[i]))
                }.reduce(0, +) / Float(count)
            let found = AverageLinkage.meanSilhouette(distances: distances, labels: labels)
            #expect(abs(found - due) < 1e-5)
            if due > best.score { best = (parts, due) }
        }
        let cut = linkage.bestCut(distances: distances, maximumClusters: 99)
        #expect(cut.labels == linkage.labels(clusters: best.parts) && abs(cut.silhouette - best.score) < 1e-5)
        let limited = linkage.bestCut(distances: distances, maximumClusters: best.parts - 1)
        #expect(best.parts == 3 && Set(limited.labels).count == 2)
        #expect(AverageLinkage.meanSilhouette(distances: [0], labels: [0]) == 0)
        #expect(AverageLinkage.meanSilhouette(distances: [0, 1, 1, 0], labels: [0, 0]) == 0)
        #expect(AverageLinkage.meanSilhouette(distances: [], labels: []) == 0)
        // Of pairs that are all at one place nobody is nearer to anybody; numbers without members count for nothing.
        #expect(AverageLinkage.meanSilhouette(distances: [Float](repeating: 0, count: 16), labels: [0, 0, 1, 1]) == 0)
        let pairs: [Float] = [0, 1, 9, 9, 1, 0, 9, 9, 9, 9, 0, 1, 9, 9, 1, 0]
        #expect(abs(AverageLinkage.meanSilhouette(distances: pairs, labels: [0, 0, 2, 2]) - 8.0 / 9) < 1e-6)
    }

    /// Rows of random numbers, some columns not finite in one of the rows.
    @Test func correlationsByTheirDefinition() {
        let (count, length) = (5, 9)
        var rows = (0..<(count * length)).map { Float(($0 * 7919) % 101) / 10 }
        (rows[3], rows[2 * length + 5]) = (.nan, .infinity)
        let used = (0..<length).filter { $0 != 3 && $0 != 5 }
        let found = AverageLinkage.correlationDistances(rows: rows, count: count, length: length)
        for i in 0..<count {
            for j in 0..<count where i != j {
                let (x, y) = (used.map { Double(rows[i * length + $0]) }, used.map { Double(rows[j * length + $0]) })
                let (a, b) = (x.map { $0 - mean(x) }, y.map { $0 - mean(y) })
                func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
                let due = 1 - product(a, b) / (product(a, a) * product(b, b)).squareRoot()
                #expect(abs(Double(found[i * count + j]) - due) < 1e-5)
            }
            #expect(found[i * count + i] == 0)
        }
        // Without a single column that is finite everywhere nothing can be told apart.
        #expect(AverageLinkage.correlationDistances(rows: [.nan, 1, 2, .nan], count: 2, length: 2) == [0, 0, 0, 0])
    }
}
