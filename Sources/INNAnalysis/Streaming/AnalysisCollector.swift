import INNCore

/// Watches a network read a text and measures it: one pass, bounded memory.
///
/// Use it as the probe of an evaluation: call ``willRead(_:)`` and ``willPredict(_:)`` before each window and
/// ``analysis(bitsPerCharacter:step:)`` at the end. The means that the live screens show come from the same
/// ``ProbeCollector``.
public final class AnalysisCollector: Probe {
    public let firing: FiringAccumulator
    private let heads: Int
    private var watch: ActivityWatch
    private var states: [StateSampler]
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
        watch = ActivityWatch(shape, plan: plan, classes: classes)
        states =
            shape.neurons <= StateSampler.mostNeurons
            ? (0..<shape.rounds).map { _ in StateSampler(neurons: shape.neurons, characters: plan.characters) } : []
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
    public func willRead(_ ids: [Int32]) { watch.willRead(ids) }

    /// Names what follows each character of the next forward pass, `[streams, steps]`.
    public func willPredict(_ next: [Int32]) { watch.willPredict(next) }

    public func observe(_ site: Site, _ observation: Observation) {
        if let window = watch.observe(site, observation) {
            firing.add(window)
            record?.add(window)
        }
        if case (.state(let round), .tensor(let tensor)) = (site, observation), !states.isEmpty {
            states[round].add(tensor)
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
        let snapshot = watch.snapshot(step: step)
        return NetworkAnalysis(
            firing, heads: heads, bitsPerCharacter: bitsPerCharacter, snapshot: snapshot,
            routing: watch.routing(snapshot, states: states, seed: seed), seed: seed)
    }
}
