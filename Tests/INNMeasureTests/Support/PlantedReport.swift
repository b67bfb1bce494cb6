@testable import INNAnalysis
@testable import INNCore

/// A report of made-up figures: two rounds of two neurons, everything found that can be found.
struct PlantedReport {
    var trained: NetworkAnalysis
    var untrained: NetworkAnalysis?
    var subject = Planted.subject

    var report: AnalysisReport { AnalysisReport(subject: subject, trained: trained, untrained: untrained) }

    init() {
        trained = Self.network(scale: 1)
        untrained = Self.network(scale: 0.1)
        trained.causal = Self.causal
        trained.memory = Self.memory(horizon: 2, resetHorizon: nil)
        untrained!.memory = Self.memory(horizon: nil, resetHorizon: 1)
    }

    private static func network(scale: Double) -> NetworkAnalysis {
        let symbols = SymbolClasses.text8.names
        let units = (0..<4).map { unit(round: $0 / 2, neuron: $0 % 2, scale: scale) }
        var routing = (0..<2).map { Planted.routing($0, neurons: 2) }
        routing[1].listenedTo[1] = Interval(mean: 1 + 0.7 * scale, low: 1 + 0.6 * scale, high: 1 + 0.8 * scale)
        routing[1].hubs = scale == 1 ? [1] : []
        routing[0].communities = CommunityAnalysis(
            labels: scale == 1 ? [0, 1] : [0, 0], modularity: 0.4 * scale, zScore: 5 * scale, shuffles: 100)
        (routing[0].similarity, routing[0].similarityCharacters) = ([1, 0.5, 0.5, 1], 1024)
        var clusters = ClusterAnalysis.empty
        clusters.clusters = [
            .init(members: [0, 2], label: units[0].label, stability: 0.9),
            .init(members: [1, 3], label: nil, stability: 0.4),
        ]
        (clusters.order, clusters.leaves, clusters.silhouette) = ([0, 2, 1, 3], [0, 1, 2, 3], 0.61)
        clusters.joins = [
            .init(left: 0, right: 2, distance: 0.1), .init(left: 1, right: 3, distance: 0.2),
            .init(left: 4, right: 5, distance: 0.9),
        ]
        clusters.bootstraps = 100
        return NetworkAnalysis(
            rounds: 2, neurons: 2, heads: 1, characters: 60_000, streams: 8, bitsPerCharacter: 2.345,
            symbols: symbols, symbolCounts: [Int](repeating: 2222, count: 27), light: .green,
            snapshot: Planted.snapshot(rounds: 2, neurons: 2), units: units, clusters: clusters, routing: routing,
            compute: ComputeAnalysis(histogram: [1, 2, 3, 1, 2, 3], share: [0.25, 0.5]))
    }

    private static func unit(round: Int, neuron: Int, scale: Double) -> NeuronAnalysis {
        var score = CategoryScore(name: "vowel", hits: 90, members: 100, fired: 110)
        score.f1 *= scale
        let rule = FiringRule(
            pattern: SuffixPattern([.symbol(20), .symbol(8)]), text: "th", precision: 0.95, recall: 0.8,
            lift: 1 + 9 * scale, support: 1500, gain: 5000 * scale, untrainedGain: 300)
        func null(_ value: Double) -> NullDistribution { NullDistribution([0, value]) }
        let context = NeuronContexts.Context(text: ["t", "h", "e"], gates: [0.1, 0.5, 0.9])
        return NeuronAnalysis(
            round: round, neuron: neuron,
            firing: FiringStatistics(rate: 0.3, mean: 0.4, sparseness: 0.5, saturated: 0.6),
            tuning: TuningTable(
                mean: [Float](repeating: 0.3, count: 270), counts: [Int](repeating: 2222, count: 270)),
            information: FiringInformation(
                present: 0.5 * scale, presentNull: null(0.001), next: 0.2 * scale, nextNull: null(0.002),
                isLongEnough: true),
            categories: [score, CategoryScore(name: "a", hits: 10, members: 100, fired: 110)], label: score,
            categoryNull: 0.2, cluster: neuron,
            rules: RuleList(
                target: neuron == 0 ? .fires : .silent, baseRate: 0.1, rules: [rule], gainNull: 12, shifts: 8,
                precision: 0.95, recall: 0.8),
            contexts: NeuronContexts(top: [context], random: [context], bottom: [context]))
    }

    private static var causal: CausalAnalysis {
        func interval(_ mean: Double) -> Interval { Interval(mean: mean, low: mean - 0.01, high: mean + 0.01) }
        var effect = [Float](repeating: 0, count: 27)
        (effect[1], effect[5], effect[0], effect[20]) = (0.25, 0.125, -0.5, -0.375)
        return CausalAnalysis(
            characters: 16_384, estimateCharacters: 8192, estimates: [0, 0.02, 0.03, 0],
            roundEstimates: [0, 0.01, 0.01, 0, 0, 0.01, 0.02, 0],
            edges: [
                .init(listener: 0, speaker: 1, estimate: 0.02, divergence: interval(0.021), deltaBPC: interval(0.015)),
                .init(listener: 1, speaker: 0, estimate: 0.03, divergence: interval(0.034), deltaBPC: interval(-0.016)),
            ],
            neurons: (0..<2).map {
                .init(
                    neuron: $0, divergence: interval(0.1 + 0.1 * Double($0)), deltaBPC: interval(0.05),
                    logitEffect: effect)
            }, weights: [[0, 1, 1, 0], [0, 1, 1, 0]], flow: [[0, 1, 2, 0], [0, 1, 2, 0]])
    }

    static func memory(horizon: Int?, resetHorizon: Int?) -> MemoryAnalysis {
        var memory = MemoryAnalysis(
            replaced: [[0.5, 0.25, 0.001], [0.7, 0.35, 0.001]], reset: [[0.9, 0.8, 0.7], [0.9, 0.8, 0.7]])
        (memory.horizon, memory.resetHorizon) = (horizon, resetHorizon)
        return memory
    }
}
