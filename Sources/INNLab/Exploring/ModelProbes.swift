import Dispatch
import Foundation
import INNKit
import INNScreens
import Synchronization

/// Probes a network over held-out text in the background, with its own copy of the weights: as it is, and with
/// interventions.
package final class ModelProbes: @unchecked Sendable {
    private let model: OpenedModel
    private let dataDirectory: String?
    private let queue: ActionQueue
    private let worker = DispatchQueue(label: "probes", qos: .utility)
    /// Used on the worker only.
    private var bench: Bench?
    private let wanted = Mutex(Wanted())

    private struct Wanted {
        var latest = InterventionSet.none
        var isStopped = false
    }

    /// Characters that are read.
    private static let characters = 2048, rows = 8

    private struct Bench {
        let network: any LanguageModel
        let windows: ValidationWindows
        let evaluator: Evaluator
        var averages: NeuronAverages?
    }

    package init(_ model: OpenedModel, dataDirectory: String?, queue: ActionQueue) {
        self.model = model
        self.dataDirectory = dataDirectory
        self.queue = queue
    }

    /// Probes the network as it is.
    package func start() {
        worker.async { [self] in
            guard let bench = prepared() else { return }
            if let probes = snapshot(bench, nil) { queue.send(.training(.probes(probes))) }
        }
    }

    /// Probes the network with interventions; of several requests that wait, the last counts.
    package func measure(_ set: InterventionSet) {
        wanted.withLock { $0.latest = set }
        worker.async { [self] in
            guard set == wanted.withLock({ $0.latest }) else { return }
            guard !set.isEmpty, let bench = prepared() else { return queue.send(.ablatedProbes(nil)) }
            do {
                let averages = set.needsAverages ? takeAverages() : nil
                let compiled = try bench.network.compile(set, averages: averages)
                queue.send(.ablatedProbes(snapshot(bench, compiled)))
            } catch {
                queue.send(.ablatedProbes(nil))
            }
        }
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
    package func averages() -> NeuronAverages? { worker.sync { takeAverages() } }

    private func takeAverages() -> NeuronAverages? {
        guard let bench = prepared() else { return nil }
        if let averages = bench.averages { return averages }
        let averages = bench.evaluator.averages(bench.windows, carriesState: true, shouldStop: shouldStop)
        guard !shouldStop() else { return nil }
        self.bench?.averages = averages
        return averages
    }

    private func snapshot(_ bench: Bench, _ compiled: CompiledInterventions?) -> ProbeSnapshot? {
        let c = bench.network.shape
        let collector = ProbeCollector(
            rounds: c.rounds, neurons: c.neurons, heads: c.heads, symbols: model.alphabet.symbols,
            windowLength: bench.windows.sequenceLength)
        _ = bench.evaluator.evaluate(
            bench.windows, carriesState: true, probe: collector, interventions: compiled, willRead: collector.willRead,
            shouldStop: shouldStop)
        guard !shouldStop() else { return nil }
        return collector.snapshot(step: model.checkpoint.state.step)
    }

    private func prepared() -> Bench? {
        if let bench { return bench }
        guard !shouldStop() else { return nil }
        // A family without neurons has nothing to probe.
        guard model.network.shape.hasNeurons else { return nil }
        do {
            let network = try model.checkpoint.makeModel()
            let windows = try ValidationWindows(
                corpus: HeldOutText.corpus(
                    model.settings?.corpus, alphabet: model.alphabet, dataDirectory: dataDirectory),
                batchSize: Self.rows, sequenceLength: Self.characters / Self.rows, maximumCharacters: Self.characters
            ).fitting(network)
            bench = Bench(
                network: network, windows: windows, evaluator: Evaluator(network, team: ThreadTeam()), averages: nil)
        } catch {
            queue.send(.log("no probes: \((error as? INNError)?.message ?? "\(error)")"))
        }
        return bench
    }
}
