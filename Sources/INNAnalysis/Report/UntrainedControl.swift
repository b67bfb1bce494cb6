import INNCore

/// What untrained networks do over the same text, to be compared with each figure of the trained one.
///
/// F1, precision, lift and information depend on how often a unit fires, and a random gate that fires as often follows
/// the characters nearly as well. So every untrained unit is cut at the quantile of its own activity at which it fires
/// as often as the trained unit it is compared with, and the best one counts.
public struct UntrainedControl: Codable, Sendable, Equatable {
    /// The best figures of all untrained units, each for itself, firing as often as one trained unit.
    public struct Unit: Codable, Sendable, Equatable {
        /// F1 for the category that describes the trained unit best.
        public var f1: Double
        /// Information about the next character beyond the present one, in bits; nil over texts too short for it.
        public var next: Double?
        /// One for each rule of the trained unit.
        public var rules: [Rule]

        public init(f1: Double, next: Double?, rules: [Rule]) { (self.f1, self.next, self.rules) = (f1, next, rules) }
    }

    public struct Rule: Codable, Sendable, Equatable {
        /// Gain of the same pattern.
        public var gain: Double
        /// Lift of any pattern that has at least half the support; nil where the rule claims nothing anyway.
        public var lift: Double?

        public init(gain: Double, lift: Double?) { (self.gain, self.lift) = (gain, lift) }
    }

    /// The largest figures of a round in any of the networks.
    public struct Round: Codable, Sendable, Equatable {
        public var listenedTo: Double, communities: Double, dynamism: Double
    }

    /// Whether the gates were cut; otherwise they are those of one network as they are.
    public var isRateMatched: Bool
    /// Of each network; empty where unknown.
    public var seeds: [UInt64]
    /// How many untrained units each figure is the best of, and over how many characters.
    public var candidates: Int, characters: Int
    /// How many patterns lifts are the best of.
    public var patterns: Int
    /// The share of the untrained units' firing, on average, that lies in the bin of the cut, where characters cannot
    /// be told apart and count in proportion.
    public var untold: Double
    public var units: [Unit]
    /// Mean over each cluster's members of the best F1 for its label; nil for a cluster without one.
    public var clusters: [Double?]
    public var rounds: [Round]
    /// How many findings there would be beside one untrained network whose gates are not cut.
    public var uncutFindings: Int?

    /// The control of one network with its gates as they are.
    static func uncut(_ trained: NetworkAnalysis, _ untrained: NetworkAnalysis) -> UntrainedControl {
        func bestF1(_ category: String?) -> Double {
            untrained.units.compactMap { unit in unit.categories.first { $0.name == category }?.f1 }.max() ?? 0
        }
        let rules = untrained.units.flatMap(\.rules.rules)
        let next = untrained.units.map(\.information.next).max() ?? 0
        return UntrainedControl(
            isRateMatched: false, seeds: [], candidates: untrained.units.count, characters: untrained.characters,
            patterns: rules.count, untold: 0,
            units: trained.units.map { unit in
                Unit(
                    f1: bestF1(unit.categories.first?.name), next: next,
                    rules: unit.rules.rules.map { rule in
                        Rule(
                            gain: rule.untrainedGain ?? 0,
                            lift: rules.filter { 2 * $0.support >= rule.support }.map(\.lift).max() ?? 1)
                    })
            },
            clusters: trained.clusters.clusters.map { $0.label.map { bestF1($0.name) } },
            rounds: rounds([untrained.routing]), uncutFindings: nil)
    }

    /// - Parameter networks: the rounds of each network.
    static func rounds(_ networks: [[RoutingAnalysis]]) -> [Round] {
        (networks.first ?? []).indices.map { round in
            func largest(_ value: (RoutingAnalysis) -> Double) -> Double {
                networks.map { value($0[round]) }.max() ?? 0
            }
            return Round(
                listenedTo: largest { $0.listenedTo.map(\.mean).max() ?? 0 },
                communities: largest(\.communities.zScore),
                dynamism: largest(Findings.meanDynamism))
        }
    }

    /// What figures of units are the best of, in words.
    package var subject: String {
        isRateMatched ? "\(candidates) untrained units firing as often" : "\(candidates) untrained units as they are"
    }

    /// What figures of routing are the largest of, in words.
    package var networks: String { seeds.count > 1 ? "\(seeds.count) untrained networks" : "the untrained network" }
}
