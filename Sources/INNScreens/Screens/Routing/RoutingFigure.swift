import INNKit

/// The matrix on display as a heatmap in the chosen order, scale and difference.
struct RoutingFigure {
    let matrix: RoutingMatrix
    let order: [Int]
    /// The matrix that is subtracted, and what it is.
    let baseline: (matrix: RoutingMatrix, name: String)?
    let isRatio: Bool
    /// Display positions where a community begins; empty unless they are ordered so.
    let borders: [Int]
    /// Characters that the matrix rests on.
    let sampleCount: Int
    /// The same in words.
    let evidence: String
    /// Standard deviation over characters of each weight; nil where the matrix is no mean of weights, or none was
    /// taken.
    let spread: [Float]?
    /// Where the matrix is the causal effect.
    let causal: CausalAnalysis?
    /// What plain values are multiplied by on display: effects of single edges are thousandths of a bit.
    let unit: (factor: Float, name: String)
    let roles: NeuronRoles?
    /// Digits after the point in the cells, enough to tell the largest value from 0.
    let valueDecimals: Int

    /// Nil without probes, or without an analysis for the causal effect.
    init?(_ run: RunState, _ view: RoutingView) {
        guard let entry = run.probe else { return nil }
        let round = run.shownRound
        let measure = view.measure(in: run)
        causal = measure == .causal ? run.insight?.network.causal : nil
        switch measure {
        case .causal:
            guard let causal else { return nil }
            matrix = RoutingMatrix(causal, neurons: entry.snapshot.neurons)
        case .character:
            guard let frame = run.generation,
                let weights = RoutingMatrix(frame, round: run.generationRound, head: run.selection.head)
            else { return nil }
            matrix = weights
        case .routing, .flow:
            matrix = RoutingMatrix(entry, round: round, head: run.selection.head, measure: measure)
        }
        roles = run.roles
        sampleCount = measure == .character ? 1 : causal?.estimateCharacters ?? entry.snapshot.sampleCount
        evidence = measure == .character ? run.momentNote : "n " + Format.grouped(sampleCount)
        let size = matrix.neurons * matrix.neurons
        spread =
            measure == .routing && run.selection.head == nil
            ? entry.snapshot.routingSpread.map { Array($0[round * size..<(round + 1) * size]) } : nil
        let communities = run.communities?.labels
        let ordering = run.orderProbe ?? entry
        let orderingMatrix =
            measure == .routing || measure == .flow
            ? RoutingMatrix(ordering, round: round, head: run.selection.head, measure: measure) : matrix
        let order = neuronOrder(ordering, round: round, view.order, orderingMatrix, communities: communities)
        self.order = order
        borders =
            view.order == .community && communities != nil
            ? order.indices.dropFirst().filter { communities![order[$0]] != communities![order[$0 - 1]] } : []
        isRatio = run.selection.normalisation == .logRatio
        let largest = matrix.values.filter(\.isFinite).map(abs).max() ?? 0
        unit = causal != nil && !isRatio && largest < 0.1 ? (1000, "mbit") : (1, "bits")
        let shown = largest * unit.factor
        valueDecimals = isRatio ? 1 : matrix.isWeights || shown >= 1 ? 2 : 3
        func reference(_ entry: ProbeEntry, _ name: String) -> (RoutingMatrix, String) {
            (RoutingMatrix(entry, round: round, head: run.selection.head, measure: measure), name)
        }
        switch measure {
        case .causal:
            baseline = nil
            return
        case .character:
            let plain = run.interventions.isComparing ? run.generation : nil
            baseline = plain.flatMap {
                RoutingMatrix($0, round: run.generationRound, head: run.selection.head, isBaseline: true)
            }.map { ($0, "the baseline") }
            return
        case .routing, .flow: break
        }
        if run.interventions.isComparing, let plain = run.baselineProbe {
            baseline = reference(plain, "the baseline")
            return
        }
        let earlier = run.data.probes.entries.filter { $0.snapshot.step < entry.snapshot.step }
        let chosen = view.difference == .off ? nil : view.difference == .first ? earlier.first : earlier.last
        baseline = chosen.map { reference($0, "step " + Format.grouped($0.snapshot.step)) }
    }

    /// The number on display for an edge; NaN where there is no edge.
    func shown(_ listener: Int, _ speaker: Int) -> Float {
        if matrix.isAbsent(listener, speaker) { return .nan }
        let value = matrix.values[listener * matrix.neurons + speaker]
        guard let baseline else { return isRatio ? matrix.ratio(listener, speaker) : value }
        let before = baseline.matrix.values[listener * matrix.neurons + speaker]
        if !isRatio { return value - before }
        // Both weights 0 is no change, although the logarithm of each is infinite.
        return value == before ? 0 : matrix.ratio(listener, speaker) - baseline.matrix.ratio(listener, speaker)
    }

    func heatmap(_ look: Look, cursor: (listener: Int, speaker: Int)?) -> Heatmap {
        let n = matrix.neurons
        var values = [Float](repeating: .nan, count: n * n)
        let isPlain = baseline == nil
        for row in 0..<n {
            let listener = order[row]
            for column in 0..<n where !matrix.isAbsent(listener, order[column]) {
                values[row * n + column] =
                    isPlain ? matrix.values[listener * n + order[column]] * unit.factor : shown(listener, order[column])
            }
        }
        let labels = order.map(String.init)
        let marks = order.map { roles?.sign($0) ?? "" }
        var map = Heatmap(
            rows: n, columns: n, values: values, scale: scale(values, look), quantity: quantity,
            evidence: evidence,
            rowLabels: zip(labels, marks).map { $0 + $1 }, columnLabels: labels
        )
        if isRatio, isPlain, matrix.isWeights { map.shortQuantity = "log2 ×uniform" }
        map.columnMarks = marks
        if isPlain, isRatio, matrix.unit > 0 {
            let uniform = matrix.unit
            map.transform = { binaryLogarithm($0 / uniform) }
        }
        map.columnBreaks = borders
        if let spread, isPlain {
            let uniform = Float(max(1, n - 1))
            map.spread = order.flatMap { listener in order.map { spread[listener * n + $0] * uniform } }
        }
        if let cursor, let row = order.firstIndex(of: cursor.listener),
            let column = order.firstIndex(of: cursor.speaker)
        {
            map.cursor = (row, column)
        }
        return map
    }

    /// Uniform routing, or no difference, is the background; the ends follow the data.
    private func scale(_ values: [Float], _ look: Look) -> ColorScale {
        let shown =
            baseline == nil && isRatio && matrix.unit > 0 ? values.map { binaryLogarithm($0 / matrix.unit) } : values
        guard isRatio || baseline != nil else { return .from0(shown, least: 1e-6, look: look) }
        // Below a tenth of a doubling two weights are alike.
        let most =
            isRatio && baseline == nil && matrix.isWeights ? RoutingMatrix.mostDoublings(matrix.neurons) : .infinity
        return .around0(shown, least: isRatio ? 0.1 : 1e-6, most: most, look: look)
    }

    private var quantity: String {
        let name = matrix.isWeights ? "a" : matrix.measure.rawValue
        switch (isRatio, baseline) {
        case (true, nil):
            return matrix.isWeights
                ? "doublings from uniform"
                : matrix.measure == .flow ? "doublings from the mean flow" : "doublings from the mean KL"
        case (false, nil):
            return matrix.isWeights
                ? "weight a" : matrix.measure == .flow ? "flow" : "KL, \(unit.name) per character"
        case (true, let base?): return "Δ log2 \(name) from \(base.name)"
        case (false, let base?): return "Δ \(name) from \(base.name)"
        }
    }
}
