import INNKit

extension AnalysisRun {
    /// Of more neurons than this, those that are heard most are removed.
    static let mostNeurons = 64
    /// Estimates of edges only decide which are cut: more characters change little.
    private static let mostEstimateCharacters = 65_536

    /// What neurons, edges and routing are worth; nil for a network of one neuron.
    ///
    /// - Parameter progress: told the share that is done, and what is being done.
    func causal(
        _ analysis: NetworkAnalysis, _ team: ThreadTeam, progress: (Double, String) -> Void
    ) throws -> CausalAnalysis? {
        let n = analysis.neurons
        guard n > 1 else { return nil }
        // One stream, so that every window of it is one sequence of the estimate.
        let sequences = try ValidationWindows(
            corpus: corpus, range: range, batchSize: 1, sequenceLength: 128,
            maximumCharacters: min(options.effectCharacters, Self.mostEstimateCharacters)
        ).fitting(network)
        let estimates = EffectMeter(network, sequences, team: team).estimatedCutDivergences(seed: options.seed) {
            progress(0.15 * $0, "estimating edges")
        }
        try checkStop()
        let text = try effectWindows()
        var changes = CausalPass.Changes()
        changes.neurons = Self.loudest(analysis, Self.mostNeurons)
        let open = (0..<(n * n)).filter { network.shape.hasEdge(listener: $0 / n, speaker: $0 % n) }
        changes.edges = open.sorted { (estimates.all[$0], $1) > (estimates.all[$1], $0) }.prefix(options.edges).map {
            (listener: $0 / n, speaker: $0 % n)
        }
        changes.routing = [.uniform, .static, .off].filter { $0.rawValue != network.configuration.routing.rawValue }
        progress(0.15, "averaging routing")
        changes.averages = Evaluator(network, team: team).averages(text, carriesState: true, shouldStop: shouldStop)
        try checkStop()
        let pass = try CausalPass(
            network, text, changes, classes: SymbolClasses(alphabet), seed: options.seed, tools: (Workspace(), team)
        ) {
            try checkStop()
            progress(0.2 + 0.7 * $0, "removing neurons, cutting edges")
        }
        var tuning = pass.tuning()
        if options.hasControl {
            tuning.control = try CausalPass.control(
                GateMatch(network, text, team: team), seeds: Self.controlSeeds(options.seed), text,
                classes: SymbolClasses(alphabet), tools: (Workspace(), team)
            ) {
                try checkStop()
                progress(0.9 + 0.1 * $0, "removing neurons of untrained networks")
            }
        }
        return CausalAnalysis(
            characters: pass.characters, estimateCharacters: sequences.characters, estimates: estimates.all,
            roundEstimates: estimates.rounds, edges: pass.edges(estimates: estimates.all, neurons: n),
            neurons: pass.neurons(), weights: analysis.routing.map(\.weights), flow: analysis.routing.map(\.flow),
            tuning: tuning, routing: pass.routing())
    }

    /// The text of the analysis, or its beginning: of every stream the first windows.
    func effectWindows() throws -> ValidationWindows {
        try ValidationWindows(
            corpus: corpus, range: range, batchSize: windows.batchSize, sequenceLength: windows.sequenceLength,
            maximumCharacters: min(options.effectCharacters, windows.characters)
        ).fitting(network)
    }

    static func loudest(_ analysis: NetworkAnalysis, _ count: Int) -> [Int] {
        let n = analysis.neurons
        let heard = (0..<n).map { speaker in
            analysis.routing.reduce(0.0) { sum, routing in
                (0..<n).reduce(sum) { $0 + Double(routing.flow[$1 * n + speaker]) }
            }
        }
        return Array((0..<n).sorted { (heard[$0], $1) > (heard[$1], $0) }.prefix(count)).sorted()
    }
}
