import INNKit

/// One neuron: its gate at every character, whom it hears, who hears it, and what has changed.
///
/// - Parameter edges: where the edges stand when that is not under the rest, two rows.
func renderNeuronDetail(_ run: RunState, _ look: Look, _ area: Rect, edges: Rect? = nil, _ buffer: inout CellBuffer) {
    guard let entry = run.probe else { return renderEmpty(probesMissing(run), look, area, &buffer) }
    let neuron = min(run.selection.neuron, entry.snapshot.neurons - 1)
    let change = changeLines(run, entry, neuron, width: area.width, look)
    // Edges and changes take their rows first; the tuning bars fill what is left.
    let edgeRows = edges == nil ? min(2, area.height) : 0
    let changeRows = min(change.count, max(0, area.height - edgeRows - 5))
    let (tuning, rest) = area.splitTop(area.height - edgeRows - changeRows)
    renderTuningRow(run, entry, neuron, look, tuning, &buffer)
    renderEdges(entry, round: run.shownRound, neuron, edges ?? rest.splitTop(edgeRows).top, look, &buffer)
    for (row, line) in change.prefix(changeRows).enumerated() {
        buffer.write(line.0, x: rest.x, y: rest.y + edgeRows + row, width: rest.width, line.1)
    }
}

/// Whom the neuron hears and who hears it, strongest first, as many as fit.
private func renderEdges(
    _ entry: ProbeEntry, round: Int, _ neuron: Int, _ area: Rect, _ look: Look, _ buffer: inout CellBuffer
) {
    let matrix = RoutingMatrix(entry, round: round, head: nil, measure: .routing)
    let n = matrix.neurons
    let kinds: [(String, (Int) -> Float)] = [
        ("hears", { matrix.values[neuron * n + $0] }), ("heard by", { matrix.values[$0 * n + neuron] }),
    ]
    for (row, (name, weight)) in kinds.enumerated() where row < area.height {
        buffer.write(name, x: area.x, y: area.y + row, width: min(10, area.width), look.theme.dim)
        var x = area.x + 10
        for other in (0..<n).filter({ !matrix.isAbsent(neuron, $0) }).sorted(by: { (weight($0), $1) > (weight($1), $0) }
        ) {
            let text = "\(other) " + Format.fixed(Double(weight(other)), 2)
            guard x + columnCount(text) <= area.maxX else { break }
            x += buffer.write(text, x: x, y: area.y + row, width: area.maxX - x, look.theme.text) + 2
        }
    }
}

private func gate(_ entry: ProbeEntry, _ round: Int, _ symbol: Int, _ neuron: Int) -> Float {
    let s = entry.snapshot
    return s.tuning[(round * s.symbols.count + symbol) * s.neurons + neuron]
}

/// A strip with every character on the colour of its mean gate, then bars for the highest and the lowest.
private func renderTuningRow(
    _ run: RunState, _ entry: ProbeEntry, _ neuron: Int, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer
) {
    let s = entry.snapshot
    let round = run.shownRound
    let tuning = (0..<s.symbols.count).compactMap { symbol -> (symbol: Int, gate: Float)? in
        let value = gate(entry, round, symbol, neuron)
        return value.isNaN || s.symbolCounts[symbol] == 0 ? nil : (symbol, value)
    }
    var y = area.y
    func heading(_ text: String) {
        guard y < area.maxY else { return }
        buffer.write(text, x: area.x, y: y, width: area.width, look.theme.strong)
        y += 1
    }
    if area.height >= 6 {
        heading("mean gate at each character, 0–1")
        drawStrip(tuning, s, look, Rect(x: area.x, y: y, width: area.width, height: 1), &buffer)
        y += look.colors == .mono ? 2 : 1
    }
    let sorted = tuning.sorted { ($0.gate, $1.symbol) > ($1.gate, $0.symbol) }
    let shown = max(1, min(6, (area.maxY - y - 2) / 2))
    heading("highest at")
    for row in sorted.prefix(shown) where y < area.maxY {
        drawTuning(row, s, look, Rect(x: area.x, y: y, width: area.width, height: 1), &buffer)
        y += 1
    }
    heading("lowest at")
    for row in sorted.suffix(min(shown, max(0, sorted.count - shown))).reversed() where y < area.maxY {
        drawTuning(row, s, look, Rect(x: area.x, y: y, width: area.width, height: 1), &buffer)
        y += 1
    }
}

