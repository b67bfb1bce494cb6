/// A matrix as colours, with labels and always a legend. Values come in display order.
struct Heatmap: Sendable {
    var rows: Int
    var columns: Int
    /// `[rows, columns]`; NaN marks a cell without a value.
    var values: [Float]
    var scale: ColorScale
    /// What the colours mean, with the unit, for example `log2 a·(N−1)`.
    var quantity: String
    /// What the numbers rest on, for example `n 2,048`.
    var evidence: String = ""
    var rowLabels: [String] = []
    var columnLabels: [String] = []
    var cursor: (row: Int, column: Int)?
    var columnBreaks: [Int] = []
    var isSquare = true
    var maxCellWidth = 6
    /// Applied to each value that is shown, after the maximum of merged cells was taken; must be monotone.
    var transform: (@Sendable (Float) -> Float)?
    /// Digits after the point of numbers written into cells that are wide enough; nil writes none.
    var valueDecimals: Int?

    /// Where the cells lie inside `area`, whose last row is the legend.
    func layout(in area: Rect, look: Look) -> HeatmapLayout {
        var inner = area.inset(bottom: 1)
        let gutter = (rowLabels.lazy.map(columnCount).max() ?? 0) + 1
        if !rowLabels.isEmpty, inner.width - gutter >= min(columns, 8) { inner = inner.inset(left: gutter) }
        if !columnLabels.isEmpty, inner.height > 3 { inner = inner.inset(top: 1) }
        return HeatmapLayout(
            rows: rows, columns: columns, area: inner, isSquare: isSquare, maxCellWidth: maxCellWidth,
            allowsHalfRows: look.glyphs != .ascii && look.colors != .mono, columnBreaks: columnBreaks
        )
    }

    @discardableResult
    func render(in buffer: inout CellBuffer, area: Rect, look: Look) -> HeatmapLayout {
        let layout = layout(in: area, look: look)
        guard !area.isEmpty, rows > 0, columns > 0, values.count >= rows * columns else { return layout }
        var pooled = pooledValues(layout.pool)
        if let transform { for index in pooled.indices { pooled[index] = transform(pooled[index]) } }
        let shownColumns = (columns + layout.pool - 1) / layout.pool
        let shownRows = (rows + layout.pool - 1) / layout.pool
        if layout.halfRows == 1 {
            drawHalfRows(pooled, shownRows, shownColumns, layout, &buffer, look)
        } else {
            drawCells(pooled, shownRows, shownColumns, layout, &buffer, look)
        }
        drawLabels(layout, area, &buffer, look)
        drawCursor(layout, &buffer, look)
        drawLegend(layout, area, &buffer, look)
        return layout
    }

    /// The strongest cell of each block: a mean would hide single strong edges.
    private func pooledValues(_ pool: Int) -> [Float] {
        guard pool > 1 else { return values }
        let shownColumns = (columns + pool - 1) / pool, shownRows = (rows + pool - 1) / pool
        var result = [Float](repeating: .nan, count: shownRows * shownColumns)
        // A signed quantity is strongest where it is farthest from 0; before a monotone transform, where it is largest.
        let bySize = scale.kind == .diverging && transform == nil
        for row in 0..<rows {
            for column in 0..<columns {
                let value = values[row * columns + column]
                let index = row / pool * shownColumns + column / pool
                let best = result[index]
                if value.isNaN { continue }
                if best.isNaN || (bySize ? abs(value) > abs(best) : value > best) { result[index] = value }
            }
        }
        return result
    }

    private func drawCells(_ values: [Float], _ shownRows: Int, _ shownColumns: Int, _ layout: HeatmapLayout, _ buffer: inout CellBuffer, _ look: Look) {
        let cellHeight = layout.halfRows / 2
        for column in 0..<shownColumns {
            let x = layout.x(ofColumn: column * layout.pool)
            for row in 0..<shownRows {
                let y = layout.grid.y + row * cellHeight
                guard y < layout.grid.maxY, x < layout.grid.maxX else { continue }
                let cell = Rect(x: x, y: y, width: min(layout.cellWidth, layout.grid.maxX - x), height: cellHeight)
                drawCell(values[row * shownColumns + column], cell, &buffer, look)
            }
        }
    }

    private func drawCell(_ value: Float, _ cell: Rect, _ buffer: inout CellBuffer, _ look: Look) {
        guard let step = scale.step(value) else {
            buffer.put("·", x: cell.x + (cell.width - 1) / 2, y: cell.y + cell.height / 2, look.theme.faint)
            return
        }
        if scale.level == .mono {
            buffer.fill(cell, ColorScale.ramp(step: step, of: scale.stepCount), look.theme.text)
        } else {
            buffer.fill(cell, " ", Style(.terminalDefault, on: scale.color(step: step)))
        }
        guard let decimals = valueDecimals, scale.level != .mono else { return }
        let background = scale.color(step: step)
        let sign = scale.kind == .diverging && value > 0 ? "+" : ""
        let text = value.isFinite ? sign + Format.fixed(Double(value), decimals) : value > 0 ? "+∞" : "−∞"
        let length = columnCount(text)
        guard length < cell.width else { return }
        let ink: CellColor = background.isBright ? .rgb(0, 0, 0) : .rgb(255, 255, 255)
        let style = Style(scale.level == .palette8 ? ink : background.blended(with: ink, share: 0.72), on: background)
        buffer.write(text, x: cell.x + (cell.width - length) / 2, y: cell.y + (cell.height - 1) / 2, width: length, style)
    }

