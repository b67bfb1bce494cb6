import INNKit

/// Who fires at each character of the line of text that the cursor is in, and of those before it where there is room: a
/// column right under each character, a row for each neuron.
func renderRaster(_ state: ScreenContext<GenerateView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    guard let frame = state.generation else { return renderEmpty(generationMissing(state.run), look, area, &buffer) }
    guard frame.neurons > 0 else { return renderEmpty(neuronsMissing(state.run), look, area, &buffer) }
    guard let raster = FiringRaster(state.run, frame, look, area) else {
        return renderEmpty(["no character read yet"], look, area, &buffer)
    }
    raster.draw(&buffer)
}

/// The same of a text that nobody steps through: the characters drawn last, as many as there is room for.
func renderLiveRaster(_ run: RunState, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    guard let frame = run.generation else { return renderEmpty(generationMissing(run), look, area, &buffer) }
    guard frame.neurons > 0 else { return renderEmpty(neuronsMissing(run), look, area, &buffer) }
    guard let raster = FiringRaster(run, frame, look, area, isRolling: true) else {
        return renderEmpty(["no character read yet"], look, area, &buffer)
    }
    raster.draw(&buffer)
}

/// Selects the neuron and goes to the character under the mouse.
func clickRaster(_ state: inout ScreenContext<GenerateView>, _ area: Rect, x: Int, y: Int) -> [Effect] {
    guard let frame = state.generation, let raster = FiringRaster(state.run, frame, state.look, area) else { return [] }
    if let neuron = raster.neuron(y: y) { state.selection.neuron = neuron }
    guard let index = raster.index(x: x, y: y) else { return [] }
    return state.step(frame.textStart + index + 1 - frame.position)
}

/// How often the selected neuron fires in what is on display.
func rasterNote(_ state: ScreenContext<GenerateView>) -> String {
    guard let frame = state.generation, let current = frame.current, frame.neurons > 0 else { return "" }
    let neuron = min(state.selection.neuron, frame.neurons - 1)
    let pair = state.generationRound * frame.neurons + neuron
    let gates = frame.text[...current].map { $0.gates[pair] }.filter(\.isFinite)
    guard !gates.isEmpty else { return "" }
    let share = Double(gates.count { $0 > 0.5 }) / Double(gates.count)
    let verb = frame.hasGates ? "fires at " : "active at "
    return joined(
        "\(neuron) " + verb + Format.percent(share) + " of " + Format.counted(gates.count, "character"),
        generationRoundNote(state.run))
}

extension ScreenContext<GenerateView> {
    /// Whether the raster stands under the text: as chosen, or where there is room for it.
    var isRasterShown: Bool { view.raster ?? (place.width >= 120 && place.height >= 40) }

    /// Columns before the text and the raster, so that one stands under the other.
    var textGutter: Int { isRasterShown && place.width >= 60 ? FiringRaster.gutter : 0 }
}

/// Where the parts of the raster lie, and what they show.
private struct FiringRaster {
    /// For a mark, the neuron's number and its role.
    static let gutter = 7

    /// A line of text with its rows.
    private struct Block {
        /// The characters and their columns.
        let line: [(glyph: TextGlyph, x: Int)]
        /// Of the first neuron.
        let top: Int
    }

    private let run: RunState
    private let frame: GenerationFrame
    private let look: Look
    private let area: Rect
    private let blocks: [Block]
    private let hasText: Bool
    private let current: Int
    private let cells: RasterCells
    /// Neurons that have a row: those around the selected one where not all do.
    private let shown: Range<Int>
    /// Rounds that have a lane of whom the most is heard.
    private let lanes: [Int]

    /// nil before the first character.
    ///
    /// - Parameter isRolling: shows the characters up to the present one, instead of the line that it is in.
    init?(_ run: RunState, _ frame: GenerationFrame, _ look: Look, _ area: Rect, isRolling: Bool = false) {
        guard let current = frame.current else { return nil }
        (self.run, self.frame, self.look, self.area, self.current) = (run, frame, look, area, current)
        cells = RasterCells(frame, round: run.generationRound, look)
        let hasHeard = area.height >= 5 && frame.text[current].heard.contains { $0 != nil }
        let lanes = !hasHeard ? [] : cells.hasBothRounds && area.height >= 8 ? [0, 1] : [run.generationRound]
        let hasText = area.height >= 6
        (self.lanes, self.hasText) = (lanes, hasText)
        let legend = area.height >= 4 ? 1 : 0
        let rows = max(1, area.height - (hasText ? 1 : 0) - lanes.count - legend)
        let selected = min(run.selection.neuron, frame.neurons - 1)
        let first = max(0, min(selected - rows / 2, frame.neurons - rows))
        shown = first..<min(frame.neurons, first + rows)
        let width = area.width - Self.gutter
        // Lines have a row between them, the last one the legend.
        let height = (hasText ? 1 : 0) + shown.count + lanes.count + 1
        let room = isRolling || shown.count < frame.neurons ? 1 : max(1, (area.height + 1 - legend) / height)
        let lines =
            isRolling
            ? [GeneratedTextLayout.end(at: current, in: frame, width: width)]
            : GeneratedTextLayout.lines(around: current, in: frame, width: width, most: room)
        blocks = lines.enumerated().map { Block(line: $1, top: area.y + $0 * height + (hasText ? 1 : 0)) }
    }

