/// Names and values, one fact per line; a value that is too long goes on under itself where all facts have room.
///
/// - Returns: the rows used.
@discardableResult
func writeFacts(
    _ facts: [(name: String, value: String)], indent: Int, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer
) -> Int {
    let width = area.width - indent
    var spare = area.height - facts.count
    var y = area.y
    for fact in facts where y < area.maxY {
        let whole = wrapped(fact.value, width: width, limit: 3)
        let lines = whole.count - 1 <= spare ? whole : [fact.value]
        spare -= lines.count - 1
        buffer.write(fact.name, x: area.x, y: y, width: min(indent - 1, area.width), look.theme.dim)
        for line in lines where y < area.maxY {
            buffer.write(line, x: area.x + indent, y: y, width: width, look.theme.text)
            y += 1
        }
        if lines.isEmpty { y += 1 }
    }
    return y - area.y
}
