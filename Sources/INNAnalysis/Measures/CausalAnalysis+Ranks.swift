import INNCore

extension CausalAnalysis {
    /// Puts measured edges and neurons in order and correlates the three ways to rank edges.
    ///
    /// - Parameters:
    ///   - estimates: and `roundEstimates`: see the properties.
    ///   - weights: and `flow`: means per round, `[rounds][neurons, neurons]`.
    public init(
        characters: Int, estimateCharacters: Int, estimates: [Double], roundEstimates: [Double], edges: [Edge],
        neurons: [Neuron], weights: [[Float]],
        flow: [[Float]], tuning: CausalTuning? = nil, routing: [RoutingWorth] = []
    ) {
        (self.tuning, self.routing) = (tuning, routing)
        (self.characters, self.estimateCharacters, self.estimates, self.roundEstimates) = (
            characters, estimateCharacters, estimates, roundEstimates
        )
        self.edges = edges.sorted { $0.divergence.mean > $1.divergence.mean }
        self.neurons = neurons.sorted { $0.divergence.mean > $1.divergence.mean }
        // Sums over the rounds have the ranks of means.
        func sum(_ rounds: [[Float]]) -> [Double] {
            estimates.indices.map { edge in rounds.reduce(0.0) { $0 + Double($1[edge]) } }
        }
        let weight = sum(weights)
        let heard = sum(flow)
        let open = estimates.indices.filter { weight[$0] > 0 }
        func correlation(_ a: [Double], _ b: [Double]) -> Double {
            RankCorrelation.spearman(open.map { a[$0] }, open.map { b[$0] })
        }
        weightFlow = correlation(weight, heard)
        weightCausal = correlation(weight, estimates)
        flowCausal = correlation(heard, estimates)
        estimateMeasured = RankCorrelation.spearman(edges.map(\.estimate), edges.map(\.divergence.mean))
    }
}
