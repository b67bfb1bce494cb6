import INNKit

/// Screen 6: all runs, with filter, overlaid curves, opening and deleting.
struct RunsScreen: Screen {
    typealias View = RunsView

    let id = ScreenID.runs
    let title = "Runs"

    let panes: [Pane<View>] = [
        Pane(
            "Runs",
            note: { state in
                let shown = state.view.shown.count
                let all = state.view.listings.count
                let count = shown == all ? "\(all)" : "\(shown) of \(all)"
                return joined(
                    count, state.view.filter.isEmpty ? "" : "filter: " + state.view.filter,
                    "order: " + state.view.order.rawValue)
            }, render: renderRunTable),
        Pane(
            "Loss of the marked runs",
            note: { joined($0.view.markedUnits, "over " + $0.view.axis.rawValue) },
            render: renderRunCurves),
        Pane(
            "Run", note: { state in state.view.current.map { state.view.form(of: $0.name) } ?? "" },
            render: renderRunSummary),
    ]

    let bindings: [KeyBinding<State>] = listBindings + actionBindings

    func layout(_ area: Rect, _ state: State) -> [Rect] {
        let rows = max(6, min(area.height * 55 / 100, state.view.shown.count + 4))
        let (top, bottom) = area.splitTop(rows)
        let side = area.width >= 110 ? 44 : 0
        let (curves, summary) = bottom.splitLeft(bottom.width - side)
        return [top, curves, summary]
    }

    func click(_ state: inout State, pane: Int, area: Rect, x: Int, y: Int) -> [Effect] {
        guard pane == 0, y > area.y else { return [] }
        let shown = state.view.shown
        let row = firstRow(state, rows: area.height - 1) + y - area.y - 1
        guard shown.indices.contains(row) else { return [] }
        if state.view.selected == shown[row].exactName { return state.toggleMark() }
        state.view.selected = shown[row].exactName
        return []
    }

    func unwind(_ state: inout State) -> [Effect]? {
        guard !state.view.filter.isEmpty else { return nil }
        state.view.filter = ""
        return []
    }

    func csv(_ state: State) -> String { runsCSV(state.view.shown) }
}

