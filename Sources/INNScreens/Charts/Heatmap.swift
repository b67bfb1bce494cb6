/// A matrix as colours, with labels and always a legend. Values come in display order.
struct Heatmap: Sendable {
    var rows: Int
    var columns: Int
    /// `[rows, columns]`; NaN marks a cell without a value.
    var values: [Float]
    var scale: ColorScale
    /// What the colours mean, with the unit, for example `log2 a·(N−1)`.
    var quantity: String
    /// The same where there is no room for it; empty where it is short enough.
    var shortQuantity = ""
    /// What the numbers rest on, for example `n 2,048`.
    var evidence: String = ""
    var rowLabels: [String] = []
    var columnLabels: [String] = []
    /// Appended to the column labels where the cells are wide enough.
    var columnMarks: [String] = []
    var cursor: (row: Int, column: Int)?
    var columnBreaks: [Int] = []
    var isSquare = true
    /// Column labels may not give way to more rows, for example because they are the text that a raster shows.
    var needsColumnLabels = false
    var maxCellWidth = 6
    /// Applied to each value that is shown, after the maximum of merged cells was taken; must be monotone.
    var transform: (@Sendable (Float) -> Float)?
    /// Digits after the point of numbers written into cells that are wide enough; nil writes none.
    var valueDecimals: Int?
    /// Cells that rest on few characters are drawn faint; empty or one per value.
    var isFaint: [Bool] = []
    /// How few, for the legend.
    var faintBelow = 0
    /// How much each value goes up and down behind the mean that its colour shows, in units in which 1 is much; empty
    /// or one per value.
    var spread: [Float] = []

    /// Where everything lies inside an area.
    struct Placement {
        var layout: HeatmapLayout
        var legend: Rect
        /// The legend stands upright beside the matrix instead of lying under it.
        var isLegendUpright: Bool
        var showsColumnLabels: Bool
    }

    /// The arrangement of matrix, labels and legend that shows most: when rows are scarce the legend moves to the side,
    /// and the column labels give way.
    func placement(in area: Rect, look: Look) -> Placement {
        let gutter = rowLabels.isEmpty ? 0 : (rowLabels.lazy.map(columnCount).max() ?? 0) + 1
        var best: Placement?
        var bestScore = -1.0
        for (isUpright, hasLabels, weight) in [
            (false, true, 1), (true, true, 0.9), (false, false, 0.6), (true, false, 0.5),
        ] {
            if hasLabels ? columnLabels.isEmpty : needsColumnLabels && !columnLabels.isEmpty { continue }
            if isUpright && area.width < Self.uprightWidth + gutter + 8 { continue }
            var inner = isUpright ? area.inset(right: Self.uprightWidth) : area.inset(bottom: 1)
            if inner.width - gutter >= min(columns, 8) { inner = inner.inset(left: gutter) }
            if hasLabels { inner = inner.inset(top: 1) }
            let layout = HeatmapLayout(
                rows: rows, columns: columns, area: inner, isSquare: isSquare, maxCellWidth: maxCellWidth,
                allowsHalfRows: look.glyphs != .ascii && look.colors != .mono, columnBreaks: columnBreaks,
                numberWidth: valueDecimals == nil || look.colors == .mono ? 0 : 5
            )
            let score = layout.grid.isEmpty ? 0 : layout.resolution * weight
            guard score > bestScore else { continue }
            let grid = layout.grid
            let flatY = min(area.maxY - 1, grid.maxY + (grid.maxY + 1 < area.maxY ? 1 : 0))
            let legend =
                isUpright
                ? Rect(
                    x: grid.maxX + 2, y: grid.y, width: area.maxX - grid.maxX - 2,
                    height: min(max(grid.height, 3), area.maxY - grid.y))
                : Rect(x: area.x, y: flatY, width: area.width, height: max(0, min(2, area.maxY - flatY)))
            (best, bestScore) = (
                Placement(layout: layout, legend: legend, isLegendUpright: isUpright, showsColumnLabels: hasLabels),
                score
            )
        }
        return best
            ?? Placement(
                layout: HeatmapLayout(
                    rows: rows, columns: columns, area: area, isSquare: isSquare, maxCellWidth: maxCellWidth,
                    allowsHalfRows: false),
                legend: area, isLegendUpright: false, showsColumnLabels: false
            )
    }

    /// Columns that an upright legend takes.
    private static let uprightWidth = 17

    @discardableResult
    func render(in buffer: inout CellBuffer, area: Rect, look: Look) -> HeatmapLayout {
        let placement = placement(in: area, look: look)
        let layout = placement.layout
        guard !area.isEmpty, rows > 0, columns > 0, values.count >= rows * columns else { return layout }
        let pooled = shownValues(layout)
        let shownColumns = (columns + layout.columnPool - 1) / layout.columnPool
        let shownRows = (rows + layout.rowPool - 1) / layout.rowPool
        if layout.halfRows == 1 {
            drawHalfRows(pooled, shownRows, shownColumns, layout, &buffer, look)
        } else {
            drawCells(pooled, shownRows, shownColumns, layout, &buffer, look)
        }
        drawRowLabels(layout, area, &buffer, look)
        if placement.showsColumnLabels { drawColumnLabels(layout, area, &buffer, look) }
        drawCursor(layout, &buffer, look)
        var legend = HeatmapLegend(
            scale: scale, quantity: quantity,
            notes: [Self.poolNote(layout), evidence, cellNote(pooled, layout)].filter { !$0.isEmpty })
        legend.shortQuantity = shortQuantity
        legend.isBeyondLow = pooled.contains { $0 < scale.low }
        legend.isBeyondHigh = pooled.contains { $0 > scale.high }
        if placement.isLegendUpright {
            legend.drawUpright(placement.legend, &buffer, look)
        } else {
            legend.drawFlat(placement.legend, &buffer, look)
        }
        return layout
    }

