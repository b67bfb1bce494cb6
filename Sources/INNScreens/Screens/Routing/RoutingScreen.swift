import INNKit

/// Screen 2: who listens to whom, with marginals, orders, differences and exact values.
struct RoutingScreen: Screen {
    typealias View = RoutingView

    let id = ScreenID.routing
    let title = "Routing"

    let panes: [Pane<View>] = [
        Pane(
            "Rows listen to columns",
            heading: { $0.view.isGraph ? "Arrows lead to listeners" : "Rows listen to columns" },
            note: { state in
                if state.view.isGraph { return graphNote(state) }
                let order = "order: " + state.view.order.rawValue
                if state.measure == .causal {
                    return joined("causal effect of cutting in all rounds", order, state.insightStepNote)
                }
                if state.measure == .character {
                    return joined("this character", headNote(state), roundNote(state.run), order)
                }
                return joined(
                    state.measure == .flow ? "flow" : "mean weights", roundNote(state.run), headNote(state),
                    probeStepNote(state.run), order)
            }, numbers: { ScreenNumbers.routing($0.run, $0.view) },
            render: { state, look, area, buffer in
                guard state.view.isGraph else { return renderRoutingMatrix(state, look, area, &buffer) }
                renderRoutingGraph(state, look, area, &buffer)
            }),
        Pane("Cell and neurons", note: { roundNote($0.run) }, render: renderRoutingDetail),
    ]

    let bindings: [KeyBinding<State>] =
        routingBindings
        + probeBindings(
            "routing", .screen(.routing),
            roundsShown: Requirement("cut in all rounds; v shows a, flow") { $0.measure != .causal },
            stepping: { $0.showWhatChanges() }, replaying: { $0.showWhatChanges() })
        + [pauseBinding("routing", .screen(.routing), replaying: { $0.showWhatChanges() })]
        + movement(
            "routing", .screen(.routing), vertical: "cell cursor", horizontal: "cell cursor",
            when: .probe
        ) { state, dx, dy in
            state.moveRoutingCursor(dx, dy)
        }

    func layout(_ area: Rect, _ state: State) -> [Rect] {
        let side = area.width >= 130 ? 46 : area.width >= 100 ? 32 : area.width >= 76 ? 28 : 0
        let (left, right) = area.splitLeft(area.width - side)
        return [left, right]
    }

    let followsDrag = true

    func click(_ state: inout State, pane: Int, area: Rect, x: Int, y: Int) -> [Effect] {
        if pane == 0, state.view.isGraph {
            if let neuron = graphNeuron(state, area, x: x, y: y) { state.selectInGraph(neuron) }
            return []
        }
        guard pane == 0, let figure = RoutingFigure(state.run, state.view) else { return [] }
        let parts = RoutingParts(figure, state, state.look, matrixArea(state, area))
        guard let cell = parts.map.placement(in: parts.mapArea, look: state.look).layout.cell(x: x, y: y) else {
            return []
        }
        state.view.listener = figure.order[cell.row]
        state.view.speaker = figure.order[cell.column]
        state.view.hasCursor = true
        return []
    }

    func unwind(_ state: inout State) -> [Effect]? {
        guard state.view.hasCursor else { return nil }
        state.view.hasCursor = false
        return []
    }

    func aim(_ form: inout AblationForm, _ state: State) {
        guard state.view.hasCursor else { return }
        (form.family, form.listener, form.speaker) = (.edge, state.view.listener, state.view.speaker)
    }

    func csv(_ state: State) -> String {
        guard let figure = RoutingFigure(state.run, state.view), let entry = state.probe else { return "" }
        if let causal = figure.causal { return causalCSV(causal, figure.matrix, step: state.insight?.step ?? 0) }
        let name = figure.matrix.isWeights ? "weight" : "flow"
        var text = "step,roundFrom1,listener,speaker,\(name),shown\n"
        for listener in 0..<figure.matrix.neurons {
            for speaker in 0..<figure.matrix.neurons where !figure.matrix.isAbsent(listener, speaker) {
                let value = figure.matrix.values[listener * figure.matrix.neurons + speaker]
                text += "\(entry.snapshot.step),\(state.shownRound + 1),\(listener),\(speaker),"
                text += "\(value),\(figure.shown(listener, speaker))\n"
            }
        }
        return text
    }
}

