import INNKit

/// Firing rates of one round: a list with bars when every neuron gets a row, otherwise upright bars.
func renderRates(_ state: ScreenContext<OverviewView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    guard let entry = state.probe else { return renderEmpty(probesMissing(state.run), look, area, &buffer) }
    let n = entry.snapshot.neurons
    let round = state.shownRound
    let order = neuronOrder(state.run.orderProbe ?? entry, round: round, state.view.neuronOrder.inRouting, nil)
    if area.height >= n, area.width >= 24 {
        for (row, neuron) in order.enumerated() {
            renderRateRow(
                state.run, entry, neuron, Rect(x: area.x, y: area.y + row, width: area.width, height: 1), look, &buffer)
        }
    } else {
        renderRateColumns(entry, round, order, look, area, &buffer)
    }
}

private func renderRateRow(
    _ run: RunState, _ entry: ProbeEntry, _ neuron: Int, _ row: Rect, _ look: Look, _ buffer: inout CellBuffer
) {
    let rate = entry.snapshot.firingRate[run.shownRound * entry.snapshot.neurons + neuron]
    buffer.write(Format.right(String(neuron), 3), x: row.x, y: row.y, width: 3, look.theme.dim)
    let spark = row.width >= 44 ? min(24, row.width / 3) : 0
    let bar = row.width - 4 - 5 - (spark > 0 ? spark + 2 : 0)
    Bars.drawHorizontal(
        Double(rate), in: &buffer, row: Rect(x: row.x + 4, y: row.y, width: bar, height: 1), look.theme.bar,
        empty: look.theme.barEmpty,
        look: look)
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

func rateHistoryTitle(_ run: RunState) -> String {
    run.data.probes.rates.count > 1 ? "rate over training" : "rate: one probe"
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
    let (chart, axis) = area.height >= 3 ? (area.inset(bottom: 1), true) : (area, false)
    let pool = max(1, (n + area.width - 1) / max(1, area.width))
    let shown = (n + pool - 1) / pool
    let width = max(1, min(4, area.width / max(1, shown)))
    var nextFree = area.x
    for column in 0..<shown {
        let members = order[(column * pool)..<min(n, (column + 1) * pool)]
        let rate = members.map { entry.snapshot.firingRate[round * n + $0] }.max() ?? .nan
        let bar = Rect(
            x: chart.x + column * width, y: chart.y, width: max(1, width - (width > 1 ? 1 : 0)), height: chart.height)
        Bars.drawVertical(Double(rate), in: &buffer, area: bar, look.theme.bar, look: look)
        let label = String(order[column * pool])
        guard axis, bar.x >= nextFree, bar.x + columnCount(label) <= area.maxX else { continue }
        buffer.write(label, x: bar.x, y: chart.maxY, width: columnCount(label), look.theme.faint)
        nextFree = bar.x + columnCount(label) + 1
    }
    if pool > 1 { buffer.writeRight("max of \(pool)", in: area, row: 0, look.theme.faint) }
}
