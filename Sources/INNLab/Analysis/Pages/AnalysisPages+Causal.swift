import INNKit

extension AnalysisPages {
    /// Every neuron in one line.
    static func cast(_ report: AnalysisReport) -> [PageBlock] {
        guard report.trained.light != .red else { return [] }
        return [
            .heading("The neurons"),
            .list(report.cast.map { "neuron \($0.neuron): \(report.subject.lossUnit.worded($0.sentence))" }),
        ]
    }

    /// What the neurons are for.
    static func causal(_ report: AnalysisReport) -> [PageBlock] {
        guard let tuning = report.trained.causal?.tuning, report.trained.light != .red else { return [] }
        let columns = CausalText.columns(tuning)
        func cell(_ value: Interval?) -> String {
            value.map { "\(CausalText.short($0.mean)) [\($0.bounds(shown: CausalText.short))]" }
                ?? "–"
        }
        let rows = tuning.neurons.map { neuron in
            [
                "\(neuron.neuron)", CausalText.label(neuron.label, tuning),
                neuron.specialisation.map(CausalText.share) ?? "–",
            ]
                + columns.map { cell(neuron.costs[$0]) }
        }
        let header =
            ["neuron", "for", "specialisation"]
            + columns.map { "\(tuning.categories[$0].name), n \(tuning.counts[$0].grouped)" }
        return [
            .heading("What they are for"), .picture(CausalPictures.tuning(tuning)),
            .list(CausalText.summary(tuning).map { $0.trimmingPrefix("  ").description }),
            .picture(CausalPictures.shares(tuning)), .table(header: header, rows: rows, numbers: 2),
        ] + worth(report.trained.causal?.routing ?? [], report.subject.lossUnit)
    }

    private static func worth(_ routing: [RoutingWorth], _ unit: TextUnit) -> [PageBlock] {
        guard !routing.isEmpty else { return [] }
        let rows = routing.map { item in
            [
                item.change.rawValue, cell(item.deltaBPC),
                item.trained.map { "\(signed($0.deltaBPC)) (\($0.runs.joined(separator: ", ")))" }
                    ?? "no such run here",
            ]
        }
        func cell(_ value: Interval) -> String { "\(signed(value.mean)) [\(value.bounds(shown: signed))]" }
        return [
            .heading("What communication is worth"),
            .paragraph(
                """
                \(unit.worded("ΔBPC")) when the routing of this network is changed, and of networks that were trained \
                that way. The two are different things: a trained network relies on what it was trained with.
                """),
            .table(header: ["routing", "this network, changed", "trained that way"], rows: rows, numbers: 1),
        ]
    }
}
