import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// Where a unit's gate was most and least open, and anywhere.
@Suite struct ContextOracles {
    private static let plan = ReadingPlan(streams: 2, windows: 30, steps: 40)

    /// Every place has a gate of its own, so that the highest and lowest are known.
    private static let table: FiringTable = {
        var random = RandomSource(seed: 91)
        return FiringTable(
            rounds: 1, neurons: 2, plan: plan, texts: FiringTable.texts(plan, seed: 90, words: FiringTable.words)
        ) { _, _, _, _ in Float(random.uniform()) }
    }()

    /// Finished, and only read from here on.
    private nonisolated(unsafe) static let accumulator = table.accumulated()

    /// The text up to a place and the gates there, at most 28 characters of the place's own window and the one before.
    private func context(_ unit: Int, _ stream: Int, _ position: Int) -> NeuronContexts.Context {
        let places = max(0, position - 27)...position
        return NeuronContexts.Context(
            text: places.map { SymbolClasses.text8.names[Int(Self.table.texts[stream][$0])] },
            gates: places.map { Self.table.activity[unit][stream][$0] })
    }

    @Test(arguments: [0, 1]) func theHighestAndTheLowest(unit: Int) {
        let contexts = Self.accumulator.samples.contexts(unit, names: SymbolClasses.text8.names)
        let gates = Self.table.activity[unit]
        let places = Self.table.places
        for (found, isTop) in [(contexts.top, true), (contexts.bottom, false)] {
            #expect(found.count == 6)
            let values = found.map { $0.gates.last! }
            let ascending = values.sorted()
            #expect(values == (isTop ? ascending.reversed() : ascending))
            let all = places.map { gates[$0.stream][$0.position] }
            #expect(values[0] == (isTop ? all.max() : all.min()))
            var kept: [(stream: Int, position: Int)] = []
            for each in found {
                let place = places.first { gates[$0.stream][$0.position] == each.gates.last! }!
                #expect(each == context(unit, place.stream, place.position))
                #expect(!kept.contains { $0.stream == place.stream && abs($0.position - place.position) < 40 })
                kept.append(place)
            }
            // What was left out is worse, or lies within 40 characters of something better.
            for place in places {
                let value = gates[place.stream][place.position]
                guard isTop ? value > values[5] : value < values[5] else { continue }
                #expect(kept.contains { $0.stream == place.stream && abs($0.position - place.position) < 40 })
            }
        }
    }

    /// Gates that are all alike have no highest: the places are kept by a number of their own, from all of the text.
    @Test func equalGates() {
        let table = FiringTable(rounds: 1, neurons: 1, plan: Self.plan, texts: Self.table.texts) { _, _, _, _ in 1 }
        let contexts = table.accumulated().samples.contexts(0, names: SymbolClasses.text8.names)
        let texts = table.places.map { self.context(0, $0.stream, $0.position).text }
        let all = table.places.map { RandomSource.key(0, UInt64($0.stream), UInt64($0.position)) }
        for kept in [contexts.top, contexts.bottom] {
            #expect(kept.count == 6)
            // Each excerpt is found in the text once, which names its place.
            let keys = kept.map { context -> UInt64 in
                let found = texts.indices.filter { texts[$0] == context.text }
                #expect(found.count == 1)
                return all[found[0]]
            }
            #expect(keys == keys.sorted(by: >))
            #expect(keys[0] == all.max())
            #expect(keys[5] > UInt64.max / 2, "one of the largest of 2,400 numbers")
        }
    }

    /// Of as many characters as are kept every one is.
    @Test func aVeryShortText() {
        let plan = ReadingPlan(streams: 1, windows: 1, steps: 6)
        let table = FiringTable(rounds: 1, neurons: 1, plan: plan, texts: [Array(Self.table.texts[0].prefix(7))]) {
            _, _, position, _ in Float(position) / 10
        }
        let contexts = table.accumulated().samples.contexts(0, names: SymbolClasses.text8.names)
        #expect(contexts.random.map { $0.gates.last! } == [0, 0.1, 0.2, 0.3, 0.4, 0.5])
        #expect(contexts.top.map { $0.gates.last! } == [0.5] && contexts.bottom.map { $0.gates.last! } == [0])
    }

    /// Reservoir sampling: every character is as likely as any other.
    @Test func anywhere() {
        var early = 0
        let samples = 120
        for seed in 0..<samples {
            let contexts = Self.table.accumulated(seed: UInt64(seed)).samples.contexts(
                0, names: SymbolClasses.text8.names)
            #expect(contexts.random.count == 6)
            var order: [Int] = []
            for each in contexts.random {
                let place = Self.table.places.first {
                    Self.table.activity[0][$0.stream][$0.position] == each.gates.last!
                }!
                #expect(each == context(0, place.stream, place.position))
                if place.position < Self.plan.length / 2 { early += 1 }
                order.append(place.stream * Self.plan.length + place.position)
            }
            #expect(order == order.sorted(), "in the order of the text")
        }
        // 720 draws with a chance of ½ each.
        #expect((300...420).contains(early), "\(early) of \(6 * samples)")
    }
}
