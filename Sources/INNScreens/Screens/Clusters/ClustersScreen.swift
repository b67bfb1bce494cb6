import INNKit

/// Screen 4: characters × neurons, neurons grouped by the similarity of their tuning.
struct ClustersScreen: Screen {
    typealias View = ClustersView

    let id = ScreenID.clusters
    let title = "Clusters"

    let panes: [Pane<View>] = [
        Pane(
            "Characters and neurons",
            heading: { state in
                state.showsGates
                    ? "Characters and neurons" : state.showsUnits ? "Units of firing" : "What neurons are for"
            },
            note: { state in
                let order = "order: " + (state.isGrouped ? state.view.order : .id).rawValue
                return !state.showsGates
                    ? joined(order, state.insightNote) : joined(order, roundNote(state.run), probeNote(state.run))
            },
            numbers: { state in state.causalFigure.map(\.numbers) ?? ScreenNumbers.tuning(state.run, state.view.order)
            },
            render: { state, look, area, buffer in
                if let figure = state.causalFigure { return renderCausal(state, figure, look, area, &buffer) }
                if let table = UnitTable(state, area) { return renderUnitTable(state, table, look, &buffer) }
                renderClusterMap(state, look, area, &buffer)
            }),
        Pane(
            "Clusters",
            note: { state in
                if !state.showsGates { return state.insight?.depth == .light ? "light analysis" : "" }
                return groupNote(state.run)
            },
            render: { state, look, area, buffer in
                if !state.showsGates, let insight = state.insight {
                    return renderClusterList(state, insight, look, area, &buffer)
                }
                renderGroups(state, look, area, &buffer)
            }),
    ]

    let bindings: [KeyBinding<State>] = {
        let context = KeyContext.screen(.clusters)
        let roundsShown = Requirement<State> { state in
            if state.showsGates || state.selectedUnit != nil { return nil }
            return state.showsUnits ? "all rounds are listed; v shows gates" : "worth is of all rounds; v shows gates"
        }
        return [
            KeyBinding(
                "clusters.order", context, [.character("o")], "order", "order neurons by cluster or id", isHint: true,
                when: .probe.and("no clusters are told apart here") { $0.hasClusters }
            ) {
                $0.view.order = $0.view.order.next
                return []
            },
            KeyBinding(
                "clusters.figure", context, [.character("v")], "worth/units/gates",
                "what losing a neuron costs, what units respond to, or the gates of one round", isHint: true,
                when: .insight
            ) {
                $0.view.figure = $0.shownFigure.next
                return []
            },
        ]
            + probeBindings(
                "clusters", context, roundsShown: roundsShown, stepping: { $0.figure = .gates },
                replaying: { $0.figure = .gates })
            + [pauseBinding("clusters", context, replaying: { $0.figure = .gates })]
            + movement(
                "clusters", context, vertical: "cell cursor or list", horizontal: "cell cursor",
                when: .probe
            ) { state, dx, dy in
                if state.place.focusedPane == 1, !state.showsGates {
                    state.scrollClusterList(dy)
                } else {
                    state.moveClusterCursor(dx, dy)
                }
            }
    }()

    func layout(_ area: Rect, _ state: State) -> [Rect] {
        let side = area.width >= 130 ? 44 : area.width >= 90 ? 34 : 0
        let (left, right) = area.splitLeft(area.width - side)
        return [left, right]
    }

    let followsDrag = true

