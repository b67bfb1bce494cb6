import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// Figures about firing, against their definitions over the whole table.
@Suite struct FiringOracles {
    /// Two rounds of three neurons: vowels, a noisy "th", what comes next, at random, the middle of words, mostly open.
    private static let table: FiringTable = {
        let plan = ReadingPlan(streams: 3, windows: 40, steps: 25)
        var random = RandomSource(seed: 31)
        return FiringTable(
            rounds: 2, neurons: 3, plan: plan, texts: FiringTable.texts(plan, seed: 30, words: FiringTable.words)
        ) { unit, _, position, ids in
            let own = Alphabet.text8.byte(ofID: ids[position])
            let before = position > 0 ? Alphabet.text8.byte(ofID: ids[position - 1]) : 0
            let next = Alphabet.text8.byte(ofID: ids[position + 1])
            let noise = random.uniform()
            let isOn =
                switch unit {
                case 0: "aeiou".utf8.contains(own)
                case 1: before == UInt8(ascii: "t") && own == UInt8(ascii: "h") && noise < 0.8
                case 2: next == UInt8(ascii: "e") || noise < 0.1
                case 3: noise < 0.3
                case 4: own != 0x20 && before != 0x20 && noise < 0.7
                default: own != 0x20 || noise < 0.5
                }
            return Float(isOn ? 0.55 + 0.44 * random.uniform() : 0.01 + 0.45 * random.uniform())
        }
    }()

    private static let analysis: NetworkAnalysis = {
        NetworkAnalysis(
            table.accumulated(), heads: 1, bitsPerCharacter: 2.5, snapshot: Planted.snapshot(rounds: 2, neurons: 3),
            routing: [])
    }()

    @Test func statisticsOfGates() {
        for (unit, reported) in Self.analysis.units.enumerated() {
            let values = Self.table.activity[unit].flatMap { $0 }.map(Double.init)
            let square = mean(values.map { $0 * $0 })
            #expect(reported.round == unit / 3 && reported.neuron == unit % 3)
            expectClose(reported.firing.rate, mean(values.map { $0 > 0.5 ? 1 : 0 }), within: 1e-12)
            expectClose(reported.firing.mean, mean(values), within: 1e-12)
            expectClose(reported.firing.sparseness, 1 - mean(values) * mean(values) / square, within: 1e-12)
            expectClose(reported.firing.saturated, mean(values.map { $0 < 0.1 || $0 > 0.9 ? 1 : 0 }), within: 1e-12)
        }
        #expect(Self.analysis.characters == 3000 && Self.analysis.streams == 3)
        #expect(Self.analysis.bitsPerCharacter == 2.5 && Self.analysis.heads == 1)
    }

    @Test func tuningAtEveryLag() throws {
        let table = Self.table
        for (unit, reported) in Self.analysis.units.enumerated() {
            for lag in -1...8 {
                var values = [[Double]](repeating: [], count: 27)
                for (stream, position) in table.places {
                    guard let symbol = table.symbol(stream, position, lag: lag) else { continue }
                    values[symbol].append(Double(table.activity[unit][stream][position]))
                }
                for symbol in 0..<27 {
                    let value = try #require(reported.tuning.value(symbol: symbol, lag: lag))
                    #expect(value.count == values[symbol].count)
                    guard value.count > 0 else {
                        #expect(value.mean.isNaN)
                        continue
                    }
                    expectClose(Double(value.mean), mean(values[symbol]), "lag \(lag)")
                }
            }
            #expect(reported.tuning.value(symbol: 0, lag: 9) == nil && reported.tuning.value(symbol: 27, lag: 0) == nil)
        }
        let counts = (0..<27).map { symbol in table.places.count { table.symbol($0.stream, $0.position) == symbol } }
        #expect(Self.analysis.symbolCounts == counts)
    }

    /// Tuning over some blocks of time, the first and the last among them, some of them twice: forty windows make
    /// thirty-two blocks.
    @Test(arguments: [[0], [31], Array(0..<32), [31, 4, 4, 0]]) func tuningOverBlocks(blocks: [Int]) {
        let table = Self.table
        let rows = table.accumulated().tuning.rows(blocks: blocks)
        for unit in 0..<6 {
            var values = [[Double]](repeating: [], count: 27)
            for block in blocks {
                for (stream, position) in table.places where position / 25 * 32 / 40 == block {
                    values[Int(table.texts[stream][position])].append(Double(table.activity[unit][stream][position]))
                }
            }
            // A symbol that does not occur has no mean.
            expectClose(rows[unit].map(Double.init), values.map(mean), within: 1e-6, "unit \(unit)")
        }
    }

