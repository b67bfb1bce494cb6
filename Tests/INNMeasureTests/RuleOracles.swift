import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// Rules over planted firing, each figure counted again from the table.
@Suite struct RuleOracles {
    private enum Unit: Int, CaseIterable { case th, two, silent, random, switching, fading, classes, present }

    private static let plan = ReadingPlan(streams: 2, windows: 60, steps: 250)

    private static func table(seed: UInt64) -> FiringTable {
        var random = RandomSource(seed: seed)
        return FiringTable(
            rounds: 1, neurons: Unit.allCases.count, plan: plan,
            texts: FiringTable.texts(plan, seed: 40, words: FiringTable.words)
        ) { unit, _, position, ids in
            func at(_ lag: Int) -> Character {
                position < lag ? "#" : Character(UnicodeScalar(Alphabet.text8.byte(ofID: ids[position - lag])))
            }
            let noise = random.uniform()
            let isFirst = position < plan.length / 2
            let fires =
                switch Unit(rawValue: unit)! {
                case .th: at(1) == "t" && at(0) == "h"
                case .two: (at(1) == "n" && at(0) == "g") || (at(2) == "w" && at(0) == "i")
                case .silent: !(at(1) == "e" && at(0) == " ")
                case .random: noise < 0.2
                case .switching: isFirst ? at(1) == "t" && at(0) == "h" : at(1) == "o" && at(0) == "u"
                case .fading: at(1) == "s" && at(0) == "e" && (isFirst || noise < 0.5)
                case .classes: "aeiou".contains(at(1)) && at(0) != " " && !"aeiou#".contains(at(0))
                case .present: at(0) == "o"
                }
            return fires ? 0.9 : 0.1
        }
    }

    private static let table = table(seed: 41)
    /// Finished, and only read from here on.
    private nonisolated(unsafe) static let accumulator = table.accumulated()
    private static let learner = RuleLearner(table: accumulator.contexts, classes: .text8)
    private static let lists: [RuleList] = Unit.allCases.map {
        learner.learn($0.rawValue, rate: accumulator.tuning.firing($0.rawValue).rate)
    }

    private static var secondHalf: [(stream: Int, position: Int)] {
        table.places.filter { $0.position >= plan.length / 2 }
    }

    private func texts(_ unit: Unit) -> [String] { Self.lists[unit.rawValue].rules.map(\.text) }

    @Test func plantedRulesAreFound() {
        #expect(texts(.th) == ["th"])
        // "hi" after a "w" is the only such place in these words, and the shorter of two equal patterns.
        #expect(Set(texts(.two)).contains("ng") && texts(.two).count == 2, "\(texts(.two))")
        #expect(texts(.silent) == ["e␣"] && Self.lists[Unit.silent.rawValue].target == .silent)
        #expect(texts(.random) == [])
        #expect(texts(.switching) == [], "what holds in the first half only is no rule")
        #expect(texts(.fading) == ["se"])
        #expect(texts(.classes) == ["[vowel][consonant]"])
        #expect(texts(.present) == ["o"])
        #expect(Unit.allCases.filter { Self.lists[$0.rawValue].target == .silent } == [.silent])
    }

    @Test func figuresAreThoseOfTheSecondHalf() {
        let places = Self.secondHalf
        for unit in Unit.allCases {
            let list = Self.lists[unit.rawValue]
            func hit(_ place: (stream: Int, position: Int)) -> Bool {
                Self.table.fires(unit.rawValue, place.stream, place.position) == (list.target == .fires)
            }
            let targets = Double(places.count(where: hit))
            let base = targets / Double(places.count)
            expectClose(list.baseRate, base, within: 1e-12)
            for rule in list.rules {
                let matches = places.filter { Self.table.matches(rule.pattern, $0.stream, $0.position) }
                let hits = Double(matches.count(where: hit))
                let precision = hits / Double(matches.count)
                #expect(rule.support == matches.count, "\(unit) \(rule.text)")
                expectClose(rule.precision, precision, within: 1e-12)
                expectClose(rule.recall, hits / targets, within: 1e-12)
                expectClose(rule.lift, precision / base, within: 1e-12)
                expectClose(rule.gain, hits * log2(precision / base), within: 1e-9)
                expectClose(rule.f1, 2 * precision * rule.recall / (precision + rule.recall), within: 1e-12)
                #expect(rule.gain > list.gainNull)
            }
            guard !list.rules.isEmpty else { continue }
            let covered = places.filter { place in
                list.rules.contains { Self.table.matches($0.pattern, place.stream, place.position) }
            }
            let hits = Double(covered.count(where: hit))
            expectClose(list.precision, hits / Double(covered.count), within: 1e-12)
            expectClose(list.recall, hits / targets, within: 1e-12)
        }
        expectClose(Self.lists[Unit.fading.rawValue].precision, 0.5, within: 0.06)
    }

