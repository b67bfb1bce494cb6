import INNKit

func renderRoutingGraph(_ state: ScreenContext<RoutingView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    guard let graph = RoutingGraph(state) else { return renderEmpty(figureMissing(state.run), look, area, &buffer) }
    guard graph.neurons > 1, area.height >= 6, area.width >= 16 else {
        return renderEmpty(["too small for the graph: z gives it the screen"], look, area, &buffer)
    }
    let picture = GraphPicture(graph, roles: state.run.roles, area, look)
    var canvas = DotCanvas(area: picture.place, glyphs: look.glyphs)
    for edge in graph.edges { picture.draw(edge, on: &canvas) }
    canvas.draw(into: &buffer)
    for edge in graph.edges { picture.drawHead(edge, &buffer) }
    for index in graph.order.indices { picture.drawDisc(index, &buffer) }
    drawSets(graph.layout, look, area, &buffer)
    // A small pane has room for the first of its lines alone.
    for (row, line) in picture.legend(state).enumerated() where picture.place.maxY + row < area.maxY {
        var x = area.x
        for (text, style) in line {
            x += buffer.write(text, x: x, y: picture.place.maxY + row, width: area.maxX - x, style)
        }
    }
}

/// The neuron drawn nearest to a place on screen, if it is near.
func graphNeuron(_ state: ScreenContext<RoutingView>, _ area: Rect, x: Int, y: Int) -> Int? {
    guard let graph = RoutingGraph(state) else { return nil }
    let picture = GraphPicture(graph, roles: state.run.roles, area, state.look)
    func distance(_ index: Int) -> Double {
        let (dx, dy) = (picture.centres[index].x - x, 2 * (picture.centres[index].y - y))
        return Double(dx * dx + dy * dy)
    }
    guard let nearest = graph.order.indices.min(by: { distance($0) < distance($1) }), distance(nearest) <= 36 else {
        return nil
    }
    return graph.order[nearest]
}

extension RoutingGraph {
    /// What the selected neuron hears and by whom it is heard have a colour each; other edges that of their speaker's
    /// group. Weak ones are faint.
    func style(_ edge: Edge, _ look: Look) -> Style {
        let base: Style =
            if let selected {
                edge.listener == selected ? look.theme.smooth : look.theme.validation
            } else {
                group(edge.speaker).map { look.theme.group($0) } ?? look.theme.text
            }
        guard look.colors == .truecolor || look.colors == .palette256, base.foreground != .terminalDefault else {
            return strength(edge) > 0.66 ? base.with(.bold) : base
        }
        return Style(base.foreground.blended(with: look.theme.paper, share: 0.6 * (1 - strength(edge))))
    }
}

/// Where the discs of a graph lie, and how they and the edges are drawn.
private struct GraphPicture {
    let graph: RoutingGraph
    let roles: NeuronRoles?
    let look: Look
    /// All but the legend.
    let place: Rect
    /// Cells of the neurons in ``RoutingGraph/order``.
    let centres: [(x: Int, y: Int)]
    /// Of the discs, in columns; a row counts for two. 0 where they are single signs.
    private let radii: [Double]
    private static let legendRows = 3
    /// Radii that look round in quarters of cells.
    private static let roundRadii = [1.6, 2.0, 2.8, 3.1, 3.9, 4.2]

    init(_ graph: RoutingGraph, roles: NeuronRoles?, _ area: Rect, _ look: Look) {
        (self.graph, self.roles, self.look) = (graph, roles, look)
        let rows = area.height >= 14 ? Self.legendRows : area.height >= 9 ? 2 : 1
        let place = area.inset(top: graph.layout.sets.isEmpty ? 0 : 1, bottom: rows)
        self.place = place
        // Room for the largest disc at the rim, then as much of it as the neighbours leave.
        let wanted = min(4.2, Double(place.height) / 5)
        let margin = (x: Int(bounded: wanted.rounded(.up)), y: Int(bounded: (wanted / 2).rounded(.up)))
        let ring = place.inset(left: margin.x, top: margin.y, right: margin.x, bottom: margin.y)
        let centres = graph.layout.points(in: ring)
        self.centres = centres
        var nearest = 100.0
        for (index, a) in centres.enumerated() {
            for b in centres.dropFirst(index + 1) {
                let (dx, dy) = (Double(a.x - b.x), 2 * Double(a.y - b.y))
                nearest = min(nearest, (dx * dx + dy * dy).squareRoot())
            }
        }
        let largest = min(wanted, (nearest - 1) / 2)
        radii = graph.order.map { neuron in
            guard largest >= Self.roundRadii[0] else { return 0 }
            let share = Double(max(0, min(1, graph.sizes[neuron])))
            let wanted = Self.roundRadii[0] + (largest - Self.roundRadii[0]) * (share.isFinite ? share.squareRoot() : 0)
            return Self.roundRadii.last { $0 <= wanted } ?? Self.roundRadii[0]
        }
    }

