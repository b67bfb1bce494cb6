import Foundation
import INNKit

/// An analysis for people, on a terminal.
package struct AnalysisText {
    private let report: AnalysisReport
    private var trained: NetworkAnalysis { report.trained }
    private var unit: TextUnit { report.subject.lossUnit }

    package init(_ report: AnalysisReport) { self.report = report }

    package var text: String {
        var lines = AnalysisWords.head(report)
        lines +=
            ["", "THE NEURONS"] + AnalysisWords.cast(report) + ["", "FINDINGS"] + findings + [
                "", "UNITS  (a unit is the gate of a neuron in one round)",
            ] + units
        for routing in trained.routing { lines += ["", "ROUTING, ROUND \(routing.round + 1)"] + self.routing(routing) }
        if let causal = trained.causal {
            if let tuning = causal.tuning, trained.light != .red {
                lines += ["", "WHAT THEY ARE FOR"] + CausalText(tuning, causal.neurons).lines
            }
            lines += ["", "WHAT THEY ARE WORTH"] + self.causal(causal)
            if !causal.routing.isEmpty { lines += [""] + RoutingWorthText.lines(causal.routing, unit) }
        }
        if let memory = trained.memory {
            lines += ["", "MEMORY"] + AnalysisWords.memory(memory, report.untrained?.memory)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var findings: [String] {
        if let withheld = report.withheld { return ["  " + withheld] }
        let control = AnalysisWords.control(report).map { ["  \($0)"] } ?? []
        guard !report.findings.isEmpty else {
            return ["  None: nothing beats both chance and untrained networks."] + control
        }
        return control
            + Finding.Kind.allCases.flatMap { kind -> [String] in
                let own = report.findings.filter { $0.kind == kind }
                let more =
                    own.count > 8 ? ["  … \(own.count - 8) more \(kind.name) findings; --json has them all."] : []
                return own.prefix(8).map { "  \($0.sentence)   [\($0.control)]" } + more
            }
    }

    private var units: [String] {
        let figures = ["rate", "sparse", "I now", "null", "I next", "null"].map { $0.aligned(8) }.joined()
        var lines = ["  neuron  round \(figures)  cluster  label (F1, null)        rule on unseen text"]
        lines += trained.units.map(line)
        lines.append(
            """
              I now, I next: \(unit.bits) about the present character, and about the next beyond the \
            present; null: 95 % of shifted firing.
            """
        )
        if trained.units.first?.information.isLongEnough == false {
            lines.append("  Fewer than 50,000 characters: read the information beside its null only.")
        }
        return lines
    }

    private func line(_ unit: NeuronAnalysis) -> String {
        let i = unit.information
        let label = unit.label.map { "\($0.name) (\(two($0.f1)), \(two(unit.categoryNull)))" } ?? "unlabelled"
        let figures: [String] = [
            two(unit.firing.rate), two(unit.firing.sparseness), three(i.present), three(i.presentNull.percentile95),
            three(i.next), three(i.nextNull.percentile95),
        ]
        let cluster = unit.cluster.map { "\($0 + 1)" } ?? "·"
        let place = "  \(String(unit.neuron).padded(8))\(String(unit.round + 1).padded(6))"
        return place + figures.map { $0.aligned(8) }.joined() + "  " + cluster.padded(9) + label.padded(22) + "  "
            + AnalysisWords.rule(unit)
    }

    private func routing(_ routing: RoutingAnalysis) -> [String] {
        let other = report.untrained?.routing[routing.round]
        func mean(_ values: [Float]) -> Double { values.reduce(0.0) { $0 + Double($1) } / Double(max(1, values.count)) }
        func beside(_ value: (RoutingAnalysis) -> Double) -> String {
            "\(three(value(routing)))" + (other.map { " (untrained \(three(value($0))))" } ?? "")
        }
        let loudest = routing.listenedTo.indices.sorted { routing.listenedTo[$0].mean > routing.listenedTo[$1].mean }
            .prefix(3).map { neuron in
                let k = routing.listenedTo[neuron]
                return "neuron \(neuron) \(two(k.mean)) [\(k.bounds(shown: two))]"
            }
        return [
            """
              mean rows: entropy \(beside { mean($0.entropy) }), effective degree \
            \(beside { mean($0.effectiveDegree) })
            """,
            """
              at a character: entropy \(beside { mean($0.characterEntropy ?? []) }), effective degree \
            \(beside { mean($0.characterDegree ?? []) }); dynamism \(beside { mean($0.dynamism) }) nats
            """,
            """
              listened to most (mean 1): \(loudest.joined(separator: ", ")); \
            \(routing.hubs.isEmpty ? "no hub" : "hubs: " + routing.hubs.map(String.init).joined(separator: ", "))
            """,
            "  communities: \(AnalysisWords.communities(routing.communities))"
                + (other.map { "; untrained: \(AnalysisWords.communities($0.communities))" } ?? ""),
            """
              states after it: D \(beside { Double($0.diversity) }), effective neurons \
            \(beside { Double($0.effectiveNeurons) })
            """,
        ]
    }

    private func causal(_ causal: CausalAnalysis) -> [String] {
        func range(_ value: Interval) -> String {
            "\(four(value.mean)) [\(value.bounds(shown: four))]".padded(28)
        }
        let edges = causal.edges.map { edge -> String in
            let name = "  cut \(edge.listener)→\(edge.speaker)".padded(18)
            return name + range(edge.divergence)
                + "estimated \(four(edge.estimate))   \(unit.worded("ΔBPC")) \(signed(edge.deltaBPC.mean))"
        }
        let neurons = causal.neurons.map { neuron -> String in
            let name = "  remove \(neuron.neuron)".padded(18)
            let delta = neuron.deltaBPC
            let cost = "\(unit.worded("ΔBPC")) \(signed(delta.mean)) [\(delta.bounds(shown: signed))]   "
            return name + range(neuron.divergence) + cost + AnalysisWords.logits(neuron, trained.symbols)
        }
        return [
            "  KL in \(unit.bits) [95 %] over \(causal.characters) characters, all rounds; a→b: a listens to b."
        ] + neurons + edges + [
            """
              Rank correlations over edges: weight with flow \(two(causal.weightFlow)), weight with causal \
            \(two(causal.weightCausal)), flow with causal 
            """
                + """
                \(two(causal.flowCausal)); estimate with measurement \(two(causal.estimateMeasured)) \
                (\(causal.edges.count) edges).
                """
        ]
    }
}

/// Everything about one neuron, in all rounds.
package struct NeuronText {
    private let report: AnalysisReport
    private let neuron: Int

    package init(_ report: AnalysisReport, neuron: Int) { (self.report, self.neuron) = (report, neuron) }

    package var text: String {
        let lossUnit = report.subject.lossUnit
        var lines = AnalysisWords.head(report)
        for round in 0..<report.trained.rounds {
            lines += [""] + unit(report.trained.unit(round: round, neuron: neuron))
        }
        if let causal = report.trained.causal?.neurons.first(where: { $0.neuron == neuron }) {
            lines += [
                "", "REMOVED FROM ALL ROUNDS", "  " + role,
                """
                  KL \(four(causal.divergence.mean)) \(lossUnit.bits) [\(causal.divergence.bounds(shown: four))], \
                \(lossUnit.worded("ΔBPC")) \(signed(causal.deltaBPC.mean))
                """,
                "  " + AnalysisWords.logits(causal, report.trained.symbols, count: 6),
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What the neuron is for.
    private var role: String {
        if report.trained.light == .red { return "a copy like all others" }
        guard let tuning = report.trained.causal?.tuning else { return "what it is for was not measured" }
        return CausalText.label(tuning.neuron(neuron)?.label, tuning)
    }

    private func unit(_ unit: NeuronAnalysis) -> [String] {
        let f = unit.firing
        let i = unit.information
        let firing =
            """
            fires at \(two(f.rate)) of the characters, mean gate \(two(f.mean)), sparseness \(two(f.sparseness)), \
            saturated \(two(f.saturated))
            """
        let present =
            """
            tells \(three(i.present)) bits about the present character (null 95 % \
            \(three(i.presentNull.percentile95)))
            """
        let next = "\(three(i.next)) about the next beyond it (null \(three(i.nextNull.percentile95)))"
        let categories: [String] = unit.categories.prefix(4).map { "\($0.name) F1 \(two($0.f1))" }
        let label = unit.label.map { "labelled \($0.name)" } ?? "unlabelled"
        var lines = [
            "NEURON \(neuron), ROUND \(unit.round + 1)", "  \(firing)", "  \(present), \(next)",
            "  \(label); best categories: \(categories.joined(separator: ", ")) (null \(two(unit.categoryNull)))",
        ]
        if report.withheld == nil {
            let rules: [String] = unit.rules.rules.map { "  \(AnalysisWords.rule($0, unit.rules.target))" }
            lines += rules.isEmpty ? ["  no rule beats chance"] : rules
        }
        for (title, contexts) in [
            ("top", unit.contexts.top), ("random", unit.contexts.random), ("bottom", unit.contexts.bottom),
        ] {
            for context in contexts {
                lines.append("  \(title.padded(8))\(context.text.joined())  \(two(Double(context.gates.last ?? 0)))")
            }
        }
        return lines
    }
}

/// Phrases that the terminal and the pages share.
enum AnalysisWords {
    static func head(_ report: AnalysisReport) -> [String] {
        let subject = report.subject
        let trained = report.trained
        return [
            """
            \(subject.network), step \(subject.step), \(subject.parameters.grouped) parameters: \(trained.neurons) \
            neurons × \(trained.rounds) rounds
            """,
            """
            \(subject.corpus), \(subject.split) \
            split\(subject.isHeldOut ? " (not trained on)" : ", trained on at least in part"): \
            \(trained.characters.grouped) characters in \(trained.streams) streams, memory carried
            """
                + (trained.bitsPerCharacter.map { ", \(three($0)) \(subject.lossUnit.worded("BPC"))" } ?? ""),
            "light: \(light(trained))"
                + (report.untrained == nil
                    ? "; no untrained control was measured"
                    : "; [ ] beside a finding: untrained copies over the same text"),
        ]
    }

    static func cast(_ report: AnalysisReport) -> [String] {
        if report.trained.neurons == 1 { return ["  one neuron only: no cast."] }
        if report.trained.light == .red { return ["  \(report.trained.neurons) copies of one neuron: no cast."] }
        return report.cast.map {
            "  \(String($0.neuron).padded(4))\(report.subject.lossUnit.worded($0.sentence))"
        }
    }

    /// What the rate-matched control is, and what it refuses; nil without one.
    static func control(_ report: AnalysisReport) -> String? {
        report.control.flatMap { control in
            guard control.isRateMatched else { return nil }
            let uncut = control.uncutFindings.map { "\($0) findings beside one untrained network as it is, " } ?? ""
            return """
                \(uncut)\(report.findings.count) beside \(control.candidates) units of \(control.networks); what \
                firing tells is compared with gates that are cut where they fire as often.
                """
        }
    }

    /// The colour of the light with what it means.
    static func light(_ network: NetworkAnalysis) -> String {
        let variety = RoutingVariety(network.snapshot)
        let words =
            switch network.light {
            case .red where network.neurons == 1: "one neuron only"
            case .red: "copies of one neuron"
            case .amber where variety.dynamism == nil: "routing is uniform on average"
            case .amber: "routing is nearly uniform at every character"
            case .green where variety.isUniformOnAverage: "routing is uniform on average, differs per character"
            case .green: "neurons differ"
            }
        return "\(network.light.rawValue), \(words)"
    }

    static func rule(_ unit: NeuronAnalysis) -> String {
        unit.rules.rules.first.map { rule($0, unit.rules.target) }
            ?? (unit.isDead ? "never fires" : unit.firing.rate == 1 ? "always fires" : "no rule beats chance")
    }

    static func rule(_ rule: FiringRule, _ target: RuleList.Target) -> String {
        """
        \(target == .fires ? "fires" : "silent") after \"\(rule.text)\"  P \(two(rule.precision)) R \
        \(two(rule.recall)) lift \(two(rule.lift)) n \(rule.support)
        """
    }

    static func communities(_ found: CommunityAnalysis) -> String {
        found.isFound
            ? "\(found.count) (Q \(three(found.modularity)), z \(two(found.zScore)))" : "none (z \(two(found.zScore)))"
    }

    static func memory(_ memory: MemoryAnalysis, _ untrained: MemoryAnalysis?) -> [String] {
        func horizon(_ value: Int?) -> String {
            value.map { "\($0) characters" } ?? "more than \(memory.points.count) characters"
        }
        let shown = [0, 1, 2, 4, 8, 16, 32, 64].filter { $0 < memory.points.count }.map {
            "\($0): \(four(memory.points[$0].replaced.mean))"
        }
        let reset = [0, 1, 2, 4, 8, 16, 32, 64].filter { $0 < memory.points.count }.map {
            "\($0): \(four(memory.points[$0].reset.mean))"
        }
        return [
            """
              KL in bits, k characters after a character was replaced (mean over \(memory.places) places):  \
            \(shown.joined(separator: "  "))
            """,
            "  the same after all memory was emptied:  \(reset.joined(separator: "  "))",
            """
              below 1 % of its largest from \(horizon(memory.horizon)) on; after emptying, \
            \(horizon(memory.resetHorizon))
            """
                + (untrained.map { "; untrained \(horizon($0.horizon))" } ?? ""),
        ]
    }

    /// Which next characters' scores rise and fall most when the neuron is removed.
    static func logits(_ neuron: CausalAnalysis.Neuron, _ symbols: [String], count: Int = 2) -> String {
        let order = neuron.logitEffect.indices.sorted { neuron.logitEffect[$0] > neuron.logitEffect[$1] }
        func shown(_ ids: some Sequence<Int>) -> String {
            ids.map { "\(symbols[$0]) \(String(format: "%+.3f", neuron.logitEffect[$0]))" }.joined(separator: " ")
        }
        return "without it logits rise: \(shown(order.prefix(count))); fall: \(shown(order.suffix(count).reversed()))"
    }
}