private func drawStrip(
    _ tuning: [(symbol: Int, gate: Float)], _ s: ProbeSnapshot, _ look: Look, _ row: Rect, _ buffer: inout CellBuffer
) {
    let scale = ColorScale(.viridis, low: 0, high: 1, look: look)
    let pitch = tuning.contains { columnCount(s.symbols[$0.symbol]) > 1 } ? 2 : 1
    for (column, entry) in tuning.prefix(row.width / pitch).enumerated() {
        let name = TuningFigure.name(s.symbols[entry.symbol])
        let step = scale.step(entry.gate) ?? 0
        let cell = Rect(x: row.x + column * pitch, y: row.y, width: pitch, height: 1)
        if scale.level == .mono {
            buffer.write(name, x: cell.x, y: cell.y, width: pitch, look.theme.text)
            let shade = Rect(x: cell.x, y: cell.y + 1, width: pitch, height: 1)
            buffer.fill(shade, ColorScale.ramp(step: step, of: scale.stepCount), look.theme.dim)
        } else {
            let background = scale.color(step: step)
            let style = Style(background.ink(look), on: background)
            buffer.fill(cell, " ", style)
            buffer.write(name, x: cell.x, y: cell.y, width: pitch, style)
        }
    }
}

private func drawTuning(
    _ row: (symbol: Int, gate: Float), _ s: ProbeSnapshot, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer
) {
    buffer.write(TuningFigure.name(s.symbols[row.symbol]), x: area.x + 1, y: area.y, width: 3, look.theme.accent)
    let count = "n " + Format.short(Double(s.symbolCounts[row.symbol]))
    let bar = max(0, area.width - 18)
    Bars.drawHorizontal(
        Double(row.gate), in: &buffer, row: Rect(x: area.x + 4, y: area.y, width: bar, height: 1), look.theme.bar,
        empty: look.theme.barEmpty,
        look: look)
    buffer.write(
        Format.right(Format.fixed(Double(row.gate), 2), 5) + Format.right(count, 8), x: area.x + 4 + bar, y: area.y,
        width: 14, look.theme.text)
}

/// What differs from the network without interventions, or else from the first probe of the run.
private func changeLines(
    _ run: RunState, _ entry: ProbeEntry, _ neuron: Int, width: Int, _ look: Look
) -> [(String, Style)] {
    let first = run.data.probes.entries.first
    guard let before = run.baselineProbe ?? first,
        before.snapshot.step != entry.snapshot.step || run.baselineProbe != nil
    else { return [] }
    let s = entry.snapshot
    let old = before.snapshot
    let round = run.shownRound
    guard old.neurons == s.neurons, old.rounds == s.rounds, old.symbols.count == s.symbols.count else { return [] }
    let since = run.baselineProbe == nil ? "since step " + Format.grouped(old.step) : "against the baseline"
    let title = joined(since, roundNote(run))
    let index = round * s.neurons + neuron
    func change(_ name: String, _ before: Float, _ after: Float) -> String {
        name + " " + Format.fixed(Double(before), 2) + "→" + Format.fixed(Double(after), 2)
    }
    let rate = change("rate", old.firingRate[index], s.firingRate[index])
    let rates = fitting(width, rate + "  " + change("gate", old.gateMean[index], s.gateMean[index]), rate)
    let moved = s.symbols.indices.map { ($0, gate(entry, round, $0, neuron) - gate(before, round, $0, neuron)) }.filter
    { abs($0.1) >= 0.005 }
    .sorted { (abs($0.1), $1.0) > (abs($1.1), $0.0) }
    let matrix = RoutingMatrix(entry, round: round, head: nil, measure: .routing)
    let then = RoutingMatrix(before, round: round, head: nil, measure: .routing)
    let n = matrix.neurons
    let edges = (0..<n).map { ($0, matrix.values[neuron * n + $0] - then.values[neuron * n + $0]) }.filter {
        abs($0.1) >= 0.005
    }
    .sorted { (abs($0.1), $1.0) > (abs($1.1), $0.0) }
    func list(_ title: String, _ changes: [(Int, Float)], _ name: (Int) -> String) -> String {
        guard !changes.isEmpty else { return title + "nothing" }
        return fittingList(title, changes.prefix(5).map { name($0.0) + " " + signed(Double($0.1), 2) }, width: width)
    }
    return [
        (title, look.theme.strong), (rates, look.theme.text),
        (list("gate at   ", moved) { TuningFigure.name(s.symbols[$0]) }, look.theme.text),
        (list("hears     ", edges) { "\($0)" }, look.theme.text),
    ]
}