    private func index(_ neuron: Int) -> Int { graph.order.firstIndex(of: neuron) ?? 0 }

    // MARK: Edges

    /// From rim to rim of the two discs, in dots, moved a little to the side so that both directions can be told apart.
    private func line(_ edge: RoutingGraph.Edge, on canvas: DotCanvas) -> (from: (Double, Double), to: (Double, Double))
    {
        let (start, end) = (index(edge.speaker), index(edge.listener))
        let unit = (x: Double(canvas.dotsPerCellX), y: Double(canvas.dotsPerCellY))
        func dot(_ index: Int) -> (Double, Double) {
            let centre = centres[index]
            return ((Double(centre.x - place.x) + 0.5) * unit.x, (Double(centre.y - place.y) + 0.5) * unit.y)
        }
        let (a, b) = (dot(start), dot(end))
        let (dx, dy) = (b.0 - a.0, b.1 - a.1)
        // In columns, as radii are.
        let length = max(1, ((dx / unit.x) * (dx / unit.x) + 4 * (dy / unit.y) * (dy / unit.y)).squareRoot())
        let from = min(0.4, (radii[start] + 0.8) / length)
        let to = min(0.4, (radii[end] + 1.2) / length)
        let size = max(1, (dx * dx + dy * dy).squareRoot())
        let side = (x: -dy / size * 1.5, y: dx / size * 1.5)
        return (
            (a.0 + dx * from + side.x, a.1 + dy * from + side.y), (b.0 - dx * to + side.x, b.1 - dy * to + side.y)
        )
    }

    /// Thicker where more passes: one to four lines of dots, three where there is little room.
    func draw(_ edge: RoutingGraph.Edge, on canvas: inout DotCanvas) {
        let (from, to) = line(edge, on: canvas)
        let (dx, dy) = (to.0 - from.0, to.1 - from.1)
        let size = max(1, (dx * dx + dy * dy).squareRoot())
        let most = place.height < 20 ? 2.0 : 3.0
        let lines = 1 + Int(bounded: (most * graph.strength(edge)).rounded())
        let style = graph.style(edge, look)
        func dot(_ point: (Double, Double), _ shift: Double) -> (x: Int, y: Int) {
            (
                Int(bounded: (point.0 - dy / size * shift).rounded(.down)),
                Int(bounded: (point.1 + dx / size * shift).rounded(.down))
            )
        }
        for number in 0..<lines {
            let shift = Double(number) - Double(lines - 1) / 2
            canvas.line(from: dot(from, shift), to: dot(to, shift), style)
        }
    }

    /// The arrow at the listener.
    func drawHead(_ edge: RoutingGraph.Edge, _ buffer: inout CellBuffer) {
        let canvas = DotCanvas(area: place, glyphs: look.glyphs)
        let (from, to) = line(edge, on: canvas)
        let (dx, dy) = (
            (to.0 - from.0) / Double(canvas.dotsPerCellX), 2 * (to.1 - from.1) / Double(canvas.dotsPerCellY)
        )
        let arrow: Unicode.Scalar =
            if abs(dx) > 2.2 * abs(dy) {
                dx > 0 ? "→" : "←"
            } else if abs(dy) > 2.2 * abs(dx) {
                dy > 0 ? "↓" : "↑"
            } else {
                dx > 0 ? (dy > 0 ? "↘" : "↗") : (dy > 0 ? "↙" : "↖")
            }
        buffer.put(
            arrow, x: place.x + Int(bounded: to.0 / Double(canvas.dotsPerCellX)),
            y: place.y + Int(bounded: to.1 / Double(canvas.dotsPerCellY)), graph.style(edge, look).with(.bold))
    }

    // MARK: Discs

    /// Role or hub sign and number.
    private func label(_ neuron: Int) -> String {
        (roles?.sign(neuron) ?? (graph.hubs.contains(neuron) ? "★" : "")) + String(neuron)
    }

    /// Whether an edge on display begins or ends there.
    private func isTouched(_ neuron: Int) -> Bool {
        graph.edges.contains { $0.listener == neuron || $0.speaker == neuron } || neuron == graph.selected
    }

