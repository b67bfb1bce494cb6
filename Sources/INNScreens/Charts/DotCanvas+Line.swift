extension DotCanvas {
    /// A straight line of dots (Bresenham 1965).
    mutating func line(from start: (x: Int, y: Int), to end: (x: Int, y: Int), _ style: Style) {
        let width = abs(end.x - start.x)
        let height = -abs(end.y - start.y)
        let stepX = start.x < end.x ? 1 : -1
        let stepY = start.y < end.y ? 1 : -1
        var (x, y, error) = (start.x, start.y, width + height)
        while true {
            column(x, from: y, to: y, style)
            if x == end.x && y == end.y { return }
            let doubled = 2 * error
            if doubled >= height {
                error += height
                x += stepX
            }
            if doubled <= width {
                error += width
                y += stepY
            }
        }
    }
}
