/// How a cell of the matrix is drawn.
extension Heatmap {
    func drawCells(
        _ values: [Float], _ shownRows: Int, _ shownColumns: Int, _ layout: HeatmapLayout, _ buffer: inout CellBuffer,
        _ look: Look
    ) {
        let cellHeight = layout.halfRows / 2
        let decimals = fittingDecimals(values, in: layout.cellWidth)
        for column in 0..<shownColumns {
            let x = layout.x(ofColumn: column * layout.columnPool)
            for row in 0..<shownRows {
                let y = layout.grid.y + row * cellHeight
                guard y < layout.grid.maxY, x < layout.grid.maxX else { continue }
                let cell = Rect(x: x, y: y, width: min(layout.cellWidth, layout.grid.maxX - x), height: cellHeight)
                let index = row * shownColumns + column
                drawCell(values[index], decimals, isPooled: layout.isPooled, index, cell, &buffer, look)
            }
        }
    }

    private func drawCell(
        _ value: Float, _ decimals: Int?, isPooled: Bool, _ index: Int, _ cell: Rect, _ buffer: inout CellBuffer,
        _ look: Look
    ) {
        guard let step = scale.step(value) else {
            buffer.put("·", x: cell.x + (cell.width - 1) / 2, y: cell.y + cell.height / 2, look.theme.faint)
            return
        }
        let isFaint = !isPooled && isFaint.indices.contains(index) && isFaint[index]
        let background = scale.color(step: step, isFaint: isFaint, look)
        switch (scale.level, isFaint) {
        case (.mono, _): buffer.fill(cell, scale.glyph(step: step), isFaint ? look.theme.dim : look.theme.text)
        case (.palette8, true) where background != .terminalDefault: buffer.fill(cell, "░", Style(background))
        default: buffer.fill(cell, " ", Style(.terminalDefault, on: background))
        }
        guard scale.level != .mono, !(scale.level == .palette8 && isFaint) else { return }
        let spread = isPooled || !spread.indices.contains(index) ? nil : spread[index]
        guard let text = decimals.map({ valueText(value, $0, in: cell.width) }) else {
            guard let glyph = spread.flatMap(Self.spreadGlyph), cell.width > 1 else { return }
            return buffer.put(
                glyph, x: cell.x + (cell.width - 1) / 2, y: cell.y + (cell.height - 1) / 2,
                Style(Self.ink(on: background, look), on: background))
        }
        // In one row the dot of the spread stands behind the number.
        let dot = cell.height == 1 ? spread.flatMap(Self.spreadGlyph) : nil
        let short = text.replacing("0.", with: ".", maxReplacements: 1)
        let shown = dot.flatMap { columnCount(short) < cell.width ? short + String($0) : nil } ?? text
        let length = columnCount(shown)
        buffer.write(
            shown, x: cell.x + (cell.width - length) / 2, y: cell.y + (cell.height - 1) / 2, width: length,
            text == "0" && dot == nil
                ? look.theme.faint.on(background) : Style(Self.ink(on: background, look), on: background))
        guard let spread, spread.isFinite, cell.height > 1, let text = Self.spreadText(spread, in: cell.width) else {
            return
        }
        let width = columnCount(text)
        buffer.write(
            text, x: cell.x + (cell.width - width) / 2, y: cell.y + (cell.height - 1) / 2 + 1, width: width,
            (background == .terminalDefault ? look.theme.dim : Style(Self.ink(on: background, look))).on(background))
    }

    /// Text on a cell: less than black or white, so that the colours stay the picture.
    private static func ink(on background: CellColor, _ look: Look) -> CellColor {
        let ink = background.ink(look)
        return background == .terminalDefault || look.colors == .palette8
            ? ink : background.blended(with: ink, share: 0.72)
    }

    /// Digits after the point with which every number fits its cell and leaves a column to the next one, one fewer than
    /// wanted if need be; the largest may do without. Nil where they do not fit: numbers in some cells alone would be
    /// read as the largest.
    func fittingDecimals(_ values: [Float], in width: Int) -> Int? {
        guard let decimals = valueDecimals, width > 3, scale.level != .mono else { return nil }
        let choices = [decimals, max(1, decimals - 1)]
        func fits(_ decimals: Int, isRounded: Bool) -> Bool {
            values.allSatisfy {
                let text = valueText($0, decimals, in: width)
                return $0.isNaN
                    || columnCount(text) < width
                        && (isRounded || !$0.isFinite || text == "0" || text.contains("."))
            }
        }
        return choices.first { fits($0, isRounded: false) } ?? choices.last { fits($0, isRounded: true) }
    }