    func click(_ state: inout State, pane: Int, area: Rect, x: Int, y: Int) -> [Effect] {
        if pane == 0, let figure = state.causalFigure {
            guard let hit = figure.hit(x: x, y: y, state.look, area) else { return [] }
            state.selectCausal(hit.symbol, hit.neuron)
            return []
        }
        if pane == 0, let table = UnitTable(state, area) {
            guard let hit = table.hit(x: x, y: y) else { return [] }
            state.select(unit: hit.unit)
            if let symbol = hit.symbol { state.view.symbol = symbol }
            return []
        }
        guard pane == 0, let figure = TuningFigure(state.run, state.view.order), !figure.symbols.isEmpty else {
            return []
        }
        let parts = ClusterParts(figure, state, state.look, area)
        guard let cell = parts.map.placement(in: parts.mapArea, look: state.look).layout.cell(x: x, y: y) else {
            return []
        }
        state.view.symbol = figure.symbols[parts.isTransposed ? cell.column : cell.row]
        state.view.neuron = figure.order[parts.isTransposed ? cell.row : cell.column]
        state.view.hasCursor = true
        return []
    }

    func unwind(_ state: inout State) -> [Effect]? {
        guard state.view.hasCursor else { return nil }
        state.view.hasCursor = false
        return []
    }

    func aim(_ form: inout AblationForm, _ state: State) {
        if state.view.hasCursor { form.neuron = state.view.neuron }
    }

    func csv(_ state: State) -> String {
        if let figure = state.causalFigure { return figure.csv }
        if state.showsUnits, let insight = state.insight { return unitCSV(insight) }
        guard let figure = TuningFigure(state.run, state.view.order) else { return "" }
        let s = figure.entry.snapshot
        var text = "step,roundFrom1,symbol,count,neuron,cluster,gateMean\n"
        for symbol in figure.symbols {
            let name = s.symbols[symbol] == "\"" ? "\"\"\"\"" : "\"" + s.symbols[symbol] + "\""
            for neuron in figure.order {
                let cluster =
                    figure.entry.light == .red ? "" : String(figure.clustering.labels[neuron])
                text += "\(s.step),\(figure.round + 1),\(name),\(s.symbolCounts[symbol]),"
                text += "\(neuron),\(cluster),\(figure.value(symbol, neuron))\n"
            }
        }
        return text
    }
}

extension ScreenContext<ClustersView> {
    /// What the clusters screen draws: what was chosen, as far as it is known.
    fileprivate var shownFigure: ClustersView.Figure {
        guard let insight = run.insight else { return .gates }
        guard view.figure == .causal else { return view.figure }
        return CausalFigure(insight, isGrouped: false) == nil ? .units : .causal
    }

    /// Whether the evidence for each unit is drawn.
    var showsUnits: Bool { shownFigure == .units }

    /// Whether neurons or units can stand by cluster: no clusters are claimed of copies of one neuron, nor by causal
    /// tuning before every neuron was removed.
    var hasClusters: Bool {
        switch shownFigure {
        case .gates: run.orderProbe.map { $0.light != .red } ?? false
        case .units: run.insight.map { !$0.isRed } ?? false
        case .causal: run.insight.map { CausalFigure.clusterOrder($0) != nil } ?? false
        }
    }

    /// Whether they do.
    var isGrouped: Bool { view.order == .cluster && hasClusters }

    /// Whether the gates of one round are drawn.
    var showsGates: Bool { shownFigure == .gates }

    /// What losing neurons costs, where that is drawn.
    fileprivate var causalFigure: CausalFigure? {
        guard shownFigure == .causal, let insight = run.insight else { return nil }
        return CausalFigure(insight, isGrouped: view.order == .cluster, roles: run.roles)
    }

    private mutating func moveUnitCursor(_ table: UnitTable, _ dx: Int, _ dy: Int) {
        guard let current = selectedUnit.flatMap({ table.order.firstIndex(of: $0) }) else {
            if let first = table.order.first { select(unit: first) }
            return
        }
        select(unit: table.order[max(0, min(table.order.count - 1, current + dy))])
        guard !table.symbols.isEmpty else { return }
        let column = table.symbols.firstIndex(of: view.symbol) ?? 0
        view.symbol = table.symbols[max(0, min(table.symbols.count - 1, column + dx))]
    }

