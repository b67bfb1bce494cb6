import INNKit

/// Firing rates of one round; on the whole screen those of all rounds.
func renderRates(_ state: ScreenContext<OverviewView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    guard let entry = state.probe else { return renderEmpty(probesMissing(state.run), look, area, &buffer) }
    let s = entry.snapshot
    guard
        let rounds = RoundsSideBySide(
            state.run, rounds: s.rounds, shown: state.shownRound, in: area, least: (48, max(24, s.neurons + 2)))
    else { return renderRates(of: state, entry, look, area, &buffer) }
    rounds.drawTitles(look, &buffer)
    for part in rounds.parts { renderRates(of: state.showing(part), entry, look, part.area, &buffer) }
}

/// A list with bars when every neuron gets a row, otherwise upright bars.
private func renderRates(
    of state: ScreenContext<OverviewView>, _ entry: ProbeEntry, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer
) {
    let n = entry.snapshot.neurons
    let round = state.shownRound
    let order = neuronOrder(state.run.orderProbe ?? entry, round: round, state.view.neuronOrder.inRouting, nil)
    guard area.height >= n, area.width >= 24 else {
        return renderRateColumns(entry, round, order, look, area, &buffer)
    }
    for (row, neuron) in order.enumerated() {
        renderRateRow(
            state.run, entry, neuron, Rect(x: area.x, y: area.y + row, width: area.width, height: 1), look, &buffer)
    }
    guard area.height > n else { return }
    let (bar, spark) = rateColumns(area.width)
    let axis = Rect(x: area.x + 4, y: area.y + n, width: bar, height: 1)
    Bars.drawUnitAxis(in: &buffer, row: axis, look.theme.faint)
    if spark > 0 {
        buffer.write(
            rateHistoryTitle(state.run, width: spark), x: area.maxX - spark, y: axis.y, width: spark, look.theme.faint)
    }
    let meaning = "fires: share of characters with a gate above .5"
    guard area.height > n + 1, columnCount(meaning) <= area.width - 4 else { return }
    buffer.write(meaning, x: axis.x, y: axis.y + 1, width: area.width - 4, look.theme.faint)
}

/// Columns of the bar and of the history.
private func rateColumns(_ width: Int) -> (bar: Int, spark: Int) {
    let spark = width >= 44 ? min(24, width / 3) : 0
    return (width - 4 - 5 - (spark > 0 ? spark + 2 : 0), spark)
}

private func renderRateRow(
    _ run: RunState, _ entry: ProbeEntry, _ neuron: Int, _ row: Rect, _ look: Look, _ buffer: inout CellBuffer
) {
    let rate = entry.snapshot.firingRate[run.shownRound * entry.snapshot.neurons + neuron]
    buffer.write(Format.right(String(neuron), 3), x: row.x, y: row.y, width: 3, look.theme.dim)
    let (bar, spark) = rateColumns(row.width)
    let place = Rect(x: row.x + 4, y: row.y, width: bar, height: 1)
    Bars.drawHorizontal(
        Double(rate), in: &buffer, row: place, look.theme.bar, empty: look.theme.barEmpty, look: look)
    Bars.drawLine(at: 0.5, in: &buffer, row: place, bar: look.theme.bar, look: look)
    buffer.write(
        Format.right(Format.fixed(Double(rate), 2), 5), x: row.x + 4 + bar, y: row.y, width: 5, look.theme.text)
    guard spark > 0 else { return }
    drawRateHistory(run, neuron, x: row.maxX - spark, y: row.y, width: spark, look, &buffer)
}

/// Firing rate of a neuron in the round on display over training.
private func rateHistory(_ run: RunState, _ neuron: Int) -> [Float] {
    guard let entry = run.probe else { return [] }
    let index = run.shownRound * entry.snapshot.neurons + neuron
    return run.data.probes.rates.compactMap {
        $0.step <= entry.snapshot.step && index < $0.values.count ? $0.values[index] : nil
    }
}