/// The head on display, where heads differ.
func headNote(_ state: ScreenContext<RoutingView>) -> String {
    let heads = state.probe?.snapshot.heads ?? 1
    guard state.measure == .routing || state.measure == .character, heads > 1 else { return "" }
    return state.selection.head.map { "head \(min($0, heads - 1) + 1)/\(heads)" } ?? "mean of \(heads) heads"
}

private let routingBindings: [KeyBinding<ScreenContext<RoutingView>>] = {
    let context = KeyContext.screen(.routing)
    let hasHeads = Requirement<ScreenContext<RoutingView>>.probe.and("nothing here has several heads") {
        ($0.probe?.snapshot.heads ?? 1) > 1 && ($0.measure == .routing || $0.measure == .character)
    }
    let isMatrix = Requirement<ScreenContext<RoutingView>>.probe.and(
        Requirement { state in
            if state.view.isGraph { return "not in the graph; e shows the matrix" }
            let isUnknown = state.measure == .causal && state.run.insight?.network.causal == nil
            return isUnknown ? "the causal effect is not known yet" : nil
        })
    let isOrdered = isMatrix.and("copies of one neuron have no order") { $0.run.orderProbe?.light != .red }
    let hasEarlier = Requirement<ScreenContext<RoutingView>> { state in
        // One that is on can always be changed.
        if state.view.difference != .off { return nil }
        if state.measure == .character || state.measure == .causal { return "of mean weights and flow: v" }
        if state.run.interventions.isComparing, state.run.baselineProbe != nil { return "the baseline is subtracted" }
        return state.run.showsFirstProbe ? "these are the first measurements" : nil
    }
    return [
        KeyBinding(
            "routing.order", context, [.character("o")], "order",
            "order neurons by id, cluster, firing rate, listened-to score or community", isHint: true,
            when: isOrdered
        ) {
            $0.view.nextOrder(in: $0.run)
            return []
        },
        KeyBinding(
            "routing.measure", context, [.character("v")], "a/flow/causal",
            "routing weights a of this character, their mean, flow, or the causal effect of cutting each edge",
            isHint: true, when: .probe
        ) {
            $0.view.nextMeasure(in: $0.run)
            return []
        },
        KeyBinding(
            "routing.graph", context, [.character("e")], "graph",
            "graph: this character's flow, or the edges of the neuron that ↑ ↓ choose; or the matrix", isHint: true,
            when: .probe
        ) {
            $0.view.isGraph.toggle()
            return []
        },
        KeyBinding(
            "routing.normalise", context, [.character("n")], "scale",
            "scale: doublings from uniform routing (log2), or the plain weight", isHint: true, when: isMatrix
        ) {
            $0.selection.normalisation = $0.selection.normalisation.next
            return []
        },
        KeyBinding(
            "routing.difference", context, [.character("d")], "difference",
            "difference: off, against the first probe, against the previous one", isHint: true,
            when: .severalProbes.and(isMatrix).and(hasEarlier)
        ) {
            $0.view.nextDifference(in: $0.run)
            return []
        },
        KeyBinding(
            "routing.headBack", context, [.character("{")], "head", "previous head; before the first: mean over heads",
            isHint: true, when: hasHeads
        ) {
            $0.selection.changeHead(-1, of: $0.probe?.snapshot.heads ?? 1)
            $0.show(headNote($0))
            return []
        },
        KeyBinding(
            "routing.headOn", context, [.character("}")], "head", "next head; after the last: mean over heads",
            isHint: true, when: hasHeads
        ) {
            $0.selection.changeHead(1, of: $0.probe?.snapshot.heads ?? 1)
            $0.show(headNote($0))
            return []
        },
    ]
}()

extension ScreenContext<RoutingView> {
    fileprivate mutating func moveRoutingCursor(_ dx: Int, _ dy: Int) {
        if view.isGraph { return moveGraphCursor(dx + dy) }
        guard let figure = RoutingFigure(run, view) else { return }
        let last = figure.order.count - 1
        guard view.hasCursor else {
            view.hasCursor = true
            view.listener = figure.order[0]
            view.speaker = figure.order[min(1, last)]
            return
        }
        let row = figure.order.firstIndex(of: view.listener) ?? 0
        let column = figure.order.firstIndex(of: view.speaker) ?? 0
        view.listener = figure.order[max(0, min(last, row + dy))]
        view.speaker = figure.order[max(0, min(last, column + dx))]
    }
}

