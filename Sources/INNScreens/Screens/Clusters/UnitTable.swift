import INNKit

/// Every firing unit on a row: its place in the tree of clusters, its gate at each character, what it tells about the
/// text beside what chance tells, and its label beside what the untrained network earns for it.
struct UnitTable {
    let insight: Insight
    /// Units in display order: by the tree and then those that took no part, or by number.
    let order: [Int]
    let isGrouped: Bool
    /// Symbols on display, by id; the most frequent when not all fit.
    let symbols: [Int]
    /// First row of ``order`` on display, and how many rows there are.
    let first: Int, rows: Int
    let area: Rect
    let tree: Rect, strip: Rect
    let idX: Int, barX: Int, barWidth: Int, labelX: Int
    let cellWidth: Int

    /// Rows of the area that are no units: what the cursor is on, headings, legend.
    private static let headings = 2
    private static let idWidth = 7, numberWidth = 6

    init?(_ state: ScreenContext<ClustersView>, _ area: Rect) {
        guard state.showsUnits, let insight = state.insight else { return nil }
        self.insight = insight
        self.area = area
        let clusters = insight.network.clusters
        isGrouped = state.view.order == .cluster && !insight.isRed
        let all = isGrouped ? clusters.order + clusters.untuned : Array(insight.network.units.indices)
        order = all
        let body = area.inset(top: Self.headings, bottom: area.height > 6 ? 1 : 0)
        rows = body.height
        let selected = state.selectedUnit.flatMap { all.firstIndex(of: $0) } ?? 0
        first = max(0, min(selected - rows / 2, all.count - rows))

        let treeWidth = isGrouped && area.width >= 64 ? min(14, max(5, area.width / 12)) : 0
        let counts = insight.network.symbolCounts
        let present = counts.indices.filter { counts[$0] > 0 }
        let fixed = treeWidth + Self.idWidth + 1 + Self.numberWidth + 1
        let spare = area.width - fixed
        let wanted = present.count
        let names = insight.network.symbols
        let isWide = present.contains { columnCount(names[$0]) > 1 }
        cellWidth = isWide || spare - 2 * wanted >= 34 ? 2 : 1
        let stripWidth = max(0, min(cellWidth * wanted, spare - 24))
        symbols = present.sorted { (counts[$0], $1) > (counts[$1], $0) }.prefix(stripWidth / cellWidth).sorted()
        let left = spare - stripWidth
        barWidth = max(0, min(16, left - 24))
        tree = Rect(x: body.x, y: body.y, width: treeWidth, height: body.height)
        idX = area.x + treeWidth
        strip = Rect(x: idX + Self.idWidth, y: body.y, width: stripWidth, height: body.height)
        barX = strip.maxX + 1
        labelX = barX + barWidth + Self.numberWidth + 1
    }

    /// Rows that hold a unit.
    var visible: Range<Int> { first..<min(order.count, first + rows) }

    func y(_ row: Int) -> Int { strip.y + row - first }

    /// What fills the width of the information bars, in bits.
    var largestInformation: Double {
        insight.network.units.map { max($0.information.present, $0.information.presentNull.percentile95) }.max() ?? 0
    }

    /// The unit and, over the gates, the symbol at a place on screen.
    func hit(x: Int, y: Int) -> (unit: Int, symbol: Int?)? {
        let row = first + y - strip.y
        guard y >= strip.y, visible.contains(row) else { return nil }
        let column = (x - strip.x) / max(1, cellWidth)
        return (order[row], x >= strip.x && symbols.indices.contains(column) ? symbols[column] : nil)
    }

    /// The unit's name as in reports: its neuron and its round, or the neuron alone when there is one round.
    static func name(_ unit: Int, _ network: NetworkAnalysis) -> String {
        network.rounds > 1 ? "\(unit % network.neurons)·\(unit / network.neurons + 1)" : String(unit)
    }
}

extension ScreenContext<ClustersView> {
    /// The firing unit under the cursor of the clusters screen.
    var selectedUnit: Int? {
        guard view.hasCursor, let network = run.insight?.network, view.neuron < network.neurons else { return nil }
        return min(selection.round ?? network.rounds - 1, network.rounds - 1) * network.neurons + view.neuron
    }

    mutating func select(unit: Int) {
        guard let network = run.insight?.network else { return }
        view.hasCursor = true
        view.neuron = unit % network.neurons
        selection.neuron = view.neuron
        selection.round = unit / network.neurons
    }
}

// MARK: Drawing

