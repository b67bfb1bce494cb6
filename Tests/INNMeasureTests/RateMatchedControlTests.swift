import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// Responses are compared with random gates that fire as often.
@Suite struct RateMatchedControlTests {
    static let bench = PlantedControl()

    @Test(arguments: [0.003, 0.05, 0.31, 0.5, 0.94]) func everyUnitFiresAsOftenAsItIsMadeTo(rate: Double) {
        for network in Self.bench.networks {
            let counts = BinCounts(network.record, at: 0..<network.record.characters)
            for unit in 0..<network.record.units {
                let cut = counts.cut(unit, rate: rate)
                #expect(abs(counts.fired(unit, cut) - rate * Double(counts.characters)) < 1e-3)
                // A share of .003 is that of 25 characters where the bins' edges are taken from.
                #expect(counts.untold(unit, cut) < (rate < 0.01 ? 0.2 : 0.08), "bins are close at both ends")
            }
        }
    }

    @Test func figuresAreThoseOfACountOverStoredActivities() throws {
        let bench = Self.bench
        let trained = bench.trained
        let figures = bench.control.figures(for: trained)
        #expect(figures.candidates == 24 && figures.seeds == [1, 2, 3] && figures.characters == bench.plan.characters)
        for (index, unit) in trained.units.enumerated() {
            let category = try #require(unit.categories.first?.name)
            let f1 = bench.bestF1(category, rate: unit.firing.rate)
            #expect(abs(figures.units[index].f1 - f1) < 0.01, "\(category) \(figures.units[index].f1) \(f1)")
            let next = bench.bestNext(rate: unit.firing.rate)
            let own = try #require(figures.units[index].next)
            #expect(abs(own - next) < 0.05 * next + 5e-4, "\(own) \(next)")
            for (rule, other) in zip(unit.rules.rules, figures.units[index].rules) {
                let most = bench.mostHits(rule.pattern, unit.rules)
                let gain = RuleLearner.gain(most.hits, most.matches, base: unit.rules.baseRate)
                #expect(abs(other.gain - gain) < 0.03 * gain + 2, "\(rule.text) \(other.gain) \(gain)")
            }
        }
    }

    /// The best lift of any unit with any of the patterns that match at least half as often as the rule.
    @Test func liftsAreTheBestOfAllPatterns() throws {
        let bench = Self.bench
        let figures = bench.control.figures(for: bench.trained)
        let own = bench.trained.units.flatMap { $0.rules.rules.map(\.pattern) }
        let patterns = Set(own).union(bench.networks.flatMap(\.patterns))
        #expect(figures.patterns == patterns.count && patterns.count > 10)
        var compared = 0
        for (unit, figure) in zip(bench.trained.units, figures.units) {
            let isOpen = zip(unit.rules.rules, figure.rules).map { rule, other in
                rule.support >= 200 && rule.pattern.elements.count > 1 && rule.gain > other.gain
            }
            #expect(figure.rules.map { $0.lift != nil } == isOpen)
            guard isOpen.contains(true) else { continue }
            let lifts = bench.lifts(patterns, unit.rules)
            for (rule, other) in zip(unit.rules.rules, figure.rules) {
                guard let lift = other.lift else { continue }
                let due = lifts.filter { 2 * $0.matches >= rule.support }.map(\.lift).max() ?? 1
                #expect(abs(lift - max(1, due)) < 0.05 * due, "\(rule.text) \(lift) \(due)")
                compared += 1
            }
        }
        #expect(compared > 1)
    }

    @Test func aRareCopyOfARandomGateIsNoFinding() throws {
        let report = Self.bench.report
        #expect(!report.findings.contains { $0.sentence.contains("neuron 0 ") })
        let unit = report.trained.units[0]
        #expect(abs(unit.firing.rate - PlantedControl.rate) < 0.002 && (unit.label != nil || !unit.rules.rules.isEmpty))
    }

