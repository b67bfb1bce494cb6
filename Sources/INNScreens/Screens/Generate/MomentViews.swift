import INNKit

/// Next-character probabilities, likeliest first: the network's own, the share from which the next one is drawn, and
/// the change from the baseline, under a row of headings.
func renderNextCharacters(_ state: ScreenContext<GenerateView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer)
{
    guard let frame = state.generation else { return renderEmpty(generationMissing(state.run), look, area, &buffer) }
    let order = frame.symbols.indices.sorted { (frame.probabilities[$0], $1) > (frame.probabilities[$1], $0) }
    let isPlain = frame.sampling.temperature == 1 && frame.sampling.topK == nil
    let nameWidth = order.prefix(area.height).map { columnCount(frame.symbols[$0]) }.max() ?? 1
    let drawnWidth = !isPlain && area.width >= nameWidth + 16 ? 6 : 0
    let changeWidth = frame.twin != nil && area.width >= nameWidth + 26 ? 7 : 0
    let bar = max(0, area.width - nameWidth - 2 - 5 - drawnWidth - changeWidth)
    let numbersX = area.x + nameWidth + 1 + bar
    let body = area.inset(top: area.height >= 4 ? 1 : 0)
    if body.height < area.height {
        let heads =
            Format.right("p", 5) + (drawnWidth > 0 ? Format.right("drawn", drawnWidth) : "")
            + (changeWidth > 0 ? Format.right("Δp", changeWidth) : "")
        buffer.write(heads, x: numbersX, y: area.y, width: area.maxX - numbersX, look.theme.faint)
    }
    for (row, symbol) in order.prefix(body.height).enumerated() {
        let y = body.y + row
        let p = Double(frame.probabilities[symbol])
        buffer.write(frame.symbols[symbol], x: area.x, y: y, width: nameWidth, look.theme.accent)
        let barX = area.x + nameWidth + 1
        Bars.drawHorizontal(
            p, in: &buffer, row: Rect(x: barX, y: y, width: bar, height: 1), look.theme.bar, empty: look.theme.barEmpty,
            look: look)
        if let twin = frame.twin, bar > 4 {
            drawTick(twin.probabilities[symbol], x: barX, y: y, width: bar, look, &buffer)
        }
        func write(_ share: Double, _ width: Int, x: Int, _ style: Style) {
            buffer.write(
                Format.right(Format.probability(share), width), x: x, y: y, width: width,
                share < 0.005 ? look.theme.faint : style)
        }
        write(p, 5, x: numbersX, look.theme.text)
        if drawnWidth > 0 { write(Double(frame.drawn[symbol]), drawnWidth, x: numbersX + 5, look.theme.dim) }
        guard changeWidth > 0, let twin = frame.twin else { continue }
        let change = Double(frame.probabilities[symbol] - twin.probabilities[symbol])
        let style = abs(change) >= 0.005 ? look.theme.validation : look.theme.faint
        buffer.write(
            Format.right(signed(change, 3), changeWidth), x: numbersX + 5 + drawnWidth, y: y, width: changeWidth, style)
    }
}

/// The baseline's value as a tick on a bar of the same scale.
private func drawTick(_ share: Float, x: Int, y: Int, width: Int, _ look: Look, _ buffer: inout CellBuffer) {
    guard share.isFinite, buffer.bounds.contains(x: x, y: y) else { return }
    let column = x + min(width - 1, Int(bounded: Double(max(0, min(1, share))) * Double(width)))
    guard buffer.bounds.contains(x: column, y: y) else { return }
    let under = buffer[column, y]
    buffer.put(
        "│", x: column, y: y,
        under.scalar == "█" ? Style(look.theme.paper, on: under.foreground) : look.theme.validation)
}

/// A difference with its sign; what rounds to 0 has none.
func signed(_ value: Double, _ decimals: Int) -> String {
    let text = Format.fixed(value, decimals)
    return value > 0 && text != Format.fixed(0, decimals) ? "+" + text : text
}

func gatesNote(_ state: ScreenContext<GenerateView>) -> String {
    guard let frame = state.generation, let current = frame.current, frame.neurons > 0 else { return "" }
    let from = state.generationRound * frame.neurons
    let speaking = frame.text[current].gates[from..<from + frame.neurons].count { $0 > 0.5 }
    return joined(
        "\(speaking)/\(frame.neurons) " + (frame.hasGates ? "speak" : "active"), generationRoundNote(state.run))
}