func renderUnitTable(_ state: ScreenContext<ClustersView>, _ table: UnitTable, _ look: Look, _ buffer: inout CellBuffer)
{
    let area = table.area
    let top = state.selectedUnit.map { unitReadout(state, table, $0) } ?? clusterSummary(table.insight)
    buffer.write(
        top, x: area.x, y: area.y, width: area.width, state.view.hasCursor ? look.theme.accent : look.theme.dim)
    drawHeadings(table, look, &buffer)
    for row in table.visible { drawUnit(state, table, row, look, &buffer) }
    let clusters = table.insight.network.clusters
    if table.tree.width > 0, !clusters.leaves.isEmpty {
        let rowOfUnit = Dictionary(uniqueKeysWithValues: table.order.enumerated().map { ($1, $0) })
        DendrogramGutter(joins: clusters.joins, leafRows: clusters.leaves.map { table.y(rowOfUnit[$0] ?? 0) }).render(
            in: &buffer, area: table.tree
        ) { leaves in
            let groups = Set(leaves.map { table.insight.network.units[clusters.leaves[$0]].cluster })
            return groups.count == 1
                ? groups.first.flatMap { $0 }.map(look.theme.group) ?? look.theme.dim : look.theme.dim
        }
    }
    guard area.height > 6 else { return }
    let shown = table.symbols.count
    let all = table.insight.network.symbolCounts.count { $0 > 0 }
    let rows =
        table.order.count > table.rows
        ? "rows \(table.first + 1)–\(table.visible.upperBound) of \(table.order.count)" : ""
    let frequent = shown < all ? "\(shown) most frequent of \(all) symbols" : ""
    HeatmapLegend(
        scale: gateScale(look), quantity: "mean gate",
        notes: [rows, frequent, faintNote(table), nullNote(table.insight)].filter { !$0.isEmpty }
    )
    .drawFlat(Rect(x: area.x, y: area.maxY - 1, width: area.width, height: 1), &buffer, look)
}

func gateScale(_ look: Look) -> ColorScale { ColorScale(.viridis, low: 0, high: 1, look: look) }

private func faintNote(_ table: UnitTable) -> String {
    let counts = table.insight.network.symbolCounts
    let hasFew = table.symbols.contains { counts[$0] < TuningFigure.fewCharacters }
    return hasFew ? "faint: n < \(TuningFigure.fewCharacters)" : ""
}

/// How chance was measured; below 50,000 characters the figure means little without it.
private func nullNote(_ insight: Insight) -> String {
    guard let unit = insight.network.units.first else { return "" }
    let shifts = unit.information.presentNull.shifts
    return "│ 95 % of \(shifts) shifts" + (unit.information.isLongEnough ? "" : ", n < 50,000: compare")
}

private func drawHeadings(_ table: UnitTable, _ look: Look, _ buffer: inout CellBuffer) {
    let y = table.area.y + 1
    let names = table.insight.network.symbols
    drawTreeScale(table, y: y, look, &buffer)
    buffer.write("   id", x: table.idX, y: y, width: 6, look.theme.faint)
    for (column, symbol) in table.symbols.enumerated() {
        buffer.write(
            TuningFigure.name(names[symbol]), x: table.strip.x + column * table.cellWidth, y: y,
            width: table.cellWidth,
            look.theme.dim)
    }
    buffer.write(
        table.barWidth >= 13 ? "tells of x(t)" : table.barWidth >= 5 ? "tells" : "", x: table.barX, y: y,
        width: table.barWidth, look.theme.faint)
    buffer.write(" bits", x: table.barX + table.barWidth, y: y, width: 6, look.theme.faint)
    buffer.write("label F1 (untrained)", x: table.labelX, y: y, width: table.area.maxX - table.labelX, look.theme.faint)
}

/// The ends of the tree's scale: what the farthest join has, and 0 at the leaves.
private func drawTreeScale(_ table: UnitTable, y: Int, _ look: Look, _ buffer: inout CellBuffer) {
    guard table.tree.width >= 5 else { return }
    let highest = Format.fixed(Double(table.insight.network.clusters.joins.map(\.distance).max() ?? 0), 2)
    let width = table.tree.width
    buffer.write(width >= 12 ? highest + " 1−r" : "1 − r", x: table.tree.x, y: y, width: width, look.theme.faint)
    if width >= 12 { buffer.write("0", x: table.tree.maxX - 1, y: y, width: 1, look.theme.faint) }
}