    /// The number in a cell, without the zero before its point where it is narrow, and without what is behind the point
    /// where it would still touch the next one.
    private func valueText(_ value: Float, _ decimals: Int, in width: Int) -> String {
        guard value.isFinite else { return value > 0 ? "+∞" : "−∞" }
        let number = Format.fixed(Double(value), decimals)
        // What rounds to nothing says so in one digit, and does not look like a difference.
        if scale.kind == .diverging, number == Format.fixed(0, decimals) { return "0" }
        let sign = scale.kind == .diverging && value > 0 ? "+" : ""
        let text = sign + number
        if columnCount(text) < width { return text }
        let short = text.replacing("0.", with: ".", maxReplacements: 1)
        return columnCount(short) < width ? short : sign + Format.fixed(Double(value), 0)
    }

    private static func spreadText(_ spread: Float, in width: Int) -> String? {
        let text = "±" + Format.fixed(Double(spread), 1)
        if columnCount(text) < width { return text }
        let short = text.replacing("0.", with: ".", maxReplacements: 1)
        return columnCount(short) < width ? short : nil
    }

    /// A dot that grows with the spread; nothing where there is next to none.
    static func spreadGlyph(_ spread: Float) -> Unicode.Scalar? {
        spread >= 1 ? "●" : spread >= 0.5 ? "•" : spread >= 0.2 ? "·" : nil
    }

    private static let dotNote = "· .2 • .5 ● 1: spread over characters"

    /// What the marks inside the cells mean.
    func cellNote(_ values: [Float], _ layout: HeatmapLayout) -> String {
        guard !layout.isPooled else { return "" }
        let hasFaint = isFaint.contains(true)
        let faint = hasFaint ? "faint: n < \(faintBelow)" : ""
        guard !spread.isEmpty, scale.level != .mono, layout.halfRows > 1, layout.cellWidth > 1 else { return faint }
        guard fittingDecimals(values, in: layout.cellWidth) != nil else {
            return joined(faint, Self.dotNote)
        }
        return joined(faint, layout.halfRows > 3 ? "± over characters, uniform is 1" : Self.dotNote)
    }

    // MARK: Two rows on one line

    func drawHalfRows(
        _ values: [Float], _ shownRows: Int, _ shownColumns: Int, _ layout: HeatmapLayout, _ buffer: inout CellBuffer,
        _ look: Look
    ) {
        func color(_ row: Int, _ column: Int) -> CellColor? {
            guard row < shownRows else { return nil }
            let index = row * shownColumns + column
            let isFaint = !layout.isPooled && isFaint.indices.contains(index) && isFaint[index]
            return scale.step(values[index]).map { scale.color(step: $0, isFaint: isFaint, look) }
        }
        for column in 0..<shownColumns {
            let x = layout.x(ofColumn: column * layout.columnPool)
            for line in 0..<layout.grid.height {
                let (glyph, style) = Self.halves(color(2 * line, column), color(2 * line + 1, column), look)
                for offset in 0..<layout.cellWidth where x + offset < layout.grid.maxX {
                    buffer.put(glyph, x: x + offset, y: layout.grid.y + line, style)
                }
            }
        }
    }

    /// Two colours in one cell; nil where there is no value. The terminal's background cannot be a foreground.
    private static func halves(_ top: CellColor?, _ bottom: CellColor?, _ look: Look) -> (Unicode.Scalar, Style) {
        if top == nil, bottom == nil { return ("·", look.theme.faint) }
        let (top, bottom) = (top ?? .terminalDefault, bottom ?? .terminalDefault)
        switch (top == .terminalDefault, bottom == .terminalDefault) {
        case (true, true): return (" ", Style())
        case (true, false): return ("▄", Style(bottom))
        case (false, _): return ("▀", Style(top, on: bottom))
        }
    }

    /// The colour of one half of a cell that ``halves(_:_:_:)`` made.
    static func color(of cell: Cell, isUpper: Bool) -> CellColor {
        switch cell.scalar {
        case "▀": isUpper ? cell.foreground : cell.background
        case "▄": isUpper ? cell.background : cell.foreground
        default: .terminalDefault
        }
    }
}