    @Test func whatNoRandomGateDoesIsAFinding() throws {
        let report = Self.bench.report
        let kinds = Set(report.findings.filter { $0.sentence.contains("neuron 1 ") }.map(\.kind))
        #expect(kinds.isSuperset(of: [.rule, .label]))
        let unit = report.trained.units[1]
        let rule = try #require(unit.rules.rules.first)
        #expect(rule.text == "th" && report.claims(rule, of: unit) && report.claimsLabel(of: unit))
        #expect(report.findings.allSatisfy { $0.control.contains("24 untrained units firing as often") })
        #expect(report.control?.uncutFindings == nil, "there is no uncut control to count with")
    }

    /// A unit that is silent rarely is compared with units that are silent as rarely.
    @Test func raritiesInTheOtherDirectionAreMatched() throws {
        let report = Self.bench.report
        let unit = report.trained.units[2]
        #expect(unit.rules.target == .silent && unit.firing.rate > 0.9)
        let rule = try #require(unit.rules.rules.first)
        #expect(rule.text == "th" && report.claims(rule, of: unit))
        let other = try #require(report.untrainedRule(rule, of: unit))
        let wrong = RuleList(
            target: .fires, baseRate: unit.rules.baseRate, rules: [], gainNull: 0, shifts: 0, precision: 0, recall: 0)
        let most = Self.bench.mostHits(rule.pattern, wrong)
        let gain = RuleLearner.gain(most.hits, most.matches, base: unit.rules.baseRate)
        #expect(abs(other.gain - gain) > 0.1 * gain)
    }

    @Test func memoryIsBounded() {
        let bench = Self.bench
        let limit = 300_000
        let records = (0..<3).map { bench.record($0, memory: limit) }
        for record in records {
            #expect(record.bytes.count <= limit && record.characters < bench.plan.characters / 4)
            #expect(record.characters % (bench.plan.streams * bench.plan.steps) == 0)
        }
        let small = RateMatchedControl(
            records.enumerated().map { RateMatchedControl.Network(seed: UInt64($0), record: $1, routing: []) })
        let (part, all) = (small.figures(for: bench.trained), bench.control.figures(for: bench.trained))
        for (a, b) in zip(part.units, all.units) { #expect(abs(a.f1 - b.f1) < 0.06) }
        for (a, b) in zip(part.units[1].rules, all.units[1].rules) {
            #expect(abs(a.gain - b.gain) < 0.3 * b.gain + 60, "gains are of as many characters")
        }
    }

    /// Gates that are saturated cannot be told apart: which of them fire is left to chance.
    @Test func tiesCountInProportion() {
        let plan = ReadingPlan(streams: 1, windows: 1, steps: 1000)
        var record = ActivityRecord(units: 1, plan: plan, classes: .text8)
        let ids = (0..<1000).map { Int32($0 % 4) }
        record.add(
            ActivityWindow(
                streams: 1, steps: 1000, units: 1, ids: ids, next: ids, activity: ids.map { $0 < 2 ? 1 : 0.2 }))
        let all = BinCounts(record, at: 0..<1000)
        let cut = all.cut(0, rate: 0.1)
        #expect(all.fired(0, cut) == 100 && all.untold(0, cut) == 1)
        #expect(BinCounts(record, at: (0..<1000).filter { $0 % 4 == 0 }).fired(0, cut) == 50)
        #expect(BinCounts(record, at: (0..<1000).filter { $0 % 4 == 2 }).fired(0, cut) == 0)
    }
}

/// A text, three networks of random gates over it, and a "trained" network of a rare copy of one of them, a unit that
/// fires after "th" and one that is silent there.
struct PlantedControl {
    static let rate = 0.06
    private static let units = 8
    let plan = ReadingPlan(streams: 4, windows: 128, steps: 128)
    let classes = SymbolClasses.text8
    /// `[streams · length]` and what follows, and by network and unit the activity there.
    private let ids: [Int32], next: [Int32]
    private let gates: [[[Float]]]
    let networks: [RateMatchedControl.Network]
    let control: RateMatchedControl
    let trained: NetworkAnalysis
    let report: AnalysisReport

