import INNKit

/// Named numbers as bars to both sides of a middle line, in as many columns as the area needs and has room for.
struct SignedBars {
    var rows: [(name: String, value: Float)]
    var decimals = 2

    private static let least = 24

    /// Largest first. When not all fit, those farthest from 0 are kept.
    /// - Returns: how many are shown.
    @discardableResult
    func render(in buffer: inout CellBuffer, area: Rect, look: Look) -> Int {
        guard area.height > 0, area.width >= 12 else { return 0 }
        let columns = max(1, min((rows.count + area.height - 1) / area.height, area.width / Self.least))
        let kept = rows.filter { $0.value.isFinite }.sorted { abs($0.value) > abs($1.value) }.prefix(
            columns * area.height)
        let shown = kept.sorted { ($0.value, $1.name) > ($1.value, $0.name) }
        let largest = max(1e-9, kept.map { abs($0.value) }.max() ?? 0)
        let height = (shown.count + columns - 1) / max(1, columns)
        for (index, row) in shown.enumerated() {
            let strip = area.columns(columns)[index / max(1, height)].inset(right: columns > 1 ? 1 : 0)
            draw(
                row, largest, Rect(x: strip.x, y: area.y + index % max(1, height), width: strip.width, height: 1),
                &buffer, look)
        }
        return shown.count
    }

    private func draw(
        _ row: (name: String, value: Float), _ largest: Float, _ area: Rect, _ buffer: inout CellBuffer, _ look: Look
    ) {
        buffer.write(row.name, x: area.x, y: area.y, width: 3, look.theme.accent)
        let number = Format.right((row.value > 0 ? "+" : "") + Format.fixed(Double(row.value), decimals), 6)
        let half = max(1, (area.width - 3 - 8) / 2)
        let middle = area.x + 3 + half
        let style = row.value < 0 ? look.theme.smooth : look.theme.validation
        let halves = Int(bounded: (abs(row.value) / largest * Float(2 * half)).rounded())
        buffer.put("│", x: middle, y: area.y, look.theme.faint)
        for step in 0..<half where halves > 2 * step {
            let isWhole = halves > 2 * step + 1
            let x = row.value < 0 ? middle - 1 - step : middle + 1 + step
            let glyph: Unicode.Scalar = look.glyphs == .ascii || isWhole ? "█" : row.value < 0 ? "▐" : "▌"
            buffer.put(look.glyphs == .ascii ? (row.value < 0 ? "-" : "#") : glyph, x: x, y: area.y, style)
        }
        buffer.write(number, x: middle + half + 1, y: area.y, width: area.maxX - middle - half - 1, look.theme.text)
    }
}
