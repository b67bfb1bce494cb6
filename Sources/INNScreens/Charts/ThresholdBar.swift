import INNKit

/// A bar with a tick: what was measured, and what chance reaches.
enum ThresholdBar {
    /// - Parameters:
    ///   - value: and `threshold`: in the unit of `largest`, which fills the width.
    ///   - exceeds: whether the value is more than chance.
    static func draw(
        _ value: Double, threshold: Double, largest: Double, exceeds: Bool, in buffer: inout CellBuffer, row: Rect,
        look: Look
    ) {
        guard row.width > 0, largest > 0 else { return }
        Bars.drawHorizontal(
            value / largest, in: &buffer, row: row, exceeds ? look.theme.bar : look.theme.dim,
            empty: look.theme.barEmpty, look: look)
        guard threshold.isFinite else { return }
        let column = max(0, min(row.width - 1, Int(bounded: threshold / largest * Double(row.width))))
        let under = buffer.bounds.contains(x: row.x + column, y: row.y) ? buffer[row.x + column, row.y] : Cell()
        let isFilled = under.scalar == "█"
        buffer.put(
            "│", x: row.x + column, y: row.y,
            isFilled ? look.theme.warning.on(look.theme.bar.foreground) : look.theme.warning)
    }
}
