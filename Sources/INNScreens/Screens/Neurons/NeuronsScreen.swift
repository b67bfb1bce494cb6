import INNKit

/// Screen 3: what each neuron is for, its firing now and over training, and a raster over held-out text.
struct NeuronsScreen: Screen {
    typealias View = NeuronsView

    let id = ScreenID.neurons
    let title = "Neurons"

    let panes: [Pane<View>] = [
        Pane(
            "Neurons",
            note: { state in
                let order = "order: " + state.view.order.rawValue
                guard !state.showsCast else { return joined(order, state.insightNote) }
                return joined(roundNote(state.run), order, state.analysingNote, probeNote(state.run))
            }, numbers: { ScreenNumbers.rates($0.run) },
            render: { state, look, area, buffer in
                guard let insight = state.insight, state.showsCast else {
                    return renderNeuronTable(state, look, area, &buffer)
                }
                let order = state.tableOrder
                CastView(insight, order: order, roles: state.run.roles).render(
                    first: firstRow(state, order, area.height - 1), selected: state.selection.neuron, look, area,
                    &buffer)
            }),
        Pane(
            "Neuron in detail",
            note: { state in
                state.probe.map {
                    joined(
                        "neuron \(min(state.selection.neuron, $0.snapshot.neurons - 1))",
                        state.run.roles?.role(state.selection.neuron).phrase ?? "", state.view.page.rawValue)
                } ?? ""
            }, numbers: { ScreenNumbers.neuron($0.run, $0.view.page) }, render: renderNeuronPages),
        Pane(
            "Gates over held-out text",
            note: { state in
                rasterWindow(state).map {
                    "characters \($0.lowerBound + 1)–\($0.upperBound) of \(state.probe?.snapshot.rasterText.count ?? 0)"
                } ?? ""
            }, render: renderRaster),
    ]

    let bindings: [KeyBinding<State>] = {
        let context = KeyContext.screen(.neurons)
        return [
            KeyBinding(
                "neurons.order", context, [.character("o")], "order", "order by cost, id, firing rate or cluster",
                isHint: true, when: .probe
            ) {
                $0.view.order = $0.view.order.next
                return []
            },
            KeyBinding(
                "neurons.list", context, [.character("c")], "cast/rates",
                "the cast, one line per neuron, or firing rates", isHint: true, when: .insight
            ) {
                $0.view.showsRates.toggle()
                return []
            },
            KeyBinding(
                "neurons.page", context, [.character("v")], "for/tuning/rules…",
                "detail: what it is for, tuning, rules, contexts, logit effect, or all of training", isHint: true,
                when: .probe
            ) {
                $0.view.page = $0.view.page.next
                $0.show("detail: " + $0.view.page.rawValue)
                return []
            },
            KeyBinding(
                "neurons.detail", context, [.enter], "detail",
                "everything about the selected neuron on the whole screen, or back", isHint: true,
                when: .probe
            ) {
                $0.toggleWholeScreen(pane: 1)
            },
        ] + probeBindings("neurons", context, replaying: { $0.page = .emergence })
            + [pauseBinding("neurons", context, replaying: { $0.page = .emergence })]
            + movement(
                "neurons", context, vertical: "selection", horizontal: "held-out text", when: .probe
            ) { state, dx, dy in
                state.moveNeuronSelection(dx, dy)
            }
    }()

    func layout(_ area: Rect, _ state: State) -> [Rect] {
        let n = state.probe?.snapshot.neurons ?? 16
        // A row per neuron with frame, text and legend where that leaves half for the table, else two neurons per row.
        let rasterRows = n + 6 <= area.height / 2 ? n + 6 : max(6, min((n + 1) / 2 + 3, area.height * 55 / 100))
        let (top, raster) = area.splitTop(area.height - rasterRows)
        let side = area.width >= 100 ? min(52, area.width * 34 / 100) : area.width >= 72 ? 30 : 0
        let (table, detail) = top.splitLeft(top.width - side)
        return [table, detail, raster]
    }

    func click(_ state: inout State, pane: Int, area: Rect, x: Int, y: Int) -> [Effect] {
        guard pane == 0, y > area.y else { return [] }
        let order = state.tableOrder
        let row = firstRow(state, order, area.height - 1) + y - area.y - 1
        if row < order.count { state.selection.neuron = order[row] }
        return []
    }

