import INNKit

/// The loss; on the whole screen with the curves that explain it underneath.
func renderOverviewLoss(
    _ state: ScreenContext<OverviewView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer
) {
    let history = state.data.history
    guard area.width >= 100, area.height >= 28, let window = history.stepRange else {
        return renderLoss(state.run, look, area, &buffer)
    }
    let (top, bottom) = area.splitTop(area.height * 2 / 3)
    renderLoss(state.run, look, top.inset(bottom: 1), &buffer)
    let curves: [(name: String, series: BoundedSeries, style: Style)] = [
        ("learning rate", history.learningRate, look.theme.rate),
        ("gradient norm", history.gradientNorm, look.theme.gradient),
        ("characters per second", history.charsPerSecond, look.theme.throughput),
    ]
    for (column, curve) in zip(bottom.columns(curves.count), curves) {
        buffer.write(curve.name, x: column.x, y: column.y, width: column.width - 2, look.theme.dim)
        renderChart(
            plainChart(curve.series, window, curve.style), look, column.inset(top: 1, right: 2), &buffer)
    }
}

/// One curve of training.
func plainChart(
    _ series: BoundedSeries, _ window: ClosedRange<Double>, _ style: Style, cursor: Double? = nil
) -> LineChart {
    LineChart(
        lines: [.init(name: "", points: series.points, style: style, endLabel: { Format.compact($0) })],
        xRange: window, cursor: cursor)
}
