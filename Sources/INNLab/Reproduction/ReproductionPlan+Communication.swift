/// When communication matters: gates that are rarely open, and routing of every kind, from the start.
extension ReproductionPlan {
    private typealias Variant = (name: String, label: String, options: [String])

    var communication: [PlannedRow] {
        let scale = scale.communication
        let sizes = scale.routing + scale.gates.filter { gated in !scale.routing.contains { $0.name == gated.name } }
        return rows(scale.recall, .recall, listening, reference: "uniform", corpus: "recall")
            + sizes.flatMap { size -> [PlannedRow] in
                let listens = scale.routing.contains { $0.name == size.name }
                let isGated = scale.gates.contains { $0.name == size.name }
                return (listens ? rows(size, .routing, routings, reference: "uniform") : [])
                    + (isGated ? rows(size, .gates, gates, reference: "soft") : [])
            }
    }

    private var routings: [Variant] {
        [
            ("uniform", "uniform", ["--routing", "uniform"]),
            ("learned", "learned", []),
            ("learned-near-uniform", "learned, scores near uniform at the start", ["--score-scale", "0.1"]),
            ("learned-identity", "learned, with identities", ["--scores", "identity"]),
            ("learned-qk-norm", "learned, normalised", ["--scores", "qk-norm"]),
            ("learned-own", "learned, own maps", ["--scores", "own"]),
            ("learned-identity-qk-norm", "learned, identities, normalised", ["--scores", "identity", "qk-norm"]),
            ("static", "static", ["--routing", "static"]),
            ("off", "off", ["--routing", "off"]),
        ]
    }

    /// Where one must listen: whom to hear is what there is to learn.
    private var listening: [Variant] {
        routings.filter { $0.name != "learned-identity-qk-norm" }
    }

    private var gates: [Variant] {
        let held = scale.communication.targets.map { target -> Variant in
            let rate = PlannedRun.short(target)
            return ("hard-\(rate)", "hard, held at \(rate)", ["--gate", "hard", "--gate-target", rate])
        }
        let skipping = scale.communication.targets.filter { $0 <= 0.1 }.map { target -> Variant in
            let rate = PlannedRun.short(target)
            return (
                "hard-\(rate)-skip", "hard, held at \(rate), silent neurons not run",
                ["--gate", "hard", "--gate-target", rate, "--skip-silent"]
            )
        }
        return [("soft", "soft", []), ("hard", "hard", ["--gate", "hard"])] + held + skipping
    }

    private func rows(
        _ size: CommunicationScale.Size, _ kind: ComparisonGroup.Kind, _ variants: [Variant], reference: String,
        corpus: String? = nil
    ) -> [PlannedRow] {
        // With roles that do not overlap nothing that is received is ever read without messages.
        variants.filter { $0.name != "off" || !size.options.contains("--inputs") }.map { variant in
            // What is learned with soft gates belongs to both comparisons of a size.
            let model = "\(size.name)-\(variant.name == "soft" ? "learned" : variant.name)"
            let runs = (1...max(1, scale.seeds)).map {
                run(
                    model, size.options + variant.options, size.learningRate,
                    steps: kind == .recall ? scale.communication.recallSteps : scale.communication.steps,
                    seed: $0, corpus: corpus)
            }
            return PlannedRow(
                table: .communication, model: model, label: variant.label,
                group: ComparisonGroup(kind: kind, size: size.label), isReference: variant.name == reference,
                runs: runs)
        }
    }
}
