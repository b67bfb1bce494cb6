import INNCore
import func Foundation.pow

/// Decides which measures of a trained network the report may call findings.
///
/// A finding beats chance (firing shifted along the text) and the untrained network: gates of a random network already
/// follow the present character, so whatever such a network does as well is no result of learning. With the light red
/// nothing is claimed.
enum Findings {
    /// How much a label's F1 has to exceed the best of the untrained network for the same category.
    static let labelMargin = 0.15
    /// How many times the untrained network's best lift a rule has to reach, among rules with at least half its
    /// support.
    static let liftMargin = 1.5
    /// How many times the untrained network's best information about the next character a unit has to reach.
    static let predictionMargin = 1.5
    static let leastStability = 0.75
    /// Rules on fewer characters are not claimed.
    static let leastSupport = 200

    static func judge(
        _ trained: NetworkAnalysis, untrained: NetworkAnalysis?
    ) -> (findings: [Finding], withheld: String?) {
        guard trained.light != .red else {
            return (
                [],
                """
                The degeneracy light is red: the network is \(trained.neurons) copies of one neuron, or its \
                routing is uniform. Hub, cluster and rule claims are withheld.
                """
            )
        }
        let rules = rules(trained, untrained)
        let clusters = clusters(trained, untrained)
        let labels = labels(trained, untrained)
        return (
            causal(trained) + rules + predictions(trained, untrained) + clusters + labels + hubs(trained, untrained)
                + communities(trained, untrained) + dynamism(trained, untrained), nil
        )
    }

    static let noControl = "no untrained control"

    // MARK: Rules

    private static func rules(_ trained: NetworkAnalysis, _ untrained: NetworkAnalysis?) -> [Finding] {
        let own = trained.units.flatMap { unit in unit.rules.rules.map { (unit: unit, rule: $0) } }
            .filter { claims($0.rule, untrained) }
        return own.sorted {
            ($0.rule.precision >= 0.9 ? 1 : 0, $0.rule.gain) > ($1.rule.precision >= 0.9 ? 1 : 0, $1.rule.gain)
        }.map { unit, rule in
            let verb = unit.rules.target == .fires ? "fires" : "is silent"
            return Finding(
                kind: .rule,
                sentence:
                    """
                    \(name(unit)) \(verb) after “\(rule.text)”: precision \(decimals(rule.precision)), recall \
                    \(decimals(rule.recall)), 
                    """
                        + "lift \(decimals(rule.lift)), n \(rule.support)",
                control: untrained.map {
                    """
                    best lift of an untrained rule with half its support \
                    \(decimals(bestLift($0, support: rule.support)))
                    """
                } ?? noControl)
        }
    }

    static func claims(_ rule: FiringRule, _ untrained: NetworkAnalysis?) -> Bool {
        rule.support >= leastSupport && isFinding(rule, untrained)
    }

    /// Whether the untrained network does not do as well: neither with the same pattern nor with any other of such a
    /// support.
    ///
    /// A rule about the present character alone is never a finding, since the gates of a random network follow
    /// arbitrary sets of characters; where such a set is a meaningful one, a label says so.
    static func isFinding(_ rule: FiringRule, _ untrained: NetworkAnalysis?) -> Bool {
        guard rule.pattern.elements.count > 1 else { return false }
        guard let untrained else { return true }
        if let gain = rule.untrainedGain, gain >= rule.gain { return false }
        return rule.lift > liftMargin * bestLift(untrained, support: rule.support)
    }

    /// The largest lift of a rule of the network that has at least half the support; 1 when there is none.
    static func bestLift(_ network: NetworkAnalysis, support: Int) -> Double {
        network.units.flatMap(\.rules.rules).filter { 2 * $0.support >= support }.map(\.lift).max() ?? 1
    }

    // MARK: Prediction

    /// Units whose firing tells about the next character what the present one does not; only for texts long enough.
    private static func predictions(_ trained: NetworkAnalysis, _ untrained: NetworkAnalysis?) -> [Finding] {
        let best = untrained?.units.map(\.information.next).max()
        let own = trained.units.filter {
            $0.information.isLongEnough && $0.information.predicts
                && $0.information.next > predictionMargin * max(0, best ?? 0)
        }
        return own.sorted { $0.information.next > $1.information.next }.map { unit in
            let information = unit.information
            return Finding(
                kind: .prediction,
                sentence:
                    """
                    \(name(unit)) predicts, not only echoes: its firing tells \(decimals(information.next)) bits \
                    per character about the next character beyond 
                    """
                        + "the present one (null \(decimals(information.nextNull.percentile95)))",
                control: best.map { "best of an untrained unit \(decimals($0))" } ?? noControl)
        }
    }

