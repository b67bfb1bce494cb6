import INNKit

/// Generated text, newest first, prompts apart from what the model wrote.
func renderSamples(_ run: RunState, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    let samples = run.shownSamples
    guard !samples.isEmpty else {
        let next =
            run.runInfo.sampleInterval.map { "first generated text at step " + Format.grouped($0) }
            ?? "waiting for the first generated text"
        renderEmpty(
            [
                run.isGrowing
                    ? next
                    : run.data.samples.isEmpty
                        ? "this run has stored no generated text" : "no text was generated up to here"
            ], look, area, &buffer)
        return
    }
    var y = area.y
    for (index, sample) in samples.reversed().enumerated() where y < area.maxY {
        let label = Format.right(Format.grouped(sample.step), 7) + " "
        let gutter = area.width > 50 ? columnCount(label) : 0
        if gutter > 0 { buffer.write(label, x: area.x, y: y, width: gutter, look.theme.faint) }
        let body = Rect(x: area.x + gutter, y: y, width: area.width - gutter, height: area.maxY - y)
        let isLast = index == samples.count - 1
        let limit =
            index == 0 ? max(1, isLast ? body.height : body.height - min(samples.count - 1, body.height / 3)) : 1
        y += writeSample(
            sample, body, limit: limit, index == 0 ? look.theme.text : look.theme.dim,
            prompt: index == 0 ? look.theme.accent : look.theme.dim, &buffer)
    }
}

extension RunState {
    /// Generated texts up to the step on display.
    fileprivate var shownSamples: [TextSample] {
        guard let step = selection.probeStep else { return data.samples }
        return data.samples.filter { $0.step <= step }
    }
}

/// Writes a sample line by line. A line ends after a space, which keeps its column, so that whole words stay together
/// and nothing of what the model does with spaces is hidden; only a word longer than a line is broken.
///
/// - Returns: the rows used.
private func writeSample(
    _ sample: TextSample, _ area: Rect, limit: Int, _ style: Style, prompt promptStyle: Style,
    _ buffer: inout CellBuffer
) -> Int {
    guard area.width > 0 else { return limit }
    let rows = min(limit, area.height)
    let scalars =
        sample.prompt.unicodeScalars.map { ($0, promptStyle) } + sample.text.unicodeScalars.map { ($0, style) }
    var column = 0
    var row = 0
    var wordEnd = 0
    for (index, (scalar, own)) in scalars.enumerated() {
        guard let shown = displayed(scalar) else {
            if column > 0, isMark(scalar) { buffer.putMark(scalar, x: area.x + column - 1, y: area.y + row) }
            continue
        }
        if index >= wordEnd {
            wordEnd = scalars[index...].firstIndex { $0.0 == " " } ?? scalars.count
            let word = scalars[index..<wordEnd].reduce(0) { $0 + (displayed($1.0).map(columns(of:)) ?? 0) }
            if column > 0, column + word > area.width, word <= area.width { (column, row) = (0, row + 1) }
            wordEnd += 1
        }
        let width = columns(of: shown)
        if column + width > area.width {
            // The end of the line says that there was a space.
            if scalar == " " { continue }
            (column, row) = (0, row + 1)
        }
        guard row < rows else { return rows }
        buffer.put(shown, x: area.x + column, y: area.y + row, own)
        column += width
    }
    return min(rows, row + 1)
}

/// Which weights wrote the text that is drawn all the time.
func liveTextNote(_ run: RunState) -> String {
    guard let frame = run.generation else { return "" }
    return joined(
        frame.weightsStep.map { "weights of step " + Format.grouped($0) } ?? "", "5 steps through it")
}

func sampleNote(_ run: RunState) -> String {
    guard let sample = run.shownSamples.last else { return "" }
    return "step " + Format.grouped(sample.step) + " · temperature " + Format.fixed(sample.temperature, 2)
}
