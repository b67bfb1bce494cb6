/// Thin lines that join where they meet: each cell remembers in which directions lines leave it.
struct LineCanvas {
    let area: Rect
    /// Up 1, right 2, down 4, left 8.
    private var exits: [UInt8]
    private var styles: [Style]

    init(area: Rect) {
        self.area = area
        exits = Array(repeating: 0, count: area.width * area.height)
        styles = Array(repeating: Style(), count: exits.count)
    }

    /// A line in row `y` that ends in the cells `from` and `to`; what lies outside the area is left out.
    mutating func horizontal(y: Int, from: Int, to: Int, _ style: Style) {
        for x in min(from, to)...max(from, to) {
            add((x > min(from, to) ? 8 : 0) | (x < max(from, to) ? 2 : 0), x, y, style)
        }
    }

    /// A line in column `x`.
    mutating func vertical(x: Int, from: Int, to: Int, _ style: Style) {
        for y in min(from, to)...max(from, to) {
            add((y > min(from, to) ? 1 : 0) | (y < max(from, to) ? 4 : 0), x, y, style)
        }
    }

    private mutating func add(_ directions: UInt8, _ x: Int, _ y: Int, _ style: Style) {
        guard area.contains(x: x, y: y) else { return }
        let index = (y - area.y) * area.width + x - area.x
        exits[index] |= directions
        styles[index] = style
    }

    func draw(into buffer: inout CellBuffer) {
        for (index, mask) in exits.enumerated() where mask != 0 {
            buffer.put(
                Self.glyphs[Int(mask)], x: area.x + index % area.width, y: area.y + index / area.width, styles[index])
        }
    }

    private static let glyphs: [Unicode.Scalar] = [
        " ", "│", "─", "╰", "│", "│", "╭", "├", "─", "╯", "─", "┴", "╮", "┤", "┬", "┼",
    ]
}
