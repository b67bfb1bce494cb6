import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// Figures of the rate-matched control where every gate is open or closed, so that each of them is counted by hand: of
/// a text of 7,680 characters the last sixty are kept, and at fifteen of these every unit fires.
@Suite struct ControlByHand {
    private static let plan = ReadingPlan(streams: 1, windows: 128, steps: 60)
    private static let scale = 128.0

    /// Three untrained networks of two units that fire at these places of the last window.
    private static func control(_ text: String, firing: [Set<Int>]) -> RateMatchedControl {
        #expect(text.count == 61 && firing.count == 6 && firing.allSatisfy { $0.count == 15 })
        let kept = Alphabet.text8.encode(text)
        let blank = [Int32](repeating: 0, count: 60)
        return RateMatchedControl(
            (0..<3).map { network in
                // Room for one window: two gates, and sixteen bytes of the text, for each of sixty characters.
                var record = ActivityRecord(units: 2, plan: plan, classes: .text8, memory: 2 * 1080 - 1)
                for window in 0..<128 {
                    let isLast = window == 127
                    let activity = (0..<2).flatMap { unit in
                        (0..<60).map { isLast && firing[2 * network + unit].contains($0) ? Float(1) : 0 }
                    }
                    record.add(
                        ActivityWindow(
                            streams: 1, steps: 60, units: 2, ids: isLast ? Array(kept.prefix(60)) : blank,
                            next: isLast ? Array(kept.dropFirst()) : blank, activity: activity))
                }
                return RateMatchedControl.Network(seed: UInt64(network), record: record, routing: [])
            })
    }

    /// Six pairs of letters, each four times, a pair that occurs once and one that occurs twice.
    private static let pairs = ["ab", "cd", "ef", "gh", "ij", "kl"]
    private static let text = String(repeating: pairs.joined(), count: 4) + "zqxyxymmmmmma"
    /// At how many of the four occurrences of its own pair each unit fires.
    private static let own = [3, 2, 3, 2, 3, 2]

    /// Unit k fires at the end of some occurrences of pair k, the last ones; the fourth one at "zq" as well; all of
    /// them at every "m" and, to be fifteen, at first letters of pairs.
    private static let firing: [Set<Int>] = (0..<6).map { unit in
        var places = Set((0..<own[unit]).map { 12 * (3 - $0) + 2 * unit + 1 })
        places.formUnion(54..<60)
        if unit == 3 { places.insert(49) }
        for place in stride(from: 0, to: 48, by: 2) where places.count < 15 { places.insert(place) }
        return places
    }
    private static let control = control(text, firing: firing)

    private static func pattern(_ text: String) -> SuffixPattern {
        SuffixPattern(Alphabet.text8.encode(text).map { .symbol($0) })
    }

    private static func rule(_ text: String, support: Int = 1000, gain: Double = 1e9) -> FiringRule {
        FiringRule(
            pattern: pattern(text), text: text, precision: 1, recall: 1, lift: 4, support: support, gain: gain)
    }

    /// A trained network of 7,680 characters whose units have rules; their target happens at a quarter of these.
    private static func figures(
        fires: [FiringRule], silent: [FiringRule] = []
    ) -> (fires: [UntrainedControl.Rule], silent: [UntrainedControl.Rule], patterns: Int) {
        var trained = PlantedReport().trained
        trained.characters = plan.characters
        for (unit, rules) in [fires, silent].enumerated() {
            trained.units[unit].rules = RuleList(
                target: unit == 0 ? .fires : .silent, baseRate: 0.25, rules: rules, gainNull: 0, shifts: 0,
                precision: 0, recall: 0)
        }
        for unit in 2..<4 { trained.units[unit].rules = .none }
        let found = RuleControl(control, trained)
        #expect(found.figures[2].isEmpty && found.figures[3].isEmpty)
        return (found.figures[0], found.figures[1], found.patterns.count)
    }

