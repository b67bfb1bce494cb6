import INNKit

/// Causal tuning as a picture: what losing each neuron costs when each character comes next, neurons × characters in
/// bits, neurons by cluster.
struct CausalFigure {
    /// Neurons from top to bottom, and symbols by id from left to right.
    let order: [Int]
    let symbols: [Int]
    private let costs: [[Interval?]]
    private let names: [String]
    private let counts: [Int]
    let characters: Int
    let isLight: Bool
    private let roles: NeuronRoles?

    /// A cost over fewer characters is not drawn.
    private static let leastCount = 20
    /// Over fewer it is drawn faint.
    private static let fewCharacters = 100

    /// nil when no neuron has been removed.
    ///
    /// - Parameter roles: of the neurons; nil where all have the same.
    init?(_ insight: Insight, isGrouped: Bool, roles: NeuronRoles? = nil) {
        self.roles = roles
        let own = (0..<insight.network.neurons).map { insight.tuning(of: $0) }
        guard let any = own.compactMap({ $0 }).first, !insight.isRed else { return nil }
        let symbols = (0..<any.symbols).filter { any.counts[$0] >= Self.leastCount }
        guard !symbols.isEmpty else { return nil }
        self.symbols = symbols
        counts = any.counts
        names = insight.network.symbols.map(TuningFigure.name)
        costs = own.enumerated().map { neuron, tuning in
            tuning?.neuron(neuron)?.costs ?? [Interval?](repeating: nil, count: any.categories.count)
        }
        characters = any.characters
        isLight = insight.depth == .light
        order = (isGrouped ? Self.clusterOrder(insight) : nil) ?? Array(own.indices)
    }

    /// Neurons as they cluster by causal tuning; nil before all of them were removed.
    static func clusterOrder(_ insight: Insight) -> [Int]? {
        insight.network.causal?.tuning.map(\.clusters.order).flatMap {
            $0.count == insight.network.neurons ? $0 : nil
        }
    }

    /// The ends of the scale: a letter in hundreds of characters may cost more, and would leave no colour to others.
    private var largestOfFrequent: Float {
        let frequent = symbols.filter { counts[$0] * 100 >= characters }
        return order.flatMap { neuron in
            (frequent.isEmpty ? symbols : frequent).compactMap { costs[neuron][$0].map { abs(Float($0.mean)) } }
        }.max() ?? 0
    }

    func heatmap(cursor: (symbol: Int, neuron: Int)?, _ look: Look) -> Heatmap {
        let values = order.flatMap { neuron in
            symbols.map { symbol in costs[neuron][symbol].map { Float($0.mean) } ?? .nan }
        }
        let largest = largestOfFrequent
        var map = Heatmap(
            rows: order.count, columns: symbols.count, values: values,
            scale: .around0([largest], least: 0.01, look: look), quantity: "bits lost",
            evidence: "n " + Format.grouped(characters),
            rowLabels: order.map { Format.right(String($0), 3) + (roles?.sign($0) ?? "") },
            columnLabels: symbols.map { names[$0] })
        map.maxCellWidth = 6
        map.valueDecimals = 2
        let few = symbols.map { counts[$0] < Self.fewCharacters }
        map.isFaint = order.flatMap { _ in few }
        map.faintBelow = Self.fewCharacters
        map.isSquare = false
        if let cursor, let row = order.firstIndex(of: cursor.neuron),
            let column = symbols.firstIndex(of: cursor.symbol)
        {
            map.cursor = (row, column)
        }
        return map
    }

    /// The same to be compared.
    var numbers: PaneNumbers {
        PaneNumbers(
            "bits lost without it", rows: order.map(String.init), columns: symbols.map { names[$0] }, joint: " at "
        ) {
            costs[order[$0]][symbols[$1]].map { Float($0.mean) } ?? .nan
        }
    }

    /// The symbol and the neuron at a place on screen.
    func hit(x: Int, y: Int, _ look: Look, _ area: Rect) -> (symbol: Int, neuron: Int)? {
        let map = heatmap(cursor: nil, look)
        guard let cell = map.placement(in: area.inset(top: 1), look: look).layout.cell(x: x, y: y) else { return nil }
        return (symbols[cell.column], order[cell.row])
    }

    /// The exact figure under the cursor.
    func readout(_ symbol: Int, _ neuron: Int) -> String {
        guard costs.indices.contains(neuron), names.indices.contains(symbol), let cost = costs[neuron][symbol] else {
            return "neuron \(neuron): not measured"
        }
        return joined(
            "without neuron \(neuron), \"\(names[symbol])\" costs " + signed(cost.mean, 3) + " bits",
            "95 % " + signed(cost.low, 3) + "…" + signed(cost.high, 3), "n " + Format.grouped(counts[symbol]))
    }

    var csv: String {
        var text = "neuron,symbol,characters,deltaBPC,low,high\n"
        for neuron in order {
            for symbol in symbols {
                guard let cost = costs[neuron][symbol] else { continue }
                text += "\(neuron),\(quoted(names[symbol])),\(counts[symbol]),\(cost.mean),\(cost.low),\(cost.high)\n"
            }
        }
        return text
    }
}

