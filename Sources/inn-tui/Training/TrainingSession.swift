import Foundation
import INNKit
import Synchronization

/// Passes every event on to several sinks, in order.
struct FanOutSink: TrainingSink {
    let sinks: [any TrainingSink]

    func receive(_ event: TrainingEvent) {
        for sink in sinks { sink.receive(event) }
    }

    func flush() throws {
        for sink in sinks { try sink.flush() }
    }
}

/// A run that is being trained in this process: folder, lock, store and the trainer on its own thread.
final class TrainingSession: @unchecked Sendable {
    let folder: RunFolder
    let settings: TrainingSettings
    let corpus: Corpus
    let trainer: Trainer
    /// What happened before training started and must be said, for example that a damaged checkpoint was passed over.
    let notices: [String]
    private let lock: RunLock
    private let store: RunStore
    private let result = Mutex<Result<Trainer.Outcome, any Error>?>(nil)
    private let done = DispatchSemaphore(value: 0)

    /// Creates the run folder, or opens it when `resumes`, and prepares the trainer.
    ///
    /// - Throws: ``INNError`` when the settings are impossible, the folder cannot be written or another process trains the run.
    init(_ settings: TrainingSettings, corpus: Corpus, folder existing: RunFolder?, name: String?, runs: URL, sink: any TrainingSink, threads: Int?) throws {
        self.settings = settings
        self.corpus = corpus
        let team = threads.map { ThreadTeam(threadCount: $0) } ?? ThreadTeam()
        let relay = RelaySink()
        // The trainer checks settings and text before anything is written.
        var checkpoints: CheckpointFolder?
        if let existing { checkpoints = existing.checkpoints }
        let parameters = try IntelligentNeuralNetwork(settings.model, seed: settings.seed).parameterCount
        _ = try Trainer(settings, corpus: corpus, checkpoints: nil, sink: relay, team: team)
        folder = try existing ?? RunFolder.create(named: name, config: Self.config(settings, corpus, parameters: parameters), in: runs)
        lock = try folder.lock()
        checkpoints = folder.checkpoints
        trainer = try Trainer(settings, corpus: corpus, checkpoints: checkpoints, sink: relay, team: team)
        store = try RunStore(folder, version: programVersion)
        var notices: [String] = []
        if existing != nil {
            let found = try folder.checkpoints.resume()
            notices = found.notices
            try trainer.restore(found.checkpoint)
            try store.resume(from: found.checkpoint.state.step)
        }
        self.notices = notices
        relay.target = FanOutSink(sinks: [store, sink])
    }

    private static func config(_ settings: TrainingSettings, _ corpus: Corpus, parameters: Int) -> RunConfig<TrainingSettings> {
        RunConfig(
            description: RunDescription(model: "inn", preset: settings.preset, corpus: corpus.name, parameters: parameters),
            createdAt: Date().timeIntervalSince1970, createdBy: "inn-tui \(programVersion)", settings: settings)
    }

    /// Starts training on a thread of its own; `whenDone` is called there at the end.
    func start(whenDone: @escaping @Sendable () -> Void = {}) {
        let thread = Thread { [self] in
            let outcome = Result<Trainer.Outcome, any Error> {
                let outcome = try trainer.run()
                try store.close()
                return outcome
            }
            if case .failure = outcome { try? store.close() }
            lock.release()
            result.withLock { $0 = outcome }
            done.signal()
            whenDone()
        }
        thread.name = "trainer"
        thread.stackSize = 16 << 20
        thread.start()
    }

    /// The outcome once training has ended.
    var outcome: Result<Trainer.Outcome, any Error>? { result.withLock { $0 } }

    /// Waits for the end of training.
    func wait() throws -> Trainer.Outcome {
        done.wait()
        done.signal()
        return try outcome!.get()
    }

    /// Why the database of the run could not be written, if so; training goes on meanwhile.
    var storeFailure: INNError? { store.failure }
}

/// A sink whose target is known only after the trainer exists; set before training starts.
private final class RelaySink: TrainingSink, @unchecked Sendable {
    var target: (any TrainingSink)?

    func receive(_ event: TrainingEvent) { target?.receive(event) }
    func flush() throws { try target?.flush() }
}