    func drawDisc(_ index: Int, _ buffer: inout CellBuffer) {
        let neuron = graph.order[index]
        let centre = centres[index]
        let isSelected = neuron == graph.selected
        let base = graph.group(neuron).map { look.theme.group($0) } ?? look.theme.text
        guard radii[index] > 0 else { return drawSign(index, neuron, base, &buffer) }
        let text = label(neuron)
        if look.glyphs == .ascii {
            let pad = String(repeating: " ", count: Int(bounded: radii[index] - 1))
            let disc = (isSelected ? "[" : "(") + pad + text + pad + (isSelected ? "]" : ")")
            let x = centre.x - columnCount(disc) / 2
            buffer.write(disc, x: x, y: centre.y, width: columnCount(disc), isSelected ? look.theme.selection : base)
            return
        }
        let color = fill(base, isDimmed: !isTouched(neuron))
        let width = columnCount(text)
        // A label of two columns has its middle between them, and the disc with it.
        let middle = Double(centre.x) + (width % 2 == 0 ? 1 : 0.5)
        PixelDisc(middle: middle, row: centre.y, radius: radii[index]).draw(color, look, in: place, &buffer)
        buffer.write(
            text, x: Int(bounded: middle - Double(width) / 2), y: centre.y, width: width,
            labelStyle(color, isSelected: isSelected))
        guard isSelected else { return }
        buffer.put("▸", x: Int(bounded: (middle - radii[index]).rounded(.down)) - 1, y: centre.y, look.theme.accent)
        buffer.put("◂", x: Int(bounded: (middle + radii[index]).rounded(.up)), y: centre.y, look.theme.accent)
    }

    /// Of many neurons only some carry their number.
    private func drawSign(_ index: Int, _ neuron: Int, _ base: Style, _ buffer: inout CellBuffer) {
        let stride = max(1, (graph.order.count + 47) / 48)
        let centre = centres[index]
        guard index % stride == 0 || neuron == graph.selected else {
            return buffer.put("●", x: centre.x, y: centre.y, base)
        }
        let text = label(neuron)
        let x = max(place.x, min(place.maxX - columnCount(text), centre.x - columnCount(text) / 2))
        buffer.write(
            text, x: x, y: centre.y, width: columnCount(text),
            neuron == graph.selected ? look.theme.selection : base.with(.bold))
    }

    /// The colour of a disc; nil where there are no colours.
    private func fill(_ base: Style, isDimmed: Bool) -> CellColor? {
        guard look.colors != .mono else { return nil }
        let color = base.foreground == .terminalDefault ? look.theme.ink : base.foreground
        guard isDimmed, look.colors != .palette8 else { return color }
        return color.blended(with: look.theme.paper, share: 0.55)
    }

    private func labelStyle(_ color: CellColor?, isSelected: Bool) -> Style {
        guard let color else { return Style(.terminalDefault, on: .terminalDefault, [.reverse, .bold]) }
        let ink: CellColor = color.isBright ? .rgb(0, 0, 0) : .rgb(255, 255, 255)
        return Style(ink, on: color, isSelected ? [.bold, .underline] : .bold)
    }

    // MARK: Legend

    /// What edges, discs and colours say, as far as there are rows.
    func legend(_ state: ScreenContext<RoutingView>) -> [[(String, Style)]] {
        let theme = look.theme
        let most = Format.compact(Double(graph.edges.last?.value ?? 0))
        let least = Format.compact(Double(graph.edges.first?.value ?? 0))
        let range = graph.edges.isEmpty ? "no edge" : "\(graph.quantity) \(least)…\(most)"
        let edges: [(String, Style)] =
            switch graph.selection {
            case .neuron(let neuron):
                [
                    ("neuron \(neuron) ", theme.strong), ("hears", theme.smooth), (" · ", theme.faint),
                    ("is heard by", theme.validation), (" · \(range)", theme.dim),
                ]
            case .moment(let character):
                [
                    ("what passes at “\(character)”: ", theme.strong),
                    ("\(graph.edges.count) strongest, \(range)", theme.dim),
                ]
            case .strongest: [("what each hears most: ", theme.strong), (range, theme.dim)]
            }
        let size = if case .moment = graph.selection { "gate now" } else { "how often it fires" }
        var colors: [(String, Style)] = [("colour: ", theme.faint)]
        if let groups = graph.groups {
            colors.append(("group by tuning ", theme.faint))
            for group in Set(groups).sorted().prefix(8) {
                colors.append((groupLetter(group) + " ", theme.group(group)))
            }
        } else {
            colors.append(("no groups claimed ", theme.faint))
        }
        if !graph.hubs.isEmpty { colors.append(("★ hub", theme.faint)) }
        let lines = [edges, [("disc: " + size + " · line: thicker is more", theme.faint)], colors]
        return Array(lines.prefix(Self.legendRows))
    }
}