/// What the history is, in the room there is.
func rateHistoryTitle(_ run: RunState, width: Int) -> String {
    guard run.data.probes.rates.count > 1 else { return width >= 15 ? "rate: one probe" : "one probe" }
    return ["rate over training", "over training", "history"].first { columnCount($0) <= width } ?? ""
}

/// The history as a sparkline; a single probe is one mark, because it says nothing about time.
func drawRateHistory(
    _ run: RunState, _ neuron: Int, x: Int, y: Int, width: Int, _ look: Look, _ buffer: inout CellBuffer
) {
    let values = rateHistory(run, neuron)
    Bars.drawSparkline(
        values, low: 0, high: 1, in: &buffer,
        row: Rect(x: x, y: y, width: values.count > 1 ? width : min(1, width), height: 1),
        look.theme.gradient, look: look)
}

private func renderRateColumns(
    _ entry: ProbeEntry, _ round: Int, _ order: [Int], _ look: Look, _ area: Rect, _ buffer: inout CellBuffer
) {
    let n = entry.snapshot.neurons
    let (whole, axis) = area.height >= 3 ? (area.inset(bottom: 1), true) : (area, false)
    let chart = whole.inset(left: axis && area.width >= 24 ? 3 : 0)
    let pool = max(1, (n + chart.width - 1) / max(1, chart.width))
    let shown = (n + pool - 1) / pool
    let width = max(1, min(5, chart.width / max(1, shown)))
    if chart.x > area.x { drawRateScale(chart, look, &buffer) }
    var nextFree = chart.x
    for column in 0..<shown {
        let members = order[(column * pool)..<min(n, (column + 1) * pool)]
        let rate = members.map { entry.snapshot.firingRate[round * n + $0] }.max() ?? .nan
        let bar = Rect(
            x: chart.x + column * width, y: chart.y, width: max(1, width - (width > 1 ? 1 : 0)), height: chart.height)
        Bars.drawVertical(Double(rate), in: &buffer, area: bar, look.theme.bar, look: look)
        if width >= 4, rate.isFinite { drawRateValue(Double(rate), over: bar, look, &buffer) }
        let label = String(order[column * pool])
        guard axis, bar.x >= nextFree, bar.x + columnCount(label) <= area.maxX else { continue }
        buffer.write(label, x: bar.x, y: chart.maxY, width: columnCount(label), look.theme.faint)
        nextFree = bar.x + columnCount(label) + 1
    }
    if pool > 1 { buffer.writeRight("max of \(pool)", in: area, row: 0, look.theme.faint) }
}

/// The axis from 0 to 1 left of upright bars, and the line at a half behind them.
private func drawRateScale(_ chart: Rect, _ look: Look, _ buffer: inout CellBuffer) {
    guard chart.height >= 3 else { return }
    let middle = chart.y + chart.height / 2
    for x in chart.x..<chart.maxX { buffer.put("┄", x: x, y: middle, look.theme.barEmpty) }
    for (text, y) in [(" 1", chart.y), (".5", middle), (" 0", chart.maxY - 1)] {
        buffer.write(text, x: chart.x - 3, y: y, width: 2, look.theme.faint)
    }
}

/// The value on top of an upright bar, or inside one that reaches the top.
private func drawRateValue(_ rate: Double, over bar: Rect, _ look: Look, _ buffer: inout CellBuffer) {
    let filled = (Int(bounded: (max(0, min(1, rate)) * Double(bar.height * 8)).rounded()) + 7) / 8
    let y = bar.maxY - 1 - filled
    let isInside = y < bar.y
    let style =
        isInside && look.theme.bar.foreground != .terminalDefault
        ? Style(look.theme.paper, on: look.theme.bar.foreground) : look.theme.text
    buffer.write(Format.share(rate), x: bar.x, y: max(bar.y, y), width: bar.width, style)
}
