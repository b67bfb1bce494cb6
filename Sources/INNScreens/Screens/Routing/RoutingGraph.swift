import INNKit

/// Neurons as discs - size how often they fire, colour their group - and a few of the edges between them: those of the
/// neuron under the cursor, else this character's flow, else what every neuron hears most.
struct RoutingGraph {
    struct Edge {
        var listener: Int, speaker: Int, value: Float
    }

    /// Which edges are drawn.
    enum Selection: Equatable {
        /// All that this neuron hears, and by which it is heard, the strongest first.
        case neuron(Int)
        /// What passes between neurons at this character: weight × gate of the speaker.
        case moment(character: String)
        /// The strongest edge by which each neuron hears.
        case strongest
    }

    let neurons: Int
    /// Neurons in the order in which the cursor goes through them.
    let order: [Int]
    let layout: RoutingGraphLayout
    let selection: Selection
    /// Weakest first, so that the strongest are drawn last.
    let edges: [Edge]
    /// All edges that could have been drawn.
    let allEdges: Int
    /// Group of each neuron by its tuning; nil where no groups are claimed.
    let groups: [Int]?
    /// How often each neuron fires, 0…1; in a moment its gate.
    let sizes: [Float]
    let hubs: Set<Int>
    let measure: RoutingView.Measure

    /// Of one neuron no more than these are drawn in each direction.
    static let mostOfOne = 6

    init?(_ state: ScreenContext<RoutingView>) {
        guard let figure = RoutingFigure(state.run, state.view), let entry = state.run.probe,
            let ordering = state.run.orderProbe
        else { return nil }
        let matrix = figure.matrix
        let n = matrix.neurons
        let round = state.run.shownRound
        neurons = n
        measure = matrix.measure
        groups = ordering.light == .red ? nil : ordering.clusterings[round].labels
        layout = RoutingGraphLayout(
            ordering.light == .red ? figure.order : ordering.clusterings[round].order, roles: state.run.roles)
        order = layout.order
        hubs = state.insight.map { Set($0.network.routing[min(round, $0.network.rounds - 1)].hubs) } ?? []
        let moment = Self.moment(state, neurons: n)
        var values = matrix.values
        if state.view.hasCursor {
            selection = .neuron(min(state.view.listener, n - 1))
        } else if let moment {
            selection = .moment(character: moment.character)
            values = moment.flow
        } else {
            selection = .strongest
        }
        if let moment, !state.view.hasCursor {
            sizes = moment.gates
        } else {
            sizes = Array(entry.snapshot.firingRate[round * n..<(round + 1) * n])
        }
        let all = (0..<(n * n)).filter {
            !matrix.isAbsent($0 / n, $0 % n) && $0 / n != $0 % n && values[$0].isFinite && values[$0] > 0
        }.sorted { (values[$0], $1) > (values[$1], $0) }
        allEdges = all.count
        edges = Self.chosen(all, selection, n).reversed().map {
            Edge(listener: $0 / n, speaker: $0 % n, value: values[$0])
        }
    }

    /// The edges to draw of all, both strongest first.
    private static func chosen(_ all: [Int], _ selection: Selection, _ n: Int) -> [Int] {
        switch selection {
        case .neuron(let neuron):
            let heard = all.filter { $0 / n == neuron }.prefix(mostOfOne)
            let hearing = all.filter { $0 % n == neuron }.prefix(mostOfOne)
            return all.filter { heard.contains($0) || hearing.contains($0) }
        case .moment: return Array(all.prefix(min(n, 24)))
        case .strongest:
            var seen: Set<Int> = []
            return all.filter { seen.insert($0 / n).inserted }
        }
    }

    /// What passes between the neurons of the network that generates, in the round on display.
    private static func moment(
        _ state: ScreenContext<RoutingView>, neurons n: Int
    ) -> (flow: [Float], gates: [Float], character: String)? {
        guard let frame = state.generation, frame.neurons == n, let current = frame.current,
            state.measure == .character, state.run.shownRound < frame.rounds,
            let weights = frame.weights(round: state.run.shownRound, head: state.run.selection.head)
        else { return nil }
        let from = state.run.shownRound * n
        let gates = Array(frame.text[current].gates[from..<from + n])
        let flow = weights.indices.map { weights[$0] * gates[$0 % n] }
        return (flow, gates, TuningFigure.name(frame.symbols[frame.text[current].symbol]))
    }

    func group(_ neuron: Int) -> Int? { groups?[neuron] }

    /// The neuron whose edges are drawn; nil when they are not one neuron's.
    var selected: Int? { if case .neuron(let neuron) = selection { neuron } else { nil } }

    /// 0…1 of the strongest edge on display.
    func strength(_ edge: Edge) -> Double {
        let most = Double(edges.last?.value ?? 0)
        return most > 0 ? Double(edge.value) / most : 0
    }

    /// What is drawn, in words.
    var quantity: String {
        if case .moment = selection { return "weight a × gate" }
        return measure == .causal ? "KL" : measure == .flow ? "flow" : "weight a"
    }
}

extension ScreenContext<RoutingView> {
    /// Moves along the circle.
    mutating func moveGraphCursor(_ delta: Int) {
        guard let graph = RoutingGraph(self), !graph.order.isEmpty else { return }
        let count = graph.order.count
        let current = view.hasCursor ? graph.order.firstIndex(of: view.listener) : nil
        let place =
            abs(delta) >= count ? (delta < 0 ? 0 : count - 1) : current.map { ($0 + delta + count) % count } ?? 0
        selectInGraph(graph.order[place])
    }

    mutating func selectInGraph(_ neuron: Int) {
        view.hasCursor = true
        view.listener = neuron
        selection.neuron = neuron
    }
}

/// What the graph shows, in the frame of its pane.
func graphNote(_ state: ScreenContext<RoutingView>) -> String {
    guard let graph = RoutingGraph(state), let figure = RoutingFigure(state.run, state.view) else { return "" }
    switch graph.selection {
    case .moment(let character): return joined("at “\(character)”", roundNote(state.run))
    case .neuron, .strongest:
        let round = state.measure == .causal ? "all rounds" : roundNote(state.run)
        return joined(
            "graph by " + figure.matrix.measure.rawValue, round, headNote(state), probeStepNote(state.run),
            "n " + Format.grouped(figure.sampleCount))
    }
}

/// The edges on display in numbers, the strongest first; messages flow along the arrows.
func graphLines(_ graph: RoutingGraph, _ look: Look) -> [(String, Style)] {
    let title =
        switch graph.selection {
        case .neuron(let neuron): "edges of neuron \(neuron)"
        case .moment(let character): "strongest at “\(character)”"
        case .strongest: "what each hears most"
        }
    var lines = [(title, look.theme.strong)]
    lines += graph.edges.reversed().prefix(8).map { edge in
        (
            "  " + Format.right("\(edge.speaker) → \(edge.listener)", 8) + "  " + Format.compact(Double(edge.value)),
            graph.style(edge, look)
        )
    }
    if graph.edges.isEmpty { lines.append(("  none", look.theme.dim)) }
    return lines + [("", look.theme.text)]
}
