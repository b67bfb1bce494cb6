@testable import INNAnalysis
@testable import INNCore

/// Parts of analyses whose values do not matter to a test.
enum Planted {
    /// Means of neurons that differ from each other, so that the light is green.
    static func snapshot(rounds: Int, neurons: Int) -> ProbeSnapshot {
        let each = [Float](repeating: 0.5, count: rounds)
        return ProbeSnapshot(
            step: 0, rounds: rounds, neurons: neurons, heads: 1, sampleCount: 100, symbols: SymbolClasses.text8.names,
            routing: [], flow: [], firingRate: [], gateMean: [], gateSaturated: [], tuning: [], symbolCounts: [],
            routingEntropy: each, routingDeviation: each, diversity: each, effectiveNeurons: each.map { $0 * 8 },
            rasterText: [], rasterGates: [])
    }

    /// Routing in which nobody stands out.
    static func routing(_ round: Int, neurons n: Int) -> RoutingAnalysis {
        let weight = 1 / Float(max(1, n - 1))
        let edges = (0..<(n * n)).map { $0 / n == $0 % n ? 0 : weight }
        return RoutingAnalysis(
            round: round, weights: edges, flow: edges, entropy: [Float](repeating: 1, count: n),
            effectiveDegree: [Float](repeating: Float(n - 1), count: n), dynamism: [Float](repeating: 0, count: n),
            listenedTo: [Interval](repeating: Interval(mean: 1, low: 0.9, high: 1.1), count: n), blockLength: 10,
            blocks: 10, hubs: [],
            communities: CommunityAnalysis(
                labels: [Int](repeating: 0, count: n), modularity: 0.01, zScore: 0.5, shuffles: 100),
            similarity: [], similarityCharacters: 0, diversity: 0.5, effectiveNeurons: 4)
    }

    static let subject = AnalysisSubject(
        network: "planted.safetensors", step: 1200, parameters: 3456, corpus: "words (9,000 characters)",
        split: "validation", isHeldOut: true, command: "inn-tui analyze planted")
}

extension INNConfiguration {
    func with(_ change: (inout INNConfiguration) -> Void) -> INNConfiguration {
        var copy = self
        change(&copy)
        return copy
    }
}
