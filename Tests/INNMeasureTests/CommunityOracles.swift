import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore

/// Communities, similarity of states and rank correlations.
@Suite struct CommunityOracles {
    /// Two pairs that are joined by an edge of weight 1 each and to each other by ¼: of all weight 2·(2 + ¼) = 4½,
    /// each pair has 2 inside and a degree of 2¼, so Q = 2·(2/4.5 − (2.25/4.5)²).
    @Test func modularityByHand() {
        var weights = [Double](repeating: 0, count: 16)
        for (i, j, weight) in [(0, 1, 1), (2, 3, 1), (1, 2, 0.25)] {
            weights[i * 4 + j] = weight
            weights[j * 4 + i] = weight
        }
        expectClose(Louvain.modularity(weights, [0, 0, 1, 1]), 2 * (2 / 4.5 - 0.25), within: 1e-12)
        expectClose(Louvain.modularity(weights, [0, 0, 0, 0]), 0, within: 1e-12)
        let found = Louvain(weights: weights, count: 4)
        #expect(found.labels == [0, 0, 1, 1])
        expectClose(found.modularity, 2 * (2 / 4.5 - 0.25), within: 1e-12)
        #expect(Louvain(weights: [0, 0, 0, 0], count: 2).modularity == 0)
    }

    /// Against every way to divide seven nodes.
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64]) func theBestDivisionOfAFewNodes(seed: UInt64) {
        let n = 7
        var random = RandomSource(seed: seed)
        var weights = [Double](repeating: 0, count: n * n)
        for i in 0..<n {
            for j in 0..<i {
                let isInside = (i < 3) == (j < 3)
                weights[i * n + j] = random.uniform() < (isInside ? 0.9 : 0.3) ? random.uniform(0.3...1) : 0
                weights[j * n + i] = weights[i * n + j]
            }
        }
        var best = -1.0
        func divide(_ labels: [Int], _ groups: Int) {
            guard labels.count < n else {
                best = max(best, Louvain.modularity(weights, labels))
                return
            }
            for label in 0...min(groups, n - 1) { divide(labels + [label], max(groups, label + 1)) }
        }
        divide([], 0)
        let found = Louvain(weights: weights, count: n)
        expectClose(found.modularity, Louvain.modularity(weights, found.labels), within: 1e-12)
        // Greedy moves may end beside the best division, never far from it.
        #expect(found.modularity > best - 0.02 && found.modularity <= best + 1e-12, "\(found.modularity) of \(best)")
    }

    /// Louvain's method with every move judged by the modularity of the whole division before and after it.
    private static func slowLabels(_ weights: [Double], _ n: Int) -> [Int] {
        var labels = Array(0..<n)
        var hasMoved = true
        while hasMoved {
            hasMoved = false
            for node in 0..<n {
                let neighbours = (0..<n).filter { $0 != node && weights[node * n + $0] > 0 }
                var best = labels
                for label in Set(neighbours.map { labels[$0] }).sorted() {
                    var moved = labels
                    moved[node] = label
                    if Louvain.modularity(weights, moved) > Louvain.modularity(weights, best) + 1e-9 { best = moved }
                }
                if best != labels { (labels, hasMoved) = (best, true) }
            }
        }
        let kinds = Set(labels).sorted { labels.firstIndex(of: $0)! < labels.firstIndex(of: $1)! }
        let groups = labels.map { kinds.firstIndex(of: $0)! }
        guard kinds.count < n else { return groups }
        var merged = [Double](repeating: 0, count: kinds.count * kinds.count)
        for i in 0..<n { for j in 0..<n { merged[groups[i] * kinds.count + groups[j]] += weights[i * n + j] } }
        let further = slowLabels(merged, kinds.count)
        return groups.map { further[$0] }
    }

    @Test(arguments: [11, 12, 13, 14, 15, 16, 17, 18] as [UInt64]) func movesAreJudgedByModularity(seed: UInt64) {
        let n = 14
        var random = RandomSource(seed: seed)
        var weights = [Double](repeating: 0, count: n * n)
        for i in 0..<n {
            // Self-loops count as well.
            weights[i * n + i] = seed % 2 == 0 ? random.uniform() : 0
            for j in 0..<i where random.uniform() < (i % 4 == j % 4 ? 0.9 : 0.25) {
                weights[i * n + j] = random.uniform(0.1...1)
                weights[j * n + i] = weights[i * n + j]
            }
        }
        let found = Louvain(weights: weights, count: n)
        #expect(found.labels == Self.slowLabels(weights, n))
        #expect(Set(found.labels).count > 1)
    }

    /// Node 5 would be better off alone for a while, but nodes go where they have neighbours.
    @Test func nobodyMovesOutAlone() {
        let edges = [
            (1, 0, 2), (2, 0, 1), (2, 1, 2), (3, 0, 3), (3, 1, 3), (3, 2, 4), (4, 2, 3), (4, 3, 4), (5, 0, 1),
            (5, 1, 1), (5, 2, 4), (5, 3, 3),
        ]
        var weights = [Double](repeating: 0, count: 36)
        for (i, j, weight) in edges {
            weights[i * 6 + j] = Double(weight)
            weights[j * 6 + i] = Double(weight)
        }
        let found = Louvain(weights: weights, count: 6)
        #expect(found.labels == [0, 0, 0, 0, 0, 0] && found.labels == Self.slowLabels(weights, 6))
    }

    /// Node 0 between two triangles with an edge of about 1 to either: of all weight 16, a link that is stronger by δ
    /// is worth δ·(1 − 2/16) more. A trillionth of all weight counts; with less the lower community has it.
    @Test(arguments: [(0.75, true), (1.5, false), (-1.5, true)]) func gainsThatAreTies(
        trillionths: Double, isLower: Bool
    ) {
        var weights = [Double](repeating: 0, count: 49)
        let stronger = 1 + trillionths * 1e-12 * 16 / (1 - 2.0 / 16)
        let edges: [(Int, Int, Double)] = [
            (0, 1, 1), (0, 4, stronger), (1, 2, 1), (1, 3, 1), (2, 3, 1), (4, 5, 1), (4, 6, 1), (5, 6, 1),
        ]
        for (i, j, weight) in edges {
            weights[i * 7 + j] = weight
            weights[j * 7 + i] = weight
        }
        let labels = Louvain(weights: weights, count: 7).labels
        #expect(labels == (isLower ? [0, 0, 0, 0, 1, 1, 1] : [0, 1, 1, 1, 0, 0, 0]))
    }

    /// No nodes, and nodes without edges.
    @Test func graphsOfNothing() {
        #expect(Louvain(weights: [], count: 0).labels.isEmpty && Louvain(weights: [], count: 0).modularity == 0)
        #expect(Louvain(weights: [0, 0, 0, 0], count: 2).labels == [0, 1])
    }

    /// The score is in standard deviations of networks with the same weights on other edges, here drawn anew.
    @Test func theScoreOfCommunities() {
        let n = 12
        var random = RandomSource(seed: 8)
        let flow = (0..<(n * n)).map { edge in
            Float(random.uniform(0.5...1.5)) * ((edge / n < 5) == (edge % n < 5) ? 0.2 : 0.1)
        }
        let found = CommunityAnalysis(flow: flow, neurons: n, shuffles: 200, seed: 1)
        var pairs = (0..<(n * n)).filter { $0 / n > $0 % n }.map { edge in
            (Double(flow[edge]) + Double(flow[edge % n * n + edge / n])) / 2
        }
        func graph(_ pairs: [Double]) -> [Double] {
            var weights = [Double](repeating: 0, count: n * n)
            for (pair, edge) in zip(pairs, (0..<(n * n)).filter { $0 / n > $0 % n }) {
                weights[edge] = pair
                weights[edge % n * n + edge / n] = pair
            }
            return weights
        }
        let own = Louvain(weights: graph(pairs), count: n)
        expectClose(found.modularity, own.modularity, within: 1e-6)
        let null = (0..<600).map { _ in
            pairs.shuffle(using: &random)
            return Louvain(weights: graph(pairs), count: n).modularity
        }
        let deviation = (null.reduce(0) { $0 + ($1 - mean(null)) * ($1 - mean(null)) } / 599).squareRoot()
        expectClose(found.zScore / ((own.modularity - mean(null)) / deviation), 1, within: 0.2)
        #expect(found.isFound && found.labels == (0..<n).map { $0 < 5 ? 0 : 1 } && found.shuffles == 200)
    }

    /// Only proportions matter: the two pairs of above with a thousandth of the weight, and with a thousand times as
    /// much.
    @Test(arguments: [1.0 / 1024, 1024]) func weightsHaveNoUnit(scale: Double) {
        var weights = [Double](repeating: 0, count: 16)
        for (i, j, weight) in [(0, 1, 1), (2, 3, 1), (1, 2, 0.25)] {
            weights[i * 4 + j] = weight * scale
            weights[j * 4 + i] = weight * scale
        }
        let found = Louvain(weights: weights, count: 4)
        #expect(found.labels == [0, 0, 1, 1])
        expectClose(found.modularity, 2 * (2 / 4.5 - 0.25), within: 1e-12)
    }

    /// In random flow there are communities, which are no better than those of its shuffles: then there are none.
    @Test func communitiesOfRandomFlow() {
        let n = 10
        var kinds: Set<Bool> = []
        for seed: UInt64 in 1...6 {
            var random = RandomSource(seed: seed)
            let flow = (0..<(n * n)).map { _ in Float(random.uniform()) }
            var weights = [Double](repeating: 0, count: n * n)
            for i in 0..<n {
                for j in 0..<n where i != j { weights[i * n + j] = 0.5 * Double(flow[i * n + j] + flow[j * n + i]) }
            }
            let own = Louvain(weights: weights, count: n)
            let found = CommunityAnalysis(flow: flow, neurons: n, shuffles: 40, seed: 1)
            #expect(Set(own.labels).count > 1 && found.modularity == own.modularity)
            #expect(found.isFound == (found.zScore >= 2))
            #expect(found.labels == (found.zScore >= 2 ? own.labels : [Int](repeating: 0, count: n)))
            kinds.insert(found.isFound)
        }
        #expect(kinds.contains(false))
    }

    /// Shuffles of 1, 2 and 3 have a mean of 2 and a deviation of 1; a deviation of a billionth is none.
    @Test func scoresByHand() {
        #expect(CommunityAnalysis.score(4.5, NullDistribution([1, 2, 3])) == 2.5)
        var null = NullDistribution([1, 2, 3])
        null.deviation = 1e-9
        #expect(CommunityAnalysis.score(4.5, null) == 0)
        null.deviation = 1.25e-9
        #expect(CommunityAnalysis.score(4.5, null) == 2e9)
    }

    @Test func communitiesByTheirThreshold() {
        func found(_ z: Double, _ labels: [Int]) -> CommunityAnalysis {
            CommunityAnalysis(labels: labels, modularity: 0.3, zScore: z, shuffles: 100)
        }
        #expect(found(2, [0, 1]).isFound && !found(1.99, [0, 1]).isFound && !found(9, [0, 0]).isFound)
        #expect(found(2, [0, 1, 2]).count == 3 && found(9, []).count == 0)
        // All weights alike: no shuffle differs.
        #expect(CommunityAnalysis(flow: [Float](repeating: 0.1, count: 36), neurons: 6).zScore == 0)
    }

    /// Against the kernel matrices of Song et al. (2012): HSIC₁ with zeroed diagonals, over few enough states for the
    /// correction to be large.
    @Test func debiasedAlignmentByItsDefinition() {
        var random = RandomSource(seed: 17)
        let (n, width) = (6, 3)
        let base = (0..<(n * width)).map { _ in Float(random.normal()) }
        let states: [[Float]] = [
            base, base.map { 2 * $0 + 0.7 * Float(random.normal()) },
            (0..<(n * width)).map { _ in Float(3 + random.normal()) },
        ]
        func kernel(_ states: [Float]) -> [[Double]] {
            (0..<n).map { i in
                (0..<n).map { j in
                    guard i != j else { return 0 }
                    var sum = 0.0
                    for index in 0..<width { sum += Double(states[i * width + index] * states[j * width + index]) }
                    return sum
                }
            }
        }
        func hsic(_ k: [[Double]], _ l: [[Double]]) -> Double {
            let m = Double(n)
            var trace = 0.0
            for i in 0..<n { for j in 0..<n { trace += k[i][j] * l[j][i] } }
            func sums(_ k: [[Double]]) -> [Double] { k.map { $0.reduce(0, +) } }
            let both = zip(sums(k), sums(l)).reduce(0) { $0 + $1.0 * $1.1 }
            let totals = sums(k).reduce(0, +) * sums(l).reduce(0, +)
            let correction: Double = totals / ((m - 1) * (m - 2)) - 2 / (m - 2) * both
            return (trace + correction) / (m * (m - 3))
        }
        let found = LinearCKA.matrix(states: states, samples: n, width: width)
        for i in 0..<3 {
            #expect(found[i * 4] == 1)
            for j in 0..<3 where i != j {
                let (k, l) = (kernel(states[i]), kernel(states[j]))
                let due = hsic(k, l) / (hsic(k, k) * hsic(l, l)).squareRoot()
                expectClose(Double(found[i * 3 + j]), due, within: 1e-4)
            }
        }
        // States have no unit.
        let small = LinearCKA.matrix(states: states.map { $0.map { $0 / 64 } }, samples: n, width: width)
        expectClose(small.map(Double.init), found.map(Double.init), within: 1e-4)
        let short = LinearCKA.matrix(states: states.map { Array($0.prefix(9)) }, samples: 3, width: 3)
        #expect(short.allSatisfy { $0.isNaN })
        let four = Array(states[0].prefix(12))
        expectClose(Double(LinearCKA.matrix(states: [four, four], samples: 4, width: 3)[1]), 1)
    }

    @Test func unrelatedTrajectoriesAreNotAlike() {
        var random = RandomSource(seed: 18)
        let states = (0..<2).map { _ in (0..<(400 * 4)).map { _ in Float(random.normal()) } }
        let found = LinearCKA.matrix(states: states, samples: 400, width: 4)
        #expect(abs(found[1]) < 0.02)
        let turned = [states[0], (0..<(400 * 4)).map { states[0][$0 / 4 * 4 + (3 - $0 % 4)] * 5 }]
        expectClose(Double(LinearCKA.matrix(states: turned, samples: 400, width: 4)[1]), 1)
    }

    /// Three neurons, two rounds; edge 0→0 weighs nothing and is left out. The mean weights of the others rise, flow
    /// falls, and estimates rise but for the last two.
    @Test func ranksOfEdgesByHand() {
        let up = (0..<9).map(Float.init)
        let estimates: [Double] = [99, 1, 2, 3, 4, 5, 6, 8, 7]
        func edge(_ estimate: Double, _ measured: Double) -> CausalAnalysis.Edge {
            let interval = Interval(mean: measured, low: measured, high: measured)
            return .init(listener: 0, speaker: 1, estimate: estimate, divergence: interval, deltaBPC: interval)
        }
        let found = CausalAnalysis(
            characters: 5, estimateCharacters: 6, estimates: estimates, roundEstimates: [],
            edges: [edge(1, 3), edge(2, 9), edge(3, 5)], neurons: [], weights: [up, up.map { $0 * 3 }],
            flow: [up.map { -$0 }, up.map { -$0 }])
        #expect(found.weightFlow == -1)
        // Of eight ranks two neighbours are swapped: 1 − 6·2 / (8·63).
        expectClose([found.weightCausal, found.flowCausal], [1 - 12.0 / 504, 12.0 / 504 - 1], within: 1e-12)
        #expect(found.edges.map(\.divergence.mean) == [9, 5, 3] && found.estimateMeasured == 0.5)
        #expect(found.characters == 5 && found.estimateCharacters == 6)
    }

    /// Every n-th character is kept, as many as there are places for.
    @Test func statesAreSampledEvenly() {
        var sampler = StateSampler(neurons: 2, characters: 3 * 1024)
        let tape = Tape()
        for window in 0..<96 {
            let tensor = tape.makeTensor([2, 32, 2])
            for neuron in 0..<2 {
                for row in 0..<32 {
                    let place = Float(window * 32 + row)
                    let value =
                        neuron == 0
                        ? place.truncatingRemainder(dividingBy: 3) : place.truncatingRemainder(dividingBy: 97)
                    for index in 0..<2 { tensor.data[(neuron * 32 + row) * 2 + index] = value * Float(1 + index) }
                }
            }
            sampler.add(tensor)
            tape.reset()
        }
        #expect(sampler.count == 1024)
        // At every third character neuron 0 is always the same: it has no trajectory.
        #expect(sampler.similarity()[1].isNaN)
        sampler.removeAll()
        #expect(sampler.count == 0)
    }

    /// Of 3,048 characters every second one would be kept, but there is room for 1,024; of networks of more than 128
    /// neurons none is.
    @Test func statesOfAnUnevenText() {
        var sampler = StateSampler(neurons: 1, characters: 3048)
        let tape = Tape()
        let tensor = tape.makeTensor([1, 3048, 1])
        for row in 0..<3048 { tensor.data[row] = Float(row) }
        sampler.add(tensor)
        #expect(sampler.count == 1024)
        var short = StateSampler(neurons: 1, characters: 1000)
        short.add(tape.makeTensor([1, 1000, 1]))
        #expect(short.count == 1000)
        func kept(_ neurons: Int) -> Int {
            let shape = NetworkShape(rounds: 2, neurons: neurons, dModel: 2, heads: 1, selfEdges: true)
            let plan = ReadingPlan(streams: 1, windows: 1, steps: 4)
            return AnalysisCollector(shape, plan: plan, classes: .text8).takeBuffers().states.count
        }
        #expect(kept(128) == 2 && kept(129) == 0)
    }

    /// Ranks 1, 2.5, 2.5, 4 against 2, 1, 3, 4 after a pair that is not finite is left out.
    @Test func rankCorrelationByHand() {
        let found = RankCorrelation.spearman([10, 20, 20, 70, .nan], [5, 4, 8, 9, 1])
        // Deviations (−1.5, 0, 0, 1.5) and (−.5, −1.5, .5, 1.5): 3 / √(4.5·5).
        expectClose(found, 3 / 22.5.squareRoot(), within: 1e-12)
        #expect(RankCorrelation.spearman([1, 2], [7, 5]) == -1)
        #expect(RankCorrelation.spearman([5, 5], [1, 2]) == 0 && RankCorrelation.spearman([.nan], [2]) == 0)
        #expect(RankCorrelation.spearman([1, 2], [5, 5]) == 0 && RankCorrelation.spearman([1], [2]) == 0)
        #expect(RankCorrelation.spearman([1, 2, 3], [9, 4, 1]) == -1)
    }
}
