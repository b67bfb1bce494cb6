import INNKit

/// Upright bars over the columns of the matrix: the listened-to score, full height at 3 times the mean.
enum ListenedToBars {
    static func render(
        _ figure: RoutingFigure, _ layout: HeatmapLayout, _ bars: Rect, _ area: Rect, _ look: Look,
        _ buffer: inout CellBuffer
    ) {
        guard bars.height > 0, bars.width > 0 else { return }
        let scores = figure.matrix.listenedTo
        let mean = scores.reduce(0, +) / Float(max(1, scores.count))
        guard mean > 0 else { return }
        for column in stride(from: 0, to: figure.order.count, by: layout.columnPool) {
            let members = figure.order[column..<min(figure.order.count, column + layout.columnPool)]
            let score = (members.map { scores[$0] }.max() ?? 0) / mean
            let width = max(1, layout.cellWidth - (layout.cellWidth > 2 ? 1 : 0))
            let bar = Rect(x: layout.x(ofColumn: column), y: bars.y, width: width, height: bars.height)
            Bars.drawVertical(
                Double(score / 3), in: &buffer, area: bar, score > 1.5 ? look.theme.validation : look.theme.bar,
                look: look)
        }
        let name = figure.matrix.isWeights ? "heard, times mean" : "sum, times mean"
        let room = area.maxX - bars.maxX - 2
        for (row, line) in [name, "0–3"].enumerated() where row < bars.height {
            let text = columnCount(name) <= room ? line : row == 0 ? "k 0–3" : ""
            buffer.write(text, x: bars.maxX + 2, y: bars.y + row, width: room, look.theme.faint)
        }
    }
}

/// Bars beside the rows of the matrix: in what the listeners differ. How near to uniform each listens is the same for
/// all in many networks, so the bars show how much its choice changes with the text where that was measured, and how
/// far from uniform it is otherwise; their range follows the data.
struct RowBars {
    /// By neuron.
    private let values: [Float]
    private let name: String, shortName: String
    private let figure: RoutingFigure

    init(_ figure: RoutingFigure, _ run: RunState) {
        self.figure = figure
        let n = figure.matrix.neurons
        let dynamism = figure.matrix.measure == .routing ? run.probe?.snapshot.routingDynamism : nil
        if let dynamism, dynamism.count >= (run.shownRound + 1) * n {
            // From nats to bits.
            let bits = binaryLogarithm(2.718_281_8)
            values = dynamism[run.shownRound * n..<(run.shownRound + 1) * n].map { $0 * bits }
            (name, shortName) = ("changes with text", "varies")
        } else {
            values = figure.matrix.rowDivergence
            (name, shortName) = ("from uniform", "uneven")
        }
    }

    func render(_ layout: HeatmapLayout, _ bars: Rect, _ look: Look, _ buffer: inout CellBuffer) {
        guard bars.width >= 6 else { return }
        let largest = max(0.01, ColorScale.roundedUp(values.filter(\.isFinite).max() ?? 0))
        let step = layout.halfRows == 1 ? 2 * layout.rowPool : layout.rowPool
        for row in stride(from: 0, to: figure.order.count, by: step) {
            let y = layout.y(ofRow: row) + max(0, layout.halfRows / 2 - 1) / 2
            guard y < layout.grid.maxY else { continue }
            Bars.drawHorizontal(
                Double(values[figure.order[row]] / largest), in: &buffer,
                row: Rect(x: bars.x, y: y, width: bars.width, height: 1), look.theme.throughput,
                empty: look.theme.barEmpty, look: look)
        }
        let range = " 0–" + Format.trimmed(Double(largest), 2) + " bits"
        let bare = " 0–" + Format.trimmed(Double(largest), 2)
        let heading = [name + range, shortName + range, shortName + bare, range.dropFirst().description].first {
            columnCount($0) <= bars.width
        }
        if let heading, bars.y > 0 {
            buffer.write(heading, x: bars.x, y: bars.y - 1, width: bars.width, look.theme.faint)
        }
    }
}
