import INNKit

/// How far both networks have written.
func freeRunNote(_ state: ScreenContext<GenerateView>) -> String {
    guard let run = state.generation?.freeRun, state.generation?.twin != nil else { return "" }
    return (run.baseline.count < run.length ? "\(run.baseline.count) of " : "")
        + Format.counted(run.length, "character")
}

/// What both networks write by themselves, one under the other, with the KL of each character until they part, as bars
/// up to the largest.
func renderFreeRun(_ state: ScreenContext<GenerateView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    guard let frame = state.generation else { return renderEmpty(generationMissing(state.run), look, area, &buffer) }
    guard let run = frame.freeRun else {
        return renderEmpty(
            [state.view.isFreeRunning ? "writing" : "d lets both networks go on by themselves from here"], look,
            area, &buffer)
    }
    guard frame.twin != nil else {
        let lines = [
            "Nothing is switched off, so both networks are the same and write the same text.",
            "b switches something off; then this shows where their texts part.",
        ]
        return renderEmpty(lines.flatMap { wrapped($0, width: area.width, limit: 3) }, look, area, &buffer)
    }
    let isApart = run.parting != nil
    buffer.write(
        freeRunSummary(run, frame), x: area.x, y: area.y, width: area.width,
        isApart ? look.theme.accent : look.theme.text)
    let body = area.inset(top: 1)
    let label = body.width >= 60 ? 16 : body.width >= 40 ? 10 : 2
    // One place for each symbol, so that both texts keep step; of characters of East Asia it takes two columns.
    let texts = [run.baseline, run.changed].map { text in TextGlyph.glyphs(of: text.map { frame.symbols[$0] }) }
    let labels = FreeRunLabels(
        baseline: texts[0].labels(run.baseline.count), changed: texts[1].labels(run.changed.count), width: label,
        pitch: texts.joined().contains { $0.width > $0.range.count } ? 2 : 1)
    let columns = max(1, (body.width - label) / labels.pitch)
    // Text, text and KL; a fourth row keeps blocks apart where there is room for more than one.
    let blockRows = body.height >= 7 ? 4 : 3
    let blocks = max(1, (body.height + blockRows - 3) / blockRows)
    let capacity = blocks * columns
    // When not all fits, the place where they part stays in view, after a third of the room.
    let first =
        run.baseline.count <= capacity
        ? 0 : max(0, min((run.parting ?? 0) - capacity / 3, run.baseline.count - capacity))
    for block in 0..<blocks {
        let from = first + block * columns
        let to = min(run.baseline.count, from + columns)
        guard from < to else { return }
        let rows = Rect(
            x: body.x, y: body.y + block * blockRows, width: body.width,
            height: min(3, body.maxY - body.y - block * blockRows))
        renderFreeRunBlock(run, from..<to, labels, look, rows, &buffer)
    }
}

private func freeRunSummary(_ run: FreeRunText, _ frame: GenerationFrame) -> String {
    let mean = run.divergences.isEmpty ? 0 : Double(run.divergences.reduce(0, +)) / Double(run.divergences.count)
    let until = "mean KL " + Format.fixed(mean, 4) + " bits"
    guard let parting = run.parting else {
        let isSame = run.divergences.allSatisfy { $0 == 0 }
        return "the same text for " + Format.counted(run.baseline.count, "character") + " · "
            + (isSame ? "nothing differs: KL 0" : until)
    }
    let (own, other) = (frame.symbols[run.changed[parting]], frame.symbols[run.baseline[parting]])
    return "they part after " + Format.counted(parting, "character")
        + ": \(own) instead of \(other) · \(until) until then"
}

/// What stands for each symbol of both texts.
private struct FreeRunLabels {
    let baseline: [String], changed: [String]
    /// Columns before the texts, and of each symbol.
    let width: Int, pitch: Int
}

private func renderFreeRunBlock(
    _ run: FreeRunText, _ range: Range<Int>, _ labels: FreeRunLabels, _ look: Look, _ area: Rect,
    _ buffer: inout CellBuffer
) {
    let (label, pitch) = (labels.width, labels.pitch)
    let largest = Double(run.divergences.max() ?? 0)
    let scale = largest > 0 ? "KL 0–" + Format.trimmed(largest, 3) : "KL"
    let names =
        label > 10
        ? ["baseline", "changed", scale + " bits"] : label > 2 ? ["baseline", "changed", scale] : ["b", "c", "K"]
    for (row, name) in names.enumerated() where row < area.height {
        buffer.write(name, x: area.x, y: area.y + row, width: label, look.theme.dim)
    }
    for index in range {
        let x = area.x + label + (index - range.lowerBound) * pitch
        let isParting = index == run.parting
        let isCommon = index < (run.parting ?? .max)
        for (row, text, own) in [
            (0, labels.baseline, look.theme.smooth), (1, labels.changed, look.theme.validation),
        ] where row < area.height {
            let letters = text[index]
            let differs = run.baseline[index] != run.changed[index]
            let style =
                isParting ? own.with([.bold, .reverse]) : isCommon ? look.theme.text : differs ? own : look.theme.dim
            // The bytes of a letter after the first leave its place to it.
            guard !letters.isEmpty || isParting else { continue }
            buffer.write(
                letters == "␣" && !isParting ? " " : letters.isEmpty ? "·" : letters, x: x, y: area.y + row,
                width: min(max(pitch, columnCount(letters)), area.maxX - x), style)
        }
        guard area.height > 2, index < run.divergences.count, run.divergences[index] > 0 else { continue }
        let bar = Rect(x: x, y: area.y + 2, width: 1, height: 1)
        Bars.drawVertical(
            max(0.125, Double(run.divergences[index]) / largest), in: &buffer, area: bar,
            isParting ? look.theme.accent : look.theme.bar, look: look)
    }
}
