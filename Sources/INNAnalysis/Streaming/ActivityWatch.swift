import INNCore

/// Follows a network through a text, window by window: its activity, its routing and what the live screens average.
struct ActivityWatch {
    let plan: ReadingPlan
    private let rounds: Int, neurons: Int
    private let live: ProbeCollector
    private var routing: [RoutingSums]
    private var weights = RoutingRecord(heads: 0, neurons: 0, rows: 0, weights: [])
    private var ids: [Int32] = [], next: [Int32] = []
    private var activity: [Float] = []
    private var window = -1

    init(_ shape: NetworkShape, plan: ReadingPlan, classes: SymbolClasses) {
        (self.plan, rounds, neurons) = (plan, shape.rounds, shape.neurons)
        live = ProbeCollector(
            rounds: shape.rounds, neurons: shape.neurons, heads: shape.heads, symbols: classes.names,
            windowLength: plan.steps)
        routing = (0..<shape.rounds).map { _ in
            RoutingSums(heads: shape.heads, neurons: shape.neurons, blocks: plan.blocks)
        }
    }

    /// Names what the next forward pass reads, `[streams, steps]`.
    mutating func willRead(_ ids: [Int32]) {
        window += 1
        self.ids = ids
        activity.removeAll(keepingCapacity: true)
        live.willRead(ids)
    }

    /// Names what follows each character of the next forward pass, `[streams, steps]`.
    mutating func willPredict(_ next: [Int32]) { self.next = next }

    /// - Returns: the window once its last round was observed, before that nil.
    mutating func observe(_ site: Site, _ observation: Observation) -> ActivityWindow? {
        live.observe(site, observation)
        guard case .routing(let round) = site, case .routing(let activations, let outProjection) = observation else {
            return nil
        }
        activations.copyWeights(into: &weights)
        routing[round].add(weights, block: plan.block(window: window))
        activity += activations.activity(outProjection: outProjection)
        guard round == rounds - 1 else { return nil }
        return ActivityWindow(
            streams: plan.streams, steps: plan.steps, units: rounds * neurons, ids: ids, next: next,
            activity: activity)
    }

    func snapshot(step: Int) -> ProbeSnapshot { live.snapshot(step: step) }

    /// The routing of every round.
    ///
    /// - Parameters:
    ///   - snapshot: the means at the end of the pass.
    ///   - states: trajectories of the states by round; empty when they were not kept.
    func routing(_ snapshot: ProbeSnapshot, states: [StateSampler], seed: UInt64) -> [RoutingAnalysis] {
        let square = neurons * neurons
        return (0..<rounds).map { round in
            RoutingAnalysis(
                round: round, routing[round], flow: Array(snapshot.flow[(round * square)..<((round + 1) * square)]),
                plan: plan, trajectories: states.isEmpty ? nil : states[round],
                diversity: snapshot.diversity[round], effectiveNeurons: snapshot.effectiveNeurons[round],
                seed: RandomSource.key(seed, 3, UInt64(round)))
        }
    }
}
