import INNKit

/// One N×N matrix of the probe on display with its marginals, neurons in id order.
struct RoutingMatrix: Sendable {
    let neurons: Int
    /// `[listener, speaker]`.
    let values: [Float]
    let measure: RoutingView.Measure
    /// No neuron listens to itself: the diagonal is absent rather than 0.
    let excludesSelf: Bool

    /// Weights or flow.
    init(_ entry: ProbeEntry, round: Int, head: Int?, measure: RoutingView.Measure) {
        let snapshot = entry.snapshot
        let size = snapshot.neurons * snapshot.neurons
        neurons = snapshot.neurons
        self.measure = measure
        switch (measure, head) {
        case (.flow, _), (.causal, _): values = Array(snapshot.flow[round * size..<(round + 1) * size])
        case (.routing, nil): values = Array(entry.meanRouting[round * size..<(round + 1) * size])
        case (.routing, let head?):
            let from = (round * snapshot.heads + min(head, snapshot.heads - 1)) * size
            values = Array(snapshot.routing[from..<from + size])
        }
        excludesSelf = Self.lacksDiagonal(values, neurons)
    }

    /// What cutting each edge in all rounds does, in bits per character: measured where it was, otherwise estimated.
    init(_ causal: CausalAnalysis, neurons: Int) {
        self.neurons = neurons
        measure = .causal
        var values = causal.estimates.map { Float($0) }
        for edge in causal.edges { values[edge.listener * neurons + edge.speaker] = Float(edge.divergence.mean) }
        self.values = values
        excludesSelf = Self.lacksDiagonal(values, neurons)
    }

    private static func lacksDiagonal(_ values: [Float], _ n: Int) -> Bool {
        n > 1 && (0..<n).allSatisfy { values[$0 * n + $0] == 0 }
    }

    /// k_j = Σ_i a_ij: how much a neuron is listened to. The mean is 1 for routing rows that sum to 1.
    var listenedTo: [Float] {
        var sums = [Float](repeating: 0, count: neurons)
        for listener in 0..<neurons {
            for speaker in 0..<neurons { sums[speaker] += values[listener * neurons + speaker] }
        }
        return sums
    }

    /// Normalised entropy of each row, 0 (listens to one) … 1 (to all alike); NaN for a row without weight.
    var rowEntropy: [Float] {
        (0..<neurons).map { listener in
            var sum: Float = 0
            for speaker in 0..<neurons { sum += values[listener * neurons + speaker] }
            guard sum > 0, neurons > 2 else { return .nan }
            var entropy: Float = 0
            for speaker in 0..<neurons {
                let share = values[listener * neurons + speaker] / sum
                if share > 0 { entropy -= share * binaryLogarithm(share) }
            }
            return entropy / binaryLogarithm(Float(excludesSelf ? neurons - 1 : neurons))
        }
    }

    /// Mean of the entries that exist.
    var mean: Float {
        let count = excludesSelf ? neurons * (neurons - 1) : neurons * neurons
        return count > 0 ? values.reduce(0, +) / Float(count) : .nan
    }

    /// What 1 unit of the ratio is: uniform routing 1/(N−1), or the mean flow.
    var unit: Float { measure == .routing ? 1 / Float(max(1, neurons - 1)) : mean }

    func ratio(_ listener: Int, _ speaker: Int) -> Float {
        let value = values[listener * neurons + speaker]
        return unit > 0 ? binaryLogarithm(value / unit) : .nan
    }

    func isAbsent(_ listener: Int, _ speaker: Int) -> Bool { excludesSelf && listener == speaker }
}

