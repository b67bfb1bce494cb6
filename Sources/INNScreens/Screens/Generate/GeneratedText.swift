import INNKit

/// The text so far, each character on a background that shows its surprisal, a neuron's gate or the divergence.
func renderGeneratedText(_ state: ScreenContext<GenerateView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    guard let frame = state.generation else { return renderEmpty(generationMissing(state.run), look, area, &buffer) }
    guard !frame.text.isEmpty else {
        return renderEmpty(["nothing read yet: → draws the first character, i types a prompt"], look, area, &buffer)
    }
    let coloring = TextColoring(state, frame, look)
    let layout = GeneratedTextLayout(frame, look, area, gutter: state.textGutter)
    for index in layout.shown {
        let place = layout.place(of: index)
        drawCharacter(frame, index, coloring, at: place, hasShade: layout.hasShade, look, &buffer)
        if layout.hasWork, index <= frame.current ?? -1 {
            drawWork(frame.text[index].work, x: place.x, y: place.y + layout.rowsPerLine - 1, look, &buffer)
        }
    }
    guard !layout.legend.isEmpty else { return }
    HeatmapLegend(scale: coloring.scale, quantity: coloring.quantity, notes: coloring.notes).drawFlat(
        layout.legend, &buffer, look)
}

/// Goes to the character under the mouse.
func clickText(_ state: inout ScreenContext<GenerateView>, _ area: Rect, x: Int, y: Int) -> [Effect] {
    guard let frame = state.generation, !frame.text.isEmpty else { return [] }
    let layout = GeneratedTextLayout(frame, state.look, area, gutter: state.textGutter)
    guard let index = layout.index(x: x, y: y) else { return [] }
    return state.step(frame.textStart + index + 1 - frame.position)
}

/// Where each character of the text lies.
private struct GeneratedTextLayout {
    let body: Rect, legend: Rect
    /// Whether a line of shades under each line of text shows the value, because there are no colours.
    let hasShade: Bool
    /// Whether a line of bars under each line of text shows how many neurons worked.
    let hasWork: Bool
    let rowsPerLine: Int
    /// Indices into the frame's text.
    let shown: Range<Int>

    /// - Parameter gutter: columns before the text.
    init(_ frame: GenerationFrame, _ look: Look, _ area: Rect, gutter: Int) {
        let (upper, legend) = area.splitTop(area.height - (area.height > 2 ? 1 : 0))
        (body, self.legend) = (upper.inset(left: gutter), legend)
        hasShade = look.colors == .mono && body.height > 1
        hasWork = body.height >= 4 && frame.text.contains { $0.work != nil }
        rowsPerLine = 1 + (hasShade ? 1 : 0) + (hasWork ? 1 : 0)
        let lines = max(1, body.height / rowsPerLine)
        let width = max(1, body.width)
        let currentLine = (frame.current ?? 0) / width
        let lastLine = (frame.text.count - 1) / width
        let first = max(0, min(currentLine - lines / 2, lastLine - lines + 1))
        shown = first * width..<min(frame.text.count, (first + lines) * width)
    }

    func place(of index: Int) -> (x: Int, y: Int) {
        let width = max(1, body.width)
        let offset = index - shown.lowerBound
        return (body.x + offset % width, body.y + offset / width * rowsPerLine)
    }

    func index(x: Int, y: Int) -> Int? {
        guard body.contains(x: x, y: y) else { return nil }
        let index = shown.lowerBound + (y - body.y) / rowsPerLine * max(1, body.width) + x - body.x
        return shown.contains(index) ? index : nil
    }
}

/// Where characters lie in a line of text.
struct TextPlace {
    /// Their indices in the frame's text.
    let range: Range<Int>
    let x: Int, width: Int

    /// The line that a character is in, where lines are so many columns wide.
    static func line(of index: Int, in frame: GenerationFrame, width: Int) -> [TextPlace] {
        let width = max(1, width)
        let first = index / width * width
        return (first..<min(frame.text.count, first + width)).map {
            TextPlace(range: $0..<$0 + 1, x: $0 - first, width: 1)
        }
    }
}

