/// Where the cells of a heatmap lie: how many screen cells each matrix cell takes, or how many matrix cells share one.
struct HeatmapLayout: Equatable, Sendable {
    let rows: Int
    let columns: Int
    /// The area that the matrix itself covers.
    let grid: Rect
    /// Screen columns per (pooled) matrix cell.
    let cellWidth: Int
    /// Height of a (pooled) matrix cell in half rows: 1 means that one screen row shows two matrix rows.
    let halfRows: Int
    /// Matrix rows and columns that were merged into one by taking the maximum; 1 when every cell is shown.
    let rowPool: Int
    let columnPool: Int
    /// Columns (in display order) before which one empty column is left, ascending.
    let columnBreaks: [Int]

    private struct Fit { var cellWidth = 1, halfRows = 2, rowPool = 1, columnPool = 1 }

    /// - Parameters:
    ///   - isSquare: keep cells nearly square (two or three columns per row); otherwise cells may grow to
    ///     `maxCellWidth`.
    ///   - numberWidth: columns that square cells of one row are widened to where there is room, for numbers in them.
    ///   - allowsHalfRows: whether two matrix rows may share a screen row (needs two colours and block glyphs).
    init(
        rows: Int, columns: Int, area: Rect, isSquare: Bool, maxCellWidth: Int, allowsHalfRows: Bool,
        columnBreaks: [Int] = [], numberWidth: Int = 0
    ) {
        self.rows = rows
        self.columns = columns
        func fit(_ width: Int) -> Fit {
            Self.fit(rows, columns, width, area.height, isSquare, maxCellWidth, allowsHalfRows, numberWidth)
        }
        let roomy = fit(area.width - columnBreaks.count)
        let usesBreaks = !columnBreaks.isEmpty && roomy.columnPool == 1
        let chosen = usesBreaks ? roomy : fit(area.width)
        self.columnBreaks = usesBreaks ? columnBreaks : []
        (cellWidth, halfRows, rowPool, columnPool) = (
            chosen.cellWidth, chosen.halfRows, chosen.rowPool, chosen.columnPool
        )
        let shownColumns = (columns + columnPool - 1) / columnPool
        let shownRows = (rows + rowPool - 1) / rowPool
        grid = Rect(
            x: area.x, y: area.y,
            width: min(area.width, shownColumns * cellWidth + self.columnBreaks.count),
            height: min(area.height, (shownRows * halfRows + 1) / 2)
        )
    }

    private static func fit(
        _ rows: Int, _ columns: Int, _ width: Int, _ height: Int, _ isSquare: Bool, _ maxCellWidth: Int, _ half: Bool,
        _ numberWidth: Int
    ) -> Fit {
        guard rows > 0, columns > 0, width > 0, height > 0 else {
            return Fit(rowPool: max(1, rows), columnPool: max(1, columns))
        }
        if isSquare {
            let side = min(width / (2 * columns), height / rows, 4)
            if side >= 1 {
                return Fit(cellWidth: min(width / columns, max(3 * side, numberWidth)), halfRows: 2 * side)
            }
        } else if height >= rows, width >= columns {
            return Fit(cellWidth: min(width / columns, maxCellWidth), halfRows: 2 * min(height / rows, 2))
        }
        let halfRows = half ? 1 : 2
        let capacity = half ? 2 * height : height
        var rowPool = (rows + capacity - 1) / capacity
        var columnPool = (columns + width - 1) / width
        if isSquare { (rowPool, columnPool) = (max(rowPool, columnPool), max(rowPool, columnPool)) }
        let shown = (columns + columnPool - 1) / columnPool
        return Fit(
            cellWidth: min(width / shown, isSquare ? 2 : min(4, maxCellWidth)), halfRows: halfRows, rowPool: rowPool,
            columnPool: columnPool)
    }

    /// How well single matrix cells can be told apart: their size on screen, below 1 when cells were merged.
    var resolution: Double {
        // Width beyond square cells adds little.
        isPooled ? 0.5 / Double(rowPool * columnPool) : Double(min(cellWidth, 2 * halfRows) * halfRows)
    }

    var isPooled: Bool { rowPool > 1 || columnPool > 1 }

    /// First screen column of a matrix column.
    func x(ofColumn column: Int) -> Int {
        var gaps = 0
        for border in columnBreaks where border <= column { gaps += 1 }
        return grid.x + column / columnPool * cellWidth + gaps
    }

    /// First screen row of a matrix row.
    func y(ofRow row: Int) -> Int { grid.y + row / rowPool * halfRows / 2 }

    /// The matrix cell under a screen cell (the upper one of two).
    func cell(x: Int, y: Int) -> (row: Int, column: Int)? {
        guard grid.contains(x: x, y: y) else { return nil }
        let row = (y - grid.y) * 2 / halfRows * rowPool
        var column = 0
        while column + columnPool < columns && self.x(ofColumn: column + columnPool) <= x { column += columnPool }
        return row < rows ? (row, column) : nil
    }
}
