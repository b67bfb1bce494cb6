import INNScreens

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// An analysis as it comes out of planted firing: vowels, space, after "th", always, at random, and over again.
enum SyntheticInsight {
    private static let streams = 8, windows = 32, steps = 32

    static func insight(
        neurons: Int = 16, rounds: Int = 2, step: Int = 3200, isRed: Bool = false, isMeasured: Bool = true,
        depth: Insight.Depth = .light
    ) -> Insight {
        var trained = network(neurons, rounds, step: step, isRed: isRed, isTrained: true)
        trained.causal = neurons > 1 ? causal(trained, isMeasured: isMeasured) : nil
        let removed = Array(0..<(depth == .full ? neurons : max(1, neurons / 2)))
        let tuning = isMeasured && neurons > 1 && !isRed ? SyntheticTuning.tuning(neurons: removed) : nil
        if depth == .full { trained.causal?.tuning = tuning }
        let untrained = network(neurons, rounds, step: 0, isRed: isRed, isTrained: false)
        let subject = AnalysisSubject(
            network: "text8-small-1", step: step, parameters: 412_907, corpus: "text8", split: "validation",
            isHeldOut: true, command: "inn-tui analyze text8-small-1")
        let effect = SyntheticRun.alphabet.indices.map { symbol -> Float in
            let wave: Float = Float(symbol % 7 - 3) * 0.021
            return symbol == 5 ? wave - 0.41 : wave
        }
        let lesion = LesionEffect(
            step: step - 12, characters: 512, divergence: Interval(mean: 0.0134, low: 0.0101, high: 0.0172),
            deltaBPC: Interval(mean: 0.0121, low: 0.004, high: 0.02),
            logitEffect: effect, tuning: tuning)
        return Insight(
            AnalysisReport(
                subject: subject, trained: trained, untrained: untrained, control: control(trained, untrained)),
            depth: depth,
            lesions: Dictionary(uniqueKeysWithValues: removed.map { ($0, lesion) }))
    }

    /// Three untrained networks that do next to nothing, however often they fire.
    private static func control(_ trained: NetworkAnalysis, _ untrained: NetworkAnalysis) -> UntrainedControl {
        UntrainedControl(
            isRateMatched: true, seeds: [1, 2, 3], candidates: 3 * trained.units.count, characters: trained.characters,
            patterns: 100, untold: 0.03,
            units: trained.units.map { unit in
                UntrainedControl.Unit(
                    f1: 0.31, next: nil, rules: unit.rules.rules.map { _ in UntrainedControl.Rule(gain: 12, lift: 1.3) }
                )
            },
            clusters: trained.clusters.clusters.map { $0.label == nil ? nil : 0.29 },
            rounds: UntrainedControl.rounds([untrained.routing]), uncutFindings: nil)
    }

    private static func network(
        _ neurons: Int, _ rounds: Int, step: Int, isRed: Bool, isTrained: Bool
    ) -> NetworkAnalysis {
        let plan = ReadingPlan(streams: streams, windows: windows, steps: steps)
        let firing = FiringAccumulator(rounds: rounds, neurons: neurons, plan: plan, classes: .text8)
        let corpus = try! SampleCorpus.make()
        var random = SeededGenerator(isTrained ? 11 : 12)
        for window in 0..<windows {
            var ids: [Int32] = []
            var next: [Int32] = []
            for stream in 0..<streams {
                let start = stream * 4000 + window * steps
                ids += corpus.ids(in: start..<(start + steps))
                next += corpus.ids(in: (start + 1)..<(start + steps + 1))
            }
            let activity = (0..<(rounds * neurons)).flatMap { unit in
                ids.indices.map { row in
                    isTrained && !isRed ? gate(unit % neurons, ids, row, &random) : 0.2 + 0.6 * random.uniform()
                }
            }
            firing.add(
                ActivityWindow(
                    streams: streams, steps: steps, units: rounds * neurons, ids: ids, next: next, activity: activity))
        }
        firing.finish()
        let snapshot = SyntheticRun.snapshot(
            step: step, neurons: neurons, rounds: rounds, heads: 1, growth: isTrained ? 1 : 0.1, isDegenerate: isRed,
            seed: 7)
        return NetworkAnalysis(
            firing, heads: 1, bitsPerCharacter: 2.2, snapshot: snapshot,
            routing: (0..<rounds).map { routing(snapshot, $0, isRed: isRed) })
    }

    private static func gate(_ neuron: Int, _ ids: [Int32], _ row: Int, _ random: inout SeededGenerator) -> Float {
        let previous = row % steps > 0 ? ids[row - 1] : -1
        let noise = 0.1 * random.uniform()
        let fires: Bool
        switch neuron % 5 {
        case 0: fires = [1, 5, 9, 15, 21].contains(ids[row])
        case 1: fires = ids[row] == 0
        case 2: fires = ids[row] == 8 && previous == 20
        case 3: fires = true
        default: fires = random.uniform() < 0.2
        }
        return fires ? 0.9 + noise : noise
    }

    private static func routing(_ snapshot: ProbeSnapshot, _ round: Int, isRed: Bool) -> RoutingAnalysis {
        let n = snapshot.neurons
        let from = round * n * n
        let weights = Array(snapshot.routing[from..<(from + n * n)])
        let scores = (0..<n).map { speaker in (0..<n).reduce(0.0) { $0 + Double(weights[$1 * n + speaker]) } }
        let two = CommunityAnalysis(
            labels: (0..<n).map { $0 * 2 / max(1, n) }, modularity: 0.213, zScore: 4.7, shuffles: 100)
        let none = CommunityAnalysis(
            labels: [Int](repeating: 0, count: n), modularity: 0.02, zScore: 0.6, shuffles: 100)
        return RoutingAnalysis(
            round: round, weights: weights, flow: Array(snapshot.flow[from..<(from + n * n)]),
            entropy: [Float](repeating: 0.8, count: n),
            effectiveDegree: [Float](repeating: 6, count: n), dynamism: [Float](repeating: 0.1, count: n),
            listenedTo: scores.map { Interval(mean: $0, low: $0 * 0.92, high: $0 * 1.09) }, blockLength: 32, blocks: 32,
            hubs: isRed ? [] : scores.indices.filter { scores[$0] > 1.5 },
            communities: round == 0 || isRed ? none : two, similarity: [], similarityCharacters: 0,
            diversity: isRed ? 0 : 0.6, effectiveNeurons: isRed ? 1 : 6)
    }

    private static func causal(_ network: NetworkAnalysis, isMeasured: Bool) -> CausalAnalysis {
        let n = network.neurons
        var random = SeededGenerator(5)
        let flow = network.routing[0].flow
        let estimates = (0..<(n * n)).map { edge -> Double in
            let share: Float = 0.5 + random.uniform()
            return edge / n == edge % n ? 0 : Double(flow[edge] * share) * 0.004
        }
        let top = isMeasured ? estimates.indices.sorted { estimates[$0] > estimates[$1] }.prefix(4) : []
        let edges = top.map { edge in
            let mean = estimates[edge] * 1.2
            return CausalAnalysis.Edge(
                listener: edge / n, speaker: edge % n, estimate: estimates[edge],
                divergence: Interval(mean: mean, low: mean * 0.8, high: mean * 1.3),
                deltaBPC: Interval(mean: mean / 2, low: 0, high: mean))
        }
        return CausalAnalysis(
            characters: isMeasured ? 4096 : 0, estimateCharacters: 1024, estimates: estimates,
            roundEstimates: estimates + estimates, edges: edges, neurons: [],
            weights: network.routing.map(\.weights), flow: network.routing.map(\.flow))
    }
}