    // MARK: Labels and clusters

    private static func clusters(_ trained: NetworkAnalysis, _ untrained: NetworkAnalysis?) -> [Finding] {
        trained.clusters.clusters.compactMap { cluster in
            guard let label = cluster.label, cluster.stability >= leastStability, isFinding(label, untrained) else {
                return nil
            }
            let members = cluster.members.map { name(trained.units[$0]) }.joined(separator: ", ")
            return Finding(
                kind: .cluster,
                sentence:
                    """
                    \(members) form a cluster for “\(label.name)”: mean F1 \(decimals(label.f1)), stability \
                    \(decimals(cluster.stability))
                    """,
                control: control(label, untrained))
        }
    }

    private static func labels(_ trained: NetworkAnalysis, _ untrained: NetworkAnalysis?) -> [Finding] {
        trained.units.compactMap { unit in unit.label.map { (unit, $0) } }.filter { isFinding($0.1, untrained) }.sorted
        { $0.1.f1 > $1.1.f1 }.map { unit, label in
            Finding(
                kind: .label,
                sentence:
                    """
                    \(name(unit)) fires on “\(label.name)”: F1 \(decimals(label.f1)), null \
                    \(decimals(unit.categoryNull)), n \(label.support)
                    """,
                control: control(label, untrained))
        }
    }

    private static func control(_ label: CategoryScore, _ untrained: NetworkAnalysis?) -> String {
        untrained.map { "best F1 of an untrained unit \(decimals(bestF1($0, label.name)))" } ?? noControl
    }

    static func isFinding(_ label: CategoryScore, _ untrained: NetworkAnalysis?) -> Bool {
        untrained.map { label.f1 > bestF1($0, label.name) + labelMargin } ?? true
    }

    /// The largest F1 of any unit for a category.
    static func bestF1(_ network: NetworkAnalysis, _ category: String) -> Double {
        network.units.compactMap { unit in unit.categories.first { $0.name == category }?.f1 }.max() ?? 0
    }

    // MARK: Routing

    private static func hubs(_ trained: NetworkAnalysis, _ untrained: NetworkAnalysis?) -> [Finding] {
        trained.routing.flatMap { routing in
            routing.hubs.sorted { routing.listenedTo[$0].mean > routing.listenedTo[$1].mean }.compactMap {
                hub -> Finding? in
                let score = routing.listenedTo[hub]
                let other = untrained.map { $0.routing[routing.round].listenedTo.map(\.mean).max() ?? 0 }
                guard score.mean > (other ?? 0) else { return nil }
                return Finding(
                    kind: .hub,
                    sentence:
                        """
                        neuron \(hub) is a hub of round \(routing.round + 1): listened to \(decimals(score.mean)) \
                        times the mean 
                        """
                            + "(95 % \(decimals(score.low))…\(decimals(score.high)))",
                    control: other.map { "largest in the untrained network \(decimals($0))" } ?? noControl)
            }
        }
    }

    private static func communities(_ trained: NetworkAnalysis, _ untrained: NetworkAnalysis?) -> [Finding] {
        trained.routing.compactMap { routing in
            let found = routing.communities
            let other = untrained.map { $0.routing[routing.round].communities }
            guard found.isFound, found.zScore > (other?.zScore ?? -.infinity) else { return nil }
            return Finding(
                kind: .communities,
                sentence:
                    """
                    \(found.count) communities in the flow of round \(routing.round + 1): modularity \
                    \(decimals(found.modularity)), 
                    """
                        + "\(decimals(found.zScore)) deviations above \(found.shuffles) shuffles",
                control: other.map { "\(decimals($0.zScore)) deviations in the untrained network" } ?? noControl)
        }
    }

    // MARK: Words

    /// As everywhere on screen, neurons count from 0 and rounds from 1.
    static func name(_ unit: NeuronAnalysis) -> String { "neuron \(unit.neuron) (round \(unit.round + 1))" }

    /// Two decimals, three significant digits below 0.1.
    static func decimals(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "–" }
        let places = abs(value) >= 0.1 || value == 0 ? 2 : 3
        let scale = pow(10, Double(places))
        let number = (abs(value) * scale).rounded()
        let whole = Int(number / scale)
        let part = String(Int(number) % Int(scale))
        return (value < 0 && number > 0 ? "-" : "") + "\(whole)." + String(repeating: "0", count: places - part.count)
            + part
    }
}
