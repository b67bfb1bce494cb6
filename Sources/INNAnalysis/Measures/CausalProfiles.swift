import INNCore

/// What neurons cost by symbol, M_jc = √p(c)·E_j(c): whether they are for different things.
struct CausalProfiles {
    private let sums: CausalSums
    private let neurons: Int, symbols: Int

    private static let specialisationDraws = 200, bootstraps = 100, shuffles = 100
    /// About how many values the shuffles of the null may move.
    private static let shuffleWork = 4e8

    init(_ sums: CausalSums, neurons: Int, symbols: Int) {
        (self.sums, self.neurons, self.symbols) = (sums, neurons, symbols)
    }

    /// M over some blocks, `[neurons, symbols]`.
    private func matrix(blocks: some Sequence<Int>) -> [Double] {
        let counts = sums.count(blocks: blocks)
        return (0..<neurons).flatMap { Self.row(sums.cost($0, blocks: blocks), counts, symbols) }
    }

    /// √p(c)·E(c) of one neuron.
    private static func row(_ costs: [Double], _ counts: [Double], _ symbols: Int) -> [Double] {
        let total = counts.prefix(symbols).reduce(0, +)
        return (0..<symbols).map { counts[$0] > 0 ? costs[$0] / (counts[$0] * total).squareRoot() : 0 }
    }

    private func rest(blocks: some Sequence<Int>) -> [Double] {
        let matrix = matrix(blocks: blocks)
        return RankOne(matrix, rows: neurons, columns: symbols).rest(of: matrix)
    }

    // MARK: Specialisation

    /// Σ R^A·R^B / Σ M^A·M^B over the two halves of the text, of all neurons and of each, with intervals over blocks;
    /// nil when there is nothing to compare.
    ///
    /// R is what is left of each half's M without its own common profile. Which profile that is, both halves together
    /// say: among neurons that cost as much, the halves could begin with different ones. It is then fitted to each half
    /// by itself, by one step of power iteration, because a profile that knows the noise of both would tie them.
    func specialisation(seed: UInt64) -> (all: Interval, neurons: [Interval])? {
        guard neurons > 1, sums.blocks > 3 else { return nil }
        let halves = [Array(0..<(sums.blocks / 2)), Array((sums.blocks / 2)..<sums.blocks)]
        let observed = shares(halves)
        var drawn = [[Double]](repeating: [], count: neurons + 1)
        var random = RandomSource(seed: seed)
        for _ in 0..<Self.specialisationDraws {
            let draw = halves.map { half in half.map { _ in half[Int(random.next() % UInt64(half.count))] } }
            for (index, share) in shares(draw).enumerated() { drawn[index].append(share) }
        }
        let intervals = zip(observed, drawn).map { BlockBootstrap.interval(around: $0, $1.sorted()) }
        return (intervals[neurons], Array(intervals.prefix(neurons)))
    }

    /// The share of every neuron, and of all together at the end.
    private func shares(_ halves: [[Int]]) -> [Double] {
        let (a, b) = (matrix(blocks: halves[0]), matrix(blocks: halves[1]))
        let common = RankOne(zip(a, b).map { $0 + $1 }, rows: neurons, columns: symbols).profile
        func rest(_ half: [Double]) -> [Double] {
            RankOne(half, rows: neurons, columns: symbols, from: common, steps: 1).rest(of: half)
        }
        let (restA, restB) = (rest(a), rest(b))
        func product(_ x: [Double], _ y: [Double], _ row: Int) -> Double {
            (0..<symbols).reduce(0) { $0 + x[row * symbols + $1] * y[row * symbols + $1] }
        }
        let own = (0..<neurons).map { product(restA, restB, $0) }
        let all = (0..<neurons).map { product(a, b, $0) }
        func share(_ part: Double, _ whole: Double) -> Double { whole > 0 ? part / whole : 0 }
        return zip(own, all).map(share) + [share(own.reduce(0, +), all.reduce(0, +))]
    }

    // MARK: Clusters

