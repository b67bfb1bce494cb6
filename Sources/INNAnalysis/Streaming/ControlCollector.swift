import INNCore

/// Watches an untrained network read a text, for the control: keeps its activity and measures its routing.
public final class ControlCollector: Probe {
    private var watch: ActivityWatch
    private var record: ActivityRecord
    private let seed: UInt64

    /// - Parameter seed: of the bootstraps and shuffles.
    public init(_ shape: NetworkShape, plan: ReadingPlan, classes: SymbolClasses, seed: UInt64 = 1) {
        watch = ActivityWatch(shape, plan: plan, classes: classes)
        record = ActivityRecord(units: shape.rounds * shape.neurons, plan: plan, classes: classes)
        self.seed = seed
    }

    /// Names what the next forward pass reads, `[streams, steps]`.
    public func willRead(_ ids: [Int32]) { watch.willRead(ids) }

    /// Names what follows each character of the next forward pass, `[streams, steps]`.
    public func willPredict(_ next: [Int32]) { watch.willPredict(next) }

    public func observe(_ site: Site, _ observation: Observation) {
        if let window = watch.observe(site, observation) { record.add(window) }
    }

    /// What the control needs of this network; ends the pass.
    ///
    /// - Parameter networkSeed: what it was initialised from.
    public func network(seed networkSeed: UInt64) -> RateMatchedControl.Network {
        RateMatchedControl.Network(
            seed: networkSeed, record: record,
            routing: watch.routing(watch.snapshot(step: 0), states: [], seed: seed))
    }
}