extension ScreenContext<ClustersView> {
    mutating func selectCausal(_ symbol: Int, _ neuron: Int) {
        view.hasCursor = true
        (view.symbol, view.neuron) = (symbol, neuron)
        selection.neuron = neuron
    }

    mutating func moveCausalCursor(_ figure: CausalFigure, _ dx: Int, _ dy: Int) {
        guard view.hasCursor else { return selectCausal(figure.symbols[0], figure.order[0]) }
        let row = figure.order.firstIndex(of: view.neuron) ?? 0
        let column = figure.symbols.firstIndex(of: view.symbol) ?? 0
        selectCausal(
            figure.symbols[max(0, min(figure.symbols.count - 1, column + dx))],
            figure.order[max(0, min(figure.order.count - 1, row + dy))])
    }
}

/// The map, with the exact figure under the cursor above it.
func renderCausal(
    _ state: ScreenContext<ClustersView>, _ figure: CausalFigure, _ look: Look, _ area: Rect,
    _ buffer: inout CellBuffer
) {
    let cursor = state.view.hasCursor ? (symbol: state.view.symbol, neuron: state.view.neuron) : nil
    let line =
        cursor.map { figure.readout($0.symbol, $0.neuron) }
        ?? "bits lost when a neuron is removed (rows) and a character comes next (columns)"
    buffer.write(line, x: area.x, y: area.y, width: area.width, cursor == nil ? look.theme.dim : look.theme.accent)
    figure.heatmap(cursor: cursor, look).render(in: &buffer, area: area.inset(top: 1), look: look)
}

extension Insight {
    /// The causal tuning that holds this neuron; nil when it has not been removed.
    func tuning(of neuron: Int) -> CausalTuning? {
        if let all = network.causal?.tuning, all.neuron(neuron) != nil { return all }
        return lesions[neuron]?.tuning
    }
}

/// `0.48 (0.46…0.51)`, or the range alone where the text was too short to tell.
func shareText(_ share: Interval) -> String {
    let range = "(" + Format.fixed(share.low, 2) + "…" + Format.fixed(share.high, 2) + ")"
    return (share.tellsShare ? Format.fixed(share.mean, 2) : "undetermined") + " " + range
}

/// What the neurons are for, in words: labels, clusters and specialisation.
func causalLines(_ insight: Insight, width: Int, _ look: Look) -> [(String, Style)] {
    var lines: [(String, Style)] = []
    for member in insight.cast {
        guard let label = member.label else { continue }
        let text = "\(member.neuron) " + member.verb + " " + label.category.phrase
        let style = member.doubt == nil ? look.theme.good : look.theme.text
        let bits = signed(label.cost.mean, 2) + " there, " + signed(label.elsewhere, 2) + " elsewhere"
        if columnCount(text) + columnCount(bits) + 2 <= width {
            lines.append((text + "  " + bits, style))
        } else {
            lines += [(text, style), ("  " + bits, look.theme.dim)]
        }
    }
    if lines.isEmpty { lines.append(("no neuron has a causal label", look.theme.strong)) }
    guard let tuning = insight.network.causal?.tuning else {
        let measured = insight.lesions.count
        let note = "\(measured) of \(insight.network.neurons) neurons removed so far, light analysis"
        return lines + wrapped(note, width: width, limit: 2).map { ($0, look.theme.dim) }
    }
    lines.append(("", look.theme.text))
    for (index, cluster) in tuning.clusters.clusters.enumerated() {
        let members = cluster.members.map(String.init).joined(separator: " ")
        lines.append((groupLetter(index) + "  neurons " + members, look.theme.group(index).with(.bold)))
        let figures = "stability " + Format.share(cluster.stability) + ", distance " + Format.fixed(cluster.distance, 2)
        lines.append(("   " + figures, look.theme.dim))
        if let closest = tuning.control?.closest {
            let verdict = tuning.claims(cluster) ? "a finding" : "no finding"
            lines.append(("   untrained " + Format.fixed(closest, 2) + ": " + verdict, look.theme.dim))
        }
    }
    if tuning.clusters.clusters.isEmpty {
        lines += wrapped("no two neurons are for the same things beyond chance", width: width, limit: 2).map {
            ($0, look.theme.dim)
        }
    }
    if let share = tuning.specialisation {
        lines.append(("specialisation " + shareText(share), look.theme.text))
        if let other = tuning.control?.specialisation {
            let untrained = Format.fixed(other.lowerBound, 2) + "…" + Format.fixed(other.upperBound, 2)
            lines.append(("untrained " + untrained, tuning.isSpecialised ? look.theme.good : look.theme.dim))
        }
        lines += wrapped("of what they cost is no common profile", width: width, limit: 2).map {
            ($0, look.theme.faint)
        }
    }
    if let control = tuning.control {
        let note = "predicts: beyond \(control.neurons) untrained neurons, n \(Format.grouped(control.characters))"
        lines += wrapped(note, width: width, limit: 3).map { ($0, look.theme.faint) }
    }
    return lines
}