    @Test func informationAndItsNulls() {
        let table = Self.table
        let shifts = FiringAccumulator.shifts(table.plan, seed: 1)
        #expect(shifts.count == 40 && shifts == shifts.sorted() && Set(shifts).count == 40)
        #expect(shifts.allSatisfy { (125...500).contains($0) }, "an eighth to half of a stream of 1,000")
        for (unit, reported) in Self.analysis.units.enumerated() {
            let information = reported.information
            expectClose(information.present, table.information(unit), within: 1e-9, "present \(unit)")
            expectClose(information.next, table.conditionalInformation(unit), within: 1e-9, "next \(unit)")
            Self.expectNull(information.presentNull, shifts.map { table.information(unit, shift: $0) })
            let paired = stride(from: 0, to: 40, by: 2).map { shifts[$0] }
            Self.expectNull(information.nextNull, paired.map { table.conditionalInformation(unit, shift: $0) })
            #expect(!information.isLongEnough)
        }
        #expect(Self.analysis.units.map(\.information.tellsPresent) == [true, true, true, false, true, true])
        // "th" and the middle of a word tell what comes next as well.
        #expect(Self.analysis.units.map(\.information.predicts) == [false, true, true, false, true, false])
    }

    /// A gate of exactly a half does not fire, one of exactly .1 or .9 is not saturated.
    @Test func gatesAtTheirLimits() {
        let plan = ReadingPlan(streams: 1, windows: 2, steps: 6)
        let gates: [Float] = [0.1, Float(0.1).nextDown, 0.5, Float(0.5).nextUp, 0.9, Float(0.9).nextUp]
        let table = FiringTable(
            rounds: 1, neurons: 1, plan: plan, texts: FiringTable.texts(plan, seed: 3, words: FiringTable.words)
        ) { _, _, position, _ in gates[position % 6] }
        let found = table.accumulated()
        #expect(found.tuning.firing(0).rate == 0.5 && found.tuning.firing(0).saturated == 4.0 / 12)
        #expect(found.speaking == [6, 6] && found.pairs[0].reduce(0, +) == 6 && found.tuning.firedCount(0) == 6)
    }

