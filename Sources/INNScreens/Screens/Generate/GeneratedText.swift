import INNKit

/// The text so far, each character on a background that shows its surprisal, a neuron's gate or the divergence.
func renderGeneratedText(_ state: ScreenContext<GenerateView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    guard let frame = state.generation else { return renderEmpty(generationMissing(state.run), look, area, &buffer) }
    guard !frame.text.isEmpty else {
        return renderEmpty(["nothing read yet: → draws the first character, i types a prompt"], look, area, &buffer)
    }
    let coloring = TextColoring(state, frame, look)
    let layout = GeneratedTextLayout(frame, look, area, gutter: state.textGutter)
    for (glyph, place) in layout.places {
        drawGlyph(frame, glyph, coloring, at: place, hasShade: layout.hasShade, look, &buffer)
        if layout.hasWork, let last = glyph.range.last, last <= frame.current ?? -1 {
            drawWork(frame.text[last].work, x: place.x, y: place.y + layout.rowsPerLine - 1, look, &buffer)
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
struct GeneratedTextLayout {
    let body: Rect, legend: Rect
    /// Whether a line of shades under each line of text shows the value, because there are no colours.
    let hasShade: Bool
    /// Whether a line of bars under each line of text shows how many neurons worked.
    let hasWork: Bool
    let rowsPerLine: Int
    /// What is in view, in order.
    let places: [(glyph: TextGlyph, place: (x: Int, y: Int))]

    /// - Parameter gutter: columns before the text.
    init(_ frame: GenerationFrame, _ look: Look, _ area: Rect, gutter: Int) {
        let (upper, legend) = area.splitTop(area.height - (area.height > 2 ? 1 : 0))
        (body, self.legend) = (upper.inset(left: gutter), legend)
        hasShade = look.colors == .mono && body.height > 1
        hasWork = body.height >= 4 && frame.text.contains { $0.work != nil }
        rowsPerLine = 1 + (hasShade ? 1 : 0) + (hasWork ? 1 : 0)
        let lines = max(1, body.height / rowsPerLine)
        let all = Self.lines(TextGlyph.glyphs(of: frame.text.map { frame.symbols[$0.symbol] }), width: body.width)
        let current = frame.current ?? 0
        let currentLine = all.firstIndex { ($0.last?.glyph.range.upperBound ?? 0) > current } ?? 0
        let first = max(0, min(currentLine - lines / 2, all.count - lines))
        let (left, top, height) = (body.x, body.y, rowsPerLine)
        places = all[first..<min(all.count, first + lines)].enumerated().flatMap { row, line in
            line.map { ($0.glyph, (x: left + $0.x, y: top + row * height)) }
        }
    }

    /// The line that a character is in, where lines are so many columns wide, behind as many of those before it as
    /// are wanted; at the beginning of the text those that follow.
    static func lines(
        around index: Int, in frame: GenerationFrame, width: Int, most: Int
    ) -> [[(glyph: TextGlyph, x: Int)]] {
        let all = lines(TextGlyph.glyphs(of: frame.text.map { frame.symbols[$0.symbol] }), width: width)
        let line = all.firstIndex { ($0.last?.glyph.range.upperBound ?? 0) > index } ?? 0
        let first = max(0, min(line + 1 - most, all.count - most))
        return Array(all[first..<min(all.count, first + most)])
    }

    /// The characters up to one, as many as fit into so many columns.
    static func end(at index: Int, in frame: GenerationFrame, width: Int) -> [(glyph: TextGlyph, x: Int)] {
        let glyphs = TextGlyph.glyphs(of: frame.text[...index].map { frame.symbols[$0.symbol] })
        var first = glyphs.count
        var columns = 0
        while first > 0, columns + glyphs[first - 1].width <= width {
            first -= 1
            columns += glyphs[first].width
        }
        var x = 0
        return glyphs[first...].map { glyph in
            defer { x += glyph.width }
            return (glyph, x)
        }
    }

    /// Glyphs by line with their columns; one that is two columns wide is not torn apart.
    private static func lines(_ glyphs: [TextGlyph], width: Int) -> [[(glyph: TextGlyph, x: Int)]] {
        var lines: [[(glyph: TextGlyph, x: Int)]] = [[]]
        var x = 0
        for glyph in glyphs {
            if x > 0, x + glyph.width > width {
                lines.append([])
                x = 0
            }
            lines[lines.count - 1].append((glyph, x))
            x += glyph.width
        }
        return lines
    }

    /// The last symbol of what stands at a cell.
    func index(x: Int, y: Int) -> Int? {
        guard body.contains(x: x, y: y) else { return nil }
        let row = body.y + (y - body.y) / rowsPerLine * rowsPerLine
        return places.first { $0.place.y == row && ($0.place.x..<$0.place.x + $0.glyph.width).contains(x) }?.glyph.range
            .last
    }
}

/// What the background of each character shows.
private struct TextColoring {
    let scale: ColorScale
    let quantity: String
    let notes: [String]
    private let value: (GenerationCharacter) -> Float?
    /// Whether the values of the bytes of a letter add up to that of the letter; otherwise the last one counts.
    private let isSum: Bool

    init(_ state: ScreenContext<GenerateView>, _ frame: GenerationFrame, _ look: Look) {
        var notes: [String] = []
        let coloring = frame.neurons == 0 ? .surprisal : state.view.coloring
        isSum = [.surprisal, .divergence].contains(coloring)
        switch coloring {
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
            // Most changes move most guesses by little: up to 1 bit, nearly all would be as dark as nothing.
            let largest = frame.text.compactMap(\.divergence).filter(\.isFinite).max() ?? 1
            let high: Float = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20].first { $0 >= largest } ?? 50
            scale = ColorScale(.viridis, low: 0, high: high, look: look)
            quantity = "KL against the baseline, bits"
            value = { $0.divergence }
        case .routing:
            let round = state.generationRound
            func concentration(_ character: GenerationCharacter) -> Float? {
                round < character.concentration.count ? character.concentration[round] : nil
            }
            // Its range follows the text: what counts is where it is more concentrated than elsewhere.
            let known = frame.text.compactMap(concentration)
            let (low, high) = (known.min() ?? 0, known.max() ?? 1)
            scale = ColorScale(.viridis, low: low, high: max(high, low + 0.01), look: look)
            quantity = "routing concentrated" + (frame.rounds > 1 ? ", round \(round + 1)" : "")
            value = concentration
        }
        if let current = frame.current, let last = value(frame.text[current]), last.isFinite {
            notes.append("here " + Format.fixed(Double(last), 2))
        }
        if let current = frame.current, let work = frame.text[current].work {
            let name = look.glyphs == .ascii ? "bars: at work " : "▄ at work "
            notes.append(name + Format.percent(Double(work)))
        }
        let shown = frame.text.prefix(frame.current.map { $0 + 1 } ?? 0)
        let values = shown.compactMap(value).filter(\.isFinite)
        if !values.isEmpty, state.view.coloring != .gate {
            let reach = (frame.textStart > 0 ? " over the last " : " over ") + Format.counted(values.count, "character")
            notes.append("mean " + Format.fixed(Double(values.reduce(0, +)) / Double(values.count), 2) + reach)
        }
        if frame.rounds > 1, frame.current.map({ frame.text[$0].work != nil }) ?? false {
            notes.append("work is of all rounds")
        }
        self.notes = notes
    }

    func step(_ characters: some BidirectionalCollection<GenerationCharacter>) -> Int? {
        let values = characters.compactMap(value)
        return (isSum ? values.first.map { values.dropFirst().reduce($0, +) } : values.last).flatMap(scale.step)
    }
}

private func drawGlyph(
    _ frame: GenerationFrame, _ glyph: TextGlyph, _ coloring: TextColoring, at place: (x: Int, y: Int),
    hasShade: Bool, _ look: Look, _ buffer: inout CellBuffer
) {
    let (x, y) = place
    func write(_ letters: String, _ style: Style) {
        buffer.write(letters, x: x, y: y, width: glyph.width, style)
    }
    let current = frame.current ?? -1
    if frame.current != nil, glyph.range.lowerBound > current {
        // What lies ahead after a step back: it may come out differently when something was changed.
        return write(glyph.isSpace ? "·" : glyph.letters, look.theme.faint)
    }
    let characters = frame.text[glyph.range.clamped(to: 0..<max(current + 1, glyph.range.lowerBound + 1))]
    var style = characters.first?.origin == .prompt ? look.theme.accent : look.theme.text
    if let step = coloring.step(characters) {
        if coloring.scale.level == .mono {
            if hasShade {
                buffer.fill(
                    Rect(x: x, y: y + 1, width: glyph.width, height: 1),
                    ColorScale.ramp(step: step, of: coloring.scale.stepCount), look.theme.dim)
            }
        } else {
            let background = coloring.scale.color(step: step)
            style = Style(background.ink(look), on: background)
        }
    }
    if characters.first?.origin == .prompt { style = style.with(.underline) }
    if glyph.range.contains(current) {
        // A block in a colour that the scale does not have: the reverse of a cell's own vanishes where it is near the
        // paper's.
        let block = look.colors == .mono ? style : look.theme.validation.on(look.theme.paper)
        write(glyph.isSpace ? "␣" : glyph.letters, block.with([.bold, .reverse]))
    } else {
        write(glyph.letters, style)
    }
}
