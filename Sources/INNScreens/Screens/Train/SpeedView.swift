import INNKit

/// Characters per second over the training; where several ranks train, above it what each of them did lately.
func renderSpeed(_ state: ScreenContext<TrainView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    var chart = area
    if let ranks = state.data.history.latest?.ranks {
        let used = renderRanks(ranks, look, area, &buffer)
        chart = area.inset(top: used)
    }
    guard chart.height > 0 else { return }
    renderCurve(state.data.history.charsPerSecond, state, look.theme.throughput, look, chart, &buffer)
}

/// The curve needs so many rows to say anything.
private let chartRows = 3

/// - Returns: the rows used.
private func renderRanks(_ ranks: RankReport, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) -> Int {
    let count = ranks.hosts.count
    let room = area.height - chartRows
    let columns = RankColumns(ranks, width: area.width)
    var lines = [sharePhrase(ranks, width: area.width)]
    let hasBars = room > count
    if !hasBars || (!columns.hasWord && room > count + 1) {
        lines.append(spreadPhrase(ranks, hasBars: hasBars, width: area.width))
    }
    lines = Array(lines.prefix(max(0, room)))
    for (row, line) in lines.enumerated() {
        buffer.write(line, x: area.x, y: area.y + row, width: area.width, look.theme.dim)
    }
    guard hasBars else { return lines.count }
    for rank in ranks.hosts.indices {
        let row = Rect(x: area.x, y: area.y + lines.count + rank, width: area.width, height: 1)
        renderRank(rank, ranks, columns, look, row, &buffer)
    }
    return lines.count + count
}

/// What a row about a rank has room for.
private struct RankColumns {
    let digits: Int
    /// 0 where all ranks are on one host, or where there is no room for names.
    let host: Int
    /// Whether “slowest” stands behind the bar of the slowest.
    let hasWord: Bool

    /// A speed between two spaces, and the least that is a bar.
    private static let speed = 7, bar = 6
    static let word = " slowest"

    init(_ ranks: RankReport, width: Int) {
        digits = String(ranks.hosts.count - 1).count
        let rest = width - 5 - digits - Self.speed - Self.bar
        let longest = 1 + (ranks.hosts.map(columnCount).max() ?? 0)
        host = Set(ranks.hosts).count > 1 && rest >= min(6, longest) ? min(rest, longest) : 0
        hasWord = rest - host >= columnCount(Self.word)
    }
}

/// One rank as a row: who and where it is, its speed, and a bar as long as that.
private func renderRank(
    _ rank: Int, _ ranks: RankReport, _ columns: RankColumns, _ look: Look, _ row: Rect, _ buffer: inout CellBuffer
) {
    let isSlowest = rank == ranks.slowest
    let style = isSlowest ? look.theme.warning : look.theme.text
    var x = row.x
    func write(_ text: String, _ width: Int, _ style: Style, _ buffer: inout CellBuffer) {
        buffer.write(text, x: x, y: row.y, width: max(0, min(width, row.maxX - x)), style)
        x += width
    }
    write("rank " + Format.right(String(rank), columns.digits), 5 + columns.digits, look.theme.dim, &buffer)
    write(" " + ranks.hosts[rank], columns.host, look.theme.dim, &buffer)
    write(" " + Format.right(Format.short(ranks.charsPerSecond[rank]), 5), 7, style, &buffer)
    let word = columns.hasWord ? columnCount(RankColumns.word) : 0
    let bar = Rect(x: x, y: row.y, width: max(0, row.maxX - x - word), height: 1)
    let fastest = ranks.charsPerSecond.max() ?? 0
    Bars.drawHorizontal(
        fastest > 0 ? ranks.charsPerSecond[rank] / fastest : 0, in: &buffer, row: bar,
        isSlowest ? look.theme.warning : look.theme.throughput, empty: look.theme.faint, look: look)
    x = bar.maxX
    if isSlowest { write(RankColumns.word, word, style, &buffer) }
}

/// How many they are, and the share of the time that goes into passing values on, in as many digits as say something.
private func sharePhrase(_ ranks: RankReport, width: Int) -> String {
    let percent = ranks.communication * 100
    let share = (percent < 9.5 ? Format.fixed(percent, 1) : Format.fixed(percent, 0)) + " %"
    let count = Format.counted(ranks.hosts.count, "rank")
    return fitting(
        width, "\(count) · \(share) of the time in communication", "\(count) · \(share) in communication",
        "\(share) in communication", "\(share) communicating", share)
}

/// All ranks on one line: between which speeds they lie, unless bars show that, and which is the slowest.
private func spreadPhrase(_ ranks: RankReport, hasBars: Bool, width: Int) -> String {
    let slowest = ranks.slowest
    let low = Format.short(ranks.charsPerSecond.min() ?? 0)
    let high = Format.short(ranks.charsPerSecond.max() ?? 0)
    let each = "each " + (low == high ? low : "\(low)–\(high)")
    let host = Set(ranks.hosts).count > 1 ? " on \(ranks.hosts[slowest])" : ""
    if hasBars { return fitting(width, "rank \(slowest)\(host) is slowest", "rank \(slowest) is slowest") }
    return fitting(
        width, "\(each), slowest rank \(slowest)\(host)", "\(each), slowest rank \(slowest)",
        "rank \(slowest) of \(ranks.hosts.count) is slowest", "slowest: \(slowest) of \(ranks.hosts.count)")
}
