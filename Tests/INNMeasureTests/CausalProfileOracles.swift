import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// Specialisation and distances of causal profiles, worked out again from their definitions.
@Suite struct CausalProfileOracles {
    private typealias Matrix = [[Double]]

    /// Text of one stream, `[blocks][characters]`, and what losing each neuron costs there by symbol.
    private struct Text {
        let symbols: [[Int32]]
        let cost: (_ neuron: Int, _ block: Int, _ symbol: Int) -> Double
        let neurons: Int

        var sums: CausalSums {
            let plan = ReadingPlan(streams: 1, windows: symbols.count, steps: symbols[0].count)
            var sums = CausalSums(variants: neurons, plan: plan, classes: .text8, targets: Array(symbols.joined()))
            for (block, own) in symbols.enumerated() {
                for neuron in 0..<neurons {
                    let costs = own.map { Float(cost(neuron, block, Int($0))) }
                    own.withUnsafeBufferPointer { ids in
                        costs.withUnsafeBufferPointer {
                            sums.add(
                                variant: neuron, window: block, tokens: ids, targets: ids, surprisal: $0,
                                divergence: $0)
                        }
                    }
                }
            }
            return sums
        }

        var tuning: CausalTuning {
            CausalTuning(
                sums, neurons: Array(0..<neurons), classes: .text8, bitsPerCharacter: 2, seed: 1)
        }

        /// √p(c)·E(c) over some blocks.
        func matrix(_ blocks: some Sequence<Int>) -> Matrix {
            (0..<neurons).map { neuron in
                var (costs, counts) = ([Double](repeating: 0, count: 27), [Double](repeating: 0, count: 27))
                for block in blocks {
                    for symbol in symbols[block] {
                        costs[Int(symbol)] += Double(Float(cost(neuron, block, Int(symbol))))
                        counts[Int(symbol)] += 1
                    }
                }
                let all = counts.reduce(0, +)
                return zip(costs, counts).map { $1 > 0 ? ($1 / all).squareRoot() * $0 / $1 : 0 }
            }
        }
    }

    private static func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    /// (MᵀM)ⁿ x, of length 1.
    private static func powered(_ matrix: Matrix, _ start: [Double], _ steps: Int) -> [Double] {
        var vector = start
        for _ in 0..<steps {
            let amounts = matrix.map { product($0, vector) }
            let next = vector.indices.map { column in zip(matrix, amounts).reduce(0) { $0 + $1.0[column] * $1.1 } }
            let length = product(next, next).squareRoot()
            let change = zip(next, vector).reduce(0) { $0 + abs($1.0 / length - $1.1) }
            vector = next.map { $0 / length }
            if change < 1e-14 { break }
        }
        return vector
    }

    /// M less its projection on a profile.
    private static func rest(_ matrix: Matrix, _ profile: [Double]) -> Matrix {
        matrix.map { row in
            let amount = product(row, profile)
            return zip(row, profile).map { $0 - amount * $1 }
        }
    }

    private static func distance(_ a: [Double], _ b: [Double]) -> Double {
        let (x, y) = (a.map { $0 - mean(a) }, b.map { $0 - mean(b) })
        return 1 - product(x, y) / (product(x, x) * product(y, y)).squareRoot()
    }

