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
        case (.flow, _), (.causal, _), (.character, _): values = Array(snapshot.flow[round * size..<(round + 1) * size])
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

    /// The weights at the character read last; nil before the first.
    init?(_ frame: GenerationFrame, round: Int, head: Int?, isBaseline: Bool = false) {
        let head = head.map { min($0, frame.heads - 1) }
        guard
            let values = isBaseline
                ? frame.baselineWeights(round: round, head: head) : frame.weights(round: round, head: head)
        else { return nil }
        neurons = frame.neurons
        measure = .character
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

    /// How far each row is from hearing all alike, in bits: log₂ of how many there are to hear minus the row's entropy.
    /// NaN for a row without weight.
    var rowDivergence: [Float] {
        let choices = Float(excludesSelf ? neurons - 1 : neurons)
        return rowEntropy.map { $0.isNaN ? .nan : max(0, 1 - $0) * binaryLogarithm(choices) }
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

    /// Whether the values are shares of what a listener hears.
    var isWeights: Bool { measure == .routing || measure == .character }

    /// What 1 unit of the ratio is: uniform routing 1/(N−1), or the mean flow.
    var unit: Float { isWeights ? 1 / Float(max(1, neurons - 1)) : mean }

    /// By how many doublings the whole attention is above uniform routing, cut to a short number.
    static func mostDoublings(_ neurons: Int) -> Float {
        (binaryLogarithm(Float(max(3, neurons - 1))) * 10).rounded(.down) / 10
    }

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
