extension CellBuffer {
    public var bounds: Rect { Rect(x: 0, y: 0, width: width, height: height) }

    /// Sets one cell; outside the buffer it does nothing.
    mutating func put(_ scalar: Unicode.Scalar, x: Int, y: Int, _ style: Style) {
        self[x, y] = Cell(
            scalar, foreground: style.foreground, background: style.background, attributes: style.attributes)
    }

    /// Writes one line of text, cut to `width` columns with an ellipsis when it is longer.
    ///
    /// Control characters become `·`, characters that are not one column wide become `?`, combining marks vanish.
    /// - Returns: the columns written.
    @discardableResult
    mutating func write(_ text: String, x: Int, y: Int, width limit: Int, _ style: Style) -> Int {
        guard limit > 0, y >= 0, y < height else { return 0 }
        var column = 0
        for scalar in text.unicodeScalars {
            guard let shown = displayed(scalar) else { continue }
            if column == limit {
                put("…", x: x + limit - 1, y: y, style)
                return limit
            }
            put(shown, x: x + column, y: y, style)
            column += 1
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
    for scalar in text.unicodeScalars where displayed(scalar) != nil { count += 1 }
    return count
}

/// The one-column scalar that stands for `scalar` on screen, or nil for marks that take no column.
func displayed(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    let value = scalar.value
    if value < 0x7F { return value >= 0x20 ? scalar : "·" }
    if value < 0xA0 { return "·" }
    if value < 0x300 || (0x2010...0x28FF).contains(value) { return value == 0xAD ? nil : scalar }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .surrogate: return nil
    case .unassigned, .privateUse, .control, .lineSeparator, .paragraphSeparator: return "?"
    default: break
    }
    let isWide =
        (0x1100...0x115F).contains(value) || (0x2E80...0xA4CF).contains(value) || (0xAC00...0xD7A3).contains(value)
        || (0xF900...0xFAFF).contains(value) || (0xFE30...0xFE6F).contains(value) || (0xFF00...0xFF60).contains(value)
        || (0xFFE0...0xFFE6).contains(value) || value >= 0x1F000
    return isWide ? "?" : scalar
}
