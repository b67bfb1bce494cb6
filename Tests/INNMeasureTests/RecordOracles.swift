import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// What is kept of an untrained network's activity, and of the text beside it.
@Suite struct RecordOracles {
    private static func record(
        _ plan: ReadingPlan, memory: Int? = nil, classes: SymbolClasses = .text8,
        ids: (Int) -> Int32 = { Int32($0 % 27) },
        activity: (Int) -> Float
    ) -> ActivityRecord {
        var record = ActivityRecord(units: 1, plan: plan, classes: classes, memory: memory)
        for window in 0..<plan.windows {
            let places = (0..<plan.steps).map { window * plan.steps + $0 }
            record.add(
                ActivityWindow(
                    streams: 1, steps: plan.steps, units: 1, ids: places.map(ids), next: places.map { ids($0 + 1) },
                    activity: places.map(activity)))
        }
        record.finish()
        return record
    }

    /// A window of four characters takes 4·(1 + 16) bytes. Of eight windows the last of each half is kept when two fit;
    /// one is kept whatever the memory.
    @Test(arguments: [
        (135, [7]), (136, [3, 7]), (4 * 68, [1, 3, 5, 7]), (3 * 68, [2, 5, 7]), (1, [7]), (9999, Array(0..<8)),
    ])
    func windowsThatAreKept(memory: Int, windows: [Int]) {
        let plan = ReadingPlan(streams: 1, windows: 8, steps: 4)
        let record = Self.record(plan, memory: memory, ids: { Int32($0 % 26) }) { Float($0) }
        let places = windows.flatMap { window in (0..<4).map { window * 4 + $0 } }
        #expect(record.characters == places.count && record.bytes.count == places.count)
        #expect(places.indices.map { record.text.symbols($0).present } == places.map { $0 % 26 })
        #expect(places.indices.map { record.text.symbols($0).previous } == places.map { $0 == 0 ? -1 : ($0 - 1) % 26 })
        #expect(record.text.next == places.map { Int32(($0 + 1) % 26) })
        #expect(record.text.isScored == places.map { $0 >= 16 }, "the second half")
        // Edges are taken from all of a short text, whichever of it is kept.
        #expect(zip(record.bytes, record.bytes.dropFirst()).allSatisfy { $0 < $1 })
    }

    /// At or above bin 128 + j lies ½·2048^(−j/127) of the text, and as much below bin 128 − j.
    @Test func sharesOfTheBins() {
        let count = 40_960
        let record = Self.record(ReadingPlan(streams: 1, windows: 1, steps: count)) { Float(($0 * 7919) % count) }
        let atLeast = (0...255).map { bin in Double(record.bytes.count { Int($0) >= bin }) }
        for j in 0...127 {
            let share = 0.5 * pow(2048, -Double(j) / 127) * Double(count)
            #expect(abs(atLeast[128 + j] - share) <= 1.001)
            #expect(abs(Double(count) - atLeast[128 - j] - share) <= 1.001)
        }
    }

    /// Edges are those of the first 8,192 characters: what comes later is in the highest bin, and moves no edge.
    @Test func edgesAreThoseOfTheBeginning() {
        let plan = ReadingPlan(streams: 1, windows: 12, steps: 1024)
        let record = Self.record(plan) { $0 < 8192 ? Float(($0 * 7919) % 8192) : 10_000 }
        #expect(record.bytes[8192...].allSatisfy { $0 == 255 } && record.bytes.count == 12 * 1024)
        #expect(record.bytes[..<8192].count { $0 >= 128 } == 4096)
    }

    /// What is lower than the edges is in the lowest bin, whose characters fire as well when it is cut there: of 12,288
    /// the last 4,096 and, since below the first edge lies one of 4,096, the lowest two of the others.
    @Test func cutsBelowAllEdges() {
        let plan = ReadingPlan(streams: 1, windows: 12, steps: 1024)
        let record = Self.record(plan) { $0 < 8192 ? Float(($0 * 7919) % 8192) : -1 }
        #expect(record.bytes[8192...].allSatisfy { $0 == 0 })
        let counts = BinCounts(record, at: 0..<12_288)
        for rate in [0.7, 0.9, 1] {
            let cut = counts.cut(0, rate: rate)
            #expect(cut.bin == 0)
            expectClose(cut.share, (12_288 * rate - 8190) / 4098, within: 1e-9)
            expectClose(counts.fired(0, cut), 12_288 * rate, within: 1e-9)
            expectClose(BinCounts(record, at: 8000..<8200).fired(0, cut), 192 + 8 * cut.share, within: 1e-9)
        }
    }

    /// 4 bytes per unit and character in 32 MiB: 2²³ activities, which 1,024 units have in 8,192 characters.
    @Test func edgesOfManyUnitsTakeLessText() {
        #expect([1, 1024, 2048, 4096].map { ActivityRecord.edgeCharacters(units: $0) } == [8192, 8192, 4096, 2048])
    }

