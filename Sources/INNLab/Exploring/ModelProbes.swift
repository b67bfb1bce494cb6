import Dispatch
import Foundation
import INNKit
import INNScreens
import Synchronization

/// Probes a network over held-out text in the background, with its own copy of the weights: as it is, and with
/// interventions, whose effect it measures over the same characters.
package final class ModelProbes: @unchecked Sendable {
    private let subject: ProbeSubject
    private let queue: ActionQueue
    private let worker = DispatchQueue(label: "probes", qos: .utility)
    /// Used on the worker only.
    private var bench: Bench?
    private let wanted = Mutex(Wanted())

    private struct Wanted {
        /// Counts requests; only the latest is carried out.
        var number = 0
        var isStopped = false
    }

    private static let rows = 8
    /// Characters that stay together when an interval is drawn.
    private static let blockLength = 32
    /// While a network learns, what interventions do is measured again and again, after a rest of so many times as long
    /// as a measurement took, and at least so many seconds.
    private static let rest = 11.0, shortestRest = 4.0

    private struct Bench {
        let network: any LanguageModel
        let windows: ValidationWindows
        let meter: SurprisalMeter
        var step: Int
        /// Without interventions, at this step.
        var intact: Measured?
        var averages: NeuronAverages?
    }

    private struct Measured {
        let surprisals: [Float]
        let snapshot: ProbeSnapshot
    }

    package init(_ subject: ProbeSubject, queue: ActionQueue) {
        self.subject = subject
        self.queue = queue
    }

    /// Probes the network as it is, where its run does not.
    package func start() {
        guard subject.probesIntact else { return }
        worker.async { [self] in
            guard prepare(), let intact = measureIntact() else { return }
            queue.send(.training(.probes(intact.snapshot)))
        }
    }

    /// Measures what interventions do; of several requests that wait, the last counts.
    package func measure(_ set: InterventionSet) {
        let number = wanted.withLock { wanted in
            wanted.number += 1
            return wanted.number
        }
        queue.send(set.isEmpty ? .effect(nil) : .effectAwaited)
        if !set.isEmpty { worker.async { [self] in measure(set, number, knownAt: nil) } }
    }

    /// - Parameter step: of the weights that it was measured with last.
    private func measure(_ set: InterventionSet, _ number: Int, knownAt step: Int?) {
        guard isWanted(number) else { return }
        let clock = ContinuousClock()
        let start = clock.now
        let isPrepared = prepare()
        // While training is paused nothing new can be found.
        if step == nil || bench?.step != step {
            let effect = isPrepared ? effect(of: set) : nil
            guard isWanted(number) else { return }
            queue.send(.effect(effect))
        }
        guard subject.weights != nil, let reached = bench?.step else { return }
        let rest = max(.seconds(Self.shortestRest), start.duration(to: clock.now) * Self.rest)
        worker.asyncAfter(deadline: .now() + rest.timeInterval) { [weak self] in
            self?.measure(set, number, knownAt: reached)
        }
    }

    private func isWanted(_ number: Int) -> Bool { wanted.withLock { !$0.isStopped && $0.number == number } }

    /// Nil when it cannot be measured.
    private func effect(of set: InterventionSet) -> InterventionEffect? {
        guard let intact = measureIntact(), let bench,
            let compiled = try? bench.network.compile(set, averages: set.needsAverages ? takeAverages() : nil),
            let changed = measure(compiled),
            let difference = PairedDifference(
                changed.surprisals, minus: intact.surprisals, blockLength: Self.blockLength)
        else { return nil }
        return InterventionEffect(
            set, step: bench.step, difference: difference, changed: changed.snapshot,
            intact: subject.probesIntact ? nil : intact.snapshot)
    }

    /// Waits until everything asked for was sent.
    package func finish() { worker.sync {} }

    /// Ends what is being measured and waits until nothing is. A process that exits takes the tables of BLAS away from
    /// its threads.
    package func stop() {
        wanted.withLock { $0.isStopped = true }
        worker.sync {}
    }

    private func shouldStop() -> Bool { wanted.withLock { $0.isStopped } }

    /// Averages of what the neurons do; waits until they are taken, nil when there is no text to take them over.
    package func averages() -> NeuronAverages? { worker.sync { prepare() ? takeAverages() : nil } }

    private func takeAverages() -> NeuronAverages? {
        guard let bench else { return nil }
        if let averages = bench.averages { return averages }
        let averages = bench.meter.averages(shouldStop: shouldStop)
        guard !shouldStop() else { return nil }
        self.bench?.averages = averages
        return averages
    }

    private func measureIntact() -> Measured? {
        if let intact = bench?.intact { return intact }
        let intact = measure(nil)
        bench?.intact = intact
        return intact
    }

    private func measure(_ compiled: CompiledInterventions?) -> Measured? {
        guard let bench else { return nil }
        let c = bench.network.shape
        let collector = ProbeCollector(
            rounds: c.rounds, neurons: c.neurons, heads: c.heads, symbols: subject.symbols,
            windowLength: bench.windows.sequenceLength)
        let surprisals = bench.meter.surprisals(
            compiled, probe: collector, willRead: collector.willRead, shouldStop: shouldStop)
        guard !shouldStop() else { return nil }
        return Measured(surprisals: surprisals, snapshot: collector.snapshot(step: bench.step))
    }

    /// Makes the network on first use and brings it to the newest weights.
    ///
    /// - Returns: whether there is anything to be probed.
    private func prepare() -> Bool {
        do {
            if bench == nil { bench = try opened() }
            guard var fresh = bench, let newest = subject.weights else { return bench != nil }
            guard let weights = newest({ !shouldStop() }) else { return false }
            if weights.step != fresh.step || fresh.intact == nil {
                try weights.load(into: fresh.network)
                (fresh.step, fresh.intact, fresh.averages) = (weights.step, nil, nil)
                bench = fresh
            }
        } catch {
            queue.send(.log("no probes: \((error as? INNError)?.message ?? "\(error)")"))
        }
        return bench != nil
    }

    private func opened() throws -> Bench? {
        guard !shouldStop(), let (network, step, corpus) = try subject.open() else { return nil }
        let windows = try ValidationWindows(
            corpus: corpus, batchSize: Self.rows, sequenceLength: subject.characters / Self.rows,
            maximumCharacters: subject.characters
        ).fitting(network, looksAtWeights: true)
        return Bench(network: network, windows: windows, meter: SurprisalMeter(network, windows), step: step)
    }
}

extension Duration {
    fileprivate var timeInterval: TimeInterval {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
