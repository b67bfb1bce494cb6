import INNKit

/// The tree of a hierarchical clustering over the columns of a heatmap: the higher two branches meet, the less alike
/// they are.
struct Dendrogram {
    let linkage: AverageLinkage

    /// A node's place: the column its stem stands on, and its line.
    private struct Place {
        var x: Int
        var row: Int
        var left: Int
        var right: Int
    }

    /// - Parameter leafX: screen column of each element.
    func render(in buffer: inout CellBuffer, area: Rect, leafX: [Int], _ style: Style) {
        guard area.height > 0, leafX.count == linkage.count, let top = linkage.merges.map(\.distance).max(), top > 0
        else { return }
        var places = leafX.map { Place(x: $0, row: area.maxY, left: $0, right: $0) }
        for merge in linkage.merges {
            let row = area.y + Int(bounded: (Float(area.height - 1) * (1 - merge.distance / top)).rounded())
            var (a, b) = (places[merge.left], places[merge.right])
            if a.x > b.x { swap(&a, &b) }
            // Merges closer than one row share a line, as if they were one.
            let left = a.row == row ? a.left : a.x
            let right = b.row == row ? b.right : b.x
            for column in left...max(left, right)
            where buffer.bounds.contains(x: column, y: row) && buffer[column, row].scalar == " " {
                buffer.put("─", x: column, y: row, style)
            }
            drawBranch(a, row, corner: "╭", &buffer, style)
            drawBranch(b, row, corner: "╮", &buffer, style)
            places.append(Place(x: (left + right) / 2, row: row, left: left, right: right))
        }
    }

    /// Joins a child to its parent's line.
    private func drawBranch(
        _ child: Place, _ row: Int, corner: Unicode.Scalar, _ buffer: inout CellBuffer, _ style: Style
    ) {
        if child.row == row {
            let inner = corner == "╭" ? child.right : child.left
            if child.left != child.right { buffer.put("┬", x: inner, y: row, style) }
            return
        }
        buffer.put(corner, x: child.x, y: row, style)
        for y in row + 1..<max(row + 1, child.row) { buffer.put("│", x: child.x, y: y, style) }
        guard child.left != child.right, buffer.bounds.contains(x: child.x, y: child.row) else { return }
        let isCrossing = buffer[child.x, child.row].scalar == "┬"
        buffer.put(isCrossing ? "┼" : "┴", x: child.x, y: child.row, style)
    }
}
