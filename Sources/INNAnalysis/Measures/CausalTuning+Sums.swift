import INNCore
import func Foundation.log

extension CausalTuning {
    /// A category with fewer characters is no label.
    static let leastSupport = 200
    /// Fewer blocks say too little of how much a cost differs from block to block.
    package static let leastBlocks = 8
    /// A label costs this many times as much in its category as elsewhere, and at least this many bits more.
    static let leastRatio = 1.5, leastExcess = 0.01

    /// - Parameters:
    ///   - sums: what the lesions cost; the first variants are those of `neurons`, in their order.
    ///   - all: how many neurons the network has, since others may be looked at as well; nil for those given.
    ///   - classes: the alphabet.
    ///   - bitsPerCharacter: loss of the network as it is.
    ///   - isControl: whether only what a ``CausalControl`` needs is measured: costs without intervals, no labels, no
    ///     clusters.
    package init(
        _ sums: CausalSums, neurons: [Int], of all: Int? = nil, classes: SymbolClasses, bitsPerCharacter: Double,
        seed: UInt64, isControl: Bool = false
    ) {
        self.bitsPerCharacter = bitsPerCharacter
        let categories = PredictionCategories(classes)
        let resamples = CausalResamples(sums, neurons: neurons.count, seed: seed, isNone: isControl)
        let total = sums.count(blocks: 0..<sums.blocks)
        characters = Int(bounded: sums.characters.reduce(0, +))
        blocks = sums.blocks
        blockLength = sums.blockLength
        self.categories = categories.all.map(\.category)
        counts = categories.all.map { item in Int(bounded: item.cells.reduce(0) { $0 + total[$1] }) }
        let profiles = CausalProfiles(sums, neurons: neurons.count, symbols: categories.symbols)
        let own = profiles.specialisation(seed: RandomSource.key(seed, 1))
        specialisation = own?.all
        let isWorth = neurons.indices.map { sums.interval(sums.totals, $0, seed: seed).low > 0 }
        // Of one neuron, or of the mean of a group.
        func label(_ group: [Int], _ costs: [CausalCost]) -> CausalLabel? {
            guard group.allSatisfy({ isWorth[$0] }) else { return nil }
            return Self.label(costs, categories, sums, comparisons: all ?? neurons.count)
        }
        self.neurons = neurons.indices.map { index in
            let costs = resamples.costs(of: index, categories)
            return Neuron(
                neuron: neurons[index], costs: costs.map(\.interval),
                shares: Self.shares(sums.cost(index, blocks: 0..<sums.blocks), categories.symbols, isWorth[index]),
                label: label([index], costs),
                specialisation: own?.neurons[index], cluster: nil)
        }
        let tuned = neurons.indices.filter { (own?.neurons[$0].low ?? 0) > 0 }
        guard !isControl else {
            clusters = .none
            clusters.closest = profiles.closest(tuned: tuned)
            return
        }
        clusters = profiles.clusters(tuned: tuned, seed: RandomSource.key(seed, 2)) { group in
            label(group, resamples.costs(of: group, categories))
        }.with(numbers: neurons)
        for (index, cluster) in clusters.clusters.enumerated() {
            for place in self.neurons.indices where cluster.members.contains(self.neurons[place].neuron) {
                self.neurons[place].cluster = index
            }
        }
    }

    /// p(c)·E(c) / Σ p(c)·E(c), which is the share of the summed cost; 0 everywhere where that is not above 0 for sure:
    /// a neuron that is worth nothing has no worth to come from anywhere.
    private static func shares(_ costs: [Double], _ symbols: Int, _ isWorth: Bool) -> [Double] {
        let sum = costs.prefix(symbols).reduce(0, +)
        return costs.prefix(symbols).map { isWorth && sum > 0 ? $0 / sum : 0 }
    }

    /// The category with the largest excess that is certain, weighted by √p as in M: a letter in a thousand that costs
    /// much is not what a neuron is for.
    ///
    /// Of so many categories and neurons some differ by chance, see ``deviations(categories:neurons:)``.
    private static func label(
        _ costs: [CausalCost], _ categories: PredictionCategories, _ sums: CausalSums, comparisons neurons: Int
    ) -> CausalLabel? {
        guard sums.blocks >= leastBlocks else { return nil }
        let characters = Int(bounded: sums.characters.reduce(0, +))
        let deviations = deviations(categories: costs.count, neurons: neurons)
        let certain = costs.indices.filter { costs[$0].standsOut(by: deviations, of: characters) }
        let labels = certain.map { index in
            CausalLabel(
                category: categories.all[index].category, cost: costs[index].interval!,
                elsewhere: costs[index].elsewhere, characters: costs[index].count)
        }
        return labels.max { $0.weight < $1.weight }
    }

