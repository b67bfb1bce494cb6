import INNKit

/// Screen 1: the curves of training, with zoom and an inspect cursor.
struct TrainScreen: Screen {
    typealias View = TrainView

    let id = ScreenID.train
    let title = "Train"

    let panes: [Pane<View>] = [
        Pane(
            "Loss, bits per character",
            note: { state in
                var parts = [
                    state.view.smoothing == .off
                        ? "not smoothed" : "mean keeps " + Format.fixed(state.view.smoothing.rawValue, 2)
                ]
                if state.view.isLogarithmic { parts.insert("log scale", at: 0) }
                return parts.joined(separator: " · ")
            }, render: renderTrainLoss),
        Pane(
            "Learning rate", note: { $0.data.history.latest.map { Format.scientific($0.learningRate) } ?? "" },
            render: { state, look, area, buffer in
                renderCurve(state.data.history.learningRate, state, look.theme.rate, look, area, &buffer)
            }),
        Pane(
            "Gradient norm", note: { $0.data.history.latest.map { Format.compact($0.gradientNorm) } ?? "" },
            render: { state, look, area, buffer in
                renderCurve(state.data.history.gradientNorm, state, look.theme.gradient, look, area, &buffer)
            }),
        Pane(
            "Characters per second", note: { $0.data.history.latest.map { Format.short($0.charsPerSecond) } ?? "" },
            render: { state, look, area, buffer in
                renderCurve(state.data.history.charsPerSecond, state, look.theme.throughput, look, area, &buffer)
            }),
        Pane(
            "Run",
            heading: { $0.isGrowing || $0.data.history.stepRange != nil ? "Run" : "Network without its training" },
            render: renderRunFacts),
        Pane("Events and log", render: renderEvents),
    ]

    let bindings: [KeyBinding<State>] =
        trainingBindings("train", .screen(.train)) + chartBindings + rateBindings

    /// A network that came without its training has no curves, and will get none.
    func hasContent(pane: Int, _ view: View, _ run: RunState) -> Bool {
        switch pane {
        case 0, 1, 2, 3: run.isGrowing || run.data.history.stepRange != nil
        case 5: run.isGrowing || !run.data.marks.isEmpty || !run.log.isEmpty
        default: true
        }
    }

    func layout(_ area: Rect, _ state: State) -> [Rect] {
        guard hasContent(pane: 0, state.view, state.run) else {
            let none = Rect(x: area.x, y: area.maxY, width: area.width, height: 0)
            let (facts, events) = area.splitTop(
                area.height - (hasContent(pane: 5, state.view, state.run) ? area.height / 3 : 0))
            return [none, none, none, none, facts, events]
        }
        let side = area.width >= 120 ? min(48, area.width * 30 / 100) : 0
        let (left, right) = area.splitLeft(area.width - side)
        let (top, bottom) = left.splitTop(left.height * 62 / 100)
        let (facts, events) = right.splitTop(min(right.height, 22))
        return [top] + bottom.columns(3) + [facts, events]
    }

    let scroll = (up: Key.character("+"), down: Key.character("-"))
    let followsDrag = true

    func click(_ state: inout State, pane: Int, area: Rect, x: Int, y: Int) -> [Effect] {
        guard pane == 0, let chart = trainChart(state, state.look) else { return [] }
        state.view.cursor = chart.step(atX: x, plot: chart.plotArea(in: trainPlot(area)))
        return []
    }

    func unwind(_ state: inout State) -> [Effect]? {
        guard state.view.cursor != nil else { return nil }
        state.view.cursor = nil
        return []
    }

    func csv(_ state: State) -> String { lossCSV(state.run) }
}

/// Fewer steps are no curve.
private let leastSteps = 4.0