/// The matrix and the space of its marginals.
private struct RoutingParts {
    let map: Heatmap
    let mapArea: Rect
    let columnBars: Rect
    let rowBars: Rect

    init(_ figure: RoutingFigure, _ state: ScreenContext<RoutingView>, _ look: Look, _ area: Rect) {
        let n = max(1, figure.matrix.neurons)
        let spare = area.height - 3 - min(4, max(1, (area.height - 5) / n)) * n
        let barRows = area.height < 14 ? 0 : max(2, min(8, spare))
        let barColumns = area.width >= 4 * n + 32 ? 20 : area.width >= 2 * n + 18 ? 12 : 0
        let inner = area.inset(top: barRows, right: barColumns)
        let cursor = state.view.hasCursor ? (listener: state.view.listener, speaker: state.view.speaker) : nil
        var map = figure.heatmap(look, cursor: cursor)
        map.valueDecimals = figure.valueDecimals
        self.map = map
        mapArea = inner
        let grid = map.placement(in: inner, look: look).layout.grid
        columnBars = Rect(x: grid.x, y: area.y, width: grid.width, height: barRows)
        rowBars = Rect(
            x: grid.maxX + 2, y: grid.y, width: min(barColumns, area.maxX - grid.maxX - 2), height: grid.height)
    }
}

private func renderRoutingMatrix(
    _ state: ScreenContext<RoutingView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer
) {
    guard let figure = RoutingFigure(state.run, state.view) else {
        return renderEmpty(figureMissing(state.run), look, area, &buffer)
    }
    if let other = otherRounds(state, area) {
        other.drawTitles(look, &buffer)
        for part in other.parts where !part.isShown { renderMatrix(of: state.showing(part), look, part.area, &buffer) }
    }
    renderMatrix(figure, state, look, matrixArea(state, area), &buffer)
}

/// On the whole screen, where the details have no place, the matrices of all rounds stand side by side.
private func otherRounds(_ state: ScreenContext<RoutingView>, _ area: Rect) -> RoundsSideBySide? {
    guard state.place.panes.count == 1, state.measure != .causal, let s = state.probe?.snapshot else { return nil }
    return RoundsSideBySide(
        state.run, rounds: s.rounds, shown: state.shownRound, in: area,
        least: (max(48, 2 * s.neurons + 20), max(24, s.neurons + 4)))
}

/// Where the round on display is drawn, which the cursor and the mouse move in.
private func matrixArea(_ state: ScreenContext<RoutingView>, _ area: Rect) -> Rect {
    otherRounds(state, area)?.parts.first { $0.isShown }?.area ?? area
}

private func renderMatrix(of state: ScreenContext<RoutingView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer)
{
    guard let figure = RoutingFigure(state.run, state.view) else { return }
    renderMatrix(figure, state, look, area, &buffer)
}

private func renderMatrix(
    _ figure: RoutingFigure, _ state: ScreenContext<RoutingView>, _ look: Look, _ area: Rect,
    _ buffer: inout CellBuffer
) {
    let parts = RoutingParts(figure, state, look, area)
    let layout = parts.map.render(in: &buffer, area: parts.mapArea, look: look)
    markMeasured(figure, layout, look, &buffer)
    ListenedToBars.render(figure, layout, parts.columnBars, area, look, &buffer)
    RowBars(figure, state.run).render(layout, parts.rowBars, look, &buffer)
}

private func renderRoutingDetail(
    _ state: ScreenContext<RoutingView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer
) {
    guard let entry = state.probe, let figure = RoutingFigure(state.run, state.view) else {
        return renderEmpty(figureMissing(state.run), look, area, &buffer)
    }
    var lines: [(String, Style)] = []
    if state.view.hasCursor, !state.view.isGraph {
        lines += cellLines(state, figure, look)
        lines.append(("", look.theme.text))
    }
    if state.view.isGraph, let graph = RoutingGraph(state) { lines += graphLines(graph, look) }
    lines += correlationLines(state.run, entry, look) + communityLines(state.run, entry, look)
    lines += matrixLines(state, entry, figure, look)
    lines = fitted(lines, width: area.width)
    lines += PaneWord.legend(
        routingWords, of: lines, width: area.width, rows: area.height - lines.count, look)
    writeLines(lines, area, &buffer)
}

