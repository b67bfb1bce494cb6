import INNKit

/// The strongest edges of the measure on display between neurons on a circle, or between inputs, interneurons and
/// outputs.
struct RoutingGraph {
    struct Edge { var listener: Int, speaker: Int, value: Float }

    let neurons: Int
    /// Neurons in the order in which the cursor goes through them.
    let order: [Int]
    let layout: RoutingGraphLayout
    /// Weakest first, so that the strongest are drawn last.
    let edges: [Edge]
    let allEdges: Int
    let communities: [Int]?
    /// Only the edges of this neuron stand out; nil for all.
    let selected: Int?
    let measure: RoutingView.Measure

    init?(_ state: ScreenContext<RoutingView>) {
        guard let figure = RoutingFigure(state.run, state.view) else { return nil }
        let matrix = figure.matrix
        let n = matrix.neurons
        let communities = state.communities.map(\.labels).flatMap { $0.count == n ? $0 : nil }
        neurons = n
        measure = matrix.measure
        self.communities = communities
        let plain = communities.map { labels in (0..<n).sorted { (labels[$0], $0) < (labels[$1], $1) } } ?? figure.order
        layout = RoutingGraphLayout(plain, roles: state.run.roles)
        order = layout.order
        let all = (0..<(n * n)).filter {
            !matrix.isAbsent($0 / n, $0 % n) && $0 / n != $0 % n && matrix.values[$0].isFinite && matrix.values[$0] > 0
        }
        allEdges = all.count
        selected = state.view.hasCursor ? min(state.view.listener, n - 1) : nil
        edges = all.sorted { (matrix.values[$0], $1) > (matrix.values[$1], $0) }.prefix(min(2 * n, 64)).reversed()
            .map { Edge(listener: $0 / n, speaker: $0 % n, value: matrix.values[$0]) }
    }

    func group(_ neuron: Int) -> Int? { communities?[neuron] }
}

extension ScreenContext<RoutingView> {
    /// Moves along the circle.
    mutating func moveGraphCursor(_ delta: Int) {
        guard let graph = RoutingGraph(self), !graph.order.isEmpty else { return }
        let count = graph.order.count
        let current = view.hasCursor ? graph.order.firstIndex(of: view.listener) : nil
        let place =
            abs(delta) >= count ? (delta < 0 ? 0 : count - 1) : current.map { ($0 + delta + count) % count } ?? 0
        view.hasCursor = true
        view.listener = graph.order[place]
    }
}

/// What the graph shows, in the frame of its pane.
func graphNote(_ state: ScreenContext<RoutingView>) -> String {
    guard let figure = RoutingFigure(state.run, state.view) else { return "" }
    let round = state.measure == .causal ? "all rounds" : roundNote(state.run)
    return joined(
        "graph by " + figure.matrix.measure.rawValue, round, headNote(state), "n " + Format.grouped(figure.sampleCount))
}

func renderRoutingGraph(_ state: ScreenContext<RoutingView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    guard let graph = RoutingGraph(state) else { return renderEmpty(figureMissing(state.run), look, area, &buffer) }
    guard graph.neurons > 1, area.height >= 6, area.width >= 16 else {
        return renderEmpty(["too small for the graph: z gives it the screen"], look, area, &buffer)
    }
    let circle = area.inset(top: graph.layout.sets.isEmpty ? 0 : 1, bottom: 2)
    var canvas = DotCanvas(area: circle, glyphs: look.glyphs)
    for edge in graph.edges { draw(edge, graph, look, on: &canvas) }
    canvas.draw(into: &buffer)
    for (place, neuron) in graph.order.enumerated() where graph.showsLabel(place) {
        let label = String(neuron)
        let dot = graph.layout.place(place, on: canvas)
        let x = circle.x + dot.x / canvas.dotsPerCellX - columnCount(label) / 2
        let y = circle.y + dot.y / canvas.dotsPerCellY
        let style =
            neuron == graph.selected
            ? look.theme.selection : graph.group(neuron).map { look.theme.group($0).with(.bold) } ?? look.theme.title
        buffer.write(
            label, x: max(circle.x, min(circle.maxX - columnCount(label), x)), y: y, width: columnCount(label), style)
    }
    drawSets(graph.layout, look, area, &buffer)
    for (row, line) in legend(state, graph, look).enumerated() {
        buffer.write(line.0, x: area.x, y: area.maxY - 2 + row, width: area.width, line.1)
    }
}

