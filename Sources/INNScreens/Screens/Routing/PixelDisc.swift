import INNKit

/// A filled circle in quarters of cells, so that small ones are round too.
struct PixelDisc {
    /// Of the circle, in columns from the left of the screen; a column's own middle is at .5.
    let middle: Double
    let row: Int
    /// In columns; a row counts for two.
    let radius: Double

    /// Quarters of a cell as bits: upper left 1, upper right 2, lower left 4, lower right 8.
    private static let quarters: [Unicode.Scalar] = [
        " ", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█",
    ]

    /// - Parameter color: nil where there are no colours: the cells are reversed then.
    func draw(_ color: CellColor?, _ look: Look, in area: Rect, _ buffer: inout CellBuffer) {
        let whole =
            color.map { Style(.terminalDefault, on: $0) } ?? Style(.terminalDefault, on: .terminalDefault, .reverse)
        let part = color.map { Style($0) } ?? Style()
        let rows = Int(bounded: (radius / 2).rounded(.up))
        for y in (row - rows)...(row + rows) {
            for x in Int(bounded: middle - radius - 1)...Int(bounded: middle + radius + 1)
            where area.contains(x: x, y: y) {
                switch mask(x, y, look) {
                case 0: break
                case 15: buffer.put(" ", x: x, y: y, whole)
                case let bits: buffer.put(Self.quarters[bits], x: x, y: y, part)
                }
            }
        }
    }

    /// Which quarters of a cell are inside.
    func mask(_ x: Int, _ y: Int, _ look: Look) -> Int {
        var bits = 0
        for quarter in 0..<4 {
            let dx = Double(x) + (quarter % 2 == 0 ? 0.25 : 0.75) - middle
            let dy = 2 * ((quarter < 2 ? 0.25 : 0.75) - 0.5 + Double(y - row))
            if dx * dx + dy * dy <= radius * radius { bits |= 1 << quarter }
        }
        // Fonts without braille have halves of cells, but often no quarters.
        guard look.glyphs == .blocks else { return bits }
        return (bits & 3 == 3 ? 3 : 0) | (bits & 12 == 12 ? 12 : 0)
    }
}
