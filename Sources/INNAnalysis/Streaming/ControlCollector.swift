import INNCore

/// Watches an untrained network read a text, for the control: keeps its activity and measures its routing.
public final class ControlCollector: Probe {
    private let heads: Int
    private let plan: ReadingPlan
    private let live: ProbeCollector
    private var routing: [RoutingSums]
    private var weights = RoutingRecord(heads: 0, neurons: 0, rows: 0, weights: [])
    private var record: ActivityRecord
    private var ids: [Int32] = [], next: [Int32] = []
    private var activity: [Float] = []
    private var window = -1
    private let seed: UInt64

    /// - Parameter seed: of the bootstraps and shuffles.
    public init(_ shape: NetworkShape, plan: ReadingPlan, classes: SymbolClasses, seed: UInt64 = 1) {
        heads = shape.heads
        self.plan = plan
        live = ProbeCollector(
            rounds: shape.rounds, neurons: shape.neurons, heads: shape.heads, symbols: classes.names,
            windowLength: plan.steps)
        routing = (0..<shape.rounds).map { _ in
            RoutingSums(heads: shape.heads, neurons: shape.neurons, blocks: plan.blocks)
        }
        record = ActivityRecord(units: shape.rounds * shape.neurons, plan: plan, classes: classes)
        self.seed = seed
    }

    /// Names what the next forward pass reads, `[streams, steps]`.
    public func willRead(_ ids: [Int32]) {
        window += 1
        self.ids = ids
        activity.removeAll(keepingCapacity: true)
        live.willRead(ids)
    }

    /// Names what follows each character of the next forward pass, `[streams, steps]`.
    public func willPredict(_ next: [Int32]) { self.next = next }

    public func observe(_ site: Site, _ observation: Observation) {
        live.observe(site, observation)
        guard case .routing(let round) = site, case .routing(let activations, let outProjection) = observation else {
            return
        }
        activations.copyWeights(into: &weights)
        routing[round].add(weights, block: plan.block(window: window))
        activity += activations.activity(outProjection: outProjection)
        guard round == routing.count - 1 else { return }
        record.add(
            ActivityWindow(
                streams: plan.streams, steps: plan.steps, units: record.units, ids: ids, next: next, activity: activity)
        )
    }

    /// What the control needs of this network; ends the pass.
    ///
    /// - Parameter networkSeed: what it was initialised from.
    public func network(seed networkSeed: UInt64) -> RateMatchedControl.Network {
        let snapshot = live.snapshot(step: 0)
        let square = snapshot.neurons * snapshot.neurons
        let rounds = routing.indices.map { round in
            RoutingAnalysis(
                round: round, routing[round], flow: Array(snapshot.flow[(round * square)..<((round + 1) * square)]),
                plan: plan, trajectories: nil, diversity: snapshot.diversity[round],
                effectiveNeurons: snapshot.effectiveNeurons[round], seed: RandomSource.key(seed, 3, UInt64(round)))
        }
        return RateMatchedControl.Network(seed: networkSeed, record: record, routing: rounds)
    }
}