    func neuron(y: Int) -> Int? {
        block(atY: y).map { shown.lowerBound + y - $0.top }.flatMap { shown.contains($0) ? $0 : nil }
    }

    func index(x: Int, y: Int) -> Int? {
        block(atY: y)?.line.first { ($0.x..<$0.x + $0.glyph.width).contains(x - area.x - Self.gutter) }?.glyph.range
            .last
    }

    private func block(atY y: Int) -> Block? { blocks.last { y >= $0.top - (hasText ? 1 : 0) } }

    func draw(_ buffer: inout CellBuffer) {
        for block in blocks {
            if hasText { drawText(block, &buffer) }
            for neuron in shown { drawRow(neuron, block, y: block.top + neuron - shown.lowerBound, &buffer) }
            for (row, round) in lanes.enumerated() {
                drawHeard(round, block, y: block.top + shown.count + row, &buffer)
            }
        }
        let legendY = (blocks.last?.top ?? area.y) + shown.count + lanes.count
        guard legendY < area.maxY else { return }
        guard cells.hasScale else {
            let text = fittingList("", notes, separator: " · ", width: area.width)
            buffer.write(text, x: area.x, y: legendY, width: area.width, look.theme.dim)
            return
        }
        HeatmapLegend(scale: cells.scale, quantity: frame.hasGates ? "gate" : "activity", notes: notes).drawFlat(
            Rect(x: area.x, y: legendY, width: area.width, height: 1), &buffer, look)
    }

    private var notes: [String] {
        var notes: [String] = []
        if shown.count < frame.neurons { notes.append("\(shown.count) of \(frame.neurons) neurons") }
        notes += cells.note(isShort: area.width < 100).map { [$0] } ?? []
        if !lanes.isEmpty {
            let digits = frame.neurons > 62 ? "a is 10, + beyond 61" : frame.neurons > 10 ? "a is 10" : ""
            let meaning = area.width < 100 && !digits.isEmpty ? "" : "weighs most"
            notes.append("heard: " + [meaning, digits].filter { !$0.isEmpty }.joined(separator: ", "))
        }
        return notes
    }

    /// The line of text once more, so that the eye need not travel; the present character stands out, and what lies
    /// ahead after a step back is faint.
    private func drawText(_ block: Block, _ buffer: inout CellBuffer) {
        for place in block.line {
            let isCurrent = place.glyph.range.contains(current)
            buffer.write(
                isCurrent && place.glyph.isSpace ? "␣" : place.glyph.letters, x: area.x + Self.gutter + place.x,
                y: block.top - 1, width: place.glyph.width,
                isCurrent
                    ? look.theme.validation.with([.bold, .reverse])
                    : place.glyph.range.lowerBound > current ? look.theme.faint : look.theme.text)
        }
    }

    private func drawRow(_ neuron: Int, _ block: Block, y: Int, _ buffer: inout CellBuffer) {
        guard y < area.maxY else { return }
        let isSelected = neuron == min(run.selection.neuron, frame.neurons - 1)
        let isChanged = run.isChanged(neuron: neuron)
        buffer.put(
            isChanged ? "✖" : isSelected ? "▸" : " ", x: area.x, y: y,
            isChanged ? look.theme.warning : look.theme.accent)
        buffer.write(
            Format.right(String(neuron), 3), x: area.x + 1, y: y, width: 3,
            isSelected ? look.theme.accent : look.theme.dim)
        drawRole(run.roles, neuron, x: area.x + 4, y: y, look, &buffer)
        for place in block.line {
            guard let last = place.glyph.range.last, !frame.text[last].gates.isEmpty else { return }
            let cell = cells.cell(frame.text[last].gates, neuron, isAhead: last > current)
            for column in 0..<place.glyph.width {
                buffer.put(cell.glyph, x: area.x + Self.gutter + place.x + column, y: y, cell.style)
            }
        }
    }

    private func drawHeard(_ round: Int, _ block: Block, y: Int, _ buffer: inout CellBuffer) {
        guard y < area.maxY else { return }
        buffer.write(
            "heard" + (frame.rounds > 1 ? "\(round + 1)" : ""), x: area.x, y: y, width: Self.gutter - 1, look.theme.dim)
        for place in block.line {
            guard let last = place.glyph.range.last else { return }
            let heard = frame.text[last].heard
            guard round < heard.count, let speaker = heard[round] else { continue }
            let isSelected = speaker == min(run.selection.neuron, frame.neurons - 1)
            buffer.put(
                Self.digit(speaker), x: area.x + Self.gutter + place.x, y: y,
                last > current ? look.theme.faint : isSelected ? look.theme.accent : look.theme.text)
        }
    }

    /// One column for a neuron: digits, then small, then large letters; `+` for those beyond.
    private static func digit(_ neuron: Int) -> Unicode.Scalar {
        switch neuron {
        case 0..<10: Unicode.Scalar(UInt8(48 + neuron))
        case 10..<36: Unicode.Scalar(UInt8(87 + neuron))
        case 36..<62: Unicode.Scalar(UInt8(29 + neuron))
        default: "+"
        }
    }
}
