import INNCore

/// Watches a network read a text and measures it: one pass, bounded memory.
///
/// Use it as the probe of an evaluation: call ``willRead(_:)`` and ``willPredict(_:)`` before each window and
/// ``analysis(bitsPerCharacter:step:)`` at the end. The means that the live screens show come from the same
/// ``ProbeCollector``.
public final class AnalysisCollector: Probe {
    public let firing: FiringAccumulator
    private let heads: Int
    private let live: ProbeCollector
    private var routing: [RoutingSums]
    private var states: [StateSampler]
    private var weights: RoutingRecord
    private var ids: [Int32] = [], next: [Int32] = []
    private var activity: [Float] = []
    private var window = -1
    private let seed: UInt64
    /// What the network's activity is kept in when it serves as control; nil for most.
    private var record: ActivityRecord?

    /// - Parameter isControl: whether the activity is kept, for ``controlNetwork(_:seed:)``.
    public init(
        _ shape: NetworkShape, plan: ReadingPlan, classes: SymbolClasses, seed: UInt64 = 1, isControl: Bool = false
    ) {
        firing = FiringAccumulator(
            rounds: shape.rounds, neurons: shape.neurons, plan: plan, classes: classes, seed: seed)
        heads = shape.heads
        live = ProbeCollector(
            rounds: shape.rounds, neurons: shape.neurons, heads: shape.heads, symbols: classes.names,
            windowLength: plan.steps)
        routing = (0..<shape.rounds).map { _ in
            RoutingSums(heads: shape.heads, neurons: shape.neurons, blocks: plan.blocks)
        }
        states =
            shape.neurons <= StateSampler.mostNeurons
            ? (0..<shape.rounds).map { _ in StateSampler(neurons: shape.neurons, characters: plan.characters) } : []
        weights = RoutingRecord(heads: 0, neurons: 0, rows: 0, weights: [])
        self.seed = seed
        if isControl { self.record = ActivityRecord(units: firing.units, plan: plan, classes: classes) }
    }

    /// The largest buffers of a pass, which another pass over as much text can use again.
    public struct Buffers {
        package let contexts: ContextTable
        let states: [StateSampler]
    }

    /// Gives the buffers away; the collector must not be used afterwards.
    public func takeBuffers() -> Buffers {
        var taken: [StateSampler] = []
        swap(&taken, &states)
        for index in taken.indices { taken[index].removeAll() }
        return Buffers(contexts: firing.takeContexts(), states: taken)
    }

    /// Uses the buffers of another collector for the same network and plan; before the first window.
    public func use(_ buffers: consuming Buffers) {
        firing.use(buffers.contexts)
        states = buffers.states
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
        switch (site, observation) {
        case (.routing(let round), .routing(let activations, let outProjection)):
            activations.copyWeights(into: &weights)
            routing[round].add(weights, block: firing.plan.block(window: window))
            activity += activations.activity(outProjection: outProjection)
            if round == firing.rounds - 1 {
                let window = ActivityWindow(
                    streams: firing.plan.streams, steps: firing.plan.steps, units: firing.rounds * firing.neurons,
                    ids: ids, next: next, activity: activity)
                firing.add(window)
                record?.add(window)
            }
        case (.state(let round), .tensor(let tensor)):
            if !states.isEmpty { states[round].add(tensor) }
        default: break
        }
    }

    /// What the control needs of this network; nil when its activity was not kept.
    ///
    /// - Parameters:
    ///   - analysis: what was measured of it.
    ///   - seed: what it was initialised from.
    public func controlNetwork(_ analysis: NetworkAnalysis, seed: UInt64) -> RateMatchedControl.Network? {
        record.map { RateMatchedControl.Network(seed: seed, record: $0, routing: analysis.routing) }
    }

    /// Everything that was measured; ends the pass.
    public func analysis(bitsPerCharacter: Double?, step: Int) -> NetworkAnalysis {
        firing.finish()
        let snapshot = live.snapshot(step: step)
        let n = firing.neurons
        let square = n * n
        let rounds = (0..<firing.rounds).map { round in
            RoutingAnalysis(
                round: round, routing[round], flow: Array(snapshot.flow[(round * square)..<((round + 1) * square)]),
                plan: firing.plan,
                trajectories: states.isEmpty ? nil : states[round], diversity: snapshot.diversity[round],
                effectiveNeurons: snapshot.effectiveNeurons[round], seed: RandomSource.key(seed, 3, UInt64(round)))
        }
        return NetworkAnalysis(
            firing, heads: heads, bitsPerCharacter: bitsPerCharacter, snapshot: snapshot, routing: rounds, seed: seed)
    }
}
