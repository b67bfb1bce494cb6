import INNCore

extension ActivityRecord {
    /// How often units are made to fire when their own rules are learned.
    private static let patternRates = [0.0125, 0.03, 0.08, 0.2, 0.5, 0.8, 0.92, 0.97]
    private static let mostLearners = 48

    /// The units that learn: all of a few, of more evenly spread ones.
    static func learners(of units: Int) -> [Int] {
        let count = min(units, mostLearners)
        return (0..<count).map { $0 * units / count }
    }

    /// What the rules look at that its units earn when they fire as often as trained ones may.
    func patterns() -> Set<SuffixPattern> {
        let chosen = Self.learners(of: units)
        let learners = chosen.count
        let counts = BinCounts(self, at: 0..<characters)
        var found: Set<SuffixPattern> = []
        for rate in Self.patternRates {
            var table = ContextTable(units: learners, symbols: text.classes.names.count, nulls: 0)
            let slots = (0..<text.contexts.count).map { table.slot(text.contexts.characters(of: Int32($0))) }
            let cuts = chosen.map { counts.cut($0, rate: rate) }
            let least = cuts.map { $0.share > 0.5 ? $0.bin : $0.bin + 1 }
            var flags = [UInt8](repeating: 0, count: learners)
            for place in 0..<characters {
                for learner in 0..<learners {
                    flags[learner] = Int(bytes[place * units + chosen[learner]]) >= least[learner] ? 1 : 0
                }
                table.add(slot: slots[Int(text.slots[place])], half: text.isScored[place] ? 1 : 0, flags: flags)
            }
            let learner = RuleLearner(table: table, classes: text.classes)
            for unit in 0..<learners { found.formUnion(learner.learn(unit, rate: rate).rules.map(\.pattern)) }
        }
        return found
    }
}

/// How well untrained units do with the patterns of a trained network's rules, and with others.
struct RuleControl {
    /// By unit and rule.
    private(set) var figures: [[UntrainedControl.Rule]]
    /// Patterns that lifts are the best of.
    private(set) var patterns: Set<SuffixPattern>
    private let control: RateMatchedControl
    private let learner: RuleLearner
    /// Characters of the text for each one that was kept.
    private let scale: Double
    /// By trained unit: its target and, by network, where each untrained unit is cut to have it as often.
    private let targets: [(target: RuleList.Target, rate: Double, cuts: [[BinCounts.Cut]])]

    init(_ control: RateMatchedControl, _ trained: NetworkAnalysis) {
        self.control = control
        let text = control.networks[0].record.text
        scale = Double(trained.characters) / Double(text.count)
        learner = RuleLearner(table: text.contexts, classes: text.classes)
        targets = trained.units.map { unit in
            let list = unit.rules
            return (list.target, list.baseRate, list.rules.isEmpty ? [] : control.cuts(list.target, list.baseRate))
        }
        figures = trained.units.map { unit in
            unit.rules.rules.map { _ in UntrainedControl.Rule(gain: 0, lift: nil) }
        }
        let own = trained.units.map { $0.rules.rules.map(\.pattern) }
        patterns = Set(own.joined()).union(control.networks.flatMap(\.patterns))
        compareGains(trained)
        compareLifts(trained)
    }

    private mutating func compareGains(_ trained: NetworkAnalysis) {
        var owners: [SuffixPattern: [(unit: Int, rule: Int)]] = [:]
        for (unit, analysis) in trained.units.enumerated() {
            for (rule, own) in analysis.rules.rules.enumerated() {
                owners[own.pattern, default: []].append((unit, rule))
            }
        }
        for (pattern, rules) in owners {
            let places = control.places(learner, pattern)
            let counts = control.networks.map { BinCounts($0.record, at: places) }
            for (unit, rule) in rules {
                let hits = mostHits(unit, counts)
                figures[unit][rule].gain =
                    scale * RuleLearner.gain(hits, Double(counts[0].characters), base: targets[unit].rate)
            }
        }
    }

    /// Only rules that could still be claimed are compared with everything.
    private mutating func compareLifts(_ trained: NetworkAnalysis) {
        var open: [(unit: Int, rule: Int, support: Int)] = []
        for (unit, analysis) in trained.units.enumerated() {
            for (rule, own) in analysis.rules.rules.enumerated()
            where Findings.isWorthComparing(own) && own.gain > figures[unit][rule].gain {
                open.append((unit, rule, own.support))
                figures[unit][rule].lift = 1
            }
        }
        for pattern in patterns where !open.isEmpty {
            let places = control.places(learner, pattern)
            let matches = Double(places.count)
            let compared = open.filter { 2 * scale * matches >= Double($0.support) }
            guard !compared.isEmpty else { continue }
            let counts = control.networks.map { BinCounts($0.record, at: places) }
            for (unit, rules) in Dictionary(grouping: compared, by: \.unit) {
                let lift = mostHits(unit, counts) / matches / targets[unit].rate
                for (_, rule, _) in rules { figures[unit][rule].lift = figures[unit][rule].lift.map { max($0, lift) } }
            }
        }
    }

    /// At how many of these characters the target of a trained unit happens to the best untrained one.
    private func mostHits(_ unit: Int, _ counts: [BinCounts]) -> Double {
        let (target, _, cuts) = targets[unit]
        var most = 0.0
        for (network, cuts) in cuts.enumerated() {
            for (candidate, cut) in cuts.enumerated() {
                let fired = counts[network].fired(candidate, cut)
                most = max(most, target == .fires ? fired : Double(counts[network].characters) - fired)
            }
        }
        return most
    }
}

extension RateMatchedControl {
    /// Where each untrained unit is cut so that the target happens at this share of the characters that rules are
    /// scored on.
    fileprivate func cuts(_ target: RuleList.Target, _ rate: Double) -> [[BinCounts.Cut]] {
        networks.indices.map { network in
            (0..<networks[network].record.units).map {
                scored[network].cut($0, rate: target == .fires ? rate : 1 - rate)
            }
        }
    }

    /// The characters that rules are scored on and that match.
    fileprivate func places(_ learner: RuleLearner, _ pattern: SuffixPattern) -> [Int] {
        var found: [Int] = []
        func add(_ slots: some Sequence<Int>) {
            for slot in slots where learner.matches(pattern, slot) { found += scoredPlaces[slot] }
        }
        if case .symbol(let symbol)? = pattern.elements.last {
            add(contexts[Int(symbol)])
        } else {
            add(scoredPlaces.indices)
        }
        return found
    }
}
