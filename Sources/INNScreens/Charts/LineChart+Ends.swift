extension LineChart {
    /// A label at the end of a curve.
    private struct End {
        let x: Double, value: Double
        let text: String
        let style: Style
    }

    /// The last visible value of each curve that is labelled.
    private var ends: [End] {
        lines.compactMap { line in
            guard let label = line.endLabel,
                let last = line.points.last(where: {
                    $0.mean.isFinite && $0.firstX <= xRange.upperBound && (!isLogarithmic || $0.mean > 0)
                })
            else { return nil }
            return End(x: last.centerX, value: last.mean, text: label(last.mean), style: line.style)
        }
    }

    /// Whether a curve ends where the plot does; its label stands right of the plot then, and beside its end otherwise.
    private func reachesEdge(_ end: End) -> Bool {
        end.x >= xRange.upperBound - 0.03 * (xRange.upperBound - xRange.lowerBound)
    }

    /// Columns right of the plot that the labels take.
    var endWidth: Int { (ends.filter(reachesEdge).map { columnCount($0.text) }.max() ?? -1) + 1 }

    /// Values at the height at which their curves end, one below the other where they would meet.
    func drawEndLabels(_ range: ClosedRange<Double>, _ plot: Rect, _ buffer: inout CellBuffer) {
        for end in ends where !reachesEdge(end) { drawInside(end, range, plot, &buffer) }
        var places = ends.filter(reachesEdge).compactMap { end in
            screenY(transformed(end.value), range, plot).map { (y: $0, end: end) }
        }.sorted { ($0.y, -$0.end.value) < ($1.y, -$1.end.value) }
        for index in places.indices.dropFirst() { places[index].y = max(places[index].y, places[index - 1].y + 1) }
        var below = plot.maxY
        for index in places.indices.reversed() {
            places[index].y = min(places[index].y, below - 1)
            below = places[index].y
        }
        for (y, end) in places where y >= plot.y {
            buffer.write(end.text, x: plot.maxX + 1, y: y, width: columnCount(end.text), end.style)
        }
    }

    /// Beside the end of a curve that stops earlier, in the nearest row where it hides nothing.
    private func drawInside(_ end: End, _ range: ClosedRange<Double>, _ plot: Rect, _ buffer: inout CellBuffer) {
        guard let row = screenY(transformed(end.value), range, plot) else { return }
        let length = columnCount(end.text)
        let x = max(plot.x, min(screenX(end.x, plot) + 2, plot.maxX - length))
        func isFree(_ y: Int) -> Bool {
            (plot.y..<plot.maxY).contains(y)
                && (max(plot.x, x - 1)..<min(plot.maxX, x + length + 1)).allSatisfy {
                    buffer[$0, y].scalar == " " || buffer[$0, y].scalar == "·"
                }
        }
        let y = [0, -1, 1, -2, 2, -3, 3].map { row + $0 }.first(where: isFree) ?? row
        buffer.write(end.text, x: x, y: y, width: length, end.style)
    }
}