    private func drawHalfRows(_ values: [Float], _ shownRows: Int, _ shownColumns: Int, _ layout: HeatmapLayout, _ buffer: inout CellBuffer, _ look: Look) {
        for column in 0..<shownColumns {
            let x = layout.x(ofColumn: column * layout.pool)
            for line in 0..<layout.grid.height {
                let top = scale.step(values[2 * line * shownColumns + column])
                let hasBottom = 2 * line + 1 < shownRows
                let bottom = hasBottom ? scale.step(values[(2 * line + 1) * shownColumns + column]) : nil
                let glyph: Unicode.Scalar, style: Style
                switch (top, bottom) {
                case let (top?, bottom?): (glyph, style) = ("▀", Style(scale.color(step: top), on: scale.color(step: bottom)))
                case let (top?, nil): (glyph, style) = ("▀", Style(scale.color(step: top)))
                case let (nil, bottom?): (glyph, style) = ("▄", Style(scale.color(step: bottom)))
                case (nil, nil): (glyph, style) = ("·", look.theme.faint)
                }
                for offset in 0..<layout.cellWidth where x + offset < layout.grid.maxX {
                    buffer.put(glyph, x: x + offset, y: layout.grid.y + line, style)
                }
            }
        }
    }

    private func drawLabels(_ layout: HeatmapLayout, _ area: Rect, _ buffer: inout CellBuffer, _ look: Look) {
        let gutter = layout.grid.x - area.x
        if gutter > 1, !rowLabels.isEmpty {
            var lastY = -1
            for row in stride(from: 0, to: rows, by: layout.pool) where row < rowLabels.count {
                let y = layout.y(ofRow: row) + max(0, layout.halfRows / 2 - 1) / 2
                let isCursor = cursor.map { $0.row / layout.pool == row / layout.pool } ?? false
                guard y != lastY || isCursor, y < layout.grid.maxY else { continue }
                lastY = y
                let label = Format.right(rowLabels[row], gutter - 1)
                buffer.write(label, x: area.x, y: y, width: gutter - 1, isCursor ? look.theme.accent : look.theme.dim)
            }
        }
        guard layout.grid.y > area.y, !columnLabels.isEmpty else { return }
        var nextFree = layout.grid.x
        for column in stride(from: 0, to: columns, by: layout.pool) where column < columnLabels.count {
            let label = columnLabels[column], length = columnCount(label)
            let x = layout.x(ofColumn: column) + max(0, layout.cellWidth - length) / 2
            guard x >= nextFree, x + length <= area.maxX else { continue }
            let isCursor = cursor.map { $0.column / layout.pool == column / layout.pool } ?? false
            buffer.write(label, x: x, y: area.y, width: length, isCursor ? look.theme.accent : look.theme.dim)
            nextFree = x + length + (length > 1 ? 1 : 0)
        }
    }

    private func drawCursor(_ layout: HeatmapLayout, _ buffer: inout CellBuffer, _ look: Look) {
        guard let cursor, cursor.row < rows, cursor.column < columns else { return }
        let x = layout.x(ofColumn: cursor.column), y = layout.y(ofRow: cursor.row)
        let height = max(1, layout.halfRows / 2)
        func mark(_ scalar: Unicode.Scalar, _ x: Int, _ y: Int) {
            guard layout.grid.contains(x: x, y: y) else { return }
            let under = buffer[x, y]
            let isUpper = layout.halfRows > 1 || cursor.row / layout.pool % 2 == 0
            let background = layout.halfRows == 1 && isUpper ? under.foreground : under.background
            let ink: CellColor = background == .terminalDefault ? .terminalDefault : background.isBright ? .rgb(0, 0, 0) : .rgb(255, 255, 255)
            let attributes: CellAttributes = background == .terminalDefault ? [.bold, .reverse] : .bold
            buffer.put(scalar, x: x, y: y, Style(ink, on: background, attributes))
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

    private func drawLegend(_ layout: HeatmapLayout, _ area: Rect, _ buffer: inout CellBuffer, _ look: Look) {
        let y = area.maxY - 1
        let decimals = max(abs(scale.low), abs(scale.high)) >= 2 && scale.low == scale.low.rounded() && scale.high == scale.high.rounded() ? 0 : 2
        let low = Format.fixed(Double(scale.low), decimals)
        let high = (scale.kind == .diverging ? "+" : "") + Format.fixed(Double(scale.high), decimals)
        var x = area.x
        x += buffer.write(low + " ", x: x, y: y, width: area.maxX - x, look.theme.dim)
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
        var text = " " + high + "  " + quantity
        if layout.pool > 1 { text += " · max of \(layout.pool)×\(layout.pool)" }
        if !evidence.isEmpty { text += " · " + evidence }
        buffer.write(text, x: x, y: y, width: area.maxX - x, look.theme.dim)
    }
}
