import INNKit

extension CellBuffer {
    public var bounds: Rect { Rect(x: 0, y: 0, width: width, height: height) }

    /// Sets one cell, or two of a scalar that is two columns wide; outside the buffer it does nothing. What is left of
    /// a wide scalar that loses one half becomes blank.
    mutating func put(_ scalar: Unicode.Scalar, x: Int, y: Int, _ style: Style) {
        guard x >= 0, x < width, y >= 0, y < height else { return }
        var cell = Cell(
            scalar, foreground: style.foreground, background: style.background, attributes: style.attributes)
        let isWide = columns(of: scalar) == 2
        if isWide, x + 1 == width { cell.scalar = "?" }
        if self[x, y].scalar == Cell.rightHalf, x > 0 { self[x - 1, y].blank() }
        let end = isWide && x + 1 < width ? x + 1 : x
        if end + 1 < width, self[end + 1, y].scalar == Cell.rightHalf { self[end + 1, y].blank() }
        self[x, y] = cell
        guard end > x else { return }
        cell.scalar = Cell.rightHalf
        self[end, y] = cell
    }

    /// Draws a mark over the character that was put at a place.
    mutating func putMark(_ mark: Unicode.Scalar, x: Int, y: Int) {
        guard x >= 0, x < width, y >= 0, y < height else { return }
        let base = self[x, y].scalar == Cell.rightHalf ? x - 1 : x
        self[base, y].marks.append(mark)
    }

    /// Writes one line of text, cut to `width` columns with an ellipsis when it is longer.
    ///
    /// Control characters become `·`, marks are drawn over the character before them, and what has no width of its own
    /// and is no mark is left out.
    /// - Returns: the columns written.
    @discardableResult
    mutating func write(_ text: String, x: Int, y: Int, width limit: Int, _ style: Style) -> Int {
        guard limit > 0, y >= 0, y < height else { return 0 }
        var column = 0
        for scalar in text.unicodeScalars {
            guard let shown = displayed(scalar) else {
                if column > 0, isMark(scalar) { putMark(scalar, x: x + column - 1, y: y) }
                continue
            }
            let own = columns(of: shown)
            if column + own > limit {
                put("…", x: x + limit - 1, y: y, style)
                return limit
            }
            put(shown, x: x + column, y: y, style)
            column += own
        }
        return column
    }

    /// Writes text that ends at the right edge of `area`'s row `row`.
    mutating func writeRight(_ text: String, in area: Rect, row: Int, _ style: Style) {
        let length = columnCount(text)
        let x = max(area.x, area.maxX - length)
        write(text, x: x, y: area.y + row, width: area.maxX - x, style)
    }

    /// Writes text centred in row `row` of `area`.
    mutating func writeCentered(_ text: String, in area: Rect, row: Int, _ style: Style) {
        guard row >= 0, row < area.height else { return }
        let x = area.x + max(0, (area.width - columnCount(text)) / 2)
        write(text, x: x, y: area.y + row, width: area.maxX - x, style)
    }

    /// Fills an area with one scalar.
    mutating func fill(_ area: Rect, _ scalar: Unicode.Scalar = " ", _ style: Style) {
        let left = max(0, area.x)
        let right = min(width, area.maxX)
        guard left < right else { return }
        for y in max(0, area.y)..<max(0, area.y, min(height, area.maxY)) {
            for x in left..<right { put(scalar, x: x, y: y, style) }
        }
    }

    /// A frame along the inside edge of `area`. Drawn here because a terminal's line-drawing set differs from host to
    /// host.
    mutating func box(_ area: Rect, _ style: Style) {
        guard area.width >= 2, area.height >= 2 else { return }
        for x in (area.x + 1)..<(area.maxX - 1) {
            put("─", x: x, y: area.y, style)
            put("─", x: x, y: area.maxY - 1, style)
        }
        for y in (area.y + 1)..<(area.maxY - 1) {
            put("│", x: area.x, y: y, style)
            put("│", x: area.maxX - 1, y: y, style)
        }
        put("╭", x: area.x, y: area.y, style)
        put("╮", x: area.maxX - 1, y: area.y, style)
        put("╰", x: area.x, y: area.maxY - 1, style)
        put("╯", x: area.maxX - 1, y: area.maxY - 1, style)
    }

    /// Changes every cell in place, for example to replace glyphs that the terminal cannot show.
    mutating func mapCells(_ transform: (inout Cell) -> Void) {
        for y in 0..<height {
            for x in 0..<width {
                var cell = self[x, y]
                transform(&cell)
                self[x, y] = cell
            }
        }
    }
}

/// Columns that `write` uses for a text.
func columnCount(_ text: String) -> Int {
    var count = 0
    for scalar in text.unicodeScalars { if let shown = displayed(scalar) { count += columns(of: shown) } }
    return count
}

/// Whether a scalar is drawn over the one before it.
func isMark(_ scalar: Unicode.Scalar) -> Bool {
    let category = scalar.properties.generalCategory
    return category == .nonspacingMark || category == .enclosingMark
}

/// Columns of a scalar that ``displayed(_:)`` gives: 1, or 2 for what East Asian scripts and emoji take.
func columns(of scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    // Lines, blocks and Braille, which most of a screen is made of.
    if value < 0x1100 || (0x2500...0x25FC).contains(value) || (0x2800...0x28FF).contains(value) { return 1 }
    return max(1, scalar.columns)
}

/// The scalar that stands for `scalar` on screen, or nil for marks that take no column.
func displayed(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    let value = scalar.value
    if value < 0x7F { return value >= 0x20 ? scalar : "·" }
    if value < 0xA0 { return "·" }
    // Line and paragraph separators, and what turns the direction of writing round, would be obeyed.
    if (0x2028...0x202E).contains(value) || (0x2060...0x206F).contains(value) { return "?" }
    if value < 0x300 || (0x2010...0x28FF).contains(value) { return value == 0xAD ? nil : scalar }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .surrogate: return nil
    case .unassigned, .privateUse, .control, .lineSeparator, .paragraphSeparator: return "?"
    default: return scalar
    }
}

extension Cell {
    fileprivate mutating func blank() { (scalar, marks) = (" ", CombiningMarks()) }
}