    /// Counts of four bytes in 64 MiB, in twenty shifts at most and two at least: 2²⁴ of them, or sixteen times 2²⁰.
    @Test func shiftsOfPairsThatFit() {
        #expect(
            [1, 800_000, 1 << 20, 1 << 21, 1 << 23, 1 << 24].map(FiringAccumulator.pairShifts) == [20, 20, 16, 8, 2, 2])
    }

    private static func expectNull(_ reported: NullDistribution, _ values: [Double]) {
        #expect(reported.shifts == values.count)
        let center = mean(values)
        expectClose(reported.mean, center, within: 1e-9)
        let variance = values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count - 1)
        expectClose(reported.deviation, variance.squareRoot(), within: 1e-9)
        expectClose(reported.maximum, values.max()!, within: 1e-9)
        // The 95th percentile: one in twenty lies above it.
        #expect(values.count { $0 > reported.percentile95 + 1e-12 } == (values.count - 1) / 20)
    }

    @Test func categories() {
        let table = Self.table
        let membership = Dictionary(
            uniqueKeysWithValues: Self.analysis.units[0].categories.map(\.name).map { name in
                (
                    name,
                    table.texts.indices.map { stream in
                        (0..<table.plan.length).map { table.belongs(name, stream, $0) }
                    }
                )
            })
        let support = membership.mapValues { streams in streams.joined().count { $0 } }
        for (unit, reported) in Self.analysis.units.enumerated() {
            let fired = table.places.filter { table.fires(unit, $0.stream, $0.position) }
            for score in reported.categories {
                let members = support[score.name]!
                let hits = fired.count { membership[score.name]![$0.stream][$0.position] }
                #expect(score.support == members, "\(score.name)")
                expectClose(score.precision, Double(hits) / Double(members), within: 1e-12, score.name)
                expectClose(score.recall, Double(hits) / Double(fired.count), within: 1e-12, score.name)
                expectClose(score.f1, 2 * Double(hits) / Double(members + fired.count), within: 1e-12, score.name)
            }
            #expect(reported.categories.map(\.f1) == reported.categories.map(\.f1).sorted(by: >))
            let names = Set(reported.categories.map(\.name))
            #expect(names.isSuperset(of: ["vowel", "consonant", "space", "word-initial", "word-final", "digit-word"]))
            #expect(names.count { $0.count == 2 } == 40, "the commonest digrams")
            // The null: the best category of one character for firing that was shifted.
            let single = names.filter { ["vowel", "consonant", "space"].contains($0) || $0.count == 1 }
            let best = FiringAccumulator.shifts(table.plan, seed: 1).map { shift in
                single.map { name in
                    let members = membership[name]!
                    let hits = fired.count {
                        members[$0.stream][($0.position - shift + table.plan.length) % table.plan.length]
                    }
                    return 2 * Double(hits) / Double(support[name]! + fired.count)
                }.max()!
            }.max()!
            expectClose(reported.categoryNull, best, within: 1e-12, "null of \(unit)")
        }
        #expect(Self.analysis.units[0].label?.name == "vowel" && Self.analysis.units[3].label == nil)
        #expect(Self.analysis.units[1].label?.name == "th")
    }

    /// A table of contexts that another count gave away holds nothing of it.
    @Test func buffersAreUsedAgain() {
        let first = Self.table.accumulated()
        let second = FiringAccumulator(rounds: 2, neurons: 3, plan: Self.table.plan, classes: .text8)
        second.use(first.takeContexts())
        #expect(first.contexts.count == 0)
        Self.table.fill(second)
        let again = NetworkAnalysis(
            second, heads: 1, bitsPerCharacter: 2.5, snapshot: Planted.snapshot(rounds: 2, neurons: 3), routing: [])
        #expect(again.units.map(\.rules) == Self.analysis.units.map(\.rules))
        #expect(again.units.map(\.categories) == Self.analysis.units.map(\.categories))
    }

    @Test func scoresOfCategoriesByHand() {
        let score = CategoryScore(name: "x", hits: 3, members: 4, fired: 6)
        #expect(score.precision == 0.75 && score.recall == 0.5 && abs(score.f1 - 0.6) < 1e-12 && score.support == 4)
        let empty = CategoryScore(name: "x", hits: 0, members: 0, fired: 0)
        #expect([empty.precision, empty.recall, empty.f1] == [0, 0, 0])
        #expect(CategoryScore(name: "x", hits: 1, members: 1, fired: 1).f1 == 1)
    }

    /// A gate of exactly one half does not fire, one of a tenth or nine tenths is not saturated.
    @Test func gatesAtTheThresholds() {
        let plan = ReadingPlan(streams: 1, windows: 2, steps: 10)
        let table = FiringTable(
            rounds: 1, neurons: 1, plan: plan, texts: [Array(Self.table.texts[0].prefix(21))]
        ) { _, _, position, _ in [0.5, 0.1, 0.9, 0.50001, 0.09999][position % 5] }
        let counted = table.accumulated()
        let statistics = counted.tuning.firing(0)
        #expect(statistics.rate == 0.4 && statistics.saturated == 0.2)
        #expect(counted.compute().share == [0.4] && counted.compute().histogram == [12, 8])
    }

    /// Words for digits in capitals, in a text of bytes; digits themselves are no words.
    @Test func digitWordsInBytes() {
        let text = Array("Seven x NINE 42 sevens zero".utf8)
        let classes = SymbolClasses(
            names: Alphabet.bytes.symbols, characters: (0...255).map(Alphabet.bytes.character(ofID:)))
        var digits = DigitWords(units: 1, streams: 1, classes: classes)
        for byte in text {
            [UInt8(1)].withUnsafeBufferPointer { digits.add(stream: 0, symbol: Int32(byte), flags: $0.baseAddress!) }
        }
        #expect(digits.members == 5 + 4, "the last word has not ended")
        digits.endWord(0)
        #expect(digits.members == 13 && digits.fired == [13])
    }

    /// Before a stream has four characters its contexts are shorter.
    @Test func contextsAtTheBeginning() {
        let text = [Int16](repeating: -1, count: 3) + Self.table.texts[0].map { Int16($0) }
        let found = Array(Self.table.accumulated().contexts.elements.prefix(20))
        for place in 0..<5 { #expect(Array(found[(4 * place)..<(4 * place + 4)]) == Array(text[place..<(place + 4)])) }
    }

    @Test func speakersPerCharacter() {
        let table = Self.table
        for round in 0..<2 {
            let speakers = table.places.map { place in
                (0..<3).count { table.fires(round * 3 + $0, place.stream, place.position) }
            }
            expectClose(Self.analysis.compute.share[round], mean(speakers.map(Double.init)) / 3, within: 1e-12)
            #expect(
                Array(Self.analysis.compute.histogram[(round * 4)..<(round * 4 + 4)])
                    == (0...3).map { count in speakers.count { $0 == count } })
        }
    }

    /// A unit that fires at exactly one of two characters that are equally frequent tells one bit. By hand: both
    /// entropies are 1 + 1/(2n ln 2), that of the pair as well, since it has only two cells.
    @Test func informationByHand() {
        let n = 64.0
        expectClose(
            SampleEntropy.information(fired: [32, 0], total: [32, 32]), 1 + 1 / (2 * n * log(2)), within: 1e-12)
        // Firing that does not depend on the character: H(f, x) has four cells of 16, so 1 + 1 − 2 and corrections.
        expectClose(
            SampleEntropy.information(fired: [16, 16], total: [32, 32]), (1 + 1 - 3) / (2 * n * log(2)), within: 1e-12)
        #expect(SampleEntropy.information(fired: [0, 0], total: [32, 32]) == 0)
        #expect(SampleEntropy.information(fired: [32, 32], total: [32, 32]) == 0)
        // x is constant and y a coin that firing repeats: one bit about y given x.
        expectClose(
            SampleEntropy.conditionalInformation(fired: [32, 0], total: [32, 32], inner: 2), 1 + 1 / (2 * n * log(2)),
            within: 1e-12)
        // Firing repeats x, of which y tells nothing more: H(f,x) = 1, H(x,y) = 2, H(x) = 1, H(f,x,y) = 2.
        expectClose(
            SampleEntropy.conditionalInformation(fired: [16, 16, 0, 0], total: [16, 16, 16, 16], inner: 2),
            (1 + 3 - 1 - 3) / (2 * n * log(2)), within: 1e-12)
        #expect(SampleEntropy.bits([0, 0]) == 0 && SampleEntropy.bits([8]) == 0)
    }

    /// A category without members that nobody fires at, and one with a single member that is hit.
    @Test func scoresOfNothingAndOfOne() {
        let none = CategoryScore(name: "a", hits: 0, members: 0, fired: 0)
        #expect(none.precision == 0 && none.recall == 0 && none.f1 == 0)
        let one = CategoryScore(name: "a", hits: 1, members: 1, fired: 1)
        #expect(one.precision == 1 && one.recall == 1 && one.f1 == 1)
    }

    @Test func nullsAreExceededByFiveDeviations() {
        let null = NullDistribution([1, 2, 3, 4, 5])
        #expect(null.mean == 3 && null.maximum == 5 && null.shifts == 5 && null.percentile95 == 5)
        expectClose(null.deviation, 2.5.squareRoot(), within: 1e-12)
        let limit = 3 + 5 * 2.5.squareRoot()
        #expect(!null.isExceeded(by: limit - 1e-9) && null.isExceeded(by: limit + 1e-9))
        #expect(!NullDistribution([2, 2]).isExceeded(by: 2) && NullDistribution([2, 2]).isExceeded(by: 2.01))
        #expect(!NullDistribution([]).isExceeded(by: 9) && NullDistribution([]).percentile95 == 0)
        #expect(NullDistribution([4]).deviation == 0 && NullDistribution([4]).mean == 4)
        #expect(NullDistribution([1, 3]).deviation == 2.0.squareRoot() && NullDistribution([]).maximum == 0)
        #expect(NullDistribution((0..<40).map(Double.init)).percentile95 == 38)
    }

    /// 50,000 characters are long enough, one fewer is not.
    @Test(arguments: [(2, true), (1, false)]) func lengthOfText(streams: Int, isEnough: Bool) {
        let plan = ReadingPlan(streams: streams, windows: 25, steps: 1000)
        let table = FiringTable(
            rounds: 1, neurons: 1, plan: plan, texts: FiringTable.texts(plan, seed: 1, words: FiringTable.words)
        ) { _, _, position, _ in position % 3 == 0 ? 1 : 0 }
        let information = table.accumulated().information(0)
        #expect(information.isLongEnough == isEnough)
        expectClose(information.present, table.information(0), within: 1e-9)
    }
}
