import INNCore

/// How well categories of characters describe firing: vowel, consonant, space, the beginning and end of words, words
/// for digits, single letters and common digrams.
struct CategoryCounts {
    private struct Category {
        var name: String
        var members: Int
        /// Members at which each unit fired.
        var hits: [Double]
    }

    private let categories: [Category]
    private let fired: [Double]
    /// Members of the one-character categories, by shift the characters at which each unit fired.
    private let shiftedHits: [[[Double]]]
    private let shiftedMembers: [Int]

    /// How many digrams count as common, and from which share of firing on a label is worth giving.
    private static let digrams = 40
    private static let leastF1 = 0.5, leastExcess = 0.05

    init(_ firing: FiringAccumulator) {
        let units = firing.units
        let classes = firing.classes
        let counts = firing.tuning.symbolCounts
        fired = (0..<units).map { Double(firing.tuning.firedCount($0)) }
        let sets = Self.symbolSets(classes)
        func hits(_ table: [UInt32], _ cells: [Int]) -> [Double] {
            (0..<units).map { unit in cells.reduce(0.0) { $0 + Double(table[$1 * units + unit]) } }
        }
        let symbols = classes.names.count
        let present = Self.present(firing)
        var all = sets.map { set in
            Category(name: set.name, members: set.ids.reduce(0) { $0 + counts[$1] }, hits: hits(present, set.ids))
        }
        let final = (0..<(symbols * symbols)).filter { classes.isLetter[$0 / symbols] && classes.isSpace[$0 % symbols] }
        all.append(
            Category(
                name: "word-final", members: final.reduce(0) { $0 + firing.pairTotals[$1] },
                hits: hits(firing.pairs[0], final)))
        all.append(
            Category(name: "digit-word", members: firing.digits.members, hits: firing.digits.fired.map(Double.init)))
        all += Self.pairs(firing)
        categories = all.filter { $0.members > 0 }
        shiftedMembers = sets.map { set in set.ids.reduce(0) { $0 + counts[$1] } }
        shiftedHits = firing.shiftedSymbols.map { table in sets.map { hits(table, $0.ids) } }
    }

    /// Firing by present symbol, `[symbols, units]`.
    private static func present(_ firing: FiringAccumulator) -> [UInt32] {
        let cells = firing.symbols * firing.units
        return (0..<cells).map { cell in
            let symbol = cell / firing.units
            let unit = cell % firing.units
            return (0..<firing.symbols).reduce(UInt32(0)) {
                $0 + firing.pairs[0][(symbol * firing.symbols + $1) * firing.units + unit]
            }
        }
    }

    private static func symbolSets(_ classes: SymbolClasses) -> [(name: String, ids: [Int])] {
        let all = classes.names.indices
        return [
            ("vowel", all.filter { classes.isVowel[$0] }), ("consonant", all.filter { classes.isConsonant[$0] }),
            ("space", all.filter { classes.isSpace[$0] }),
        ] + all.filter { classes.isLetter[$0] }.map { (classes.names[$0], [$0]) }
    }

    /// The beginning of words and the digrams of letters that occur most often.
    private static func pairs(_ firing: FiringAccumulator) -> [Category] {
        let classes = firing.classes
        let symbols = classes.names.count
        let totals = firing.contexts.pairTotals()
        let byUnit = (0..<firing.units).map { firing.contexts.pairFired($0) }
        func category(_ name: String, _ pairs: [Int]) -> Category {
            Category(
                name: name, members: Int(pairs.reduce(0) { $0 + totals[$1] }),
                hits: byUnit.map { fired in pairs.reduce(0) { $0 + fired[$1] } })
        }
        let letters = totals.indices.filter { classes.isLetter[$0 / symbols] && classes.isLetter[$0 % symbols] }
        let initial = totals.indices.filter { classes.isSpace[$0 / symbols] && classes.isLetter[$0 % symbols] }
        let common = letters.sorted { (totals[$0], $1) > (totals[$1], $0) }.prefix(digrams)
        return [category("word-initial", initial)]
            + common.map { category(classes.names[$0 / symbols] + classes.names[$0 % symbols], [$0]) }
    }

    /// Every category, best first; of equal ones the broader.
    func scores(_ unit: Int) -> [CategoryScore] {
        categories.map { CategoryScore(name: $0.name, hits: $0.hits[unit], members: $0.members, fired: fired[unit]) }
            .enumerated().sorted { ($0.element.f1, $1.offset) > ($1.element.f1, $0.offset) }.map(\.element)
    }

    /// The largest F1 of a one-character category over all shifts.
    func null(_ unit: Int) -> Double {
        shiftedHits.flatMap { sets in
            sets.indices.map { index in
                CategoryScore(name: "", hits: sets[index][unit], members: shiftedMembers[index], fired: fired[unit]).f1
            }
        }.max() ?? 1
    }

    static func label(_ scores: [CategoryScore], null: Double) -> CategoryScore? {
        scores.first.flatMap { $0.f1 >= leastF1 && $0.f1 > null + leastExcess ? $0 : nil }
    }

    /// The label of several units: the category whose mean F1 is best, beside the largest of their nulls.
    static func label(_ units: [(scores: [CategoryScore], null: Double)]) -> CategoryScore? {
        guard let first = units.first?.scores else { return nil }
        let count = Double(units.count)
        let means = first.map { category -> CategoryScore in
            let own = units.compactMap { unit in unit.scores.first { $0.name == category.name } }
            var mean = category
            mean.precision = own.reduce(0) { $0 + $1.precision } / count
            mean.recall = own.reduce(0) { $0 + $1.recall } / count
            mean.f1 = own.reduce(0) { $0 + $1.f1 } / count
            return mean
        }
        let null = units.map(\.null).max() ?? 1
        return label(means.sorted { ($0.f1, $1.name) > ($1.f1, $0.name) }, null: null)
    }
}