extension RoutingGraph {
    /// Of many neurons only some carry their number.
    fileprivate func showsLabel(_ place: Int) -> Bool {
        place % max(1, (order.count + 47) / 48) == 0 || order[place] == selected
    }

    /// 0 for the weakest edge on display, 1 for the strongest.
    fileprivate func strength(_ edge: Edge) -> Double {
        let low = Double(edges.first?.value ?? 0)
        let high = Double(edges.last?.value ?? 1)
        return high > low ? (Double(edge.value) - low) / (high - low) : 1
    }

    fileprivate func style(_ edge: Edge, _ look: Look) -> Style {
        let strength = strength(edge)
        let isOther = selected.map { $0 != edge.listener && $0 != edge.speaker } ?? false
        if isOther { return look.theme.faint }
        let base =
            group(edge.speaker).flatMap { $0 == group(edge.listener) ? look.theme.group($0) : nil } ?? look.theme.dim
        guard look.colors == .truecolor || look.colors == .palette256, base.foreground != .terminalDefault else {
            return strength > 0.66 ? base.with(.bold) : base
        }
        let color = base.foreground.blended(with: look.theme.paper, share: 0.65 * (1 - strength))
        return Style(color, on: base.background, strength > 0.66 ? .bold : [])
    }
}

private func draw(_ edge: RoutingGraph.Edge, _ graph: RoutingGraph, _ look: Look, on canvas: inout DotCanvas) {
    guard let from = graph.order.firstIndex(of: edge.speaker), let to = graph.order.firstIndex(of: edge.listener) else {
        return
    }
    let (start, end) = graph.layout.ends(from, to, on: canvas)
    let style = graph.style(edge, look)
    canvas.line(from: start, to: end, style)
    if graph.strength(edge) > 0.5 { canvas.line(from: (start.x + 1, start.y), to: (end.x + 1, end.y), style) }
    // The last eighth is drawn broad: that is where it is heard.
    let near = (x: end.x + (start.x - end.x) / 8, y: end.y + (start.y - end.y) / 8)
    for shift in [-1, 1] {
        canvas.line(from: (near.x + shift, near.y), to: (end.x + shift, end.y), style)
        canvas.line(from: (near.x, near.y + shift), to: (end.x, end.y + shift), style)
    }
}

private func legend(_ state: ScreenContext<RoutingView>, _ graph: RoutingGraph, _ look: Look) -> [(String, Style)] {
    let unit =
        graph.measure == .causal
        ? look.unit.worded("KL in bits/char") : graph.measure == .flow ? "flow" : "weight " + graph.measure.rawValue
    let range =
        "\(graph.edges.count) strongest of \(graph.allEdges) edges, \(unit) "
        + Format.compact(Double(graph.edges.first?.value ?? 0)) + "…"
        + Format.compact(Double(graph.edges.last?.value ?? 0))
    let color =
        graph.communities.map { "colour: community (" + String(($0.max() ?? 0) + 1) + "), grey between them" }
        ?? "no communities to colour"
    return [
        (range, look.theme.dim), (joined("bright and broad: strong", "thick end listens", color), look.theme.faint),
    ]
}

/// The strongest edges in numbers: of the neuron under the cursor, or of all.
func graphLines(_ graph: RoutingGraph, _ look: Look) -> [(String, Style)] {
    let own = graph.edges.reversed().filter { edge in
        graph.selected.map { $0 == edge.listener || $0 == edge.speaker } ?? true
    }
    var lines = [(graph.selected.map { "strongest edges of neuron \($0)" } ?? "strongest edges", look.theme.strong)]
    lines += own.prefix(6).map { edge in
        (
            "  \(edge.listener) hears \(edge.speaker)  " + Format.compact(Double(edge.value)),
            graph.group(edge.speaker).map(look.theme.group) ?? look.theme.text
        )
    }
    if own.isEmpty { lines.append(("  none among the strongest", look.theme.dim)) }
    return lines + [("", look.theme.text)]
}
