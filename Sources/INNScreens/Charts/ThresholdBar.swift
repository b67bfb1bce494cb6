import INNKit

/// A bar with a tick: what was measured, and what chance reaches.
enum ThresholdBar {
    /// - Parameters:
    ///   - value: and `threshold`: in the unit of `largest`, which fills the width.
    ///   - exceeds: whether the value is more than chance.
    static func draw(
        _ value: Double, threshold: Double, largest: Double, exceeds: Bool, in buffer: inout CellBuffer, x: Int, y: Int,
        width: Int, look: Look
    ) {
        guard width > 0, largest > 0 else { return }
        Bars.drawHorizontal(
            value / largest, in: &buffer, x: x, y: y, width: width, exceeds ? look.theme.bar : look.theme.dim,
            empty: look.theme.barEmpty, look: look)
        guard threshold.isFinite else { return }
        let column = max(0, min(width - 1, Int(bounded: threshold / largest * Double(width))))
        let under = buffer.bounds.contains(x: x + column, y: y) ? buffer[x + column, y] : Cell()
        let isFilled = under.scalar == "█"
        buffer.put(
            "│", x: x + column, y: y, isFilled ? look.theme.warning.on(look.theme.bar.foreground) : look.theme.warning)
    }
}
