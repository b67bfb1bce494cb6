import INNCore
import func Foundation.pow

/// Decides which measures of a trained network the report may call findings.
///
/// A finding beats chance (firing shifted along the text) and untrained networks whose gates fire as often: gates of a
/// random network already follow the present character, so whatever such a network does as well is no result of
/// learning. With the light red nothing is claimed.
enum Findings {
    /// How much a label's F1 has to exceed the best of the untrained units for the same category.
    static let labelMargin = 0.15
    /// How many times the untrained units' best lift a rule has to reach, among rules with at least half its
    /// support.
    static let liftMargin = 1.5
    /// How many times the untrained units' best information about the next character a unit has to reach.
    static let predictionMargin = 1.5
    static let leastStability = 0.75
    /// Rules on fewer characters are not claimed.
    static let leastSupport = 200

    static func judge(
        _ trained: NetworkAnalysis, control: UntrainedControl?
    ) -> (findings: [Finding], withheld: String?) {
        guard trained.light != .red else {
            return (
                [],
                """
                The degeneracy light is red: the network is \
                \(trained.neurons == 1 ? "one neuron" : "\(trained.neurons) copies of one neuron"). Nothing is claimed \
                of it.
                """
            )
        }
        guard let control else {
            return (
                [], "Nothing is called a finding: no untrained networks were measured to compare with (--no-control)."
            )
        }
        let rules = rules(trained, control)
        let clusters = clusters(trained, control)
        let labels = labels(trained, control)
        return (
            (trained.causal?.tuning.map(causal) ?? []) + rules + predictions(trained, control) + clusters + labels
                + hubs(trained, control)
                + communities(trained, control) + dynamism(trained, control), nil
        )
    }

    static let noControl = "no untrained control"

    // MARK: Rules

    private static func rules(_ trained: NetworkAnalysis, _ control: UntrainedControl) -> [Finding] {
        let own = trained.units.enumerated().flatMap { index, unit in
            unit.rules.rules.enumerated().map { (unit: unit, rule: $1, control: control.units[index].rules[$0]) }
        }.filter { claims($0.rule, $0.control) }
        let sorted = own.sorted { $0.rule.gain > $1.rule.gain }
        func isPrecise(_ rule: FiringRule) -> Bool { rule.precision >= RuleLearner.wantedPrecision }
        let inOrder = sorted.filter { isPrecise($0.rule) } + sorted.filter { !isPrecise($0.rule) }
        return inOrder.map { unit, rule, other in
            let verb = unit.rules.target == .fires ? "fires" : "is silent"
            return Finding(
                kind: .rule,
                sentence:
                    """
                    \(name(unit)) \(verb) after “\(rule.text)”: precision \(decimals(rule.precision)), recall \
                    \(decimals(rule.recall)), 
                    """
                        + "lift \(decimals(rule.lift)), n \(rule.support)",
                control: """
                    \(control.subject): best lift of any pattern with half its support \(decimals(other.lift ?? 1)), \
                    gain of this pattern \(decimals(other.gain)) against \(decimals(rule.gain)) bits
                    """)
        }
    }

    /// Whether no untrained unit does as well: neither with the same pattern nor with any other of such a support.
    static func claims(_ rule: FiringRule, _ control: UntrainedControl.Rule?) -> Bool {
        guard isWorthComparing(rule) else { return false }
        guard let control else { return false }
        return rule.gain > control.gain && rule.lift > liftMargin * (control.lift ?? 1)
    }

    /// A rule about the present character alone is never a finding, since the gates of a random network follow
    /// arbitrary sets of characters; where such a set is a meaningful one, a label says so.
    static func isWorthComparing(_ rule: FiringRule) -> Bool {
        rule.support >= leastSupport && rule.pattern.elements.count > 1
    }

    // MARK: Prediction

    /// Units whose firing tells about the next character what the present one does not; only for texts long enough.
    private static func predictions(_ trained: NetworkAnalysis, _ control: UntrainedControl) -> [Finding] {
        let all = trained.units.indices.map { (unit: trained.units[$0], best: control.units[$0].next) }
        let own = all.filter {
            let information = $0.unit.information
            return information.isLongEnough && information.predicts
                && information.next > predictionMargin * max(0, $0.best ?? 0)
        }
        let sorted = own.sorted { $0.unit.information.next > $1.unit.information.next }
        return sorted.map { unit, best -> Finding in
            let information = unit.information
            return Finding(
                kind: .prediction,
                sentence:
                    """
                    \(name(unit)) predicts, not only echoes: its firing tells \(decimals(information.next)) bits \
                    per character about the next character beyond 
                    """
                        + "the present one (null \(decimals(information.nextNull.percentile95)))",
                control: words(control, "best", best))
        }
    }

    // MARK: Labels and clusters

    private static func clusters(_ trained: NetworkAnalysis, _ control: UntrainedControl) -> [Finding] {
        trained.clusters.clusters.enumerated().compactMap { index, cluster in
            let best = control.clusters[index]
            guard let label = cluster.label, cluster.stability >= leastStability, isFinding(label, best) else {
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
                control: words(control, "mean of the best F1", best))
        }
    }

    private static func labels(_ trained: NetworkAnalysis, _ control: UntrainedControl) -> [Finding] {
        trained.units.enumerated().compactMap { index, unit in
            unit.label.map { (unit: unit, label: $0, best: control.units[index].f1) }
        }.filter { isFinding($0.label, $0.best) }.sorted { $0.label.f1 > $1.label.f1 }.map { unit, label, best in
            Finding(
                kind: .label,
                sentence:
                    """
                    \(name(unit)) fires on “\(label.name)”: F1 \(decimals(label.f1)), null \
                    \(decimals(unit.categoryNull)), n \(label.support)
                    """,
                control: words(control, "best F1", best))
        }
    }

    private static func words(_ control: UntrainedControl, _ figure: String, _ value: Double?) -> String {
        value.map { "\(figure) of \(control.subject) \(decimals($0))" } ?? noControl
    }

    /// - Parameter best: F1 of the untrained units for the same category.
    static func isFinding(_ label: CategoryScore, _ best: Double?) -> Bool {
        best.map { label.f1 > $0 + labelMargin } ?? true
    }

    // MARK: Routing

    private static func hubs(_ trained: NetworkAnalysis, _ control: UntrainedControl) -> [Finding] {
        trained.routing.flatMap { routing in
            routing.hubs.sorted { routing.listenedTo[$0].mean > routing.listenedTo[$1].mean }.compactMap {
                hub -> Finding? in
                let score = routing.listenedTo[hub]
                let other = control.rounds[routing.round].listenedTo
                guard score.mean > other else { return nil }
                return Finding(
                    kind: .hub,
                    sentence:
                        """
                        neuron \(hub) is a hub of round \(routing.round + 1): listened to \(decimals(score.mean)) \
                        times the mean 
                        """
                            + "(95 % \(decimals(score.low))…\(decimals(score.high)))",
                    control: "largest in \(control.networks) \(decimals(other))")
            }
        }
    }

    private static func communities(_ trained: NetworkAnalysis, _ control: UntrainedControl) -> [Finding] {
        trained.routing.compactMap { routing in
            let found = routing.communities
            let other = control.rounds[routing.round].communities
            guard found.isFound, found.zScore > other else { return nil }
            return Finding(
                kind: .communities,
                sentence:
                    """
                    \(found.count) communities in the flow of round \(routing.round + 1): modularity \
                    \(decimals(found.modularity)), 
                    """
                        + "\(decimals(found.zScore)) deviations above \(found.shuffles) shuffles",
                control: "at most \(decimals(other)) deviations in \(control.networks)")
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
