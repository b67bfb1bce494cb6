/// The scale of a heatmap: its ends, its colours or glyphs, what they mean and what they rest on.
struct HeatmapLegend {
    let scale: ColorScale
    let quantity: String
    let notes: [String]
    /// What is written in place of the quantity where that does not fit.
    var shortQuantity = ""
    /// Whether there are values beyond an end, which are drawn like it.
    var isBeyondLow = false, isBeyondHigh = false

    init(scale: ColorScale, quantity: String, notes: [String]) {
        (self.scale, self.quantity, self.notes) = (scale, quantity, notes)
    }

    private func end(_ value: Float) -> String {
        let isWhole = scale.low == scale.low.rounded() && scale.high == scale.high.rounded()
        let size = max(abs(scale.low), abs(scale.high))
        let isPlain = size >= 0.01 && size < 1000
        let text =
            isWhole && size < 1000
            ? Format.fixed(Double(value), 0)
            : isPlain ? Format.trimmed(Double(value), 3) : Format.compact(Double(value))
        return scale.kind == .diverging && value > 0 ? "+" + text : text
    }

    private var lowEnd: String { (isBeyondLow ? "≤" : "") + end(scale.low) }
    private var highEnd: String { (isBeyondHigh ? "≥" : "") + end(scale.high) }

    /// One line under the matrix; a second one, where there is room, takes what the first has none for.
    func drawFlat(_ area: Rect, _ buffer: inout CellBuffer, _ look: Look) {
        guard !area.isEmpty else { return }
        let y = area.y
        var x = area.x
        x += buffer.write(lowEnd + " ", x: x, y: y, width: area.width, look.theme.dim)
        let steps = scale.stepCount
        let room = area.maxX - x
        let long = " " + highEnd + "  " + quantity
        let isShort = !shortQuantity.isEmpty && columnCount(long) + 3 > room
        let fit = Self.fit(
            [isShort ? " " + highEnd + "  " + shortQuantity : long] + notes,
            bars: [min(steps, max(5, area.width / 4)), 8, 5, 3], room)
        let width = max(0, min(steps, fit.bar, room))
        for column in 0..<width {
            let step = width == 1 ? 0 : column * (steps - 1) / (width - 1)
            if scale.level == .mono {
                buffer.put(scale.glyph(step: step), x: x + column, y: y, look.theme.text)
            } else {
                buffer.put(" ", x: x + column, y: y, Style(.terminalDefault, on: scale.color(step: step)))
            }
        }
        x += width
        buffer.write(fit.text, x: x, y: y, width: area.maxX - x, look.theme.dim)
        let rest = Array(notes.dropFirst(max(0, fit.count - 1)))
        guard area.height > 1, let first = rest.first else { return }
        let text = fittingList(first, Array(rest.dropFirst()).map { " · " + $0 }, separator: "", width: area.width)
        buffer.write(text, x: area.x, y: y + 1, width: area.width, look.theme.dim)
    }

    /// As much of the text as finds room, in whole remarks, beside the longest bar that leaves room for it; all of it
    /// beside a short bar rather than less beside a long one.
    private static func fit(_ parts: [String], bars: [Int], _ room: Int) -> (text: String, bar: Int, count: Int) {
        for count in stride(from: parts.count, to: 0, by: -1) {
            let text = parts.prefix(count).joined(separator: " · ")
            if let bar = bars.first(where: { $0 + columnCount(text) <= room }) { return (text, bar, count) }
        }
        return (parts.first ?? "", bars.last ?? 0, 1)
    }

    /// A column beside the matrix, the high end at the top.
    func drawUpright(_ area: Rect, _ buffer: inout CellBuffer, _ look: Look) {
        guard area.width > 6, area.height > 0 else { return }
        let steps = scale.stepCount
        let height = min(area.height, steps)
        for row in 0..<height {
            let step = height == 1 ? steps - 1 : (height - 1 - row) * (steps - 1) / (height - 1)
            let glyph: Unicode.Scalar = scale.level == .mono ? scale.glyph(step: step) : " "
            let style = scale.level == .mono ? look.theme.text : Style(.terminalDefault, on: scale.color(step: step))
            buffer.put(glyph, x: area.x, y: area.y + row, style)
            buffer.put(glyph, x: area.x + 1, y: area.y + row, style)
        }
        let x = area.x + 3
        let width = area.maxX - x
        buffer.write(highEnd, x: x, y: area.y, width: width, look.theme.dim)
        buffer.write(lowEnd, x: x, y: area.y + height - 1, width: width, look.theme.dim)
        let lines = ([quantity] + notes).flatMap { wrapped($0, width: width, limit: 3) }
        for (row, line) in lines.enumerated() where row + 2 < height {
            buffer.write(line, x: x, y: area.y + 1 + row, width: width, look.theme.dim)
        }
    }
}
