import INNKit

/// The numbers of panes that can be compared, screen by screen.
enum ScreenNumbers {
    /// Who listens to whom: listeners down, speakers across.
    static func routing(_ run: RunState, _ view: RoutingView) -> PaneNumbers? {
        guard let figure = RoutingFigure(run, view) else { return nil }
        let matrix = figure.matrix
        let quantity =
            switch matrix.measure {
            case .routing: "mean weight a"
            case .character: "weight a"
            case .flow: "flow"
            case .causal: "causal effect, bits per character"
            }
        let names = figure.order.map(String.init)
        return PaneNumbers(quantity, rows: names, columns: names, joint: " hears ") { row, column in
            let (listener, speaker) = (figure.order[row], figure.order[column])
            return matrix.isAbsent(listener, speaker) ? .nan : matrix.values[listener * matrix.neurons + speaker]
        }
    }

    /// How often each neuron fires in the round on display.
    static func rates(_ run: RunState) -> PaneNumbers? {
        guard let s = run.probe?.snapshot else { return nil }
        let from = run.shownRound * s.neurons
        return PaneNumbers(
            "share of characters at which it fires", rows: (0..<s.neurons).map(String.init), columns: ["fires"]
        ) { neuron, _ in s.firingRate[from + neuron] }
    }

    /// The mean gate of each neuron at each character.
    static func tuning(_ run: RunState, _ order: ClustersView.Order) -> PaneNumbers? {
        guard let figure = TuningFigure(run, order) else { return nil }
        let names = figure.symbols.map { TuningFigure.name(figure.entry.snapshot.symbols[$0]) }
        return PaneNumbers("mean gate", rows: names, columns: figure.order.map(String.init), joint: ": neuron ") {
            figure.value(figure.symbols[$0], figure.order[$1])
        }
    }

    /// One neuron: its mean gate at each character, or what losing it costs when each comes next.
    static func neuron(_ run: RunState, _ page: NeuronsView.Page) -> PaneNumbers? {
        if let insight = run.insight, page == .worth || page == .effect, let costs = costs(insight, run, page) {
            return costs
        }
        guard let s = run.probe?.snapshot else { return nil }
        let neuron = min(run.selection.neuron, s.neurons - 1)
        let symbols = s.symbols.indices.filter { s.symbolCounts[$0] > 0 }
        return PaneNumbers(
            "mean gate", rows: symbols.map { TuningFigure.name(s.symbols[$0]) }, columns: ["gate"]
        ) { row, _ in s.tuning[(run.shownRound * s.symbols.count + symbols[row]) * s.neurons + neuron] }
    }

    private static func costs(_ insight: Insight, _ run: RunState, _ page: NeuronsView.Page) -> PaneNumbers? {
        let neuron = min(run.selection.neuron, insight.network.neurons - 1)
        guard let lesion = insight.lesions[neuron] else { return nil }
        let names = insight.network.symbols.map(TuningFigure.name)
        if page == .effect {
            return PaneNumbers("change of score without it, nats", rows: names, columns: ["score"]) { row, _ in
                lesion.logitEffect[row]
            }
        }
        guard let own = insight.tuning(of: neuron)?.neuron(neuron) else { return nil }
        return PaneNumbers("bits lost without it", rows: names, columns: ["bits"]) { row, _ in
            own.costs[row].map { Float($0.mean) } ?? .nan
        }
    }

    /// What the network expects next.
    static func nextCharacters(_ run: RunState) -> PaneNumbers? {
        guard let frame = run.generation else { return nil }
        return PaneNumbers("probability of the next character", rows: frame.symbols, columns: ["p"]) { row, _ in
            frame.probabilities[row]
        }
    }

    /// Gates at this character, rounds across.
    static func momentGates(_ run: RunState) -> PaneNumbers? {
        guard let frame = run.generation, let current = frame.current else { return nil }
        return PaneNumbers(
            "gate at this character", rows: (0..<frame.neurons).map(String.init),
            columns: (0..<frame.rounds).map { "round \($0 + 1)" }
        ) { neuron, round in frame.text[current].gates[round * frame.neurons + neuron] }
    }

    /// Who hears whom at this character.
    static func momentRouting(_ run: RunState) -> PaneNumbers? {
        guard let frame = run.generation,
            let weights = frame.weights(round: run.generationRound, head: run.selection.head)
        else { return nil }
        let names = (0..<frame.neurons).map(String.init)
        return PaneNumbers("weight a at this character", rows: names, columns: names, joint: " hears ") { row, column in
            row == column && weights[row * frame.neurons + column] == 0 ? .nan : weights[row * frame.neurons + column]
        }
    }
}