private let chartBindings: [KeyBinding<ScreenContext<TrainView>>] = {
    let context = KeyContext.screen(.train)
    let isZoomed = Requirement<ScreenContext<TrainView>>.reports.and("all steps are shown; + zooms in") {
        $0.view.span != nil
    }
    return [
        KeyBinding(
            "train.zoomIn", context, [.character("+")], "zoom", "zoom in on the steps", isHint: true,
            when: .reports.and("fewer steps cannot be shown") { ($0.trainWindow?.length ?? 0) > leastSteps }
        ) { $0.zoomTrain(0.5) },
        KeyBinding(
            "train.zoomOut", context, [.character("-")], "zoom", "zoom out", isHint: true, when: isZoomed
        ) { $0.zoomTrain(2) },
        KeyBinding("train.zoomAll", context, [.character("=")], "zoom all", "show all steps", when: isZoomed) {
            $0.view.span = nil
            $0.view.end = nil
            return []
        },
        KeyBinding(
            "train.panLeft", context, [.character(",")], "pan", "earlier steps", isHint: true,
            when: isZoomed.and("the first steps are shown") {
                $0.trainWindow?.lowerBound != $0.data.history.stepRange?.lowerBound
            }
        ) { $0.panTrain(-0.25) },
        KeyBinding(
            "train.panRight", context, [.character(".")], "pan", "later steps", isHint: true,
            when: isZoomed.and("the newest steps are shown") { $0.view.end != nil }
        ) { $0.panTrain(0.25) },
        KeyBinding(
            "train.inspect", context, [.character("i")], "inspect", "cursor with exact values, on or off", isHint: true,
            when: .reports
        ) {
            $0.view.cursor = $0.view.cursor == nil ? $0.trainWindow?.upperBound : nil
            return []
        },
        KeyBinding(
            "train.log", context, [.character("y")], "log", "logarithmic loss axis, on or off", isHint: true,
            when: .reports
        ) {
            $0.view.isLogarithmic.toggle()
            return []
        },
        KeyBinding(
            "train.smoothing", context, [.character("s")], "smooth", "running mean: off, light, medium, strong",
            isHint: true, when: .reports
        ) {
            $0.view.smoothing = $0.view.smoothing.next
            return []
        },
    ]
        + movement(
            "train", context, vertical: nil, horizontal: "inspect cursor",
            when: Requirement("i shows the inspect cursor first") { $0.view.cursor != nil }
        ) { state, dx, _ in
            state.moveTrainCursor(Double(dx))
        }
}()

private let rateBindings: [KeyBinding<ScreenContext<TrainView>>] = {
    let isRunning = Requirement<ScreenContext<TrainView>>("nothing is being trained here") {
        $0.runInfo.isLive && $0.trainer == .training && $0.live.history.latest != nil
    }
    func binding(_ name: String, _ help: String, _ factor: Double) -> KeyBinding<ScreenContext<TrainView>> {
        KeyBinding("train.\(name)", .screen(.train), [], name, help, when: isRunning) { state in
            guard let rate = state.live.history.latest?.learningRate else { return [] }
            state.show("learning rate set to " + Format.scientific(rate * factor))
            return [.trainer(.scaleLearningRate(factor))]
        }
    }
    return [
        binding("halveRate", "learning rate: half of what it is", 0.5),
        binding("doubleRate", "learning rate: twice what it is", 2),
    ]
}()

extension ScreenContext<TrainView> {
    /// The steps on display on the train screen.
    var trainWindow: ClosedRange<Double>? {
        guard let all = run.data.history.stepRange else { return nil }
        guard let span = view.span else { return all }
        let width = min(span, all.upperBound - all.lowerBound)
        let end = max(all.lowerBound + width, min(all.upperBound, view.end ?? all.upperBound))
        return (end - width)...end
    }

    mutating func zoomTrain(_ factor: Double) -> [Effect] {
        guard let all = run.data.history.stepRange, let window = trainWindow else { return [] }
        let full = all.length
        let width = max(leastSteps, window.length * factor)
        guard width < full else {
            view.span = nil
            view.end = nil
            return []
        }
        // Zooming keeps the inspected step, or else the newest one, in place.
        let anchor = view.cursor ?? window.upperBound
        let share = (window.upperBound - anchor) / max(1e-9, window.upperBound - window.lowerBound)
        let end = anchor + max(0, min(1, share)) * width
        view.span = width
        view.end = end >= all.upperBound ? nil : end
        return []
    }

    mutating func panTrain(_ share: Double) -> [Effect] {
        guard let all = run.data.history.stepRange, let window = trainWindow else { return [] }
        let width = window.upperBound - window.lowerBound
        let end = max(all.lowerBound + width, min(all.upperBound, window.upperBound + share * width))
        view.end = end >= all.upperBound ? nil : end
        return []
    }

    mutating func moveTrainCursor(_ columns: Double) {
        guard let cursor = view.cursor, let window = trainWindow else { return }
        let unit = max(1, (window.upperBound - window.lowerBound) / 100)
        view.cursor = max(window.lowerBound, min(window.upperBound, cursor + columns * unit))
    }
}

extension ClosedRange<Double> {
    fileprivate var length: Double { upperBound - lowerBound }
}

/// The part of the loss pane under its readout line.
private func trainPlot(_ area: Rect) -> Rect { area.inset(top: area.height > 5 ? 1 : 0) }