/// The neurons in the order a screen asks for, largest first for scores.
///
/// - Parameter communities: community of each neuron; nil where none were found.
func neuronOrder(
    _ entry: ProbeEntry, round: Int, _ order: RoutingView.Order, _ matrix: RoutingMatrix?, communities: [Int]? = nil
) -> [Int] {
    let n = entry.snapshot.neurons
    switch order {
    case .community:
        guard let communities, communities.count == n else { return Array(0..<n) }
        return (0..<n).sorted { (communities[$0], $0) < (communities[$1], $1) }
    case .id: return Array(0..<n)
    case .cluster: return entry.light == .red ? Array(0..<n) : entry.clusterings[round].order
    case .firing:
        let rates = entry.snapshot.firingRate[round * n..<(round + 1) * n]
        return (0..<n).sorted { (rates[round * n + $0], $1) > (rates[round * n + $1], $0) }
    case .listened:
        let score = matrix?.listenedTo ?? []
        return score.count == n ? (0..<n).sorted { (score[$0], $1) > (score[$1], $0) } : Array(0..<n)
    }
}

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
        causal = view.measure == .causal ? run.insight?.network.causal : nil
        if view.measure == .causal {
            guard let causal else { return nil }
            matrix = RoutingMatrix(causal, neurons: entry.snapshot.neurons)
        } else {
            matrix = RoutingMatrix(entry, round: round, head: run.selection.head, measure: view.measure)
        }
        roles = run.roles
        sampleCount = causal?.estimateCharacters ?? entry.snapshot.sampleCount
        let communities = run.communities?.labels
        let ordering = run.orderProbe ?? entry
        let orderingMatrix =
            causal == nil
            ? RoutingMatrix(ordering, round: round, head: run.selection.head, measure: view.measure) : matrix
        let order = neuronOrder(ordering, round: round, view.order, orderingMatrix, communities: communities)
        self.order = order
        borders =
            view.order == .community && communities != nil
            ? order.indices.dropFirst().filter { communities![order[$0]] != communities![order[$0 - 1]] } : []
        isRatio = run.selection.normalisation == .logRatio
        let largest = matrix.values.filter(\.isFinite).map(abs).max() ?? 0
        unit = causal != nil && !isRatio && largest < 0.1 ? (1000, "mbit") : (1, "bits")
        let shown = largest * unit.factor
        valueDecimals = isRatio ? 1 : matrix.measure == .routing || shown >= 1 ? 2 : 3
        guard view.measure != .causal else {
            baseline = nil
            return
        }
        func reference(_ entry: ProbeEntry, _ name: String) -> (RoutingMatrix, String) {
            (RoutingMatrix(entry, round: round, head: run.selection.head, measure: view.measure), name)
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

    func heatmap(_ look: Look, evidence: String, cursor: (listener: Int, speaker: Int)?) -> Heatmap {
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
            rows: n, columns: n, values: values, scale: scale(values, look), quantity: quantity, evidence: evidence,
            rowLabels: zip(labels, marks).map { $0 + $1 }, columnLabels: labels
        )
        map.columnMarks = marks
        if isPlain, isRatio, matrix.unit > 0 {
            let uniform = matrix.unit
            map.transform = { binaryLogarithm($0 / uniform) }
        }
        map.columnBreaks = borders
        if let cursor, let row = order.firstIndex(of: cursor.listener),
            let column = order.firstIndex(of: cursor.speaker)
        {
            map.cursor = (row, column)
        }
        return map
    }

    private func scale(_ values: [Float], _ look: Look) -> ColorScale {
        if isRatio { return ColorScale(.diverging, low: -3, high: 3, look: look) }
        var largest: Float = 0
        for value in values where value.isFinite { largest = max(largest, abs(value)) }
        if baseline != nil {
            return ColorScale(.diverging, low: -max(largest, 1e-6), high: max(largest, 1e-6), look: look)
        }
        // Weights share one scale over all steps and runs; flow has no natural bound.
        return ColorScale(.viridis, low: 0, high: matrix.measure == .routing ? 1 : max(largest, 1e-6), look: look)
    }

    private var quantity: String {
        let name = matrix.measure.rawValue
        switch (isRatio, baseline) {
        case (true, nil):
            return matrix.measure == .routing
                ? "log2 a·(N−1)" : matrix.measure == .flow ? "log2 flow/mean" : "log2 KL/mean"
        case (false, nil):
            return matrix.measure == .routing
                ? "weight a" : matrix.measure == .flow ? "flow" : "KL, \(unit.name) per character"
        case (true, let base?): return "Δ log2 \(name) from \(base.name)"
        case (false, let base?): return "Δ \(name) from \(base.name)"
        }
    }
}
