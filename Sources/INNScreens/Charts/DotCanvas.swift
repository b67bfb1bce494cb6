/// A grid of dots finer than the cells: braille 2×4 per cell, quadrant blocks 2×2, or ASCII 1×2.
struct DotCanvas {
    let area: Rect
    let dotsPerCellX: Int
    let dotsPerCellY: Int
    private let glyphs: GlyphLevel
    private var masks: [UInt8]
    private var styles: [Style]

    init(area: Rect, glyphs: GlyphLevel) {
        self.area = area
        self.glyphs = glyphs
        dotsPerCellX = glyphs == .ascii ? 1 : 2
        dotsPerCellY = glyphs == .braille ? 4 : 2
        masks = Array(repeating: 0, count: area.width * area.height)
        styles = Array(repeating: Style(), count: area.width * area.height)
    }

    var width: Int { area.width * dotsPerCellX }
    var height: Int { area.height * dotsPerCellY }

    /// Sets the dots `from…to` of one column, row 0 at the top. A cell has one style: what comes later takes the whole
    /// cell, so that no dot is ever drawn in the colour of another curve.
    mutating func column(_ x: Int, from: Int, to: Int, _ style: Style) {
        guard x >= 0, x < width, height > 0 else { return }
        let top = max(0, min(from, to))
        let bottom = min(height - 1, max(from, to))
        guard top <= bottom else { return }
        for y in top...bottom {
            let index = y / dotsPerCellY * area.width + x / dotsPerCellX
            if styles[index] != style { masks[index] = 0 }
            masks[index] |= bit(x % dotsPerCellX, y % dotsPerCellY)
            styles[index] = style
        }
    }

    func draw(into buffer: inout CellBuffer) {
        for row in 0..<area.height {
            for column in 0..<area.width {
                let index = row * area.width + column
                guard masks[index] != 0 else { continue }
                buffer.put(glyph(masks[index]), x: area.x + column, y: area.y + row, styles[index])
            }
        }
    }

    private func bit(_ x: Int, _ y: Int) -> UInt8 {
        guard glyphs == .braille else { return 1 << UInt8(y * 2 + x) }
        // Braille numbers its dots 1–3 and 7 down the left side, 4–6 and 8 down the right.
        return y == 3 ? (x == 0 ? 0x40 : 0x80) : 1 << UInt8(y + 3 * x)
    }

    private func glyph(_ mask: UInt8) -> Unicode.Scalar {
        switch glyphs {
        case .braille: Unicode.Scalar(0x2800 + UInt32(mask)) ?? " "
        case .blocks: Self.quadrants[Int(mask)]
        case .ascii: mask == 5 ? ":" : mask == 1 ? "'" : "."
        }
    }

    /// Indexed by upper left 1, upper right 2, lower left 4, lower right 8.
    private static let quadrants: [Unicode.Scalar] = [
        " ", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█",
    ]
}