    /// Five blocks: two in the first half, three in the second. Neurons cost other things in each.
    @Test func specialisationByItsDefinition() throws {
        var random = RandomSource(seed: 14)
        let noise = (0..<60).map { _ in random.uniform(0...0.3) }
        let text = Text(
            symbols: (0..<5).map { block in (0..<40).map { Int32(1 + ($0 * (block + 2)) % 4) } },
            cost: { neuron, block, symbol in
                (symbol - 1 == neuron ? 1 : 0.2) + 0.5 * Double(symbol) / 4
                    + noise[(neuron * 5 + block) * 4 + symbol - 1]
            }, neurons: 3)
        let halves = [text.matrix(0..<2), text.matrix(2..<5)]
        let both = zip(halves[0], halves[1]).map { zip($0, $1).map(+) }
        let common = Self.powered(both, both[0], 500)
        let rests = halves.map { Self.rest($0, Self.powered($0, common, 1)) }
        let own = (0..<3).map { Self.product(rests[0][$0], rests[1][$0]) }
        let all = (0..<3).map { Self.product(halves[0][$0], halves[1][$0]) }
        let tuning = text.tuning
        #expect(tuning.blocks == 5 && tuning.characters == 200)
        expectClose(
            try #require(tuning.specialisation).mean, own.reduce(0, +) / all.reduce(0, +), within: 1e-6)
        expectClose(
            try tuning.neurons.map { try #require($0.specialisation).mean }, zip(own, all).map { $0 / $1 }, within: 1e-6
        )
        #expect(tuning.neurons.allSatisfy { $0.specialisation!.low <= $0.specialisation!.mean })
    }

    /// Three blocks cannot be halved, and one neuron is like no other.
    @Test(arguments: [(3, 2, false), (4, 2, true), (4, 1, false)]) func whatCanBeCompared(
        blocks: Int, neurons: Int, isMeasured: Bool
    ) {
        let text = Text(
            symbols: (0..<blocks).map { _ in [1, 2, 1, 2] }, cost: { $0 + 1 == $2 ? 1 : 0.25 }, neurons: neurons)
        #expect((text.tuning.specialisation != nil) == isMeasured)
        let none = CausalClusters(clusters: [], order: Array(0..<neurons), nullDistance: 0, shuffles: 0)
        #expect(text.tuning.clusters == none || isMeasured)
    }

    /// Every block is one letter, so that costs have nobody to be handed to: the null is the closest pair itself, and
    /// no cluster is closer than that.
    @Test func shufflesStayWithinABlock() throws {
        let text = Self.fourNeurons { block in [Int32](repeating: Int32(1 + block % 5), count: 20) }
        let tuning = text.tuning
        #expect(tuning.clusters.shuffles == 100 && tuning.clusters.clusters.isEmpty)
        expectClose(tuning.clusters.nullDistance, try #require(tuning.clusters.closest), within: 1e-4)
        #expect(Set(tuning.clusters.order) == [0, 1, 2, 3])
    }

    /// The same costs over text of mixed letters: a pair is much closer than shuffled ones.
    @Test func distancesByTheirDefinition() throws {
        let text = Self.fourNeurons { _ in (0..<20).map { Int32(1 + $0 % 5) } }
        let tuning = text.tuning
        let matrix = text.matrix(0..<20)
        let rest = Self.rest(matrix, Self.powered(matrix, matrix[0], 500))
        let pairs = (0..<4).flatMap { i in (0..<i).map { (i, $0) } }
        let distances = pairs.map { Self.distance(rest[$0.0], rest[$0.1]) }
        let tuned = tuning.neurons.allSatisfy { $0.specialisation!.low > 0 }
        #expect(tuned, "all take part")
        expectClose(try #require(tuning.clusters.closest), distances.min()!, within: 1e-4)
        #expect(tuning.clusters.nullDistance > distances.min()!)
        let cluster = try #require(tuning.clusters.clusters.first { Set($0.members) == [0, 1] })
        expectClose(cluster.distance, Self.distance(rest[0], rest[1]), within: 1e-4)
        #expect(cluster.stability > 0.9)
        #expect(tuning.neurons.map { $0.cluster == tuning.neurons[0].cluster } == [true, true, false, false])
    }

    /// Seven blocks in which spaces, "a", "y" and "z" are more or less frequent.
    private static func unevenText() -> Text {
        var random = RandomSource(seed: 23)
        let noise = (0..<84).map { _ in random.uniform(0...0.4) }
        let order: [Int32] = [0, 1, 25, 26]
        return Text(
            symbols: (0..<7).map { block in (0..<12).map { order[($0 * $0 + block * $0 + $0 / 5) % 4] } },
            cost: { neuron, block, symbol in
                let place = order.firstIndex(of: Int32(symbol))!
                return (place == neuron ? 1.2 : 0.1) + 0.3 * Double(place) + noise[(neuron * 7 + block) * 4 + place]
            }, neurons: 3)
    }

    /// The share of every neuron and of all, of two lists of blocks.
    private static func shares(_ text: Text, _ halves: [[Int]]) -> [Double] {
        let matrices = halves.map { text.matrix($0) }
        let both = zip(matrices[0], matrices[1]).map { zip($0, $1).map(+) }
        let longest = both.max { product($0, $0) < product($1, $1) }!
        let common = powered(both, longest, 300)
        let rests = matrices.map { rest($0, powered($0, common, 1)) }
        let own = (0..<text.neurons).map { product(rests[0][$0], rests[1][$0]) }
        let all = (0..<text.neurons).map { product(matrices[0][$0], matrices[1][$0]) }
        return zip(own, all).map { $0 / $1 } + [own.reduce(0, +) / all.reduce(0, +)]
    }

    /// Two hundred times blocks are drawn with replacement, first of the first three, then of the last four.
    @Test func intervalsOfSpecialisation() throws {
        let text = Self.unevenText()
        let tuning = text.tuning
        let halves = [[0, 1, 2], [3, 4, 5, 6]]
        var random = RandomSource(seed: RandomSource.key(1, 1))
        let drawn = (0..<200).map { _ in
            Self.shares(text, halves.map { half in half.map { _ in half[Int(random.next() % UInt64(half.count))] } })
        }
        let found = tuning.neurons.map(\.specialisation) + [tuning.specialisation]
        for (index, due) in Self.shares(text, halves).enumerated() {
            let interval = try #require(found[index])
            let sorted = drawn.map { $0[index] }.sorted()
            expectClose([interval.mean, interval.low, interval.high], [due, sorted[5], sorted[195]], within: 1e-6)
        }
        #expect(tuning.blocks == 7 && tuning.counts[26] > 0 && tuning.counts[0] > 0)
    }

    /// A hundred times the mean costs of the symbols of every block are handed to each other, neuron by neuron; the
    /// fifth percentile of the smallest distances is what clusters have to be closer than.
    @Test func theNullOfDistances() throws {
        let text = Self.unevenText()
        let tuning = text.tuning
        #expect(tuning.neurons.allSatisfy { $0.specialisation!.low > 0 }, "all take part")
        var random = RandomSource(seed: RandomSource.key(RandomSource.key(1, 2), 1))
        let counts = (0..<7).map { block in
            (0..<27).map { symbol in Double(text.symbols[block].count { Int($0) == symbol }) }
        }
        let all = (0..<27).map { symbol in counts.reduce(0) { $0 + $1[symbol] } }
        func smallest(_ matrix: Matrix) -> Double {
            let longest = matrix.max { Self.product($0, $0) < Self.product($1, $1) }!
            let rest = Self.rest(matrix, Self.powered(matrix, longest, 300))
            let pairs = [(0, 1), (0, 2), (1, 2)]
            return pairs.map { Self.distance(rest[$0.0], rest[$0.1]) }.min()!
        }
        let null = (0..<100).map { _ -> Double in
            smallest(
                (0..<3).map { neuron in
                    var costs = [Double](repeating: 0, count: 27)
                    for block in 0..<7 {
                        let present = (0..<27).filter { counts[block][$0] > 0 }
                        let means = present.map { Double(Float(text.cost(neuron, block, $0))) }
                        for (symbol, mean) in zip(present, means.shuffled(using: &random)) {
                            costs[symbol] += mean * counts[block][symbol]
                        }
                    }
                    return (0..<27).map { all[$0] > 0 ? costs[$0] / (all[$0] * 84).squareRoot() : 0 }
                })
        }.sorted()
        expectClose(tuning.clusters.nullDistance, null[5], within: 1e-4)
        expectClose(try #require(tuning.clusters.closest), smallest(text.matrix(0..<7)), within: 1e-4)
        #expect(tuning.clusters.shuffles == 100)
    }

    /// 4·10⁸ values are moved, in at least 20 and at most 100 shuffles.
    @Test func shufflesAreAsManyAsTheWorkAllows() {
        #expect([1, 4e6, 8e6, 2e7, 4e8].map(CausalProfiles.shuffleCount) == [100, 100, 50, 20, 20])
    }

    /// Three elements over draws of two blocks: with more of the first block 0 and 1 are alike, with more of the second
    /// 1 and 2. Of the groups {0, 1} and {2} the second case has ½ each, since {1, 2} shares one element with either
    /// and {0} is half of the first.
    @Test func stabilityByHand() {
        let bootstrap = BlockBootstrap(blocks: 3, resamples: 60, seed: 4)
        var first = 0
        let found = NeuronClusters.stability(of: [[0, 1], [2]], 2, elements: 3, bootstrap) { draw in
            let isFirst = draw.count { $0 == 0 } > 1
            if isFirst { first += 1 }
            let rows: [[Float]] = [[1, 2, 3, 5], isFirst ? [1, 2, 3, 4] : [4, 1, 2, 1], [5, 1, 2, 1]]
            return rows
        }
        #expect(first > 5 && first < 55)
        let due = (Double(first) + 0.5 * Double(60 - first)) / 60
        expectClose(found, [due, due], within: 1e-12)
    }

    /// Costs of fewer than eight blocks say too little.
    @Test(arguments: [(7, false), (8, true)]) func labelsNeedEightBlocks(blocks: Int, isLabelled: Bool) {
        let text = Text(
            symbols: (0..<blocks).map { _ in (0..<80).map { Int32(1 + $0 % 2) } },
            cost: { $2 - 1 == $0 ? 1 : 0.1 }, neurons: 2)
        let neurons = text.tuning.neurons
        #expect(neurons.allSatisfy { ($0.label != nil) == isLabelled })
    }

    /// In five of seven blocks neuron 1 costs what neuron 0 does, in two what neuron 2 does: over draws with more of
    /// these it is in a cluster with that one. The most alike cluster of each of a hundred draws of blocks.
    @Test func stabilityOverAHundredDraws() throws {
        var random = RandomSource(seed: 5)
        let profiles = (0..<3).map { _ in (0..<10).map { _ in random.uniform() } }
        let noise = (0..<(4 * 7 * 10)).map { _ in random.uniform(0.2...0.3) }
        let text = Text(
            symbols: (0..<7).map { _ in (0..<20).map { Int32(1 + $0 % 10) } },
            cost: { neuron, block, symbol in
                let profile = [0, block < 2 ? 1 : 0, 1, 2][neuron]
                return profiles[profile][symbol - 1] + noise[(neuron * 7 + block) * 10 + symbol - 1]
            }, neurons: 4)
        func rows(_ blocks: some Sequence<Int>) -> Matrix {
            let matrix = text.matrix(blocks)
            let longest = matrix.max { Self.product($0, $0) < Self.product($1, $1) }!
            return Self.rest(matrix, Self.powered(matrix, longest, 300))
        }
        let found = CausalProfiles(text.sums, neurons: 4, symbols: 27).clusters(tuned: [0, 1, 2, 3], seed: 3) { _ in nil
        }
        let cut = try #require(NeuronClusters(rows: rows(0..<7).map { $0.map { Float($0) } }).cut)
        let own = try #require(found.clusters.first { Set($0.members) == [0, 1] })
        var total = 0.0
        BlockBootstrap(blocks: 7, resamples: 100, seed: 3).forEachDraw { draw in
            let rest = rows(draw)
            let distances = (0..<16).map { Float(Self.distance(rest[$0 / 4], rest[$0 % 4])) }
            let labels = AverageLinkage(distances: distances, count: 4).labels(clusters: cut.clusters)
            total +=
                Set(labels).map { label -> Double in
                    let members = Set((0..<4).filter { labels[$0] == label })
                    return Double(members.intersection([0, 1]).count) / Double(members.union([0, 1]).count)
                }.max()!
        }
        expectClose(own.stability, total / 100, within: 1e-9)
        #expect(own.stability > 0.4 && own.stability < 0.99, "\(own.stability)")
    }

    /// The first two are for the same letters.
    private static func fourNeurons(_ symbols: (Int) -> [Int32]) -> Text {
        let profiles = [
            [0.9, 0.1, 0.2, 0.3, 0.1], [0.8, 0.15, 0.25, 0.2, 0.1], [0.1, 0.9, 0.1, 0.1, 0.3],
            [0.2, 0.1, 0.1, 0.8, 0.7],
        ]
        return Text(symbols: (0..<20).map(symbols), cost: { profiles[$0][$2 - 1] }, neurons: 4)
    }
}
