import INNCore
import func Foundation.log2

/// Learns rule lists from a ``ContextTable``: again and again the pattern that gains most on what is not yet explained,
/// found by a beam search that grows patterns backwards from the last character (as CN2, Clark and Niblett 1989; the
/// gain is that of FOIL, Quinlan 1990).
struct RuleLearner {
    let table: ContextTable
    let classes: SymbolClasses

    /// Precision from which on a rule is worth reading; below it the best gain decides.
    static let wantedPrecision = 0.9
    private static let beamWidth = 6, mostRules = 5
    /// A further rule has to explain this share of the target.
    private static let leastShare = 0.02

    /// A candidate with what it matches on the half it was counted on.
    struct Candidate {
        var pattern: SuffixPattern
        var hits: Double, matches: Double
        var gain: Double
        /// Those that it matches, once ``filled(_:)``; its parent's before.
        var slots: [Int32]

        var precision: Double { hits / matches }
    }

    /// Per slot: how often the target happened and how often the context occurred.
    package struct Counts {
        package var hits: [Double], matches: [Double]

        var characters: Double { matches.reduce(0, +) }
        package var rate: Double { characters > 0 ? hits.reduce(0, +) / characters : 0 }
    }

    func counts(_ unit: Int, _ target: RuleList.Target, half: Int) -> Counts {
        counts(table.fired[half], table.totals[half], unit, target)
    }

    private func counts(_ fired: [UInt32], _ totals: [UInt32], _ unit: Int, _ target: RuleList.Target) -> Counts {
        let matches = totals.map(Double.init)
        let hits = matches.indices.map { slot in
            let fires = Double(fired[slot * table.units + unit])
            return target == .fires ? fires : matches[slot] - fires
        }
        return Counts(hits: hits, matches: matches)
    }

    /// The rules of one unit; empty when none beats chance.
    ///
    /// - Parameter rate: how often the unit fires: the rarer of firing and silence is the target.
    func learn(_ unit: Int, rate: Double) -> RuleList {
        let target: RuleList.Target = rate > 0.5 ? .silent : .fires
        let first = counts(unit, target, half: 0)
        let second = counts(unit, target, half: 1)
        let base = second.rate
        var list = RuleList(
            target: target, baseRate: base, rules: [], gainNull: gainNull(unit, target), shifts: table.nulls,
            precision: 0, recall: 0)
        let all = first.hits.reduce(0, +)
        guard base > 0 else { return list }
        var rest = first
        var covered = [Bool](repeating: false, count: table.count)
        while list.rules.count < Self.mostRules, let best = search(rest, base: first.rate),
            best.hits >= Self.leastShare * all
        {
            let rule = score(best.pattern, second, base: base)
            guard rule.gain > list.gainNull else { break }
            list.rules.append(rule)
            // Contexts that only the second half has are covered as well.
            for slot in 0..<table.count where matches(best.pattern, slot) {
                covered[slot] = true
                (rest.hits[slot], rest.matches[slot]) = (0, 0)
            }
        }
        let hits = covered.indices.reduce(0.0) { $0 + (covered[$1] ? second.hits[$1] : 0) }
        let matches = covered.indices.reduce(0.0) { $0 + (covered[$1] ? second.matches[$1] : 0) }
        list.precision = matches > 0 ? hits / matches : 0
        list.recall = hits / second.hits.reduce(0, +)
        return list
    }

    /// Largest gain of any candidate over all shifts of the first half.
    private func gainNull(_ unit: Int, _ target: RuleList.Target) -> Double {
        (0..<table.nulls).map { shift in
            let shifted = counts(table.shifted[shift], table.totals[0], unit, target)
            return candidates(shifted, base: shifted.rate).map(\.gain).max() ?? 0
        }.max() ?? 0
    }

    /// How a pattern does on the second half, where the target happens.
    func score(_ pattern: SuffixPattern, _ counts: Counts, base: Double) -> FiringRule {
        var hits = 0.0
        var matches = 0.0
        for slot in 0..<table.count where self.matches(pattern, slot) {
            hits += counts.hits[slot]
            matches += counts.matches[slot]
        }
        let all = counts.hits.reduce(0, +)
        let precision = matches > 0 ? hits / matches : 0
        return FiringRule(
            pattern: pattern, text: pattern.text(classes.names), precision: precision, recall: hits / all,
            lift: precision / base, support: Int(matches), gain: Self.gain(hits, matches, base: base))
    }

    /// The largest gain of a pattern for any unit on the second half, as a rule for firing or for silence.
    func bestGain(_ pattern: SuffixPattern) -> Double {
        let slots = (0..<table.count).filter { matches(pattern, $0) }
        let totals = table.totals[1]
        let fired = table.fired[1]
        let all = totals.reduce(0.0) { $0 + Double($1) }
        let matched = slots.reduce(0.0) { $0 + Double(totals[$1]) }
        return (0..<table.units).map { unit in
            let rate = (0..<table.count).reduce(0.0) { $0 + Double(fired[$1 * table.units + unit]) } / all
            let hits = slots.reduce(0.0) { $0 + Double(fired[$1 * table.units + unit]) }
            return max(Self.gain(hits, matched, base: rate), Self.gain(matched - hits, matched, base: 1 - rate))
        }.max() ?? 0
    }