/// The most puzzling first: where room is short, they are explained.
private let routingWords = [
    PaneWord("k", "how much all hear it, 1 is the mean"), PaneWord("z", "standard deviations above chance"),
    PaneWord("N_eff", "effective number of neurons, 1 if all are copies"),
    PaneWord("D", "diversity, 0 if all are copies"),
    PaneWord("dynamism", "how far whom they hear depends on the character, in nats (1 nat is 1.44 bits)"),
    PaneWord("entropy", "1 hears all alike, 0 one alone"),
    PaneWord("a–flow", "do weight a and what arrives, weight × gate × message, rank edges alike? 1 alike, 0 unrelated"),
    PaneWord("KL", "how far the next characters' probabilities move, in bits"),
    PaneWord("BPC", "bits per character"), PaneWord("n", "characters measured"),
]

/// The exact values under the cursor.
private func cellLines(_ state: ScreenContext<RoutingView>, _ figure: RoutingFigure, _ look: Look) -> [(String, Style)]
{
    let n = figure.matrix.neurons
    let i = min(state.view.listener, n - 1)
    let j = min(state.view.speaker, n - 1)
    var lines = [("\(i) listens to \(j)", look.theme.accent)]
    if figure.matrix.isAbsent(i, j) { return lines + [("no edge to itself", look.theme.dim)] }
    if let causal = figure.causal { return lines + causalLines(causal, figure.matrix, i, j, look) }
    let value = figure.matrix.values[i * n + j]
    let back = figure.matrix.values[j * n + i]
    let name = figure.matrix.measure.rawValue
    lines.append((name + "  " + Format.fixed(Double(value), 4), look.theme.text))
    if let spread = figure.spread {
        lines.append(("±  " + Format.fixed(Double(spread[i * n + j]), 4) + " over characters", look.theme.text))
    }
    lines.append(("doublings  " + signed(Double(figure.matrix.ratio(i, j)), 2), look.theme.text))
    if let baseline = figure.baseline {
        let before = baseline.matrix.values[i * n + j]
        lines.append(("was " + Format.fixed(Double(before), 4) + ", \(baseline.name)", look.theme.text))
    }
    lines.append(("\(j) to \(i)  " + Format.fixed(Double(back), 4), look.theme.dim))
    return lines
}

/// What the whole matrix says, with its evidence; claims about hubs are withheld when the light is red.
private func matrixLines(
    _ state: ScreenContext<RoutingView>, _ entry: ProbeEntry, _ figure: RoutingFigure, _ look: Look
) -> [(String, Style)] {
    let snapshot = entry.snapshot
    let n = snapshot.neurons
    let round = state.shownRound
    var lines: [(String, Style)] = []
    if entry.light == .red {
        lines.append(("\(n) copies of one neuron:", look.theme.bad))
        lines.append(("no hubs are claimed", look.theme.dim))
        return lines
    }
    let scores = figure.matrix.listenedTo
    let mean = scores.reduce(0, +) / Float(max(1, n))
    let hasIntervals = figure.matrix.measure == .routing && state.selection.probeStep == nil && state.insight != nil
    if hasIntervals, let insight = state.insight {
        lines += hubLines(state.run, insight, round: round, look)
    } else {
        lines.append(
            (
                figure.matrix.isWeights
                    ? "listened to: k (mean 1)" : "\(figure.matrix.measure.rawValue) from (mean 1)", look.theme.strong
            ))
        for neuron in (0..<n).sorted(by: { (scores[$0], $1) > (scores[$1], $0) }).prefix(5) {
            let score = mean > 0 ? scores[neuron] / mean : .nan
            let style = score > 1.5 ? look.theme.validation : look.theme.text
            lines.append((Format.right(String(neuron), 4) + "  " + Format.fixed(Double(score), 2), style))
        }
        if figure.matrix.measure == .routing {
            lines += ["k > 1.5 is marked; one", "probe cannot tell a hub", "from chance"].map { ($0, look.theme.faint) }
        }
    }
    lines.append(("", look.theme.text))
    lines += sharpnessLines(entry, round: round, look)
    let effective = "N_eff " + Format.fixed(Double(snapshot.effectiveNeurons[round]), 2) + " of \(n)"
    return lines + [
        (effective + ", D " + Format.compact(Double(snapshot.diversity[round])), look.theme.text)
    ]
}
