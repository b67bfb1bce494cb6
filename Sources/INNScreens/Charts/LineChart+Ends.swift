extension LineChart {
    /// The last visible value of each curve that is labelled.
    private var ends: [(value: Double, text: String, style: Style)] {
        lines.compactMap { line in
            guard let label = line.endLabel,
                let last = line.points.last(where: {
                    $0.mean.isFinite && $0.firstX <= xRange.upperBound && (!isLogarithmic || $0.mean > 0)
                })
            else { return nil }
            return (last.mean, label(last.mean), line.style)
        }
    }

    /// Columns right of the plot that the labels take.
    var endWidth: Int { (ends.map { columnCount($0.text) }.max() ?? -1) + 1 }

    /// Values at the height at which their curves end, one below the other where they would meet.
    func drawEndLabels(_ range: ClosedRange<Double>, _ plot: Rect, _ buffer: inout CellBuffer) {
        var places = ends.compactMap { end in
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
}
