import INNKit

/// Characters × neurons: the mean gate at each character, neurons grouped by similarity.
struct TuningFigure {
    let entry: ProbeEntry
    /// The groups in which neurons stand.
    let clustering: NeuronClustering
    let round: Int
    /// Neuron ids in display order, and display positions where a group begins.
    let order: [Int]
    let borders: [Int]
    let isGrouped: Bool
    private let roles: NeuronRoles?
    /// Symbols that occurred, by id.
    let symbols: [Int]

    init?(_ run: RunState, _ order: ClustersView.Order) {
        guard let entry = run.probe else { return nil }
        self.entry = entry
        round = run.shownRound
        roles = run.roles
        let ordering = run.orderProbe ?? entry
        clustering = ordering.clusterings[round]
        isGrouped = order == .cluster && ordering.light != .red
        self.order = isGrouped ? clustering.order : Array(0..<entry.snapshot.neurons)
        borders = isGrouped ? clustering.borders : []
        symbols = entry.snapshot.symbols.indices.filter { entry.snapshot.symbolCounts[$0] > 0 }
    }

    /// Mean gate of a neuron at a symbol.
    func value(_ symbol: Int, _ neuron: Int) -> Float {
        let snapshot = entry.snapshot
        return snapshot.tuning[(round * snapshot.symbols.count + symbol) * snapshot.neurons + neuron]
    }

    /// A mean over fewer characters says little.
    static let fewCharacters = 20

    static func name(_ symbol: String) -> String { symbol == " " ? "␣" : symbol }

    /// Symbols down and neurons across, or the other way round.
    private func heatmap(
        _ look: Look, isTransposed: Bool, showsCounts: Bool, cursor: (symbol: Int, neuron: Int)?
    ) -> Heatmap {
        let neurons = order.count
        var values: [Float] = []
        values.reserveCapacity(neurons * symbols.count)
        if isTransposed {
            for neuron in order { for symbol in symbols { values.append(value(symbol, neuron)) } }
        } else {
            for symbol in symbols { for neuron in order { values.append(value(symbol, neuron)) } }
        }
        let counts = entry.snapshot.symbolCounts
        let names = symbols.map { symbol in
            let name = Self.name(entry.snapshot.symbols[symbol])
            return showsCounts && !isTransposed
                ? name + " " + Format.right(Format.short(Double(counts[symbol])), 5) : name
        }
        // Side by side, gaps part the groups; one below the other, each neuron carries its group's letter.
        let labels = clustering.labels
        let ids = order.map {
            isTransposed && isGrouped ? groupLetter(labels[$0]) + Format.right(String($0), 3) : String($0)
        }
        let marks = order.map { roles?.sign($0) ?? "" }
        var map = Heatmap(
            rows: isTransposed ? neurons : symbols.count, columns: isTransposed ? symbols.count : neurons,
            values: values,
            scale: ColorScale(.viridis, low: 0, high: 1, look: look), quantity: "mean gate",
            evidence: "n " + Format.grouped(entry.snapshot.sampleCount),
            rowLabels: isTransposed ? zip(ids, marks).map { $0 + $1 } : names, columnLabels: isTransposed ? names : ids
        )
        if !isTransposed { map.columnMarks = marks }
        map.isSquare = false
        let few = symbols.map { counts[$0] < Self.fewCharacters }
        map.isFaint = isTransposed ? order.flatMap { _ in few } : few.flatMap { [Bool](repeating: $0, count: neurons) }
        map.faintBelow = Self.fewCharacters
        map.columnBreaks = isTransposed ? [] : borders
        if let cursor, let symbol = symbols.firstIndex(of: cursor.symbol),
            let neuron = order.firstIndex(of: cursor.neuron)
        {
            map.cursor = isTransposed ? (neuron, symbol) : (symbol, neuron)
        }
        return map
    }

    /// Characters run down; where that gives them less than a row each, the matrix is turned if that shows clearly
    /// more.
    func heatmap(
        in area: Rect, _ look: Look, showsCounts: Bool, cursor: (symbol: Int, neuron: Int)?
    ) -> (map: Heatmap, isTransposed: Bool) {
        let upright = heatmap(look, isTransposed: false, showsCounts: showsCounts, cursor: cursor)
        let layout = upright.placement(in: area, look: look).layout
        if layout.halfRows > 1, !layout.isPooled { return (upright, false) }
        let turned = heatmap(look, isTransposed: true, showsCounts: false, cursor: cursor)
        let gain = turned.placement(in: area, look: look).layout.resolution / max(1e-9, layout.resolution)
        return gain > 1.3 ? (turned, true) : (upright, false)
    }
}

/// Name of a group of neurons: A, B, C…
func groupLetter(_ group: Int) -> String { String(UnicodeScalar(UInt8(65 + group % 26))) }

/// One line on how the neurons group; no such claim is made when they are copies of each other.
func clusterClaim(_ entry: ProbeEntry, _ round: Int) -> String {
    if entry.light == .red { return "no clusters claimed: the neurons are copies of one" }
    let clustering = entry.clusterings[round]
    if clustering.count < 2 { return "one group: no split separates the neurons" }
    return "\(clustering.count) groups · silhouette " + Format.fixed(Double(clustering.silhouette), 2)
}

/// The same of the probes that give the groups on display, and which those are while others are shown.
func groupNote(_ run: RunState) -> String {
    guard let entry = run.probe, let ordering = run.orderProbe else { return "" }
    let isOwn = ordering.snapshot.step == entry.snapshot.step
    return clusterClaim(ordering, run.shownRound)
        + (isOwn ? "" : " at step " + Format.grouped(ordering.snapshot.step))
}