/// The list as a table, one run per line.
func runsCSV(_ runs: [RunSummary]) -> String {
    var text =
        "run,state,model,corpus,parameters,step,charactersSeen,trainBPC,validBPC,bestValidBPC,seconds,bytesOnDisk\n"
    for run in runs {
        func field<Value>(_ value: Value?) -> String { value.map { "\($0)" } ?? "" }
        func quoted(_ text: String) -> String {
            "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        }
        let name = run.name.contains(",") ? quoted(run.name) : run.name
        let corpus = quoted(run.corpus)
        let fields = [
            name, run.state.rawValue, run.model, corpus, field(run.parameterCount), field(run.lastReport?.step),
            field(run.lastReport?.charactersSeen),
            field(run.lastReport?.trainBPC), field(run.validBPC), field(run.bestValidBPC),
            field(run.lastReport?.elapsedSeconds), "\(run.bytesOnDisk)",
        ]
        text += fields.joined(separator: ",") + "\n"
    }
    return text
}

private let context = KeyContext.screen(.runs)
private let hasRuns = Requirement<ScreenContext<RunsView>>("there are no runs here") { $0.view.current != nil }
private let listBindings: [KeyBinding<ScreenContext<RunsView>>] =
    [
        KeyBinding(
            "runs.filter", context, [.character("/")], "filter",
            "show only runs whose name, model, corpus or state contains these words", isHint: true
        ) { state in
            state.askFor(.runFilter, state.view.filter)
        },
        KeyBinding(
            "runs.order", context, [.character("o")], "order", "order by time, name or lowest validation loss",
            isHint: true, when: hasRuns
        ) {
            $0.view.order = $0.view.order.next
            return []
        },
        KeyBinding(
            "runs.axis", context, [.character("y")], "axis", "curves over characters, steps or minutes", isHint: true,
            when: Requirement("no run is marked; Space marks one") { !$0.view.marked.isEmpty }
        ) {
            $0.view.axis = $0.view.axis.next
            // Where one pane fits the curves are another one.
            $0.show("curves over \($0.view.axis.rawValue)")
            return []
        },
    ]
    + movement("runs", context, vertical: "selection", horizontal: nil, when: hasRuns) { state, _, dy in
        let shown = state.view.shown
        guard let current = state.view.current?.exactName,
            let row = shown.firstIndex(where: { $0.exactName == current })
        else { return }
        state.view.selected = shown[max(0, min(shown.count - 1, row + dy))].exactName
    }

private let actionBindings: [KeyBinding<ScreenContext<RunsView>>] = [
    KeyBinding(
        "runs.mark", context, [.character(" ")], "overlay", "overlay this run's loss curve, or take it away",
        isHint: true, when: hasRuns
    ) { $0.toggleMark() },
    KeyBinding(
        "runs.open", context, [.enter], "open", "open this run", isHint: true,
        when: hasRuns.and("only inn-tui explore opens other runs") { !$0.isTraining }
    ) { state in
        guard let run = state.view.current else { return [] }
        state.show("opening \(state.view.form(of: run.name))")
        return [.open(run: run.name)]
    },
    KeyBinding(
        "runs.trash", context, [.character("D"), .delete], "delete",
        "move this run to the trash folder beside the runs", isHint: true, when: hasRuns
    ) { state in
        guard let run = state.view.current else { return [] }
        if run.state == .running || run.state == .paused {
            state.show("\(state.view.form(of: run.name)) is being trained: stop it first")
            return []
        }
        return state.askToTrash(run.name)
    },
]

extension ScreenContext<RunsView> {
    fileprivate mutating func toggleMark() -> [Effect] {
        guard let run = view.current else { return [] }
        view.selected = run.exactName
        if let index = view.marked.firstIndex(of: run.exactName) {
            view.marked.remove(at: index)
            return []
        }
        guard view.marked.count < RunsView.maximumMarked else {
            show("\(RunsView.maximumMarked) curves are overlaid; take one away first")
            return []
        }
        view.marked.append(run.exactName)
        return view.curves[run.exactName]?.lastStep == run.lastReport?.step ? [] : [.library(.curve(run.name))]
    }
}

/// First visible row of the table, so that the selection stays in view.
private func firstRow(_ state: ScreenContext<RunsView>, rows: Int) -> Int {
    let shown = state.view.shown
    let current = state.view.current?.exactName
    let selected = shown.firstIndex { $0.exactName == current } ?? 0
    return max(0, min(selected - rows / 2, shown.count - rows))
}

/// Colour of the n-th overlaid curve.
func curveStyle(_ index: Int, _ theme: Theme) -> Style {
    let styles = [
        theme.smooth, theme.validation, theme.gradient, theme.rate, theme.throughput, theme.good, theme.bad, theme.text,
    ]
    return styles[index % styles.count]
}

private func bits(_ value: Double?) -> String { value.map { Format.fixed($0, 3) } ?? "–" }

private func renderRunTable(_ state: ScreenContext<RunsView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    let shown = state.view.shown
    guard !shown.isEmpty else {
        let hint =
            state.view.listings.isEmpty
            ? "no runs yet: inn-tui train text8 starts one" : "no run contains “\(state.view.filter)”"
        return renderEmpty([state.view.isListed ? hint : "looking for runs"], look, area, &buffer)
    }
    let columns: [(title: String, width: Int, value: (RunSummary) -> String)] = [
        ("best", 7, { bits($0.bestValidBPC) }), ("valid", 7, { bits($0.validBPC) }),
        ("train", 7, { bits($0.lastReport?.trainBPC) }),
        ("step", 9, { $0.lastReport.map { Format.grouped($0.step) } ?? "–" }),
        ("time", 8, { $0.lastReport.map { Format.duration($0.elapsedSeconds) } ?? "–" }),
        ("params", 7, { $0.parameterCount.map { Format.short(Double($0)) } ?? "–" }),
        ("MB", 7, { Format.fixed(Double($0.bytesOnDisk) / 1e6, 1) }),
    ]
    let widest = shown.map { columnCount(state.view.form(of: $0.name)) }.max() ?? 0
    let nameWidth = min(max(12, widest), max(12, area.width / 3))
    let names = DistinctNames.onScreen.forms(of: shown.map(\.name), columns: nameWidth)
    let current = state.view.current?.exactName
    let used = columns.reduce(into: (count: 0, width: nameWidth + 4 + 13)) { sum, column in
        if sum.width + column.width <= area.width { sum = (sum.count + 1, sum.width + column.width) }
    }
    var x = area.x + 4 + nameWidth + 1
    buffer.write("run", x: area.x + 4, y: area.y, width: nameWidth, look.theme.faint)
    buffer.write("state", x: x, y: area.y, width: 12, look.theme.faint)
    x += 12
    for column in columns.prefix(used.count) {
        buffer.write(Format.right(column.title, column.width), x: x, y: area.y, width: column.width, look.theme.faint)
        x += column.width
    }
    let text = x + 2
    if text + 10 < area.maxX {
        buffer.write("model on corpus", x: text, y: area.y, width: area.maxX - text, look.theme.faint)
    }
    let rows = area.height - 1
    let first = firstRow(state, rows: rows)
    for row in 0..<max(0, min(rows, shown.count - first)) {
        let run = shown[first + row]
        let y = area.y + 1 + row
        let isSelected = run.exactName == current
        let style = isSelected ? look.theme.strong : look.theme.text
        buffer.put(isSelected ? "▸" : " ", x: area.x, y: y, look.theme.accent)
        if let mark = state.view.marked.firstIndex(of: run.exactName) {
            buffer.put("●", x: area.x + 2, y: y, curveStyle(mark, look.theme))
        }
        buffer.write(
            names[first + row], x: area.x + 4, y: y, width: nameWidth, isSelected ? look.theme.accent : style)
        var x = area.x + 4 + nameWidth + 1
        buffer.write(run.state.rawValue, x: x, y: y, width: 12, stateStyle(run.state, look.theme))
        x += 12
        for column in columns.prefix(used.count) {
            buffer.write(Format.right(column.value(run), column.width), x: x, y: y, width: column.width, style)
            x += column.width
        }
        if text + 10 < area.maxX {
            buffer.write(
                run.problem ?? "\(run.model) on \(run.corpus)", x: text, y: y, width: area.maxX - text,
                run.problem == nil ? look.theme.dim : look.theme.warning)
        }
    }
}

private func stateStyle(_ state: RunSummary.State, _ theme: Theme) -> Style {
    switch state {
    case .running: theme.good
    case .paused: theme.warning
    case .finished: theme.dim
    case .interrupted: theme.warning
    case .damaged: theme.bad
    }
}

/// The validation curves of the marked runs (their training loss where nothing was validated), one colour each.
private func renderRunCurves(_ state: ScreenContext<RunsView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    let marked = state.view.marked
    guard !marked.isEmpty else { return renderEmpty(["Space overlays the selected run"], look, area, &buffer) }
    let (legend, plot) = area.splitTop(area.height > 6 ? 1 : 0)
    var lines: [LineChart.Line] = []
    var last = 0.0
    var x = legend.x
    for (index, name) in marked.enumerated() {
        guard let curve = state.view.curves[name]?[state.view.axis] else { continue }
        let style = curveStyle(index, look.theme)
        let hasValidation = curve.validation.points.count > 1
        let points =
            hasValidation ? curve.validation.points : curve.train.smoothed(weight: TrainView.Smoothing.medium.rawValue)
        lines.append(
            .init(
                name: name.text, points: points, style: style, showsRange: false, marksPoints: hasValidation,
                endLabel: { Format.fixed($0, 3) }))
        if !hasValidation, !curve.validation.points.isEmpty {
            // A single validation is a point beside the curve, not left out.
            lines.append(
                .init(name: "", points: curve.validation.points, style: style, showsRange: false, marksPoints: true))
        }
        last = max(last, points.last?.lastX ?? 0, curve.validation.points.last?.lastX ?? 0)
        if !legend.isEmpty {
            let entry = "─ \(state.view.form(of: name.text))" + (hasValidation ? "" : " (train)")
            x += buffer.write(entry, x: x, y: legend.y, width: legend.maxX - x, style) + 2
        }
    }
    guard !lines.isEmpty else { return renderEmpty(["reading the curves"], look, area, &buffer) }
    renderChart(LineChart(lines: lines, xRange: 0...max(1, last), clipsStart: true), look, plot, &buffer)
}

private func renderRunSummary(_ state: ScreenContext<RunsView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer)
{
    guard let run = state.view.current else { return renderEmpty(["no run is selected"], look, area, &buffer) }
    var facts: [(String, String)] = [("state", run.state.rawValue), ("model", run.model), ("corpus", run.corpus)]
    if let count = run.parameterCount { facts.append(("parameters", Format.grouped(count))) }
    if let report = run.lastReport {
        facts += [
            ("step", Format.grouped(report.step)),
            ("seen", Format.short(Double(report.charactersSeen)) + " characters"),
            ("epoch", Format.fixed(report.epoch, 3)), ("elapsed", Format.duration(report.elapsedSeconds)),
            ("train", bits(report.trainBPC) + run.perByte),
        ]
    }
    facts += [
        ("valid", bits(run.validBPC) + run.perByte), ("best valid", bits(run.bestValidBPC) + run.perByte),
        ("on disk", Format.fixed(Double(run.bytesOnDisk) / 1e6, 1) + " MB"),
    ]
    let used = writeFacts(facts.map { ($0, $1) }, indent: 12, look, area, &buffer)
    guard let problem = run.problem else { return }
    for (row, line) in wrapped(problem, width: area.width, limit: 4).enumerated()
    where used + 1 + row < area.height {
        buffer.write(line, x: area.x, y: area.y + used + 1 + row, width: area.width, look.theme.warning)
    }
}