    @Test func whatIsKept() {
        let text = Self.control.networks[0].record.text
        #expect(text.count == 60 && text.isScored.allSatisfy { $0 })
        #expect(Self.control.networks.allSatisfy { $0.patterns.isEmpty }, "no rule is learned from one half alone")
        // Every context once, under the character that it ends with.
        let contexts = text.contextsByPresent()
        #expect(contexts.joined().sorted() == Array(0..<text.contexts.count))
        for (symbol, slots) in contexts.enumerated() {
            for slot in slots { #expect(Int(text.contexts.characters(of: Int32(slot)).3) == symbol) }
        }
        #expect(contexts[1].contains(0), "the first character is an “a”")
    }

    /// Of four matches h are hit by the best unit, where one is due: 128 · h·log₂h bits. At "xy" nobody fires, which
    /// gains nothing; at "zq", which occurs once, one unit does: log₂4 bits.
    @Test func gainsOfTheBestUnit() {
        let found = Self.figures(fires: (Self.pairs + ["xy", "zq"]).map { Self.rule($0) })
        let due = Self.own.map { Self.scale * Double($0) * log2(Double($0)) } + [0, Self.scale * 2]
        expectClose(found.fires.map(\.gain), due, within: 1e-9)
        #expect(found.patterns == 8)
    }

    /// To be silent at a quarter of the characters a unit fires at its fifteen and at two thirds of the others, which
    /// nobody tells apart: at four matches at which it does not fire it is silent 4/3 times, where one is due.
    @Test func gainsOfSilence() {
        let found = Self.figures(fires: [], silent: (Self.pairs + ["xy"]).map { Self.rule($0) })
        let due = [4, 4, 4, 4, 4, 4, 2].map { Self.scale * ($0 / 3) * log2(4.0 / 3) }
        expectClose(found.silent.map(\.gain), due, within: 1e-9)
        expectClose(found.silent.map { $0.lift ?? 0 }, [Double](repeating: 4.0 / 3, count: 7), within: 1e-9)
    }

    /// Lifts are the best of patterns that match half as often as the rule, on 128 times as many characters: "zq", of
    /// lift 4, matches for up to 256, pairs, of lift 3 at best, for up to 1,024.
    @Test func liftsOfHalfTheSupport() {
        let supports = [256, 257, 1024, 1025, 512, 513]
        let rules = zip(["ab", "cd", "ef", "gh", "zq", "xy"], supports).map { Self.rule($0, support: $1) }
        expectClose(Self.figures(fires: rules).fires.map { $0.lift ?? 0 }, [4, 3, 3, 1, 3, 3], within: 1e-9)
        // Also where no other rule has so little.
        let frequent = rules.dropFirst().filter { $0.text != "zq" } + [Self.rule("zq", support: 700)]
        expectClose(Self.figures(fires: frequent).fires.map { $0.lift ?? 0 }, [3, 3, 1, 3, 3], within: 1e-9)
        // The rule that matches least decides which patterns are looked at for all.
        expectClose(
            Self.figures(fires: [Self.rule("zq", support: 256)]).fires.map { $0.lift ?? 0 }, [4], within: 1e-9)
        // Each by its own target: after "zq" it is no easier to be silent.
        let both = Self.figures(fires: [rules[0], Self.rule("zq")], silent: [Self.rule("kl", support: 256)])
        expectClose(both.fires.map { $0.lift ?? 0 }, [4, 3], within: 1e-9)
        expectClose(both.silent.map { $0.lift ?? 0 }, [4.0 / 3], within: 1e-9)
    }

    /// Only rules that could be claimed are compared with everything.
    @Test func whichRulesAreOpen() {
        let gain = Self.figures(fires: [Self.rule("ab")]).fires[0].gain
        let found = Self.figures(fires: [
            Self.rule("ab", support: 200), Self.rule("ab", support: 199), Self.rule("ab", gain: gain),
            Self.rule("ab", gain: gain.nextUp), Self.rule("b"),
        ])
        #expect(found.fires.map { $0.lift != nil } == [true, false, false, true, false])
        #expect(found.patterns == 2)
    }

    /// By a quarter, every unit is cut between its ones and zeros, and F1 is 2·h / (4 + 15) for the last letter of a
    /// pair. At ¾ it fires at two thirds of its zeros: 30 of 45 characters are not told apart.
    @Test func categoriesByHand() throws {
        var trained = PlantedReport().trained
        let unit = trained.units[0]
        let names = ["b", "d", "f", "h", "j", "l", "gh", "q", "vowel", "e", "e"]
        let rates = [0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.75, 0, 1]
        trained.units = zip(names, rates).map { name, rate in
            var own = unit
            own.categories = [CategoryScore(name: name, hits: 1, members: 1, fired: 1)]
            own.firing.rate = rate
            own.rules = .none
            return own
        }
        let label = CategoryScore(name: "l", hits: 1, members: 1, fired: 1)
        trained.clusters.clusters = [
            .init(members: [0, 8, 10], label: label, stability: 1), .init(members: [1, 2], label: nil, stability: 1),
        ]
        let figures = Self.control.figures(for: trained)
        let vowels = Self.text.prefix(60).enumerated().filter { "aei".contains($0.element) }.map(\.offset)
        #expect(vowels.count == 12)
        // At a rate of ¾ one fires at a vowel for every one, and for two thirds of every zero.
        let best = Self.firing.map { gate -> Double in
            let ones = Double(vowels.count { gate.contains($0) })
            return ones + (12 - ones) * 2 / 3
        }.max()!
        let ofLetters = Self.own.map { 2 * Double($0) / 19 }
        // Who fires always fires at every "e".
        let others: [Double] = [4.0 / 19, 2.0 / 16, 2 * best / 57, 0, 8.0 / 64]
        expectClose(figures.units.map(\.f1), ofLetters + others, within: 1e-9)
        // The label "l" at ¼, at ¾ and always; two zeros of four at ¾.
        let ofMembers: [Double] = [4.0 / 19, 2 * (2 + 4.0 / 3) / 49, 8.0 / 64]
        expectClose(try #require(figures.clusters[0]), mean(ofMembers), within: 1e-9)
        #expect(figures.clusters.count == 2 && figures.clusters[1] == nil)
        expectClose(figures.untold, (8.0 + 2.0 / 3) / 9, within: 1e-9)
        #expect(figures.candidates == 6 && figures.characters == 60 && figures.seeds == [0, 1, 2])
    }

    /// What each unit's firing tells about the next character, of all six, by the entropies of the definition.
    @Test func informationAboutTheNextCharacter() {
        let symbols = Alphabet.text8.encode(Self.text)
        let due = Self.firing.map { gate -> Double in
            let triples = (0..<60).map { [gate.contains($0) ? 1 : 0, Int(symbols[$0]), Int(symbols[$0 + 1])] }
            return FiringTable.entropy(triples.map { [$0[0], $0[1]] })
                + FiringTable.entropy(triples.map { [$0[1], $0[2]] }) - FiringTable.entropy(triples.map { $0[1] })
                - FiringTable.entropy(triples)
        }
        let rates = [0.25, 0.25, 0, 1]
        expectClose(
            Self.control.bestNext(rates: rates), [due.max()!, due.max()!, 0, 0].map { max(0, $0) }, within: 1e-9)
        // Each network and each unit by itself.
        for unit in 0..<6 {
            var alone = [Set<Int>](repeating: Set(0..<15), count: 6)
            let last = Set([59] + (0..<14).map { 4 * $0 })
            alone[unit] = last
            let found = Self.control(Self.text, firing: alone).bestNext(rates: [0.25])[0]
            let both = [Set(0..<15), last].map { gate -> Double in
                let triples = (0..<60).map { [gate.contains($0) ? 1 : 0, Int(symbols[$0]), Int(symbols[$0 + 1])] }
                return FiringTable.entropy(triples.map { [$0[0], $0[1]] })
                    + FiringTable.entropy(triples.map { [$0[1], $0[2]] }) - FiringTable.entropy(triples.map { $0[1] })
                    - FiringTable.entropy(triples)
            }
            expectClose(found, max(0, both.max()!), within: 1e-9)
        }
    }

    /// Which places belong to a category, by words.
    @Test func placesOfCategories() throws {
        let kept = "ne two a cat is on the mat and seven eight dogs ate it now z "
        let letters = Array(kept)
        var random = RandomSource(seed: 5)
        let firing = (0..<6).map { _ in Set(Array(0..<60).shuffled(using: &random).prefix(15)) }
        let control = Self.control(kept, firing: firing)
        // What was before is a space.
        let digits = [3, 4, 5] + Array(31...35) + Array(37...41)
        #expect(String(digits.map { letters[$0] }) == "twoseveneight")
        func isSpace(_ place: Int) -> Bool { place < 0 || letters[place] == " " }
        let words = (0..<60).filter { !isSpace($0) }
        let due: [(String, [Int])] = [
            ("vowel", words.filter { "aeiou".contains(letters[$0]) }),
            ("consonant", words.filter { !"aeiou".contains(letters[$0]) }), ("space", (0..<60).filter(isSpace)),
            ("word-initial", words.filter { isSpace($0 - 1) }), ("word-final", words.filter { isSpace($0 + 1) }),
            ("digit-word", digits), ("z", words.filter { letters[$0] == "z" }),
            ("a", words.filter { letters[$0] == "a" }),
            ("at", words.filter { $0 > 0 && letters[$0] == "t" && letters[$0 - 1] == "a" }),
        ]
        var trained = PlantedReport().trained
        let unit = trained.units[0]
        trained.clusters = .empty
        trained.units = due.map { name, _ in
            var own = unit
            own.categories = [CategoryScore(name: name, hits: 1, members: 1, fired: 1)]
            own.firing.rate = 0.25
            own.rules = .none
            return own
        }
        let found = control.figures(for: trained).units.map(\.f1)
        for ((name, places), f1) in zip(due, found) {
            let hits = firing.map { gate in places.count { gate.contains($0) } }.max()!
            #expect(!places.isEmpty)
            expectClose(f1, 2 * Double(hits) / Double(places.count + 15), within: 1e-9, name)
        }
    }

    // MARK: What is learned of untrained units

    /// All of 48 units learn, of 60 four in five, of 96 every other one.
    @Test func whoLearns() {
        #expect(ActivityRecord.learners(of: 3) == [0, 1, 2] && ActivityRecord.learners(of: 48) == Array(0..<48))
        #expect(ActivityRecord.learners(of: 96) == (0..<48).map { 2 * $0 })
        let most = ActivityRecord.learners(of: 60)
        #expect(most.prefix(6) == [0, 1, 2, 3, 5, 6] && most.last == 58 && most.count == 48)
        #expect(ActivityRecord.learners(of: 49) == Array(0..<48))
    }

    /// Patterns are those of the first unit and of the last: after "th", and at "o" in one character of sixteen.
    @Test func patternsOfAllUnits() {
        let plan = ReadingPlan(streams: 1, windows: 8, steps: 800)
        let texts = FiringTable.texts(plan, seed: 21, words: FiringTable.words)
        let (t, h, o): (Int32, Int32, Int32) = (20, 8, 15)
        let table = FiringTable(rounds: 1, neurons: 3, plan: plan, texts: texts) { unit, _, place, ids in
            switch unit {
            case 0: place > 0 && ids[place - 1] == t && ids[place] == h ? 1 : 0
            case 1: 0.5
            default: ids[place] == o ? 1 : 0
            }
        }
        var record = ActivityRecord(units: 3, plan: plan, classes: .text8)
        for window in 0..<8 {
            let range = (window * 800)..<((window + 1) * 800)
            record.add(
                ActivityWindow(
                    streams: 1, steps: 800, units: 3, ids: Array(texts[0][range]),
                    next: Array(texts[0][(range.lowerBound + 1)..<(range.upperBound + 1)]),
                    activity: table.activity.flatMap { $0[0][range] }))
        }
        record.finish()
        #expect(record.patterns() == [SuffixPattern([.symbol(t), .symbol(h)]), SuffixPattern([.symbol(o)])])
    }

    /// In 32 MiB, of which each character takes sixteen bytes and one for each unit: with 112 units and windows of
    /// 1,024 characters that is 2²⁵ / 2¹⁷ windows.
    @Test func windowsThatFit() {
        func kept(_ windows: Int, units: Int) -> Int {
            ActivityRecord.keptWindows(units: units, plan: ReadingPlan(streams: 4, windows: windows, steps: 256))
        }
        #expect(kept(300, units: 112) == 256 && kept(300, units: 113) == 254 && kept(300, units: 240) == 128)
        #expect(kept(200, units: 112) == 200 && kept(256, units: 112) == 256 && kept(9, units: 1 << 20) == 1)
    }
}
