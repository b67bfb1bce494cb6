import INNKit

/// The tree of a clustering beside the rows of a table: the farther left two branches meet, the less alike they are.
struct DendrogramGutter {
    let joins: [ClusterAnalysis.Join]
    /// Screen row of each leaf; rows outside the area are left out.
    let leafRows: [Int]

    /// - Parameter style: of the branch that a join makes, from its leaves.
    func render(in buffer: inout CellBuffer, area: Rect, style: ([Int]) -> Style) {
        guard area.width > 1, let top = joins.map(\.distance).max(), top > 0, joins.count == leafRows.count - 1 else {
            return
        }
        var canvas = LineCanvas(area: area)
        var nodes = leafRows.enumerated().map { (x: area.maxX, y: $1, leaves: [$0]) }
        for join in joins {
            guard nodes.indices.contains(join.left), nodes.indices.contains(join.right) else { return }
            let left = nodes[join.left]
            let right = nodes[join.right]
            let leaves = left.leaves + right.leaves
            let look = style(leaves)
            let x = area.maxX - 1 - Int(bounded: (Float(area.width - 1) * max(0, join.distance) / top).rounded())
            for child in [left, right] where child.x > x { canvas.horizontal(y: child.y, from: x, to: child.x, look) }
            canvas.vertical(x: x, from: left.y, to: right.y, look)
            nodes.append((x, (left.y + right.y) / 2, leaves))
        }
        canvas.draw(into: &buffer)
    }
}