    fileprivate mutating func moveClusterCursor(_ dx: Int, _ dy: Int) {
        if let figure = causalFigure { return moveCausalCursor(figure, dx, dy) }
        let inner = place.inner(pane: 0)
        if let table = UnitTable(self, inner ?? Rect(x: 0, y: 0, width: place.width, height: place.height)) {
            return moveUnitCursor(table, dx, dy)
        }
        guard let figure = TuningFigure(run, view.order), !figure.symbols.isEmpty else { return }
        guard view.hasCursor else {
            view.hasCursor = true
            view.symbol = figure.symbols[0]
            view.neuron = figure.order[0]
            return
        }
        let isTransposed = inner.map { ClusterParts(figure, self, look, $0).isTransposed } ?? false
        let symbol = figure.symbols.firstIndex(of: view.symbol) ?? 0
        let neuron = figure.order.firstIndex(of: view.neuron) ?? 0
        view.symbol = figure.symbols[max(0, min(figure.symbols.count - 1, symbol + (isTransposed ? dx : dy)))]
        view.neuron = figure.order[max(0, min(figure.order.count - 1, neuron + (isTransposed ? dy : dx)))]
    }
}

/// The map, the readout line above it and, where there is room, the tree between them.
private struct ClusterParts {
    let map: Heatmap
    let isTransposed: Bool
    let readout: Rect
    let tree: Rect
    let mapArea: Rect

    init(_ figure: TuningFigure, _ state: ScreenContext<ClustersView>, _ look: Look, _ area: Rect) {
        let (readout, body) = area.splitTop(area.height > 6 ? 1 : 0)
        let cursor = state.view.hasCursor ? (symbol: state.view.symbol, neuron: state.view.neuron) : nil
        var (map, isTransposed) = figure.heatmap(in: body, look, showsCounts: area.width >= 40, cursor: cursor)
        map.valueDecimals = 2
        let spare = body.height - map.placement(in: body, look: look).layout.grid.height - 3
        let hasTree = figure.isGrouped && !isTransposed && spare >= 3
        (tree, mapArea) = body.splitTop(hasTree ? min(8, spare) : 0)
        (self.map, self.isTransposed, self.readout) = (map, isTransposed, readout)
    }
}

private func renderClusterMap(
    _ state: ScreenContext<ClustersView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer
) {
    guard let figure = TuningFigure(state.run, state.view.order) else {
        return renderEmpty(probesMissing(state.run), look, area, &buffer)
    }
    guard !figure.symbols.isEmpty else { return renderEmpty(["the probed text holds no symbol"], look, area, &buffer) }
    let parts = ClusterParts(figure, state, look, area)
    if !parts.readout.isEmpty {
        buffer.write(
            clusterReadout(state, figure), x: area.x, y: area.y, width: area.width,
            state.view.hasCursor ? look.theme.accent : look.theme.dim)
    }
    let layout = parts.map.render(in: &buffer, area: parts.mapArea, look: look)
    guard !parts.tree.isEmpty, layout.columnPool == 1 else { return }
    let linkage = figure.clustering.linkage
    var leafX = Array(repeating: 0, count: figure.order.count)
    for (column, neuron) in figure.order.enumerated() {
        leafX[neuron] = layout.x(ofColumn: column) + (layout.cellWidth - 1) / 2
    }
    Dendrogram(linkage: linkage).render(in: &buffer, area: parts.tree, leafX: leafX, look.theme.dim)
    drawTreeScale(linkage, parts.tree, right: layout.grid.maxX + 2, left: layout.grid.x - area.x - 1, look, &buffer)
}

/// The scale of the upright tree: right of it, or left of it where the matrix takes the whole width.
private func drawTreeScale(
    _ linkage: AverageLinkage, _ tree: Rect, right: Int, left: Int, _ look: Look, _ buffer: inout CellBuffer
) {
    let highest = Format.fixed(Double(linkage.merges.map(\.distance).max() ?? 0), 2)
    let label = "1 − r: " + highest
    if right + columnCount(label) <= tree.maxX {
        buffer.write(label, x: right, y: tree.y, width: columnCount(label), look.theme.faint)
        buffer.write("0", x: right, y: tree.maxY - 1, width: 1, look.theme.faint)
    } else if left >= columnCount(highest) {
        for (row, text) in [(0, highest), (1, "1−r"), (tree.height - 1, "0")] where row < tree.height {
            buffer.write(Format.right(text, left), x: tree.x, y: tree.y + row, width: left, look.theme.faint)
        }
    }
}

