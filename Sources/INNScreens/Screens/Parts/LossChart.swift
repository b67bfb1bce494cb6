import INNKit

/// Training and validation loss as one chart.
///
/// - Parameter window: visible steps, nil for all.
func lossChart(
    _ run: RunState, _ look: Look, window: ClosedRange<Double>?, isLogarithmic: Bool = false, weight: Double,
    cursor: Double? = nil
) -> LineChart? {
    let history = run.data.history
    guard let range = window ?? history.stepRange else { return nil }
    let bits: @Sendable (Double) -> String = { Format.fixed($0, 3) }
    var lines = [
        LineChart.Line(
            name: "train", points: history.train.points, style: weight > 0 ? look.theme.raw : look.theme.smooth,
            endLabel: weight > 0 ? nil : bits)
    ]
    if weight > 0 {
        lines.append(
            .init(
                name: "mean", points: history.train.smoothed(weight: weight), style: look.theme.smooth,
                showsRange: false, endLabel: bits))
    }
    let valid = history.validation.points
    lines.append(
        .init(
            name: "valid", points: valid, style: look.theme.validation, showsRange: false,
            marksPoints: valid.count <= LineChart.mostMarkedPoints, endLabel: bits))
    return LineChart(
        lines: lines, xRange: range, isLogarithmic: isLogarithmic, references: run.runInfo.references,
        marks: chartMarks(run, look), cursor: cursor ?? run.selection.probeStep.map(Double.init), clipsStart: true
    )
}

/// Where in the training the figures on display are from, while they are not the newest: the line through the curve.
func lookingBackNote(_ run: RunState) -> String? {
    guard let step = run.selection.probeStep else { return nil }
    let valid = run.data.history.validation.point(nearest: Double(step)).map { ", valid " + Format.fixed($0.mean, 2) }
    return "│ step " + Format.grouped(step) + (valid ?? "")
}

/// Event marks for the bottom of a chart.
func chartMarks(_ run: RunState, _ look: Look) -> [LineChart.Mark] {
    run.data.marks.compactMap { mark in
        guard let (glyph, style) = markGlyph(mark.kind, look.theme) else { return nil }
        return LineChart.Mark(x: Double(mark.step), glyph: glyph, style: style)
    }
}

/// How an event looks on a time line; nil for events that only the log shows.
func markGlyph(_ kind: EventMark.Kind, _ theme: Theme) -> (Unicode.Scalar, Style)? {
    switch kind {
    case .checkpoint: ("▴", theme.dim)
    case .bestCheckpoint: ("★", theme.good)
    case .notANumber: ("✖", theme.bad)
    case .lossSpike: ("▲", theme.warning)
    case .rolledBack: ("←", theme.bad)
    case .intervention: ("◇", theme.accent)
    case .learningRateChanged: ("~", theme.rate)
    case .resumed: ("›", theme.accent)
    case .started, .paused, .unpaused, .stopped, .finished, .notice: nil
    }
}

/// Names of the curves in their colours, the signs of the events on display and the lowest validation loss, at the top
/// right of a chart: as much of it, from the left, as there is room for.
func renderLossLegend(
    _ run: RunState, _ look: Look, _ area: Rect, weight: Double, window: ClosedRange<Double>? = nil,
    _ buffer: inout CellBuffer
) {
    guard area.height > 2 else { return }
    let history = run.data.history
    var parts: [(String, Style)] = [("─ train", weight > 0 ? look.theme.raw : look.theme.smooth)]
    if weight > 0 { parts.append(("─ mean", look.theme.smooth)) }
    if history.lastValidation != nil {
        let hasPoints = history.validation.points.count <= LineChart.mostMarkedPoints
        parts.append((hasPoints ? "◆ valid" : "─ valid", look.theme.validation))
    }
    let shown = run.data.marks.filter { window?.contains(Double($0.step)) ?? true }
    let kinds = EventMark.Kind.onCharts.filter { kind in shown.contains { $0.kind == kind } }
    parts += kinds.compactMap { kind in
        markGlyph(kind, look.theme).map { (String(Character($0.0)) + " " + kind.shortPhrase, $0.1) }
    }
    if let best = history.best {
        parts.append(("lowest valid " + Format.fixed(best.bpc, 3) + " at " + Format.grouped(best.step), look.theme.dim))
    }
    func width() -> Int { parts.reduce(0) { $0 + columnCount($1.0) + 2 } - 2 }
    while parts.count > 1, width() >= area.width { parts.removeLast() }
    var x = area.maxX - width()
    guard x > area.x else { return }
    for (text, style) in parts {
        x += buffer.write(text, x: x, y: area.y, width: area.maxX - x, style) + 2
    }
}

extension EventMark.Kind {
    /// Those with a sign under the curve, the rare ones, which say more, first.
    fileprivate static let onCharts: [Self] = [
        .notANumber, .rolledBack, .lossSpike, .intervention, .learningRateChanged, .resumed, .bestCheckpoint,
        .checkpoint,
    ]

    /// The event in a word or two, for a legend.
    fileprivate var shortPhrase: String {
        switch self {
        case .bestCheckpoint: "best so far"
        case .learningRateChanged: "rate changed"
        default: phrase
        }
    }
}

/// The loss chart with its legend line, or what it waits for.
func renderLoss(_ run: RunState, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    let weight = TrainView.Smoothing.medium.rawValue
    guard let chart = lossChart(run, look, window: nil, weight: weight) else {
        renderEmpty(
            [run.isGrowing ? "waiting for the first report" : "this run has stored no reports"], look, area, &buffer)
        return
    }
    let (legend, rest) = area.splitTop(area.height > 6 ? 1 : 0)
    renderLossLegend(
        run, look,
        legend.isEmpty
            ? Rect(x: 0, y: 0, width: 0, height: 0) : Rect(x: legend.x, y: legend.y, width: legend.width, height: 3),
        weight: weight, &buffer)
    renderChart(chart, look, rest, &buffer)
}

/// A chart, or a note that nothing finite can be drawn.
func renderChart(_ chart: LineChart, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    if chart.yRange() == nil {
        renderEmpty(["no finite value here"], look, area, &buffer)
    } else {
        chart.render(in: &buffer, area: area, look: look)
    }
}