/// The gate of every neuron at the current character; the selected neuron and those that were changed are marked.
func renderMomentGates(_ state: ScreenContext<GenerateView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    guard let frame = state.generation else { return renderEmpty(generationMissing(state.run), look, area, &buffer) }
    guard frame.neurons > 0 else { return renderEmpty(neuronsMissing(state.run), look, area, &buffer) }
    guard let current = frame.current, area.height > 0 else {
        return renderEmpty(["no character read yet"], look, area, &buffer)
    }
    let n = frame.neurons
    let from = state.generationRound * n
    let gates = Array(frame.text[current].gates[from..<from + n])
    let baseline = frame.twin.flatMap { $0.gates.isEmpty ? nil : Array($0.gates[from..<from + n]) }
    let columns = (n + area.height - 1) / area.height
    let width = area.width / max(1, columns)
    let hasNumber = width >= 15
    guard width >= 9 else {
        gateMap(state, gates, look).render(in: &buffer, area: area, look: look)
        return
    }
    for neuron in 0..<n {
        let x = area.x + neuron / area.height * width
        let y = area.y + neuron % area.height
        let isSelected = neuron == min(state.selection.neuron, n - 1)
        let mark: Unicode.Scalar = state.run.isChanged(neuron: neuron) ? "✖" : isSelected ? "▸" : " "
        buffer.put(mark, x: x, y: y, state.run.isChanged(neuron: neuron) ? look.theme.warning : look.theme.accent)
        buffer.write(
            Format.right(String(neuron), 3), x: x + 1, y: y, width: 3, isSelected ? look.theme.accent : look.theme.dim)
        drawRole(state.run.roles, neuron, x: x + 4, y: y, look, &buffer)
        let bar = width - 4 - 1 - (hasNumber ? 5 : 0) - 1
        let gate = Double(gates[neuron])
        let place = Rect(x: x + 5, y: y, width: bar, height: 1)
        let style = gate > 0.5 ? look.theme.good : look.theme.bar
        Bars.drawHorizontal(gate, in: &buffer, row: place, style, empty: look.theme.barEmpty, look: look)
        Bars.drawLine(at: 0.5, in: &buffer, row: place, bar: style, look: look)
        if let baseline, bar > 3 {
            drawTick(baseline[neuron], x: x + 5, y: y, width: bar, look, &buffer)
        }
        guard hasNumber else { continue }
        let number =
            baseline.flatMap { state.interventions.isComparing ? signed(gate - Double($0[neuron]), 2) : nil }
            ?? Format.fixed(gate, 2)
        buffer.write(
            Format.right(number, 5), x: x + 5 + max(0, bar), y: y, width: 5,
            isSelected ? look.theme.strong : look.theme.text)
    }
}

/// Too many neurons for bars: one coloured cell each, in reading order.
private func gateMap(_ state: ScreenContext<GenerateView>, _ gates: [Float], _ look: Look) -> Heatmap {
    var side = 1
    while side * side < gates.count { side += 1 }
    let rows = (gates.count + side - 1) / side
    var map = Heatmap(
        rows: rows, columns: side, values: gates + Array(repeating: .nan, count: rows * side - gates.count),
        scale: ColorScale(.viridis, low: 0, high: 1, look: look), quantity: "gate", evidence: "\(gates.count) neurons",
        rowLabels: (0..<rows).map { String($0 * side) }, columnLabels: (0..<side).map { "+\($0)" }
    )
    let selected = min(state.selection.neuron, gates.count - 1)
    map.cursor = (selected / side, selected % side)
    return map
}

/// Selects the neuron whose gate is under the mouse.
func clickGate(_ state: inout ScreenContext<GenerateView>, _ area: Rect, x: Int, y: Int) -> [Effect] {
    guard let frame = state.generation, let current = frame.current, area.contains(x: x, y: y) else { return [] }
    let n = frame.neurons
    let columns = (n + area.height - 1) / area.height
    let width = area.width / max(1, columns)
    var neuron: Int?
    if width >= 9 {
        neuron = (x - area.x) / width * area.height + y - area.y
    } else {
        let map = gateMap(state, Array(frame.text[current].gates.prefix(n)), state.look)
        neuron = map.placement(in: area, look: state.look).layout.cell(x: x, y: y).map {
            $0.row * map.columns + $0.column
        }
    }
    if let neuron, neuron < n { state.selection.neuron = neuron }
    return []
}

extension ScreenContext<GenerateView> {
    /// The neuron that the selected one is looked at listening to, on the generate screen.
    var momentSpeaker: Int { min(view.speaker ?? selection.neuron, (run.generation?.neurons ?? 1) - 1) }

    mutating func moveMomentSpeaker(_ delta: Int) -> [Effect] {
        guard let frame = run.generation else { return [] }
        let next = max(0, min(frame.neurons - 1, momentSpeaker + delta))
        if next != momentSpeaker { view.speaker = next }
        return []
    }
}

/// Selects the listener and the speaker of the routing weight under the mouse.
func clickRouting(_ state: inout ScreenContext<GenerateView>, _ area: Rect, x: Int, y: Int) -> [Effect] {
    guard let map = momentRoutingMap(state, state.look) else { return [] }
    let place = momentRounds(state, area)?.parts.first { $0.isShown }?.area ?? area
    guard let cell = map.placement(in: place, look: state.look).layout.cell(x: x, y: y) else { return [] }
    state.selection.neuron = cell.row
    state.view.speaker = cell.column
    return []
}