    /// Bits saved at the matches: hits · log₂(precision / base); 0 for a pattern that matches the target less often
    /// than chance.
    static func gain(_ hits: Double, _ matches: Double, base: Double) -> Double {
        guard hits > 0, base > 0 else { return 0 }
        return max(0, hits * log2(hits / matches / base))
    }

    func matches(_ pattern: SuffixPattern, _ slot: Int) -> Bool {
        let start = slot * ContextTable.depth + ContextTable.depth - pattern.elements.count
        return pattern.elements.indices.allSatisfy { classes.matches(pattern.elements[$0], table.elements[start + $0]) }
    }
}

// MARK: Search

extension RuleLearner {
    /// The candidate with the largest gain among those of the wanted precision, or among all when there is none.
    private func search(_ counts: Counts, base: Double) -> Candidate? {
        let found = candidates(counts, base: base)
        let precise = found.filter { $0.precision >= Self.wantedPrecision }
        return Self.best(precise) ?? Self.best(found)
    }

    /// Of equal gains the first, which is the shorter pattern.
    private static func best(_ candidates: [Candidate]) -> Candidate? {
        var best: Candidate?
        for candidate in candidates where candidate.gain > (best?.gain ?? 0) * 1.000_001 { best = candidate }
        return best
    }

    /// A pattern has to match so many characters of a text.
    static func leastMatches(of characters: Double) -> Double { max(20, 2e-5 * characters) }

    /// Every pattern that the beam search looks at and that matches often enough.
    private func candidates(_ counts: Counts, base: Double) -> [Candidate] {
        let leastMatches = Self.leastMatches(of: counts.characters)
        let everywhere = (0..<Int32(table.count)).filter { counts.matches[Int($0)] > 0 }
        var beam = [Candidate(pattern: SuffixPattern([]), hits: 0, matches: 0, gain: 0, slots: everywhere)]
        var found: [Candidate] = []
        for _ in 0..<ContextTable.depth {
            var grown: [Candidate] = []
            for parent in beam { grown += grow(parent, counts, base: base, leastMatches: leastMatches) }
            let named = grown.filter { $0.pattern.elements.first != .any }.sorted { $0.gain > $1.gain }
            // Only the best of a level can be the answer, and the best of the wanted precision.
            found += named.prefix(Self.beamWidth)
            found += named.filter { $0.precision >= Self.wantedPrecision }.prefix(1)
            beam = Array(named.prefix(Self.beamWidth)) + grown.filter { $0.pattern.elements.allSatisfy { $0 == .any } }
            beam = beam.map(filled)
        }
        return found
    }

    /// The patterns that look one character further back than `parent`. Their slots are not yet filled in.
    private func grow(_ parent: Candidate, _ counts: Counts, base: Double, leastMatches: Double) -> [Candidate] {
        let depth = ContextTable.depth - 1 - parent.pattern.elements.count
        var hits = [Double](repeating: 0, count: table.symbols)
        var matches = hits
        for slot in parent.slots {
            let symbol = table.elements[Int(slot) * ContextTable.depth + depth]
            guard symbol >= 0 else { continue }
            hits[Int(symbol)] += counts.hits[Int(slot)]
            matches[Int(symbol)] += counts.matches[Int(slot)]
        }
        func candidate(_ element: SuffixPattern.Element, _ symbols: some Sequence<Int>) -> Candidate {
            let (h, m) = symbols.reduce((0.0, 0.0)) { ($0.0 + hits[$1], $0.1 + matches[$1]) }
            return Candidate(
                pattern: SuffixPattern([element] + parent.pattern.elements), hits: h, matches: m,
                gain: Self.gain(h, m, base: base), slots: parent.slots)
        }
        let all = 0..<table.symbols
        var grown = all.map { candidate(.symbol(Int32($0)), CollectionOfOne($0)) }
        grown.append(candidate(.vowel, all.filter { classes.isVowel[$0] }))
        grown.append(candidate(.consonant, all.filter { classes.isConsonant[$0] }))
        grown.append(candidate(.letter, all.filter { classes.isLetter[$0] }))
        grown.append(candidate(.any, all))
        return grown.filter { $0.matches >= leastMatches }
    }

    /// A candidate whose slots are only those of its parent's that its newest element matches.
    private func filled(_ candidate: Candidate) -> Candidate {
        guard let newest = candidate.pattern.elements.first else { return candidate }
        var candidate = candidate
        let depth = ContextTable.depth - candidate.pattern.elements.count
        candidate.slots.removeAll {
            !classes.matches(newest, table.elements[Int($0) * ContextTable.depth + depth])
        }
        return candidate
    }
}