    init() {
        let corpus = try! SampleCorpus.make()
        let (length, streams) = (plan.length, plan.streams)
        ids = (0..<streams).flatMap { corpus.ids(in: ($0 * 30_000)..<($0 * 30_000 + length)) }
        next = (0..<streams).flatMap { corpus.ids(in: ($0 * 30_000 + 1)..<($0 * 30_000 + length + 1)) }
        var random = RandomSource(seed: 9)
        let texts = ids
        gates = (0..<3).map { _ in
            (0..<Self.units).map { _ in
                let present = (0..<27).map { _ in random.uniform(-1...1) }
                let previous = (0..<27).map { _ in random.uniform(-0.3...0.3) }
                return texts.indices.map { place in
                    let before = place % length > 0 ? previous[Int(texts[place - 1])] : 0
                    return Float(present[Int(texts[place])] + before + random.uniform(-0.9...0.9))
                }
            }
        }
        let copied = gates[0][3]
        let threshold = copied.sorted()[Int(Double(copied.count) * (1 - Self.rate))]
        let th = texts.indices.map { $0 % length > 0 && texts[$0] == 8 && texts[$0 - 1] == 20 }
        let firing = [copied.map { $0 >= threshold }, th, th.map { !$0 }]
        let accumulator = FiringAccumulator(rounds: 1, neurons: 3, plan: plan, classes: classes)
        for window in 0..<plan.windows {
            accumulator.add(
                Self.window(plan, window, ids, next, firing.map { $0.map { $0 ? Float(0.9) : 0.1 } }))
        }
        accumulator.finish()
        let snapshot = PlantedNetwork.snapshot(plan)
        trained = NetworkAnalysis(accumulator, heads: 1, bitsPerCharacter: nil, snapshot: snapshot, routing: [])
        let (own, plan, text, follows) = (gates, plan, ids, next)
        networks = (0..<3).map { network in
            RateMatchedControl.Network(
                seed: UInt64(network + 1), record: Self.record(own[network], plan, text, follows, memory: nil),
                routing: [])
        }
        control = RateMatchedControl(networks)
        let subject = AnalysisSubject(
            network: "n", step: 0, parameters: 0, corpus: "c", split: "all", isHeldOut: true, command: "")
        report = AnalysisReport(
            subject: subject, trained: trained, untrained: nil, control: control.figures(for: trained))
    }

    func record(_ network: Int, memory: Int?) -> ActivityRecord {
        Self.record(gates[network], plan, ids, next, memory: memory)
    }

    private static func record(
        _ gates: [[Float]], _ plan: ReadingPlan, _ ids: [Int32], _ next: [Int32], memory: Int?
    ) -> ActivityRecord {
        var record = ActivityRecord(units: units, plan: plan, classes: .text8, memory: memory)
        for window in 0..<plan.windows { record.add(Self.window(plan, window, ids, next, gates)) }
        return record
    }

    private static func window(
        _ plan: ReadingPlan, _ window: Int, _ ids: [Int32], _ next: [Int32], _ activity: [[Float]]
    ) -> ActivityWindow {
        let places = (0..<plan.streams).flatMap { stream in
            (0..<plan.steps).map { stream * plan.length + window * plan.steps + $0 }
        }
        return ActivityWindow(
            streams: plan.streams, steps: plan.steps, units: activity.count, ids: places.map { ids[$0] },
            next: places.map { next[$0] }, activity: activity.flatMap { gate in places.map { gate[$0] } })
    }

    // MARK: Counted again

    /// The places where a gate is among its largest.
    private func fires(_ gate: [Float], rate: Double, among places: [Int]) -> [Bool] {
        let count = Int((rate * Double(places.count)).rounded())
        var flags = [Bool](repeating: false, count: gate.count)
        for place in places.sorted(by: { gate[$0] > gate[$1] }).prefix(count) { flags[place] = true }
        return flags
    }

