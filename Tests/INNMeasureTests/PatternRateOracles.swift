import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// What untrained units are made to learn: each is cut at every one of eight rates, and what its rules look at is
/// compared with what a trained unit's do.
@Suite struct PatternRateOracles {
    private static let rates = [0.0125, 0.03, 0.08, 0.2, 0.5, 0.8, 0.92, 0.97]
    private static let plan = ReadingPlan(streams: 1, windows: 8, steps: 1000)
    private static let text = FiringTable.texts(plan, seed: 33, words: FiringTable.words)[0]

    /// Activity of a few levels, by pairs of characters in a random order: the shares of the text at which it is at
    /// least so high.
    private static func levels(_ shares: [Double], seed: UInt64) -> [Int] {
        var random = RandomSource(seed: seed)
        let pairs = (0..<(27 * 27)).map { _ in random.uniform() }
        let count = plan.characters
        let scores = (0..<count).map { place in
            pairs[Int(place > 0 ? text[place - 1] : 0) * 27 + Int(text[place])] + 1e-3 * random.uniform()
        }
        var levels = [Int](repeating: 0, count: count)
        for (rank, place) in (0..<count).sorted(by: { scores[$0] > scores[$1] }).enumerated() {
            levels[place] = shares.count { Double(rank) < $0 * Double(count) - 0.5 }
        }
        return levels
    }

    /// Two units of levels that end where they are cut, and one that is cut at a fifth in the middle of one.
    private static let units = [
        levels(rates, seed: 1), levels(rates, seed: 2), levels([0.0125, 0.03, 0.08, 0.1, 0.3, 0.8, 0.92], seed: 3),
    ]

    /// A level fires when more than half of it has to.
    private static func fires(_ levels: [Int], rate: Double) -> [Bool] {
        let wanted = rate * Double(levels.count)
        let lowest =
            (0...rates.count).filter { level in
                let (above, own) = (levels.count { $0 > level }, levels.count { $0 == level })
                return own > 0 && Double(above) + Double(own) / 2 < wanted - 1e-6
            }.min() ?? rates.count + 1
        return levels.map { $0 >= lowest }
    }

    private static func patterns(_ fires: [Bool], rate: Double) -> Set<SuffixPattern> {
        var table = ContextTable(units: 1, symbols: 27, nulls: 0)
        for place in 0..<plan.characters {
            let last = (0..<4).map { back in place >= back ? text[place - back] : -1 }
            let slot = table.slot((last[3], last[2], last[1], last[0]))
            table.add(slot: slot, half: place < plan.characters / 2 ? 0 : 1, flags: [fires[place] ? 1 : 0])
        }
        return Set(RuleLearner(table: table, classes: .text8).learn(0, rate: rate).rules.map(\.pattern))
    }

    @Test func everyRateHasPatternsOfItsOwn() {
        var record = ActivityRecord(units: 3, plan: Self.plan, classes: .text8)
        for window in 0..<8 {
            let range = (window * 1000)..<((window + 1) * 1000)
            record.add(
                ActivityWindow(
                    streams: 1, steps: 1000, units: 3, ids: Array(Self.text[range]),
                    next: Array(Self.text[(range.lowerBound + 1)..<(range.upperBound + 1)]),
                    activity: Self.units.flatMap { $0[range].map { Float($0) } }))
        }
        record.finish()
        let due = Self.rates.map { rate in
            Self.units.reduce(into: Set<SuffixPattern>()) {
                $0.formUnion(Self.patterns(Self.fires($1, rate: rate), rate: rate))
            }
        }
        for index in due.indices {
            let others = due.indices.filter { $0 != index }.map { due[$0] }
            #expect(!due[index].subtracting(others.joined()).isEmpty, "\(Self.rates[index])")
        }
        let half = Self.units[2].count { $0 >= 4 }, third = Self.units[2].count { $0 >= 3 }
        #expect(half == 800 && third == 2400, "a fifth is in the middle of a level")
        #expect(record.patterns() == Set(due.joined()))
    }
}