/// What the pane says of the weight under its cursor, and which of the heads it shows.
func momentRoutingNote(_ state: ScreenContext<GenerateView>) -> String {
    guard let frame = state.generation else { return "" }
    let shownHead = state.selection.head.map { min($0, frame.heads - 1) }
    let head =
        frame.heads < 2 ? "" : shownHead.map { "head \($0 + 1)/\(frame.heads)" } ?? "mean of \(frame.heads) heads"
    let listener = min(state.selection.neuron, frame.neurons - 1)
    let speaker = state.momentSpeaker
    guard listener != speaker, let weights = frame.weights(round: state.generationRound, head: shownHead) else {
        return joined(generationRoundNote(state.run), head)
    }
    let weight = Format.fixed(Double(weights[listener * frame.neurons + speaker]), 3)
    return joined("\(listener) hears \(speaker): \(weight)", generationRoundNote(state.run), head)
}

/// The routing weights of this one character.
func renderMomentRouting(_ state: ScreenContext<GenerateView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    guard let frame = state.generation else { return renderEmpty(generationMissing(state.run), look, area, &buffer) }
    guard frame.neurons > 0 else { return renderEmpty(neuronsMissing(state.run), look, area, &buffer) }
    guard let map = momentRoutingMap(state, look) else {
        return renderEmpty(["no character read yet"], look, area, &buffer)
    }
    guard let rounds = momentRounds(state, area) else {
        map.render(in: &buffer, area: area, look: look)
        return
    }
    rounds.drawTitles(look, &buffer)
    for part in rounds.parts {
        momentRoutingMap(state.showing(part), look)?.render(in: &buffer, area: part.area, look: look)
    }
}

/// On the whole screen all rounds stand side by side.
private func momentRounds(_ state: ScreenContext<GenerateView>, _ area: Rect) -> RoundsSideBySide? {
    guard let frame = state.generation else { return nil }
    return RoundsSideBySide(
        state.run, rounds: frame.rounds, shown: state.generationRound, in: area,
        least: (max(48, 2 * frame.neurons + 6), max(24, frame.neurons + 4)))
}

private func momentRoutingMap(_ state: ScreenContext<GenerateView>, _ look: Look) -> Heatmap? {
    let head = state.selection.head.flatMap { head in state.generation.map { min(head, $0.heads - 1) } }
    guard let frame = state.generation, frame.neurons > 0,
        let weights = frame.weights(round: state.generationRound, head: head)
    else { return nil }
    let n = frame.neurons
    let labels = (0..<n).map(String.init)
    let isRatio = state.selection.normalisation == .logRatio
    let baseline =
        state.interventions.isComparing ? frame.baselineWeights(round: state.generationRound, head: head) : nil
    let values = momentRoutingValues(weights, baseline, isRatio: isRatio, neurons: n)
    let unit = 1 / Float(max(1, n - 1))
    let scale: ColorScale =
        switch (isRatio, baseline == nil) {
        case (true, true):
            .around0(
                values.map { binaryLogarithm($0 / unit) }, least: 0.1, most: RoutingMatrix.mostDoublings(n), look: look)
        case (true, false): .around0(values, least: 0.1, look: look)
        case (false, true): .from0(values, least: 1e-3, look: look)
        case (false, false): .around0(values, least: 1e-3, look: look)
        }
    let plain = isRatio ? "doublings from uniform" : "weight a"
    let difference = isRatio ? "doublings from the baseline" : "a − a baseline"
    var map = Heatmap(
        rows: n, columns: n, values: values, scale: scale,
        quantity: baseline == nil ? plain : difference, evidence: "this character",
        rowLabels: (0..<n).map { state.run.marked(labels[$0]) + state.run.roleSign($0) }, columnLabels: labels
    )
    if isRatio, baseline == nil { map.shortQuantity = "log2 ×uniform" }
    map.columnMarks = (0..<n).map(state.run.roleSign)
    if isRatio, baseline == nil {
        map.transform = { binaryLogarithm($0 / unit) }
    }
    map.valueDecimals = isRatio ? 1 : 2
    map.cursor = (min(state.selection.neuron, n - 1), state.momentSpeaker)
    return map
}

/// Weights, or their differences from the baseline's; NaN where a network without self edges has none.
private func momentRoutingValues(_ weights: [Float], _ baseline: [Float]?, isRatio: Bool, neurons n: Int) -> [Float] {
    let hasNoSelf = n > 1 && (0..<n).allSatisfy { weights[$0 * n + $0] == 0 }
    var values = weights
    if let baseline {
        for index in values.indices {
            // Two weights of 0 do not differ, although the logarithm of each is infinite.
            let isSame = weights[index] == baseline[index]
            values[index] =
                isSame
                ? 0 : isRatio ? binaryLogarithm(weights[index] / baseline[index]) : weights[index] - baseline[index]
        }
    }
    if hasNoSelf { for neuron in 0..<n { values[neuron * n + neuron] = .nan } }
    return values
}