private func drawUnit(
    _ state: ScreenContext<ClustersView>, _ table: UnitTable, _ row: Int, _ look: Look, _ buffer: inout CellBuffer
) {
    let index = table.order[row]
    let unit = table.insight.network.units[index]
    let y = table.y(row)
    let isSelected = index == state.selectedUnit
    let group = table.insight.isRed ? nil : unit.cluster
    buffer.write(
        isSelected ? "▸" : group.map(groupLetter) ?? " ", x: table.idX, y: y,
        width: table.cellWidth,
        isSelected ? look.theme.accent : group.map(look.theme.group) ?? look.theme.dim)
    buffer.write(
        Format.right(UnitTable.name(index, table.insight.network), 5), x: table.idX + 1, y: y, width: 5,
        isSelected ? look.theme.accent : look.theme.dim)
    // Beside a name that has a dot itself the sign of an interneuron would be read as a part of it.
    if let roles = state.run.roles, roles.role(unit.neuron) != .interneuron {
        drawRole(roles, unit.neuron, x: table.idX + 6, y: y, look, &buffer)
    }
    let scale = gateScale(look)
    for (column, symbol) in table.symbols.enumerated() {
        let cell = Rect(x: table.strip.x + column * table.cellWidth, y: y, width: table.cellWidth, height: 1)
        let value = unit.tuning.value(symbol: symbol, lag: 0)?.mean ?? .nan
        let isCursor = isSelected && symbol == state.view.symbol
        let isFaint = table.insight.network.symbolCounts[symbol] < TuningFigure.fewCharacters
        drawGate(value, scale, cell, isCursor: isCursor, isFaint: isFaint, look, &buffer)
    }
    let information = unit.information
    ThresholdBar.draw(
        information.present, threshold: information.presentNull.percentile95, largest: table.largestInformation,
        exceeds: information.tellsPresent,
        in: &buffer, row: Rect(x: table.barX, y: y, width: table.barWidth, height: 1), look: look)
    buffer.write(
        Format.right(Format.fixed(information.present, 2), 5), x: table.barX + table.barWidth, y: y, width: 6,
        information.tellsPresent ? look.theme.text : look.theme.dim)
    let (text, style) = labelText(table.insight, unit, look)
    buffer.write(text, x: table.labelX, y: y, width: table.area.maxX - table.labelX, style)
}

private func drawGate(
    _ value: Float, _ scale: ColorScale, _ cell: Rect, isCursor: Bool, isFaint: Bool, _ look: Look,
    _ buffer: inout CellBuffer
) {
    guard let step = scale.step(value) else { return buffer.put("·", x: cell.x, y: cell.y, look.theme.faint) }
    if scale.level == .mono {
        buffer.fill(cell, isCursor ? "◆" : scale.glyph(step: step), isFaint ? look.theme.dim : look.theme.text)
    } else {
        let background = scale.color(step: step, isFaint: isFaint, look)
        buffer.fill(cell, " ", Style(.terminalDefault, on: background))
        if isCursor {
            buffer.put(
                "◆", x: cell.x, y: cell.y,
                Style(background.ink(look), on: background, .bold))
        }
    }
}

/// A unit's label with its F1 and that of untrained units; a label that both earn is no finding and is drawn dim.
func labelText(_ insight: Insight, _ unit: NeuronAnalysis, _ look: Look) -> (String, Style) {
    if insight.isRed { return ("withheld", look.theme.dim) }
    if unit.isDead { return ("never fires", look.theme.dim) }
    guard let label = unit.label else { return ("unlabelled", look.theme.faint) }
    let text = categoryText(label, untrained: insight.report.untrainedF1(of: unit))
    return (text, insight.report.claimsLabel(of: unit) ? look.theme.good : look.theme.text)
}

/// For example `vowel .93 (.41)`: the category, its F1, and the best F1 of untrained units that fire as often.
func categoryText(_ label: CategoryScore, untrained: Double?) -> String {
    label.name + " " + Format.share(label.f1) + " (" + (untrained.map(Format.share) ?? "?") + ")"
}

/// The exact figures of one unit, and its gate at the symbol under the cursor.
private func unitReadout(_ state: ScreenContext<ClustersView>, _ table: UnitTable, _ index: Int) -> String {
    let network = table.insight.network
    let unit = network.units[index]
    let symbol = min(state.view.symbol, network.symbols.count - 1)
    let cell = unit.tuning.value(symbol: symbol, lag: 0)
    let gate =
        cell.map {
            "at \"" + TuningFigure.name(network.symbols[symbol]) + "\" gate " + Format.fixed(Double($0.mean), 3)
                + ", n " + Format.grouped($0.count)
        } ?? ""
    let information =
        Format.fixed(unit.information.present, 3) + " bits, null "
        + Format.fixed(unit.information.presentNull.percentile95, 3)
    return joined(
        "neuron \(unit.neuron) round \(unit.round + 1) " + gate, information,
        "fires " + Format.percent(unit.firing.rate))
}

/// One line on what the clusters are, or why none are claimed.
func clusterSummary(_ insight: Insight) -> String {
    let network = insight.network
    let clusters = network.clusters
    if insight.isRed { return "\(network.neurons) copies of one neuron: clusters, labels and rules are not claimed" }
    let tuned = "\(clusters.leaves.count) of \(network.units.count) units tell the present character"
    guard !clusters.clusters.isEmpty else { return joined("no clusters", tuned) }
    let count = clusters.clusters.count == 1 ? "1 cluster" : "\(clusters.clusters.count) clusters"
    return joined(count, "silhouette " + Format.fixed(clusters.silhouette, 2), tuned)
}