    /// Groups neurons by the likeness of what they cost beyond the common profile.
    ///
    /// - Parameters:
    ///   - tuned: those that have such a profile beyond chance.
    ///   - label: the label of a group.
    /// - Returns: neurons as rows of the sums.
    func clusters(tuned: [Int], seed: UInt64, label: ([Int]) -> CausalLabel?) -> CausalClusters {
        let others = (0..<neurons).filter { !tuned.contains($0) }
        guard tuned.count > 1 else {
            return CausalClusters(clusters: [], order: tuned + others, nullDistance: 0, shuffles: 0)
        }
        let rows = Self.rows(rest(blocks: 0..<sums.blocks), tuned, symbols)
        let found = NeuronClusters(rows: rows)
        let null = nullDistances(tuned, seed: RandomSource.key(seed, 1))
        let distances = NeuronClusters.distances(rows)
        var result = CausalClusters(
            clusters: [], order: found.linkage.leafOrder.map { tuned[$0] } + others,
            nullDistance: null.isEmpty ? 0 : null[null.count / 20], shuffles: null.count,
            closest: Self.smallest(distances, tuned.count))
        guard let cut = found.cut else { return result }
        let groups = NeuronClusters.groups(cut.labels)
        let stability = NeuronClusters.stability(
            of: groups, cut.clusters, elements: tuned.count,
            BlockBootstrap(blocks: sums.blocks, resamples: Self.bootstraps, seed: seed)
        ) { Self.rows(self.rest(blocks: $0), tuned, symbols) }
        for (index, group) in groups.enumerated() where group.count > 1 {
            let places = found.linkage.leafOrder.filter(group.contains)
            let distance = Self.meanDistance(distances, places, tuned.count)
            guard distance < result.nullDistance else { continue }
            let members = places.map { tuned[$0] }
            result.clusters.append(
                CausalClusters.Cluster(
                    members: members, label: label(members), stability: stability[index], distance: distance))
        }
        return result
    }

    /// The smallest distance of any two of these neurons; nil with fewer than two.
    func closest(tuned: [Int]) -> Double? {
        let rows = Self.rows(rest(blocks: 0..<sums.blocks), tuned, symbols)
        return Self.smallest(NeuronClusters.distances(rows), tuned.count)
    }

    private static func rows(_ matrix: [Double], _ rows: [Int], _ symbols: Int) -> [[Float]] {
        rows.map { row in matrix[(row * symbols)..<((row + 1) * symbols)].map { Float($0) } }
    }

    private static func meanDistance(_ distances: [Float], _ places: [Int], _ count: Int) -> Double {
        let pairs = places.indices.flatMap { i in (0..<i).map { places[i] * count + places[$0] } }
        return pairs.reduce(0.0) { $0 + Double(distances[$1]) } / Double(pairs.count)
    }

    /// The smallest distance of any two neurons with what they cost handed to other symbols, block by block and neuron
    /// by neuron: sorted.
    private func nullDistances(_ tuned: [Int], seed: UInt64) -> [Double] {
        var random = RandomSource(seed: seed)
        let counts = sums.count(blocks: 0..<sums.blocks)
        let draws = Self.shuffleCount(values: Double(neurons * sums.blocks * symbols))
        return (0..<draws).compactMap { _ in
            let matrix = (0..<neurons).flatMap { Self.row(shuffledCosts($0, &random), counts, symbols) }
            let rest = RankOne(matrix, rows: neurons, columns: symbols).rest(of: matrix)
            return Self.smallest(NeuronClusters.distances(Self.rows(rest, tuned, symbols)), tuned.count)
        }.sorted()
    }

    /// How many shuffles there are when one moves so many values.
    static func shuffleCount(values: Double) -> Int { max(20, min(shuffles, Int(bounded: shuffleWork / values))) }

    /// The smallest of the distances of any two, `[count, count]`.
    private static func smallest(_ distances: [Float], _ count: Int) -> Double? {
        (0..<count).flatMap { i in (0..<i).map { Double(distances[i * count + $0]) } }.min()
    }

    /// A neuron's costs by symbol when, within every block, the mean cost of each symbol is that of another.
    private func shuffledCosts(_ neuron: Int, _ random: inout RandomSource) -> [Double] {
        var result = [Double](repeating: 0, count: symbols)
        for block in 0..<sums.blocks {
            let counts = block * sums.cells
            let costs = (neuron * sums.blocks + block) * sums.cells
            let present = (0..<symbols).filter { sums.counts[counts + $0] > 0 }
            let means = present.map { sums.costs[costs + $0] / sums.counts[counts + $0] }.shuffled(using: &random)
            for (symbol, mean) in zip(present, means) { result[symbol] += mean * sums.counts[counts + symbol] }
        }
        return result
    }
}

extension CausalClusters {
    /// The same with the numbers of the neurons instead of their places.
    func with(numbers: [Int]) -> CausalClusters {
        var result = self
        result.order = order.map { numbers[$0] }
        for index in clusters.indices { result.clusters[index].members = clusters[index].members.map { numbers[$0] } }
        return result
    }
}
