import INNKit

/// One neuron over training, steps down: its mean gate at each character, what losing it costs when each comes next,
/// and whom it hears. All three side by side where there is room, else one under the other.
struct EmergenceView {
    private let run: RunState
    private let neuron: Int
    private let look: Look

    /// The measurements on display, from the first to the newest.
    private let entries: [ProbeEntry]

    init(_ run: RunState, _ look: Look) {
        (self.run, self.look) = (run, look)
        let all = run.data.probes.entries
        let last = all.last?.snapshot.symbols.count
        entries = all.filter { $0.snapshot.symbols.count == last }
        neuron = min(run.selection.neuron, max(0, (entries.last?.snapshot.neurons ?? 1) - 1))
    }

    /// One of the three pictures.
    private struct Block {
        let title: String, quantity: String
        let scale: ColorScale
        let columns: [String]
        let steps: [Int]
        /// By row and column; NaN where nothing was measured.
        let value: (Int, Int) -> Float
        /// In place of the picture, where there is none.
        var missing: String?
    }

    private static let gutter = 8

    func render(in buffer: inout CellBuffer, area: Rect) {
        guard entries.count > 1 else {
            return renderEmpty(["one measurement so far: nothing to compare over time"], look, area, &buffer)
        }
        // What is not known yet takes little room; single neurons need room for their numbers.
        let hasCosts = !run.data.causalHistory.moments(of: neuron).isEmpty
        let widths = [symbols.count, hasCosts ? symbols.count : 12, 2 * entries[0].snapshot.neurons]
        let isWide = area.width >= widths.reduce(0, +) + 3 * Self.gutter + 4
        let places = isWide ? side(area, widths) : stacked(area)
        for (index, place) in places.enumerated() where place.height >= 3 {
            draw(block(index, columns: place.width - Self.gutter), place, &buffer)
        }
    }

    /// Columns in proportion to what each picture holds.
    private func side(_ area: Rect, _ widths: [Int]) -> [Rect] {
        let spare = area.width - widths.reduce(0, +) - 3 * Self.gutter - 4
        var rest = area
        return widths.enumerated().map { index, width in
            let own = width + Self.gutter + spare * width / max(1, widths.reduce(0, +))
            let (place, next) = rest.splitLeft(index == widths.count - 1 ? rest.width : own)
            rest = next.inset(left: 2)
            return place
        }
    }

    private func stacked(_ area: Rect) -> [Rect] {
        let hasCosts = !run.data.causalHistory.moments(of: neuron).isEmpty
        // What is not known yet takes two lines.
        let costRows = hasCosts ? area.height * 30 / 100 : min(3, area.height / 6)
        let (gates, below) = area.splitTop((area.height - costRows) * 58 / 100)
        let (costs, edges) = below.splitTop(costRows)
        return [gates, costs, edges]
    }

    /// Symbols that the text held, by id.
    private var symbols: [Int] {
        guard let s = entries.last?.snapshot else { return [] }
        return s.symbols.indices.filter { s.symbolCounts[$0] > 0 }
    }

    /// As many symbols as fit: the frequent ones, in the order of the alphabet.
    private func symbols(fitting columns: Int) -> [Int] {
        guard let counts = entries.last?.snapshot.symbolCounts else { return [] }
        return Array(symbols.sorted { (counts[$0], $1) > (counts[$1], $0) }.prefix(max(1, columns))).sorted()
    }

    private func block(_ index: Int, columns: Int) -> Block {
        let round = run.shownRound
        let gates = ColorScale(.viridis, low: 0, high: 1, look: look)
        let steps = entries.map(\.snapshot.step)
        let names = entries.last?.snapshot.symbols.map(TuningFigure.name) ?? []
        let shown = symbols(fitting: columns)
        switch index {
        case 0:
            return Block(
                title: "gate at each character", quantity: "mean gate", scale: gates, columns: shown.map { names[$0] },
                steps: steps
            ) { [entries, neuron] row, column in
                let s = entries[row].snapshot
                return s.tuning[(round * s.symbols.count + shown[column]) * s.neurons + neuron]
            }
        case 1:
            let moments = run.data.causalHistory.moments(of: neuron).filter { $0.costs.count == names.count }
            let most = moments.flatMap(\.costs).filter(\.isFinite).map(abs).max() ?? 0
            return Block(
                title: "bits lost without it", quantity: "bits",
                scale: ColorScale(.diverging, low: -max(most, 0.01), high: max(most, 0.01), look: look),
                columns: shown.map { names[$0] }, steps: moments.map(\.step),
                value: { row, column in moments[row].costs[shown[column]] },
                missing: moments.isEmpty
                    ? "stored probes hold no lesions: measured only while a network trains on screen" : nil)
        default:
            let n = entries[0].snapshot.neurons
            let first = (round * n + neuron) * n
            let weights = entries.flatMap { $0.meanRouting[first..<(first + n)] }
            let most = weights.filter(\.isFinite).max() ?? 1
            return Block(
                title: "hears", quantity: "weight a", scale: ColorScale(.viridis, low: 0, high: most, look: look),
                columns: (0..<n).map(String.init), steps: steps
            ) { [entries, neuron] row, column in
                column == neuron ? .nan : entries[row].meanRouting[first + column]
            }
        }
    }

    private func draw(_ block: Block, _ area: Rect, _ buffer: inout CellBuffer) {
        buffer.write(block.title, x: area.x, y: area.y, width: area.width, look.theme.strong)
        if let missing = block.missing {
            for (row, line) in wrapped(missing, width: area.width, limit: max(1, area.height - 1)).enumerated()
            where row + 1 < area.height {
                buffer.write(line, x: area.x, y: area.y + 1 + row, width: area.width, look.theme.dim)
            }
            return
        }
        let body = area.inset(top: 1)
        // A row per moment: of more than fit, some of each time, always with the first and the newest.
        let room = max(2, body.height - 2)
        let count = min(block.steps.count, room)
        let rows = (0..<count).map { count > 1 ? $0 * (block.steps.count - 1) / (count - 1) : 0 }
        let shown = rows.last { block.steps[$0] <= run.probe?.snapshot.step ?? .max }
        var map = Heatmap(
            rows: rows.count, columns: block.columns.count,
            values: rows.flatMap { row in block.columns.indices.map { block.value(row, $0) } }, scale: block.scale,
            quantity: block.quantity,
            rowLabels: rows.map {
                ($0 == shown ? "▸" : " ") + Format.right(Format.grouped(block.steps[$0]), Self.gutter - 2)
            }, columnLabels: block.columns)
        map.isSquare = false
        map.maxCellWidth = 3
        map.render(in: &buffer, area: body, look: look)
    }
}

/// The figures of the view: one line per step and character.
func emergenceCSV(_ run: RunState) -> String {
    guard let last = run.data.probes.entries.last?.snapshot else { return "" }
    let neuron = min(run.selection.neuron, last.neurons - 1)
    var text = "step,roundFrom1,neuron,symbol,gateMean\n"
    for entry in run.data.probes.entries {
        let s = entry.snapshot
        for symbol in s.symbols.indices where s.symbolCounts[symbol] > 0 {
            let name = s.symbols[symbol] == "\"" ? "\"\"\"\"" : "\"" + s.symbols[symbol] + "\""
            let gate = s.tuning[(run.shownRound * s.symbols.count + symbol) * s.neurons + neuron]
            text += "\(s.step),\(run.shownRound + 1),\(neuron),\(name),\(gate)\n"
        }
    }
    return text
}