/// The exact value under the cursor, or what the figure says as a whole.
private func clusterReadout(_ state: ScreenContext<ClustersView>, _ figure: TuningFigure) -> String {
    guard state.view.hasCursor else { return groupNote(state.run) }
    let s = figure.entry.snapshot
    let symbol = min(state.view.symbol, s.symbols.count - 1)
    let neuron = min(state.view.neuron, s.neurons - 1)
    return "neuron \(neuron) at \"" + TuningFigure.name(s.symbols[symbol]) + "\": mean gate "
        + Format.fixed(Double(figure.value(symbol, neuron)), 3) + ", n " + Format.grouped(s.symbolCounts[symbol])
}

/// Each group with its members and the characters at which its mean gate departs most from the average neuron.
private func renderGroups(_ state: ScreenContext<ClustersView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer)
{
    guard let figure = TuningFigure(state.run, state.view.order) else {
        return renderEmpty(probesMissing(state.run), look, area, &buffer)
    }
    let entry = figure.entry
    if entry.light == .red {
        buffer.write(
            "\(entry.snapshot.neurons) copies of one neuron", x: area.x, y: area.y, width: area.width, look.theme.bad)
        buffer.write("groups are not claimed", x: area.x, y: area.y + 1, width: area.width, look.theme.dim)
        return
    }
    let clustering = figure.clustering
    var y = area.y
    for group in 0..<clustering.count where y < area.maxY {
        let members = clustering.order.filter { clustering.labels[$0] == group }
        let title = "group \(groupLetter(group)) · " + (members.count == 1 ? "1 neuron" : "\(members.count) neurons")
        buffer.write(title, x: area.x, y: y, width: area.width, look.theme.accent)
        let names = members.map(String.init).joined(separator: " ")
        let lines = wrapped(names, width: area.width - 2, limit: 3)
        for (row, line) in lines.enumerated() where y + 1 + row < area.maxY {
            buffer.write(line, x: area.x + 2, y: y + 1 + row, width: area.width - 2, look.theme.text)
        }
        y += 1 + lines.count
        for line in wrapped(preference(figure, members), width: area.width - 2, limit: 4) where y < area.maxY {
            buffer.write(line, x: area.x + 2, y: y, width: area.width - 2, look.theme.dim)
            y += 1
        }
        y += 1
    }
    guard y < area.maxY else { return }
    for (row, line) in wrapped("average linkage on 1 − Pearson of tuning", width: area.width, limit: 2).enumerated()
    where y + row < area.maxY {
        buffer.write(line, x: area.x, y: y + row, width: area.width, look.theme.faint)
    }
}

private func preference(_ figure: TuningFigure, _ members: [Int]) -> String {
    let all = figure.order
    guard !members.isEmpty, members.count < all.count else { return "all neurons" }
    let gains = figure.symbols.map { symbol -> (symbol: Int, gain: Float) in
        let inside = members.reduce(Float(0)) { $0 + figure.value(symbol, $1) } / Float(members.count)
        let outside = all.reduce(Float(0)) { $0 + figure.value(symbol, $1) } / Float(all.count)
        return (symbol, inside - outside)
    }.filter { $0.gain.isFinite && $0.gain > 0 }.sorted { ($0.gain, $1.symbol) > ($1.gain, $0.symbol) }
    guard !gains.isEmpty else { return "never above the average neuron" }
    let names = figure.entry.snapshot.symbols
    return "above average at "
        + gains.prefix(5).map { TuningFigure.name(names[$0.symbol]) + " +" + Format.fixed(Double($0.gain), 2) }.joined(
            separator: "  ")
}
