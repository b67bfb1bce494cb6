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
    /// Matrix cells per side that were merged into one by taking the maximum; 1 when every cell is shown.
    let pool: Int
    /// Columns (in display order) before which one empty column is left, ascending.
    let columnBreaks: [Int]

    /// - Parameters:
    ///   - isSquare: keep cells nearly square (two or three columns per row); otherwise cells may grow to `maxCellWidth`.
    ///   - allowsHalfRows: whether two matrix rows may share a screen row (needs two colours and block glyphs).
    init(rows: Int, columns: Int, area: Rect, isSquare: Bool, maxCellWidth: Int, allowsHalfRows: Bool, columnBreaks: [Int] = []) {
        self.rows = rows
        self.columns = columns
        let gap = columnBreaks.count
        let roomy = Self.fit(rows, columns, area.width - gap, area.height, isSquare, maxCellWidth, allowsHalfRows)
        let usesBreaks = gap > 0 && roomy.pool == 1
        let chosen = usesBreaks ? roomy : Self.fit(rows, columns, area.width, area.height, isSquare, maxCellWidth, allowsHalfRows)
        self.columnBreaks = usesBreaks ? columnBreaks : []
        (cellWidth, halfRows, pool) = chosen
        let shownColumns = pool > 0 ? (columns + pool - 1) / pool : 0
        let shownRows = pool > 0 ? (rows + pool - 1) / pool : 0
        grid = Rect(
            x: area.x, y: area.y,
            width: min(area.width, shownColumns * cellWidth + self.columnBreaks.count),
            height: min(area.height, (shownRows * halfRows + 1) / 2)
        )
    }

    private static func fit(
        _ rows: Int, _ columns: Int, _ width: Int, _ height: Int, _ isSquare: Bool, _ maxCellWidth: Int, _ half: Bool
    ) -> (cellWidth: Int, halfRows: Int, pool: Int) {
        guard rows > 0, columns > 0, width > 0, height > 0 else { return (1, 2, max(1, rows, columns)) }
        if isSquare {
            let side = min(width / (2 * columns), height / rows, 4)
            if side >= 1 { return (min(width / columns, 3 * side), 2 * side, 1) }
        } else if height >= rows, width >= columns {
            return (min(width / columns, maxCellWidth), 2 * min(height / rows, 2), 1)
        }
        if half, columns <= width, rows <= 2 * height { return (isSquare ? 1 : min(width / columns, 3), 1, 1) }
        if columns <= width, rows <= height { return (1, 2, 1) }
        let capacity = half ? 2 * height : height
        let pool = max((columns + width - 1) / width, (rows + capacity - 1) / capacity)
        return (1, half ? 1 : 2, pool)
    }

    /// First screen column of a matrix column.
    func x(ofColumn column: Int) -> Int {
        var gaps = 0
        for border in columnBreaks where border <= column { gaps += 1 }
        return grid.x + column / pool * cellWidth + gaps
    }

    /// First screen row of a matrix row.
    func y(ofRow row: Int) -> Int { grid.y + row / pool * halfRows / 2 }

    /// The matrix cell under a screen cell (the upper one of two).
    func cell(x: Int, y: Int) -> (row: Int, column: Int)? {
        guard grid.contains(x: x, y: y) else { return nil }
        let row = (y - grid.y) * 2 / halfRows * pool
        var column = 0
        while column + pool < columns && self.x(ofColumn: column + pool) <= x { column += pool }
        return row < rows ? (row, column) : nil
    }
}
