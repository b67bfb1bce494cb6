import INNKit

/// Bars and sparklines out of eighth blocks, with ASCII stand-ins.
enum Bars {
    private static let horizontal: [Unicode.Scalar] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]
    private static let vertical: [Unicode.Scalar] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    private static let asciiVertical: [Unicode.Scalar] = [" ", ".", ".", ":", ":", "-", "=", "+", "#"]

    /// A horizontal bar for a share of 0…1; a NaN share draws nothing but the empty track.
    static func drawHorizontal(
        _ share: Double, in buffer: inout CellBuffer, row: Rect, _ style: Style, empty: Style, look: Look
    ) {
        guard row.width > 0 else { return }
        let eighths = share.isFinite ? Int(bounded: (max(0, min(1, share)) * Double(row.width * 8)).rounded()) : 0
        for column in 0..<row.width {
            let filled = min(8, max(0, eighths - column * 8))
            if look.glyphs == .ascii {
                buffer.put(filled >= 4 ? "#" : "-", x: row.x + column, y: row.y, filled >= 4 ? style : empty)
            } else if filled == 0 {
                buffer.put("·", x: row.x + column, y: row.y, empty)
            } else {
                buffer.put(horizontal[filled], x: row.x + column, y: row.y, style)
            }
        }
    }

    /// A line across a row of bars, for example at the threshold: a mark on what is there, filled or not.
    static func drawLine(
        at share: Double, in buffer: inout CellBuffer, row: Rect, bar: Style, look: Look
    ) {
        guard row.width > 2 else { return }
        let x = row.x + min(row.width - 1, Int(bounded: share * Double(row.width)))
        guard buffer.bounds.contains(x: x, y: row.y) else { return }
        let scalar = buffer[x, row.y].scalar
        let isFilled = scalar != "·" && scalar != "-"
        let style =
            isFilled && bar.foreground != .terminalDefault
            ? Style(look.theme.paper, on: bar.foreground) : look.theme.dim
        guard scalar == "█" || scalar == "#" || !isFilled else { return }
        buffer.put("┊", x: x, y: row.y, style)
    }

    /// The axis of bars from 0 to 1.
    static func drawUnitAxis(in buffer: inout CellBuffer, row: Rect, _ style: Style) {
        guard row.width >= 8 else { return }
        buffer.write("0", x: row.x, y: row.y, width: 1, style)
        buffer.write(".5", x: row.x + row.width / 2, y: row.y, width: 2, style)
        buffer.write("1", x: row.maxX - 1, y: row.y, width: 1, style)
    }

    /// A vertical bar that grows from the bottom row of an area of `height` rows and `width` columns.
    static func drawVertical(_ share: Double, in buffer: inout CellBuffer, area: Rect, _ style: Style, look: Look) {
        let eighths = share.isFinite ? Int(bounded: (max(0, min(1, share)) * Double(area.height * 8)).rounded()) : 0
        for row in 0..<area.height {
            let filled = min(8, max(0, eighths - row * 8))
            guard filled > 0 else { continue }
            let glyph = look.glyphs == .ascii ? asciiVertical[filled] : vertical[filled]
            for column in 0..<area.width { buffer.put(glyph, x: area.x + column, y: area.maxY - 1 - row, style) }
        }
    }

    /// One row of block heights over `low…high`. All values together fill the width: many are merged to their maximum,
    /// few are drawn broad.
    static func drawSparkline(
        _ values: [Float], low: Float, high: Float, in buffer: inout CellBuffer, row: Rect, _ style: Style,
        look: Look
    ) {
        guard row.width > 0, !values.isEmpty else { return }
        for column in 0..<row.width {
            let from = column * values.count / row.width
            let to = max(from + 1, (column + 1) * values.count / row.width)
            var peak = -Float.infinity
            for index in from..<to where values[index].isFinite { peak = max(peak, values[index]) }
            guard peak.isFinite else { continue }
            let share = high > low ? (peak - low) / (high - low) : 0
            let level = max(1, min(8, Int(bounded: (share * 8).rounded())))
            buffer.put(
                look.glyphs == .ascii ? asciiVertical[level] : vertical[level], x: row.x + column, y: row.y, style)
        }
    }
}