    func csv(_ state: State) -> String {
        if let page = neuronPageCSV(state) { return page }
        guard let entry = state.probe else { return "" }
        let s = entry.snapshot
        var text = "step,roundFrom1,neuron,firingRate,gateMean,gateSaturated\n"
        for round in 0..<s.rounds {
            for neuron in 0..<s.neurons {
                let index = round * s.neurons + neuron
                text += "\(s.step),\(round + 1),\(neuron),"
                text += "\(s.firingRate[index]),\(s.gateMean[index]),\(s.gateSaturated[index])\n"
            }
        }
        return text
    }
}

extension ScreenContext<NeuronsView> {
    /// Whether the list is the cast.
    fileprivate var showsCast: Bool { run.insight != nil && !view.showsRates }

    /// Neurons from top to bottom; none without probes and analysis.
    fileprivate var tableOrder: [Int] {
        if view.order == .cost, let insight = run.insight { return insight.cast.map(\.neuron) }
        guard let entry = run.probe else { return run.insight.map { Array(0..<$0.network.neurons) } ?? [] }
        return neuronOrder(run.orderProbe ?? entry, round: run.shownRound, view.order.inRouting, nil)
    }
}

/// First visible row of the table, so that the selection stays in view.
private func firstRow(_ state: ScreenContext<NeuronsView>, _ order: [Int], _ rows: Int) -> Int {
    let selected = order.firstIndex(of: state.selection.neuron) ?? 0
    return max(0, min(selected - rows / 2, order.count - rows))
}

extension ScreenContext<NeuronsView> {
    fileprivate mutating func moveNeuronSelection(_ dx: Int, _ dy: Int) {
        let order = tableOrder
        guard !order.isEmpty else { return }
        let row = order.firstIndex(of: selection.neuron) ?? 0
        selection.neuron = order[max(0, min(order.count - 1, row + dy))]
        guard dx != 0, let entry = run.probe, let window = rasterWindow(self) else { return }
        view.rasterOffset = max(0, min(entry.snapshot.rasterText.count - window.count, window.lowerBound + dx * 8))
    }
}

private func renderNeuronTable(
    _ state: ScreenContext<NeuronsView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer
) {
    guard let entry = state.probe else { return renderEmpty(probesMissing(state.run), look, area, &buffer) }
    let s = entry.snapshot
    let order = state.tableOrder
    let numbers = area.width >= 44 ? 16 : 6
    let spark = area.width >= 56 ? max(8, min(40, (area.width - 22) / 2)) : 0
    let bar = max(0, min(40, area.width - 5 - numbers - (spark > 0 ? spark + 2 : 0)))
    let numbersX = area.x + 5 + bar
    buffer.write(" id", x: area.x, y: area.y, width: 3, look.theme.faint)
    Bars.drawUnitAxis(in: &buffer, row: Rect(x: area.x + 5, y: area.y, width: bar, height: 1), look.theme.faint)
    buffer.write(numbers > 6 ? " rate gate  sat" : " rate", x: numbersX, y: area.y, width: numbers, look.theme.faint)
    if spark > 0 {
        buffer.write(
            rateHistoryTitle(state.run, width: spark), x: numbersX + numbers + 1, y: area.y, width: spark,
            look.theme.faint)
    }
    let rows = area.height - 1
    let first = firstRow(state, order, rows)
    for row in 0..<max(0, min(rows, order.count - first)) {
        let neuron = order[first + row]
        let index = state.shownRound * s.neurons + neuron
        let y = area.y + 1 + row
        let isSelected = neuron == state.selection.neuron
        buffer.write(
            (isSelected ? "▸" : " ") + Format.right(String(neuron), 3), x: area.x, y: y, width: 4,
            isSelected ? look.theme.accent : look.theme.dim)
        drawRole(state.run.roles, neuron, x: area.x + 4, y: y, look, &buffer)
        let place = Rect(x: area.x + 5, y: y, width: bar, height: 1)
        let style = isSelected ? look.theme.focusBorder : look.theme.bar
        Bars.drawHorizontal(
            Double(s.firingRate[index]), in: &buffer, row: place, style, empty: look.theme.barEmpty, look: look)
        Bars.drawLine(at: 0.5, in: &buffer, row: place, bar: style, look: look)
        var text = Format.right(Format.fixed(Double(s.firingRate[index]), 2), 5)
        if numbers > 6 {
            text +=
                Format.right(Format.fixed(Double(s.gateMean[index]), 2), 5)
                + Format.right(Format.percent(Double(s.gateSaturated[index])), 5)
        }
        buffer.write(text, x: numbersX, y: y, width: numbers, isSelected ? look.theme.strong : look.theme.text)
        if spark > 0 {
            drawRateHistory(state.run, neuron, x: numbersX + numbers + 1, y: y, width: spark, look, &buffer)
        }
    }
    if order.count < rows {
        buffer.write(
            fitting(
                area.width - 5, "rate: share of characters at which a neuron fires (its gate is above .5)",
                "rate: share of characters with a gate above .5", "fires: gate above .5"),
            x: area.x + 5, y: area.y + 1 + order.count, width: area.width - 5, look.theme.faint)
    }
    let free = area.maxX - (numbersX + numbers + (spark > 0 ? 20 : 0))
    if order.count > rows, rows > 1, free > 14 {
        buffer.writeRight(
            "\(first + 1)–\(min(order.count, first + rows)) of \(order.count)", in: area, row: 0, look.theme.faint)
    }
}

