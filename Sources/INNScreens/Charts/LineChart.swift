import INNKit

/// Curves over training steps: every dot column shows the minimum and maximum of what falls into it, NaN is a gap.
struct LineChart: Sendable {
    struct Line: Sendable {
        var name: String
        var points: [SeriesPoint]
        var style: Style
        /// Draws the span from minimum to maximum; otherwise the mean only.
        var showsRange = true
        /// Marks single points, for sparse measurements such as validation.
        var marksPoints = false
        /// Writes the last value at the right end of the curve.
        var endLabel: (@Sendable (Double) -> String)?
    }

    struct Reference: Sendable {
        var name: String
        var value: Double
    }

    struct Mark: Sendable {
        var x: Double
        var glyph: Unicode.Scalar
        var style: Style
    }

    var lines: [Line]
    var xRange: ClosedRange<Double>
    var isLogarithmic = false
    var references: [Reference] = []
    var marks: [Mark] = []
    /// The step under the inspect cursor.
    var cursor: Double?
    /// Whether a steep fall at the start may leave the chart at its top, so that the rest is not a flat line.
    var clipsStart = false
    /// Axes take space that very small charts do not have.
    var showsAxes = true

    /// Of more points each has no sign of its own.
    static let mostMarkedPoints = 16

    /// Narrower charts have no room beside them for the values at which curves end.
    private static let leastWidthWithEnds = 32

    func transformed(_ value: Double) -> Double { isLogarithmic ? logarithm(value) : value }

    /// The plot's area inside `area`, without axes.
    func plotArea(in area: Rect) -> Rect {
        guard showsAxes, area.width > 16, area.height > 4 else { return area }
        return area.inset(
            left: axisWidth(height: area.height - 1), right: area.width >= Self.leastWidthWithEnds ? endWidth : 0,
            bottom: 1)
    }

    func render(in buffer: inout CellBuffer, area: Rect, look: Look) {
        guard !area.isEmpty, let range = yRange() else { return }
        let plot = plotArea(in: area)
        if plot != area { drawAxes(range, plot, area, &buffer, look) }
        drawReferences(range, plot, &buffer, look)
        for mark in marks where xRange.contains(mark.x) {
            let x = screenX(mark.x, plot)
            let y = plot.maxY - 1
            buffer.put(mark.glyph, x: x, y: y, mark.style)
        }
        var canvas = DotCanvas(area: plot, glyphs: look.glyphs)
        for line in lines { draw(line, range, &canvas) }
        canvas.draw(into: &buffer)
        drawReferenceLabels(range, plot, &buffer, look)
        drawStartLabel(range, plot, &buffer, look)
        if plot != area, area.width >= Self.leastWidthWithEnds { drawEndLabels(range, plot, &buffer) }
        for line in lines where line.marksPoints { drawPointMarks(line, range, plot, &buffer) }
        if let cursor, xRange.contains(cursor) {
            let x = screenX(cursor, plot)
            for y in plot.y..<plot.maxY {
                let isEmpty = buffer.bounds.contains(x: x, y: y) && buffer[x, y].scalar == " "
                if isEmpty { buffer.put("│", x: x, y: y, look.theme.accent) }
            }
        }
    }

    /// The step at a screen column, for the mouse.
    func step(atX x: Int, plot: Rect) -> Double {
        let share = plot.width > 1 ? Double(x - plot.x) / Double(plot.width - 1) : 0
        return xRange.lowerBound + max(0, min(1, share)) * (xRange.upperBound - xRange.lowerBound)
    }

    private func draw(_ line: Line, _ range: ClosedRange<Double>, _ canvas: inout DotCanvas) {
        let columns = sampled(line, width: canvas.width)
        let scale = Double(canvas.height - 1) / (range.upperBound - range.lowerBound)
        func dot(_ value: Double) -> Int {
            let row = (range.upperBound - value) * scale
            return Int(bounded: max(-4, min(Double(canvas.height) + 4, row)).rounded())
        }
        var previous: (low: Int, high: Int)?
        for (x, column) in columns.enumerated() {
            guard let column else {
                previous = nil
                continue
            }
            let top = dot(column.high)
            let bottom = dot(column.low)
            var from = top
            var to = bottom
            // Neighbouring columns are joined so that a steep curve stays one stroke.
            if let previous {
                if previous.high > to { to = max(to, previous.high - 1) }
                if previous.low < from { from = min(from, previous.low + 1) }
            }
            canvas.column(x, from: from, to: to, line.style)
            previous = (low: bottom, high: top)
        }
    }

    /// Minimum and maximum per dot column; columns between two points are interpolated, gaps stay empty.
    private func sampled(_ line: Line, width: Int) -> [(low: Double, high: Double)?] {
        var result = [(low: Double, high: Double)?](repeating: nil, count: width)
        let span = xRange.upperBound - xRange.lowerBound
        guard width > 0 else { return result }
        func column(_ x: Double) -> Double { span > 0 ? (x - xRange.lowerBound) / span * Double(width - 1) : 0 }
        var previous: (column: Double, value: Double)?
        for point in line.points {
            guard point.mean.isFinite, !isLogarithmic || point.mean > 0 else {
                previous = nil
                continue
            }
            let position = column(point.centerX)
            let mean = transformed(point.mean)
            defer { previous = point.hasGap ? nil : (position, mean) }
            guard position > -Double(width), position < 2 * Double(width) else { continue }
            let center = Int(bounded: position.rounded())
            if let previous { interpolate(from: previous, to: (position, mean), &result) }
            guard center >= 0, center < width else { continue }
            let low = line.showsRange ? transformed(point.low) : mean
            let high = line.showsRange ? transformed(point.high) : mean
            result[center] = (min(low, result[center]?.low ?? low), max(high, result[center]?.high ?? high))
        }
        return result
    }