/// What the background of each character shows.
private struct TextColoring {
    let scale: ColorScale
    let quantity: String
    let notes: [String]
    private let value: (GenerationCharacter) -> Float?

    init(_ state: ScreenContext<GenerateView>, _ frame: GenerationFrame, _ look: Look) {
        var notes: [String] = []
        switch frame.neurons == 0 ? .surprisal : state.view.coloring {
        case .surprisal:
            scale = ColorScale(.viridis, low: 0, high: 8, look: look)
            quantity = "surprisal, bits"
            value = { $0.surprisal }
        case .gate:
            let neuron = min(state.selection.neuron, frame.neurons - 1)
            let round = state.generationRound
            scale = ColorScale(.viridis, low: 0, high: 1, look: look)
            quantity =
                (frame.hasGates ? "gate" : "activity") + " of neuron \(neuron)"
                + (frame.rounds > 1 ? ", round \(round + 1)" : "")
            value = { $0.gates[round * frame.neurons + neuron] }
        case .divergence:
            scale = ColorScale(.viridis, low: 0, high: 1, look: look)
            quantity = "KL against the baseline, bits"
            value = { $0.divergence }
        }
        if let current = frame.current, let last = value(frame.text[current]), last.isFinite {
            notes.append("here " + Format.fixed(Double(last), 2))
        }
        if let current = frame.current, let work = frame.text[current].work {
            let rounds = frame.rounds < 2 ? "" : frame.rounds == 2 ? " in both rounds" : " in all rounds"
            notes.append("▄ at work " + Format.percent(Double(work)) + rounds)
        }
        let shown = frame.text.prefix(frame.current.map { $0 + 1 } ?? 0)
        let values = shown.compactMap(value).filter(\.isFinite)
        if !values.isEmpty, state.view.coloring != .gate {
            let reach = (frame.textStart > 0 ? " over the last " : " over ") + Format.counted(values.count, "character")
            notes.append("mean " + Format.fixed(Double(values.reduce(0, +)) / Double(values.count), 2) + reach)
        }
        self.notes = notes
    }

    func step(_ character: GenerationCharacter) -> Int? { value(character).flatMap(scale.step) }
}

/// The one cell that stands for a symbol inside a text.
func textGlyph(_ symbol: String) -> Unicode.Scalar {
    let scalars = symbol.unicodeScalars
    return symbol == "␣" ? " " : scalars.count == 1 ? displayed(scalars.first ?? "?") ?? "?" : "·"
}

private func drawCharacter(
    _ frame: GenerationFrame, _ index: Int, _ coloring: TextColoring, at place: (x: Int, y: Int),
    hasShade: Bool, _ look: Look, _ buffer: inout CellBuffer
) {
    let (x, y) = place
    let character = frame.text[index]
    let glyph = textGlyph(frame.symbols[character.symbol])
    if let current = frame.current, index > current {
        // What lies ahead after a step back: it may come out differently when something was changed.
        return buffer.put(glyph == " " ? "·" : glyph, x: x, y: y, look.theme.faint)
    }
    var style = character.origin == .prompt ? look.theme.accent : look.theme.text
    if let step = coloring.step(character) {
        if coloring.scale.level == .mono {
            if hasShade {
                buffer.put(ColorScale.ramp(step: step, of: coloring.scale.stepCount), x: x, y: y + 1, look.theme.dim)
            }
        } else {
            let background = coloring.scale.color(step: step)
            style = Style(background.isBright ? .rgb(0, 0, 0) : .rgb(255, 255, 255), on: background)
        }
    }
    if character.origin == .prompt { style = style.with(.underline) }
    if index == frame.current {
        // A block in a colour that the scale does not have: the reverse of a cell's own vanishes where it is near the
        // paper's.
        let block = look.colors == .mono ? style : look.theme.validation.on(look.theme.paper)
        buffer.put(glyph == " " ? "␣" : glyph, x: x, y: y, block.with([.bold, .reverse]))
    } else {
        buffer.put(glyph, x: x, y: y, style)
    }
}