/// The characters of the raster on display; nil without any.
private func rasterWindow(_ state: ScreenContext<NeuronsView>) -> Range<Int>? {
    guard let s = state.probe?.snapshot, !s.rasterText.isEmpty else { return nil }
    let whole = Rect(x: 0, y: 0, width: state.place.width, height: 0)
    return rasterWindow(state, s, state.place.inner(pane: 2) ?? whole)
}

/// On the whole screen the rounds stand below each other.
private func rasterShowsAllRounds(_ s: ProbeSnapshot, _ area: Rect) -> Bool {
    s.rounds > 1 && area.height >= s.rounds * s.neurons + 3
}

private func rasterWindow(_ state: ScreenContext<NeuronsView>, _ s: ProbeSnapshot, _ area: Rect) -> Range<Int> {
    let width = area.width
    let count = s.rasterText.count
    let gutter = (state.run.roles == nil ? 4 : 5) + (rasterShowsAllRounds(s, area) ? 2 : 0)
    let perCharacter = width - gutter >= 2 * count ? 2 : 1
    let visible = max(1, min(count, (width - gutter) / perCharacter))
    let offset = max(0, min(state.view.rasterOffset, count - visible))
    return offset..<offset + visible
}

private func renderRaster(_ state: ScreenContext<NeuronsView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    guard let entry = state.probe else { return renderEmpty(probesMissing(state.run), look, area, &buffer) }
    let s = entry.snapshot
    guard !s.rasterText.isEmpty else { return renderEmpty(["the probe took no raster text"], look, area, &buffer) }
    let order = state.tableOrder
    let count = s.rasterText.count
    let window = rasterWindow(state, s, area)
    let offset = window.lowerBound
    let visible = window.count
    var values: [Float] = []
    let hasAll = rasterShowsAllRounds(s, area)
    let rows = (hasAll ? Array(0..<s.rounds) : [state.shownRound]).flatMap { round in order.map { (round, $0) } }
    values.reserveCapacity(rows.count * visible)
    for (round, neuron) in rows {
        let from = (round * s.neurons + neuron) * count + offset
        values.append(contentsOf: s.rasterGates[from..<from + visible])
    }
    let labels = rows.map { round, neuron in
        Format.right(String(neuron), 3) + (hasAll ? "·\(round + 1)" : "") + state.run.roleSign(neuron)
    }
    var map = Heatmap(
        rows: rows.count, columns: visible, values: values, scale: ColorScale(.viridis, low: 0, high: 1, look: look),
        quantity: "gate g", evidence: hasAll ? "neuron·round" : "", rowLabels: labels,
        columnLabels: TextGlyph.glyphs(of: s.rasterText[offset..<offset + visible]).labels(visible)
    )
    map.isSquare = false
    map.maxCellWidth = 2
    map.needsColumnLabels = true
    map.render(in: &buffer, area: area, look: look)
}