    private static func poolNote(_ layout: HeatmapLayout) -> String {
        layout.isPooled ? "max of \(layout.rowPool)×\(layout.columnPool)" : ""
    }

    /// The number of every cell on screen.
    private func shownValues(_ layout: HeatmapLayout) -> [Float] {
        let pooled = pooledValues(layout)
        return transform.map { pooled.map($0) } ?? pooled
    }

    /// The strongest cell of each block: a mean would hide single strong edges.
    private func pooledValues(_ layout: HeatmapLayout) -> [Float] {
        guard layout.isPooled else { return values }
        let rowPool = layout.rowPool
        let columnPool = layout.columnPool
        let shownColumns = (columns + columnPool - 1) / columnPool
        let shownRows = (rows + rowPool - 1) / rowPool
        var result = [Float](repeating: .nan, count: shownRows * shownColumns)
        // A signed quantity is strongest where it is farthest from 0; before a monotone transform, where it is largest.
        let bySize = scale.kind == .diverging && transform == nil
        for row in 0..<rows {
            for column in 0..<columns {
                let value = values[row * columns + column]
                let index = row / rowPool * shownColumns + column / columnPool
                let best = result[index]
                if value.isNaN { continue }
                if best.isNaN || (bySize ? abs(value) > abs(best) : value > best) { result[index] = value }
            }
        }
        return result
    }

    private func drawRowLabels(_ layout: HeatmapLayout, _ area: Rect, _ buffer: inout CellBuffer, _ look: Look) {
        let gutter = layout.grid.x - area.x
        guard gutter > 1, rowLabels.count >= rows else { return }
        var lastY = -1
        for row in stride(from: 0, to: rows, by: layout.rowPool) {
            let y = layout.y(ofRow: row) + max(0, layout.halfRows / 2 - 1) / 2
            let isCursor = cursor.map { $0.row / layout.rowPool == row / layout.rowPool } ?? false
            guard y != lastY || isCursor, y < layout.grid.maxY else { continue }
            lastY = y
            // Of two rows on one line the first is named: two names side by side would read as one number.
            buffer.write(
                Format.right(rowLabels[row], gutter - 1), x: area.x, y: y, width: gutter - 1,
                isCursor ? look.theme.accent : look.theme.dim)
        }
    }

    private func drawColumnLabels(_ layout: HeatmapLayout, _ area: Rect, _ buffer: inout CellBuffer, _ look: Look) {
        guard layout.grid.y > area.y, columnLabels.count >= columns else { return }
        var nextFree = layout.grid.x
        for column in stride(from: 0, to: columns, by: layout.columnPool) {
            var label = columnLabels[column]
            if columnMarks.indices.contains(column), columnCount(label + columnMarks[column]) < layout.cellWidth {
                label += columnMarks[column]
            }
            let length = columnCount(label)
            let x = layout.x(ofColumn: column) + max(0, layout.cellWidth - length) / 2
            guard x >= nextFree, x + length <= area.maxX else { continue }
            let isCursor = cursor.map { $0.column / layout.columnPool == column / layout.columnPool } ?? false
            buffer.write(
                label, x: x, y: layout.grid.y - 1, width: length, isCursor ? look.theme.accent : look.theme.dim)
            nextFree = x + length + (length > 1 ? 1 : 0)
        }
    }

    private func drawCursor(_ layout: HeatmapLayout, _ buffer: inout CellBuffer, _ look: Look) {
        guard let cursor, cursor.row < rows, cursor.column < columns else { return }
        let x = layout.x(ofColumn: cursor.column)
        let y = layout.y(ofRow: cursor.row)
        let height = max(1, layout.halfRows / 2)
        func mark(_ scalar: Unicode.Scalar, _ x: Int, _ y: Int) {
            guard layout.grid.contains(x: x, y: y) else { return }
            let under = buffer[x, y]
            let isUpper = cursor.row / layout.rowPool % 2 == 0
            let background =
                layout.halfRows > 1 ? under.background : Self.color(of: under, isUpper: isUpper)
            let attributes: CellAttributes = background == .terminalDefault ? [.bold, .reverse] : .bold
            buffer.put(scalar, x: x, y: y, Style(background.ink(look), on: background, attributes))
        }
        for row in 0..<height {
            if layout.cellWidth == 1 {
                mark("◆", x, y + row)
            } else {
                mark("[", x, y + row)
                mark("]", x + layout.cellWidth - 1, y + row)
            }
        }
    }
}