private func trainChart(_ state: ScreenContext<TrainView>, _ look: Look) -> LineChart? {
    guard let window = state.trainWindow else { return nil }
    return lossChart(
        state.run, look, window: window, isLogarithmic: state.view.isLogarithmic, weight: state.view.smoothing.rawValue,
        cursor: state.view.cursor)
}

private func renderTrainLoss(_ state: ScreenContext<TrainView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer)
{
    guard let chart = trainChart(state, look) else {
        return renderEmpty(
            [state.isGrowing ? "waiting for the first report" : "this run has stored no reports"], look, area, &buffer)
    }
    let plot = trainPlot(area)
    if plot != area {
        if let cursor = state.view.cursor {
            buffer.write(readout(state, cursor), x: area.x, y: area.y, width: area.width, look.theme.accent)
        } else {
            renderLossLegend(
                state.run, look, area, weight: state.view.smoothing.rawValue, window: state.trainWindow, &buffer)
        }
    }
    renderChart(chart, look, plot, &buffer)
}

/// The exact values at a step.
private func readout(_ state: ScreenContext<TrainView>, _ cursor: Double) -> String {
    let history = state.data.history
    guard let train = history.train.point(nearest: cursor) else { return "" }
    let first = Format.grouped(Int(bounded: train.firstX))
    let last = Format.grouped(Int(bounded: train.lastX))
    var text = "step " + (first == last ? first : first + "–" + last) + "  train " + Format.fixed(train.mean, 4)
    if train.count > 1 {
        text += " (" + Format.fixed(train.low, 3) + "–" + Format.fixed(train.high, 3) + ", n \(train.count))"
    }
    if let valid = history.validation.point(nearest: cursor) {
        text += "  valid " + Format.fixed(valid.mean, 4) + " at " + Format.grouped(Int(bounded: valid.centerX))
    }
    if let rate = history.learningRate.point(nearest: cursor) { text += "  rate " + Format.scientific(rate.mean) }
    if let norm = history.gradientNorm.point(nearest: cursor) { text += "  gradient " + Format.compact(norm.mean) }
    return text
}

private func renderCurve(
    _ series: BoundedSeries, _ state: ScreenContext<TrainView>, _ style: Style, _ look: Look, _ area: Rect,
    _ buffer: inout CellBuffer
) {
    guard let window = state.trainWindow else { return renderEmpty(["no data yet"], look, area, &buffer) }
    let chart = plainChart(series, window, style, cursor: state.view.cursor)
    renderChart(chart, look, area, &buffer)
}

/// The newest events and lines, each on as many rows as its words need.
private func renderEvents(_ state: ScreenContext<TrainView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    let log = state.log.suffix(area.height / 3).flatMap { line in
        wrapped(line, width: area.width, limit: 3).map { [(0, $0, look.theme.dim)] }
    }.suffix(area.height / 3)
    let events = state.data.marks.suffix(area.height).flatMap { eventRows($0, look, width: area.width) }
    let rows = events.suffix(area.height - log.count) + log
    if rows.isEmpty { return renderEmpty(["nothing has happened yet"], look, area, &buffer) }
    for (row, parts) in rows.enumerated() {
        for (x, text, style) in parts {
            buffer.write(text, x: area.x + x, y: area.y + row, width: area.width - x, style)
        }
    }
}

/// An event as rows of texts, each with its column.
private func eventRows(_ mark: EventMark, _ look: Look, width: Int) -> [[(Int, String, Style)]] {
    let (glyph, style) = markGlyph(mark.kind, look.theme) ?? ("·", look.theme.dim)
    let step = Format.right(Format.grouped(mark.step), 7) + " "
    let indent = 2 + columnCount(step)
    let text = mark.detail.isEmpty ? mark.kind.phrase : mark.kind.phrase + ": " + mark.detail
    return wrapped(text, width: width - indent, limit: 4).enumerated().map { row, line in
        (row == 0 ? [(0, String(glyph), style), (2, step, look.theme.faint)] : []) + [(indent, line, look.theme.text)]
    }
}

extension EventMark.Kind {
    /// The event in words.
    var phrase: String {
        switch self {
        case .bestCheckpoint: "best checkpoint"
        case .notANumber: "loss not finite"
        case .lossSpike: "loss spike"
        case .rolledBack: "rolled back"
        case .learningRateChanged: "learning rate"
        case .started, .resumed, .checkpoint, .intervention, .paused, .unpaused, .stopped, .finished, .notice: rawValue
        }
    }
}