    /// The null is the best candidate over shifts of the first half; here the best of one character or class.
    @Test func nullsAreTheBestOfShiftedFiring() {
        let shifts = FiringAccumulator.shifts(Self.plan, seed: 1)
        let used = stride(from: 0, to: 40, by: 5).map { shifts[$0] }
        let length = Self.plan.length
        let elements: [SuffixPattern.Element] =
            (0..<27).map { .symbol($0) } + [.vowel, .consonant, .letter]
        for unit in [Unit.th, .random, .silent] {
            let list = Self.lists[unit.rawValue]
            #expect(list.shifts == 8)
            var best = 0.0
            for shift in used {
                // Text of the first half with the firing that stands `shift` characters behind it, by character.
                var (hits, matches) = ([Double](repeating: 0, count: 27), [Double](repeating: 0, count: 27))
                for (stream, text) in Self.table.texts.enumerated() {
                    for position in 0..<(length / 2) {
                        let fires = Self.table.fires(unit.rawValue, stream, (position + shift) % length)
                        matches[Int(text[position])] += 1
                        if fires == (list.target == .fires) { hits[Int(text[position])] += 1 }
                    }
                }
                let base = hits.reduce(0, +) / matches.reduce(0, +)
                for element in elements {
                    let ids = (0..<27).filter { SymbolClasses.text8.matches(element, Int16($0)) }
                    let matched = ids.reduce(0) { $0 + matches[$1] }
                    let hit = ids.reduce(0) { $0 + hits[$1] }
                    guard matched >= 20, hit > 0 else { continue }
                    best = max(best, hit * log2(hit / matched / base))
                }
            }
            #expect(list.gainNull >= best - 1e-6, "\(unit)")
            // Longer patterns gain more by chance, but not many times as much.
            #expect(list.gainNull < 12 * max(best, 10), "\(unit): \(list.gainNull) beside \(best)")
        }
    }

    /// The gain of the same pattern for the unit of another network that it suits best, firing or silent.
    @Test func gainsOfAnUntrainedNetwork() throws {
        let other = Self.table(seed: 77)
        let plan = Self.plan
        var analysis = NetworkAnalysis(
            Self.accumulator, heads: 1, bitsPerCharacter: nil,
            snapshot: Planted.snapshot(rounds: 1, neurons: Unit.allCases.count), routing: [])
        analysis.compareRules(withUntrained: other.accumulated(seed: 3))
        let places = other.places.filter { $0.position >= plan.length / 2 }
        for unit in [Unit.th, .silent, .fading] {
            for rule in analysis.units[unit.rawValue].rules.rules {
                let matched = places.filter { other.matches(rule.pattern, $0.stream, $0.position) }
                var best = 0.0
                for candidate in Unit.allCases {
                    for target in [true, false] {
                        let hits = Double(
                            matched.count { other.fires(candidate.rawValue, $0.stream, $0.position) == target })
                        let base =
                            Double(places.count { other.fires(candidate.rawValue, $0.stream, $0.position) == target })
                            / Double(places.count)
                        if hits > 0 { best = max(best, hits * log2(hits / Double(matched.count) / base)) }
                    }
                }
                expectClose(try #require(rule.untrainedGain), best, within: 1e-9)
            }
        }
    }

    @Test func withoutRulesNothingIsCovered() {
        for list in [Self.lists[Unit.random.rawValue], Self.lists[Unit.switching.rawValue], .none] {
            #expect(list.rules.isEmpty && list.precision == 0 && list.recall == 0)
        }
        #expect(RuleList.none.baseRate == 0 && RuleList.none.gainNull == 0 && RuleList.none.shifts == 0)
        // A unit that never fires has nothing to learn from.
        let silent = FiringTable(rounds: 1, neurons: 1, plan: Self.plan, texts: Self.table.texts) { _, _, _, _ in 0 }
        let counted = silent.accumulated()
        let list = RuleLearner(table: counted.contexts, classes: .text8).learn(0, rate: 0)
        #expect(list.rules.isEmpty && list.precision == 0 && list.recall == 0 && list.baseRate == 0)
    }

    @Test func aPatternThatNeverOccursScoresNothing() {
        let counts = Self.learner.counts(0, .fires, half: 1)
        let rule = Self.learner.score(SuffixPattern([.symbol(17), .symbol(17)]), counts, base: counts.rate)
        #expect(rule.text == "qq" && rule.support == 0)
        #expect([rule.precision, rule.recall, rule.lift, rule.gain, rule.f1] == [0, 0, 0, 0, 0])
    }

    @Test func gainByHand() {
        // Ten of ten where one in four is due: ten times two bits.
        #expect(RuleLearner.gain(10, 10, base: 0.25) == 20)
        #expect(RuleLearner.gain(5, 10, base: 0.25) == 5 && RuleLearner.gain(1, 10, base: 0.25) == 0)
        #expect(RuleLearner.gain(0, 10, base: 0.25) == 0 && RuleLearner.gain(1, 2, base: 0) == 0)
    }

    @Test func patternsInWords() {
        let pattern = SuffixPattern([.symbol(0), .vowel, .any, .consonant, .letter])
        #expect(pattern.text(SymbolClasses.text8.names) == "␣[vowel]·[consonant][letter]")
        let classes = SymbolClasses.text8
        let expected: [(SuffixPattern.Element, [Bool])] = [
            (.vowel, [false, true, false]), (.consonant, [false, false, true]), (.letter, [false, true, true]),
            (.any, [true, true, true]), (.symbol(1), [false, true, false]),
        ]
        for (element, due) in expected {
            #expect([Int16(0), 1, 2].map { classes.matches(element, $0) } == due)
            if element != .any { #expect(!classes.matches(element, -1)) }
        }
        // An alphabet may begin with letters.
        let letters = SymbolClasses(names: ["a", "b", "␣"], characters: Array("ab ".unicodeScalars))
        let swapped = SymbolClasses(names: ["b", "a", "␣"], characters: Array("ba ".unicodeScalars))
        #expect(letters.matches(.vowel, 0) && letters.matches(.letter, 0) && !letters.matches(.consonant, 0))
        #expect(swapped.matches(.consonant, 0) && swapped.matches(.letter, 0) && !swapped.matches(.vowel, 0))
    }
}
