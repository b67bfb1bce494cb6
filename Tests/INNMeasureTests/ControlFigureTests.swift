import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore

/// What the rate-matched control finds in untrained networks of which one unit each is made to know something.
@Suite struct ControlFigureTests {
    private static let plan = ReadingPlan(streams: 1, windows: 52, steps: 1024)
    private static let classes = SymbolClasses.text8
    private static let names = classes.names
    private static let ids: [Int32] = {
        var random = RandomSource(seed: 3)
        return (0...plan.length).map { _ in Int32(random.uniform(0...26.999)) }
    }()
    private static let isVowel = ids.map { "aeiou".contains(names[Int($0)]) }
    private static let isInitial = ids.indices.map {
        $0 > 0 && names[Int(ids[$0 - 1])] == "␣" && names[Int(ids[$0])] != "␣"
    }

    private static func add(_ values: [[Float]], to take: (ActivityWindow) -> Void) {
        for window in 0..<plan.windows {
            let places = (window * plan.steps)..<((window + 1) * plan.steps)
            take(
                ActivityWindow(
                    streams: 1, steps: plan.steps, units: values.count, ids: Array(ids[places]),
                    next: Array(ids[(places.lowerBound + 1)...places.upperBound]),
                    activity: values.flatMap { $0[places] }))
        }
    }

    /// Units that fire at vowels, at first letters, never, and always.
    private static let trained: NetworkAnalysis = {
        let firing = [isVowel, isInitial, isVowel.map { _ in false }, isVowel.map { _ in true }]
        let accumulator = FiringAccumulator(rounds: 1, neurons: firing.count, plan: plan, classes: classes)
        add(firing.map { $0.map { $0 ? 0.9 : 0.1 } }) { accumulator.add($0) }
        accumulator.finish()
        return NetworkAnalysis(
            accumulator, heads: 1, bitsPerCharacter: nil, snapshot: PlantedNetwork.snapshot(plan), routing: [])
    }()

    /// Two units; the last one has these activities, the other does not move.
    private static func network(_ seed: UInt64, last: [Float]?) -> RateMatchedControl.Network {
        var record = ActivityRecord(units: 2, plan: plan, classes: classes)
        let still = [Float](repeating: 0.5, count: ids.count)
        add([still, last ?? still]) { record.add($0) }
        return RateMatchedControl.Network(seed: seed, record: record, routing: [])
    }

    private static func figures(_ last: [[Float]?]) -> UntrainedControl {
        RateMatchedControl(last.enumerated().map { network(UInt64($0), last: $1) }).figures(for: trained)
    }

    private static func values(_ flags: some Collection<Bool>) -> [Float] { flags.map { $0 ? 1 : 0 } }

    /// The last unit of the last network counts, whatever it knows.
    @Test func theBestOfAllUnitsOfAllNetworks() throws {
        #expect(Self.trained.units[0].categories.first?.name == "vowel")
        #expect(Self.trained.units[1].categories.first?.name == "word-initial")
        let next = Self.values(Self.isVowel.dropFirst()) + [0]
        for last in 0..<3 {
            func only(_ values: [Float]) -> [[Float]?] { (0..<3).map { $0 == last ? values : nil } }
            let vowel = Self.figures(only(Self.values(Self.isVowel)))
            #expect(abs(vowel.units[0].f1 - 1) < 1e-3 && vowel.units[1].f1 < 0.2 && vowel.candidates == 6)
            let initial = Self.figures(only(Self.values(Self.isInitial)))
            #expect(abs(initial.units[1].f1 - 1) < 1e-3 && initial.units[0].f1 < 0.35)
            // The next character is drawn without regard to the present one: all that the unit tells is whether it is
            // one of five vowels, h(p) bits of the share p of vowels.
            let knowing = Self.figures(only(next))
            let p = Self.trained.units[0].firing.rate
            let told = try #require(knowing.units[0].next)
            let entropy = -p * log2(p) - (1 - p) * log2(1 - p)
            #expect(abs(told - entropy) < 0.01 && vowel.units[0].next! < 0.02)
        }
    }

    /// Of units that do not move nothing tells which characters fire; those that fire never or always need no cut.
    @Test func whatNoBinTells() {
        #expect(Self.figures([nil, nil, nil]).untold == 1)
    }
}