    /// How many times its standard error an excess has to be: √(2 ln m/.05), which one of m comparisons is with a
    /// probability below .05; m counts every category of every neuron.
    static func deviations(categories: Int, neurons: Int) -> Double {
        (2 * log(Double(categories * neurons) / 0.05)).squareRoot()
    }
}

/// What one neuron, or the mean neuron of a group, costs in one category.
struct CausalCost {
    /// nil where the category does not occur.
    var interval: Interval?
    /// Mean over all other characters.
    var elsewhere: Double
    /// Standard error of the difference, paired, from the same resamples.
    var excessDeviation: Double
    var count: Int

    /// Whether the category may be a label: it has characters enough, is not all of them, and costs more for certain
    /// than the others do.
    ///
    /// - Parameters:
    ///   - deviations: standard errors that the excess has to exceed.
    ///   - characters: of the whole text.
    func standsOut(by deviations: Double, of characters: Int) -> Bool {
        guard let interval, count >= CausalTuning.leastSupport, count < characters else { return false }
        let excess = interval.mean - elsewhere
        return interval.low > max(0, elsewhere) && interval.mean >= CausalTuning.leastRatio * elsewhere
            && excess >= CausalTuning.leastExcess && excess > deviations * excessDeviation
    }
}

/// Resamples of the blocks of a text, the same for every neuron.
struct CausalResamples {
    private let sums: CausalSums
    private let draws: [[Int]]
    private let counts: [[Double]]
    /// About how many additions the resamples may take.
    private static let work = 3e9

    /// - Parameter isNone: whether there are no resamples, and so no intervals.
    init(_ sums: CausalSums, neurons: Int, seed: UInt64, isNone: Bool) {
        self.sums = sums
        let resamples = isNone ? 0 : Self.count(additions: Double(sums.blocks * sums.cells * neurons))
        var draws: [[Int]] = []
        BlockBootstrap(blocks: sums.blocks, resamples: resamples, seed: seed).forEachDraw { draws.append($0) }
        self.draws = draws
        counts = draws.map { sums.count(blocks: $0) }
    }

    /// How many resamples there are when one takes so many additions.
    static func count(additions: Double) -> Int { max(200, min(1000, Int(bounded: work / additions))) }

    func costs(of neuron: Int, _ categories: PredictionCategories) -> [CausalCost] {
        costs(of: [neuron], categories)
    }

    /// What the mean of some neurons costs in every category.
    func costs(of group: [Int], _ categories: PredictionCategories) -> [CausalCost] {
        func cost(_ blocks: some Sequence<Int>) -> [Double] {
            let each = group.map { sums.cost($0, blocks: blocks) }
            return each[0].indices.map { cell in each.reduce(0) { $0 + $1[cell] } / Double(group.count) }
        }
        let observed = cost(0..<sums.blocks)
        let total = sums.count(blocks: 0..<sums.blocks)
        let drawn = draws.map(cost)
        return categories.all.map { item in
            let (own, rest) = Self.means(observed, total, item.cells, categories.symbols)
            var values: [Double] = []
            var excesses: [Double] = []
            for (costs, counts) in zip(drawn, counts) {
                let (value, rest) = Self.means(costs, counts, item.cells, categories.symbols)
                guard let value else { continue }
                values.append(value)
                excesses.append(value - rest)
            }
            return CausalCost(
                interval: own.map { BlockBootstrap.interval(around: $0, values.sorted()) }, elsewhere: rest,
                excessDeviation: Self.deviation(excesses),
                count: Int(bounded: item.cells.reduce(0) { $0 + total[$1] }))
        }
    }

    /// Mean cost inside and outside of a category; the cells of the symbols hold every character once.
    private static func means(
        _ costs: [Double], _ counts: [Double], _ cells: [Int], _ symbols: Int
    ) -> (own: Double?, rest: Double) {
        var cost = 0.0
        var count = 0.0
        for cell in cells {
            cost += costs[cell]
            count += counts[cell]
        }
        var allCost = 0.0
        var allCount = 0.0
        for cell in 0..<symbols {
            allCost += costs[cell]
            allCount += counts[cell]
        }
        let rest = allCount - count
        return (count > 0 ? cost / count : nil, rest > 0 ? (allCost - cost) / rest : 0)
    }

    private static func deviation(_ values: [Double]) -> Double {
        let count = Double(values.count)
        guard count > 1 else { return .infinity }
        let mean = values.reduce(0, +) / count
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)).squareRoot()
    }
}