    /// Words for digits, which begin and end anywhere; digits are none, and a word that is cut off by the end is one.
    @Test func wordsForDigits() {
        let text = "one stone 7 Zero sevens nine"
        let letters = Array(Set(text)).sorted()
        let classes = SymbolClasses(
            names: letters.map(String.init), characters: letters.map { $0.unicodeScalars.first })
        let ids = (text + " ").map { symbol in Int32(letters.firstIndex(of: symbol)!) }
        let due = "111.........1111........1111".map { $0 == "1" }
        for steps in [1, 2, 4, 7, 14, 28] {
            let plan = ReadingPlan(streams: 1, windows: 28 / steps, steps: steps)
            let record = Self.record(plan, classes: classes, ids: { ids[$0] }) { Float($0) }
            #expect(record.text.isDigitWord == due, "in windows of \(steps)")
            // The same, counted: one unit fires at every second character, one always.
            var digits = DigitWords(units: 2, streams: 1, classes: classes)
            for place in 0..<28 { digits.add(stream: 0, symbol: ids[place], flags: [UInt8(place % 2), 1]) }
            digits.endWord(0)
            #expect(digits.members == 11 && digits.fired == [due.indices.count { due[$0] && $0 % 2 == 1 }, 11])
        }
    }

    /// Three units, each with its own values of 1 to 4: every unit is cut by its own counts.
    @Test(arguments: [0.0, 0.1, 0.35, 0.5, 0.8, 1]) func everyUnitIsCutByItself(rate: Double) {
        var random = RandomSource(seed: 6)
        var values = (0..<3).map { unit in (0..<40).map { _ in Float(1 + random.next() % UInt64(2 + unit)) } }
        // A value that occurs once.
        values[0][11] = 4
        let ids = (0..<40).map { Int32($0 % 27) }
        var record = ActivityRecord(
            units: 3, plan: ReadingPlan(streams: 1, windows: 1, steps: 40), classes: .text8)
        record.add(
            ActivityWindow(
                streams: 1, steps: 40, units: 3, ids: ids, next: ids, activity: values.flatMap { $0 }))
        #expect(record.text.contexts.elements.prefix(8) == [-1, -1, -1, 0, -1, -1, 0, 1], "nothing was before")
        let all = BinCounts(record, at: 0..<40)
        let places = [0, 3, 4, 11, 19, 26, 38, 39]
        let some = BinCounts(record, at: places)
        #expect(all.characters == 40 && some.characters == 8)
        for unit in 0..<3 {
            // From the highest value on, until the rate is reached.
            var (rest, share) = (40 * rate, [Float: Double]())
            for value in [4, 3, 2, 1] as [Float] {
                let own = Double(values[unit].count { $0 == value })
                share[value] = own > 0 ? min(1, rest / own) : 0
                rest -= min(own, rest)
            }
            func fired(_ places: [Int]) -> Double { places.reduce(0) { $0 + share[values[unit][$1]]! } }
            let cut = all.cut(unit, rate: rate)
            expectClose(all.fired(unit, cut), 40 * rate, within: 1e-9)
            expectClose(some.fired(unit, cut), fired(places), within: 1e-9, "unit \(unit)")
            // The value at which it is cut is the lowest that fires at all.
            let lowest = share.filter { $0.value > 0 }.keys.min()
            let untold = fired(places.filter { values[unit][$0] == lowest })
            expectClose(some.untold(unit, cut), untold > 0 ? untold / fired(places) : 0, within: 1e-9)
        }
    }

    /// By hand: 4 of 10 characters have the value 3, 4 the value 2 and 2 the value 1.
    @Test func cutsByHand() {
        let values: [Float] = [3, 3, 3, 3, 2, 2, 2, 2, 1, 1]
        let record = Self.record(ReadingPlan(streams: 1, windows: 1, steps: 10)) { values[$0] }
        let counts = BinCounts(record, at: 0..<10)
        for (rate, untold) in [(0, 0), (0.2, 1), (0.4, 1), (0.6, 1.0 / 3), (0.8, 0.5), (0.9, 1.0 / 9), (1, 0.2)] {
            let cut = counts.cut(0, rate: rate)
            expectClose(counts.fired(0, cut), 10 * rate, within: 1e-9)
            expectClose(counts.untold(0, cut), untold, within: 1e-9, "rate \(rate)")
        }
        // Cut at a half: all of the threes, and a quarter of each two.
        let cut = counts.cut(0, rate: 0.5)
        expectClose(cut.share, 0.25, within: 1e-12)
        expectClose(BinCounts(record, at: [0, 4, 5, 8]).fired(0, cut), 1.5, within: 1e-12)
        #expect(BinCounts(record, at: [8, 9]).untold(0, cut) == 0 && BinCounts(record, at: [8, 9]).characters == 2)
    }
}