    private func interpolate(
        from a: (column: Double, value: Double), to b: (column: Double, value: Double),
        _ result: inout [(low: Double, high: Double)?]
    ) {
        let first = max(0, Int(bounded: max(-1, a.column.rounded())) + 1)
        let last = min(result.count - 1, Int(bounded: b.column.rounded()) - 1)
        guard first <= last, b.column > a.column else { return }
        for index in first...last where result[index] == nil {
            let share = (Double(index) - a.column) / (b.column - a.column)
            let value = a.value + (b.value - a.value) * share
            result[index] = (value, value)
        }
    }

    private func drawPointMarks(_ line: Line, _ range: ClosedRange<Double>, _ plot: Rect, _ buffer: inout CellBuffer) {
        for point in line.points
        where point.mean.isFinite && xRange.contains(point.centerX) && (!isLogarithmic || point.mean > 0) {
            guard let y = screenY(transformed(point.mean), range, plot) else { continue }
            buffer.put("◆", x: screenX(point.centerX, plot), y: y, line.style)
        }
    }

    func screenX(_ x: Double, _ plot: Rect) -> Int {
        let span = xRange.upperBound - xRange.lowerBound
        let share = span > 0 ? max(0, min(1, (x - xRange.lowerBound) / span)) : 0
        return plot.x + Int(bounded: (share * Double(max(0, plot.width - 1))).rounded())
    }

    func screenY(_ value: Double, _ range: ClosedRange<Double>, _ plot: Rect) -> Int? {
        let share = (range.upperBound - value) / (range.upperBound - range.lowerBound)
        guard share >= 0, share <= 1 else { return nil }
        return plot.y + min(plot.height - 1, Int(bounded: share * Double(plot.height)))
    }

    private func drawReferences(_ range: ClosedRange<Double>, _ plot: Rect, _ buffer: inout CellBuffer, _ look: Look) {
        for reference in references where reference.value.isFinite && (!isLogarithmic || reference.value > 0) {
            guard let y = screenY(transformed(reference.value), range, plot) else { continue }
            for x in plot.x..<plot.maxX where (x - plot.x) % 2 == 0 {
                buffer.put("·", x: x, y: y, look.theme.reference)
            }
        }
    }

    /// Names of the reference lines, left out where they would hide a piece of curve.
    private func drawReferenceLabels(
        _ range: ClosedRange<Double>, _ plot: Rect, _ buffer: inout CellBuffer, _ look: Look
    ) {
        for reference in references where reference.value.isFinite && (!isLogarithmic || reference.value > 0) {
            guard let y = screenY(transformed(reference.value), range, plot) else { continue }
            let label = " " + reference.name + " " + Format.trimmed(reference.value, 3)
            let length = columnCount(label)
            guard length * 2 < plot.width, buffer.bounds.contains(x: plot.maxX - 1, y: y), plot.maxX >= length else {
                continue
            }
            let hidden = (plot.maxX - length..<plot.maxX).filter {
                buffer[$0, y].scalar != " " && buffer[$0, y].scalar != "·"
            }.count
            if hidden <= 2 { buffer.writeRight(label, in: plot, row: y - plot.y, look.theme.reference) }
        }
    }

    private func yTicks(_ range: ClosedRange<Double>, height: Int) -> [Ticks.Tick] {
        let count = max(3, height / 3)
        guard isLogarithmic else { return Ticks.linear(low: range.lowerBound, high: range.upperBound, count: count) }
        return Ticks.logarithmic(low: exponential(range.lowerBound), high: exponential(range.upperBound), count: count)
    }

    private func axisWidth(height: Int) -> Int {
        guard let range = yRange() else { return 0 }
        return (yTicks(range, height: height).map { columnCount($0.label) }.max() ?? 0) + 1
    }

    private func drawAxes(
        _ range: ClosedRange<Double>, _ plot: Rect, _ area: Rect, _ buffer: inout CellBuffer, _ look: Look
    ) {
        for tick in yTicks(range, height: plot.height) {
            guard let y = screenY(transformed(tick.value), range, plot) else { continue }
            buffer.write(
                Format.right(tick.label, plot.x - area.x - 1), x: area.x, y: y, width: plot.x - area.x, look.theme.faint
            )
        }
        var nextFree = area.x
        for tick in Ticks.linear(
            low: xRange.lowerBound, high: xRange.upperBound, count: max(3, plot.width / 12), isCount: true)
        {
            let length = columnCount(tick.label)
            let x = min(max(area.x, screenX(tick.value, plot) - length / 2), plot.maxX - length)
            guard x >= nextFree else { continue }
            buffer.write(tick.label, x: x, y: plot.maxY, width: length, look.theme.faint)
            nextFree = x + length + 2
        }
    }
}
