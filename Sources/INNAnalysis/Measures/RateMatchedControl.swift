import INNCore

/// Untrained networks over one text whose gates can be cut at any rate: the control of responses.
public struct RateMatchedControl: Sendable {
    /// What was kept of one untrained network.
    public struct Network: Sendable {
        public let seed: UInt64
        package let record: ActivityRecord
        package let routing: [RoutingAnalysis]
        /// What its units' rules look at when they are cut at ``patternRates``.
        package let patterns: Set<SuffixPattern>

        /// - Parameter record: of the whole text.
        public init(seed: UInt64, record: ActivityRecord, routing: [RoutingAnalysis]) {
            var record = record
            record.finish()
            (self.seed, self.record, self.routing) = (seed, record, routing)
            patterns = record.patterns()
        }
    }

    let networks: [Network]
    /// Of all characters, and of those that rules are scored on, by network.
    let all: [BinCounts], scored: [BinCounts]
    /// Characters that rules are scored on, by context, and the contexts by the last character.
    let scoredPlaces: [[Int]], contexts: [[Int]]
    private var text: RecordedText { networks[0].record.text }

    /// Fewer networks are no control.
    public static let leastNetworks = 3

    public init(_ networks: [Network]) {
        precondition(!networks.isEmpty, "a control without networks")
        precondition(
            networks.allSatisfy { $0.record.text.slots == networks[0].record.text.slots }, "networks over other texts")
        self.networks = networks
        let text = networks[0].record.text
        var places = [[Int]](repeating: [], count: text.contexts.count)
        for place in 0..<text.count where text.isScored[place] { places[Int(text.slots[place])].append(place) }
        scoredPlaces = places
        contexts = text.contextsByPresent()
        all = networks.map { BinCounts($0.record, at: 0..<text.count) }
        scored = networks.map { BinCounts($0.record, at: places.joined()) }
    }

    /// The figures beside those of a trained network over the same text.
    public func figures(for trained: NetworkAnalysis) -> UntrainedControl {
        let rates = trained.units.map(\.firing.rate)
        let f1 = bestF1(trained.units.map { ($0.categories.first?.name ?? "", $0.firing.rate) })
        let clusters = trained.clusters.clusters.map { cluster in
            cluster.label.map { label in
                bestF1(cluster.members.map { (label.name, rates[$0]) }).reduce(0, +) / Double(cluster.members.count)
            }
        }
        let isLongEnough = trained.units.first?.information.isLongEnough ?? false
        let next = isLongEnough ? bestNext(rates: rates) : []
        let rules = RuleControl(self, trained)
        return UntrainedControl(
            isRateMatched: true, seeds: networks.map(\.seed),
            candidates: networks.reduce(0) { $0 + $1.record.units }, characters: text.count,
            patterns: rules.patterns.count, untold: untold(rates: rates),
            units: trained.units.indices.map { unit in
                UntrainedControl.Unit(
                    f1: f1[unit], next: isLongEnough ? next[unit] : nil, rules: rules.figures[unit])
            },
            clusters: clusters, rounds: UntrainedControl.rounds(networks.map(\.routing)), uncutFindings: nil)
    }

    private func untold(rates: [Double]) -> Double {
        let shares = rates.filter { $0 > 0 && $0 < 1 }.flatMap { rate in
            networks.indices.flatMap { network in
                (0..<networks[network].record.units).map { unit in
                    all[network].untold(unit, all[network].cut(unit, rate: rate))
                }
            }
        }
        return shares.isEmpty ? 0 : shares.reduce(0, +) / Double(shares.count)
    }
}

// MARK: Categories

extension RateMatchedControl {
    /// The largest F1 of any unit that fires this often, for each category.
    private func bestF1(_ requests: [(category: String, rate: Double)]) -> [Double] {
        let text = text
        var best = [Double](repeating: 0, count: requests.count)
        for (category, indices) in Dictionary(grouping: requests.indices, by: { requests[$0].category }) {
            let places = (0..<text.count).filter(text.membership(in: category))
            let members = networks.map { BinCounts($0.record, at: places) }
            for index in indices { best[index] = bestF1(members, rate: requests[index].rate) }
        }
        return best
    }

    private func bestF1(_ members: [BinCounts], rate: Double) -> Double {
        var best = 0.0
        for network in networks.indices {
            for unit in 0..<networks[network].record.units {
                let hits = members[network].fired(unit, all[network].cut(unit, rate: rate))
                let score = CategoryScore(
                    name: "", hits: hits, members: members[network].characters, fired: rate * Double(text.count))
                best = max(best, score.f1)
            }
        }
        return best
    }
}

extension RecordedText {
    /// Which places belong to a category of ``CategoryCounts``.
    fileprivate func membership(in category: String) -> (Int) -> Bool {
        let classes = classes
        func present(_ isMember: [Bool]) -> (Int) -> Bool { { isMember[symbols($0).present] } }
        switch category {
        case "vowel": return present(classes.isVowel)
        case "consonant": return present(classes.isConsonant)
        case "space": return present(classes.isSpace)
        case "digit-word": return { isDigitWord[$0] }
        case "word-final":
            return { classes.isLetter[symbols($0).present] && classes.isSpace[Int(next[$0])] }
        case "word-initial":
            return { place in
                let (previous, present) = symbols(place)
                return previous >= 0 && classes.isSpace[previous] && classes.isLetter[present]
            }
        default: break
        }
        let letters = classes.names.indices.filter { classes.isLetter[$0] }
        if let letter = letters.first(where: { classes.names[$0] == category }) {
            return { symbols($0).present == letter }
        }
        return { place in
            let (previous, present) = symbols(place)
            return previous >= 0 && classes.isLetter[previous] && classes.isLetter[present]
                && classes.names[previous] + classes.names[present] == category
        }
    }
}
