/// The scale of a heatmap: its ends, its colours or glyphs, what they mean and what they rest on.
struct HeatmapLegend {
    let scale: ColorScale
    let quantity: String
    let notes: [String]

    private func end(_ value: Float) -> String {
        let isWhole = scale.low == scale.low.rounded() && scale.high == scale.high.rounded()
        let size = max(abs(scale.low), abs(scale.high))
        let text = isWhole && size < 1000 ? Format.fixed(Double(value), 0) : Format.compact(Double(value))
        return scale.kind == .diverging && value > 0 ? "+" + text : text
    }

    /// One line under the matrix.
    func drawFlat(_ area: Rect, _ buffer: inout CellBuffer, _ look: Look) {
        guard !area.isEmpty else { return }
        let y = area.y
        var x = area.x
        x += buffer.write(end(scale.low) + " ", x: x, y: y, width: area.width, look.theme.dim)
        let steps = scale.stepCount
        let width = min(steps, max(5, area.width / 4), max(0, area.maxX - x))
        for column in 0..<width {
            let step = width == 1 ? 0 : column * (steps - 1) / (width - 1)
            if scale.level == .mono {
                buffer.put(ColorScale.ramp(step: step, of: steps), x: x + column, y: y, look.theme.text)
            } else {
                buffer.put(" ", x: x + column, y: y, Style(.terminalDefault, on: scale.color(step: step)))
            }
        }
        x += width
        let text = " " + end(scale.high) + "  " + ([quantity] + notes).joined(separator: " · ")
        buffer.write(text, x: x, y: y, width: area.maxX - x, look.theme.dim)
    }

    /// A column beside the matrix, the high end at the top.
    func drawUpright(_ area: Rect, _ buffer: inout CellBuffer, _ look: Look) {
        guard area.width > 6, area.height > 0 else { return }
        let steps = scale.stepCount
        let height = min(area.height, steps)
        for row in 0..<height {
            let step = height == 1 ? steps - 1 : (height - 1 - row) * (steps - 1) / (height - 1)
            let glyph: Unicode.Scalar = scale.level == .mono ? ColorScale.ramp(step: step, of: steps) : " "
            let style = scale.level == .mono ? look.theme.text : Style(.terminalDefault, on: scale.color(step: step))
            buffer.put(glyph, x: area.x, y: area.y + row, style)
            buffer.put(glyph, x: area.x + 1, y: area.y + row, style)
        }
        let x = area.x + 3
        let width = area.maxX - x
        buffer.write(end(scale.high), x: x, y: area.y, width: width, look.theme.dim)
        buffer.write(end(scale.low), x: x, y: area.y + height - 1, width: width, look.theme.dim)
        let lines = ([quantity] + notes).flatMap { wrapped($0, width: width, limit: 2) }
        for (row, line) in lines.enumerated() where row + 2 < height {
            buffer.write(line, x: x, y: area.y + 1 + row, width: width, look.theme.dim)
        }
    }
}