    func bestF1(_ category: String, rate: Double) -> Double {
        let names = classes.names
        let members = ids.indices.map { place -> Bool in
            let name = names[Int(ids[place])]
            let before = place % plan.length > 0 ? names[Int(ids[place - 1])] : ""
            return switch category {
            case "vowel": "aeiou".contains(name)
            case "consonant": name != "␣" && !"aeiou".contains(name)
            case "space": name == "␣"
            case "word-initial": before == "␣" && name != "␣"
            case "word-final": name != "␣" && names[Int(next[place])] == "␣"
            default: name == category || before + name == category
            }
        }
        let size = Double(members.count { $0 }) + rate * Double(ids.count)
        return gates.joined().map { gate in
            let flags = fires(gate, rate: rate, among: Array(ids.indices))
            return 2 * Double(zip(members, flags).count { $0 && $1 }) / size
        }.max() ?? 0
    }

    func bestNext(rate: Double) -> Double {
        gates.joined().map { gate in
            let flags = fires(gate, rate: rate, among: Array(ids.indices))
            var (fired, total) = ([Double](repeating: 0, count: 729), [Double](repeating: 0, count: 729))
            for place in ids.indices {
                total[Int(ids[place]) * 27 + Int(next[place])] += 1
                if flags[place] { fired[Int(ids[place]) * 27 + Int(next[place])] += 1 }
            }
            return SampleEntropy.conditionalInformation(fired: fired, total: total, inner: 27)
        }.max() ?? 0
    }

    /// For each pattern how often it matches on the second half, and the best lift of any unit there.
    func lifts(_ patterns: Set<SuffixPattern>, _ list: RuleList) -> [(matches: Int, lift: Double)] {
        let places = ids.indices.filter { $0 % plan.length >= plan.length / 2 }
        let isFiring = list.target == .fires
        let all = gates.joined().map { fires($0, rate: isFiring ? list.baseRate : 1 - list.baseRate, among: places) }
        // By the last four characters: how often they occur, and how often the target happens to each unit there.
        var known: [[Int32]: [Int]] = [:]
        for place in places {
            let key = (0..<4).map { ids[place - $0] }
            known[key, default: [Int](repeating: 0, count: all.count + 1)][all.count] += 1
            for (unit, flags) in all.enumerated() where flags[place] == isFiring { known[key]![unit] += 1 }
        }
        return patterns.map { pattern in
            let elements = pattern.elements.reversed().map { element in
                (0..<27).map { classes.matches(element, Int16($0)) }
            }
            var sums = [Int](repeating: 0, count: all.count + 1)
            for (key, counts) in known where elements.indices.allSatisfy({ elements[$0][Int(key[$0])] }) {
                for index in counts.indices { sums[index] += counts[index] }
            }
            let matches = sums.removeLast()
            return (matches, Double(sums.max() ?? 0) / Double(max(1, matches)) / list.baseRate)
        }
    }

    /// How often the target of a list happens at a pattern, on the second half, to the unit to which it happens most.
    func mostHits(_ pattern: SuffixPattern, _ list: RuleList) -> (hits: Double, matches: Double) {
        let places = ids.indices.filter { $0 % plan.length >= plan.length / 2 }
        let matching = places.filter { place in
            pattern.elements.reversed().enumerated().allSatisfy { back, element in
                element == .any || back <= place % plan.length && classes.matches(element, Int16(ids[place - back]))
            }
        }
        let rate = list.target == .fires ? list.baseRate : 1 - list.baseRate
        let most =
            gates.joined().map { gate in
                let flags = fires(gate, rate: rate, among: places)
                return matching.count { flags[$0] == (list.target == .fires) }
            }.max() ?? 0
        return (Double(most), Double(matching.count))
    }
}

extension Sequence {
    fileprivate func count<A, B>(_ isMember: (A, B) -> Bool) -> Int where Element == (A, B) {
        reduce(0) { isMember($1.0, $1.1) ? $0 + 1 : $0 }
    }
}
