import Foundation
import INNKit
import Synchronization

/// Passes every event on to several sinks, in order.
public struct FanOutSink: TrainingSink {
    public let sinks: [any TrainingSink]

    public init(sinks: [any TrainingSink]) {
        self.sinks = sinks
    }

    public func receive(_ event: TrainingEvent) {
        for sink in sinks { sink.receive(event) }
    }

    public func flush() throws {
        for sink in sinks { try sink.flush() }
    }
}

/// Where a training keeps its run.
public struct RunPlace: Sendable {
    /// The run that goes on; nil for a new one.
    public var existing: RunFolder?
    /// What a new run is called; nil for a name made up for it.
    public var name: String?
    /// The folder of all runs.
    public var runs: URL

    public init(existing: RunFolder? = nil, name: String? = nil, runs: URL) {
        (self.existing, self.name, self.runs) = (existing, name, runs)
    }
}

/// A run that is being trained in this process: folder, lock, store and the trainer on its own thread.
public final class TrainingSession: @unchecked Sendable {
    public let settings: TrainingSettings
    public let corpus: Corpus
    public let trainer: Trainer
    /// What happened before training started and must be said, for example that a damaged checkpoint was passed over.
    public let notices: [String]
    /// The run where it is now: it may be renamed while it is trained.
    public var folder: RunFolder { lock.folder }
    private let isNew: Bool
    private let ranks: Ranks?
    /// Whether another rank of this training is gone, so that it is about to end.
    public var hasLostRank: Bool { ranks?.isIncomplete == true }
    private let lock: RunLock
    private let store: RunStore
    private let result = Monitor<Result<Trainer.Outcome, any Error>?>(nil)

    /// Creates the run's folder, or opens the existing one, and prepares the trainer.
    ///
    /// - Throws: ``INNError`` when the settings are impossible, the folder cannot be written or another process trains
    ///   the run.
    public init(
        _ settings: TrainingSettings, corpus: Corpus, in place: RunPlace, sink: any TrainingSink,
        machine: TrainingMachine = TrainingMachine()
    ) throws {
        let existing = place.existing
        self.settings = settings
        self.corpus = corpus
        isNew = existing == nil
        ranks = machine.ranks
        let device = try machine.device?.open()
        let team = machine.threads.map { ThreadTeam(threadCount: $0) } ?? ThreadTeam()
        let relay = RelaySink()
        // The trainer checks settings and text before anything is written.
        trainer =
            try existing.map {
                try Trainer(
                    stored: settings, in: $0.configURL.path, corpus: corpus, sink: relay, team: team, device: device,
                    ranks: machine.ranks)
            }
            ?? Trainer(
                settings, corpus: corpus, sink: relay, team: team, device: device, ranks: machine.ranks)
        let folder =
            try existing
            ?? RunFolder.create(
                named: place.name,
                config: Self.config(settings, corpus, parameters: trainer.network.parameterCount), in: place.runs)
        do {
            lock = try folder.lock()
        } catch {
            if isNew { try? FileManager.default.removeItem(at: folder.url) }
            throw error
        }
        do {
            trainer.checkpoints = try folder.checkpoints(keptBy: lock)
            let hasCheckpoints = try folder.checkpoints.holdsAny()
            if let file = settings.initialWeights, !hasCheckpoints {
                try trainer.initialise(from: Checkpoint(URL(fileURLWithPath: file)))
            }
            let isDatabaseLost = try hasCheckpoints && !folder.hasDatabase()
            store = try RunStore(folder, version: programVersion, locate: { [lock] in lock.folder }) {
                sink.receive(.mark($0))
            }
            notices = isNew ? [] : try Self.restore(trainer, from: lock.folder, store, isDatabaseLost: isDatabaseLost)
            if !isNew { try store.resume(from: trainer.stepsDone) }
        } catch {
            if isNew { try? FileManager.default.removeItem(at: lock.folderURL) }
            throw error
        }
        relay.target = FanOutSink(sinks: [store, try ConfigKeeper(lock, say: sink), sink])
    }

    /// Brings the trainer to the last checkpoint that the metrics reach and records a new length of training in the
    /// folder.
    ///
    /// - Returns: what must be said about it.
    private static func restore(
        _ trainer: Trainer, from folder: RunFolder, _ store: RunStore, isDatabaseLost: Bool
    ) throws -> [String] {
        guard let checkpoints = trainer.checkpoints else { return [] }
        let recorded = try store.checkpointSteps()
        var notices: [String]
        if try checkpoints.holdsAny() {
            let found = try checkpoints.resume(recorded: isDatabaseLost ? nil : Set(recorded))
            try trainer.restore(found.checkpoint, isRecorded: found.isRecorded && !isDatabaseLost)
            notices =
                try found.notices
                + (isDatabaseLost
                    ? [lostDatabase(folder, trainer)] : gapNotices(trainer, store, isRecorded: found.isRecorded))
        } else {
            guard try recorded.isEmpty || wasKilledInFirstCheckpoint(checkpoints, recorded, store) else {
                throw INNError(
                    .noInput,
                    """
                    \(folder.name) has recorded checkpoints up to step \(recorded.last ?? 0), but there are none \
                    in '\(checkpoints.url.path)'; bring them back from where they went, or train again under \
                    another --name.
                    """
                )
            }
            notices = ["\(folder.name) was ended before its first checkpoint, so it starts again from step 0."]
            checkpoints.removeLeftovers()
        }
        guard !trainer.isComplete else {
            throw INNError(
                .usage,
                """
                \(folder.name) has come to its end after \(trainer.stepsDone) steps; train it further with a \
                larger --steps, --minutes or --epochs.
                """
            )
        }
        var config = try folder.trainingConfig()
        if config.settings != trainer.settings {
            config.settings = trainer.settings
            try folder.write(config)
        }
        return notices
    }

    private static func lostDatabase(_ folder: RunFolder, _ trainer: Trainer) -> String {
        """
        The database of \(folder.name) is missing, so its curves, marks and texts up to step \(trainer.stepsDone) \
        are lost; the weights go on from there.
        """
    }

    /// The mark of a checkpoint comes before its file: a run that was killed in between has one mark, nothing after it,
    /// and no file.
    private static func wasKilledInFirstCheckpoint(
        _ checkpoints: CheckpointFolder, _ recorded: [Int], _ store: RunStore
    ) throws -> Bool {
        guard recorded.count == 1 else { return false }
        return try checkpoints.holdsUnfinished || (!store.hasEndedSession() && store.lastStep() <= recorded[0])
    }

    /// What is missing in the metrics before the step that training goes on from.
    private static func gapNotices(_ trainer: Trainer, _ store: RunStore, isRecorded: Bool) throws -> [String] {
        let last = try store.lastStep()
        let step = trainer.stepsDone
        if !isRecorded, last < step {
            return [
                """
                The metrics between step \(last) and step \(step) are missing and no earlier checkpoint is left, \
                so the curves of this run have a gap there.
                """
            ]
        }
        guard let gap = try store.firstGap(upTo: step, every: trainer.settings.intervals.report) else { return [] }
        return [
            """
            The metrics between step \(gap.after) and step \(gap.before) are missing, so the curves of this run \
            have a gap there.
            """
        ]
    }

    private static func config(
        _ settings: TrainingSettings, _ corpus: Corpus, parameters: Int
    ) -> RunConfig<TrainingSettings> {
        RunConfig(
            description: RunDescription(
                model: settings.model.family.rawValue, preset: settings.preset, corpus: corpus.name,
                parameters: parameters),
            createdAt: Date().timeIntervalSince1970, createdBy: "inn-tui \(programVersion)", settings: settings)
    }

    /// Starts training on a thread of its own; `whenDone` is called there at the end.
    ///
    /// - Parameters:
    ///   - whenSavingFails: asked there when the last checkpoint cannot be written.
    ///   - whenMetricsFail: asked there when the last metrics cannot be written; goes on trying or gives up.
    public func start(
        whenSavingFails: @escaping @Sendable (INNError) -> SavingDecision,
        whenMetricsFail: @escaping @Sendable (INNError) -> SavingDecision, whenDone: @escaping @Sendable () -> Void = {}
    ) {
        trainer.whenSavingFails = whenSavingFails
        let thread = Thread { [self] in
            var outcome = Result<Trainer.Outcome, any Error> {
                for notice in notices {
                    store.receive(.mark(EventMark(step: trainer.stepsDone, kind: .notice, detail: notice)))
                }
                let outcome = try trainer.run()
                try closeStore(whenMetricsFail)
                return outcome
            }
            if case .failure(let error) = outcome {
                outcome = .failure(afterLoss(of: error))
                try? store.close()
                removeIfUseless(after: error)
            }
            lock.release()
            result.update { $0 = outcome }
            whenDone()
        }
        thread.name = "trainer"
        thread.stackSize = 16 << 20
        thread.start()
    }

    /// What to say when a device failed in mid-run: what is kept, and how to go on.
    private func afterLoss(of error: any Error) -> any Error {
        guard trainer.usesDevice, let lost = error as? INNError, lost.kind == .unavailable else { return error }
        let name = folder.name
        let kept =
            (try? folder.checkpoints.list())?.last.map {
                "the checkpoint of step \($0.step) is kept, and inn-tui train --resume \(name) goes on from there"
            } ?? "there is no checkpoint yet, and inn-tui train --resume \(name) begins again"
        let told = INNError(
            .unavailable, "\(lost.message.dropLast()); \(kept), with a --device that works or without one.")
        store.receive(.mark(EventMark(step: trainer.stepsDone, kind: .notice, detail: told.message)))
        return told
    }

    /// What trains, where it is not the processor; for the end of a sentence.
    public var deviceNote: String { trainer.usesDevice ? ", with \(trainer.machineSummary)" : "" }

    /// The last metrics. The checkpoint is safe by now.
    private func closeStore(_ whenMetricsFail: (INNError) -> SavingDecision) throws {
        while true {
            do {
                return try store.close()
            } catch let error as INNError {
                guard whenMetricsFail(error) == .retry else {
                    let place = trainer.savedElsewhere.map { " in \($0.path)" } ?? ""
                    throw INNError(
                        error.kind,
                        """
                        \(error.message) The weights of step \(trainer.stepsDone) are saved\(place); only the last \
                        metrics are not.
                        """
                    )
                }
            }
        }
    }

    /// A new run that could not be written to disk at all holds nothing to go on from. What holds metrics, or files
    /// that are not the program's, stays.
    private func removeIfUseless(after error: any Error) {
        guard isNew, trainer.savedElsewhere == nil, let error = error as? INNError,
            [.cannotCreate, .inputOutput].contains(error.kind)
        else { return }
        guard (try? folder.checkpoints.holdsAny()) == false, (try? lock.requireHeld()) != nil, !folder.holdsForeign,
            (try? RunHistory(folder).latestReport()) == nil
        else { return }
        try? FileManager.default.removeItem(at: lock.folderURL)
    }

    /// The outcome once training has ended.
    public var outcome: Result<Trainer.Outcome, any Error>? { result.read { $0 } }

    /// Waits for the end of training.
    public func wait() throws -> Trainer.Outcome {
        try result.wait { $0 }!.get()
    }

    /// Whether somebody changed the learning rate or the network while it trained, in this session or an earlier one;
    /// known once training has ended.
    public var wasChangedByHand: Bool {
        let marks = (try? RunHistory(folder).marks()) ?? []
        return marks.contains { mark in
            switch mark.kind {
            case .learningRateChanged: true
            // What the settings ask for is marked before the first update.
            case .intervention: !(mark.step == 0 && mark.detail == settings.interventions?.summary)
            default: false
            }
        }
    }

    /// Why the database of the run could not be written, if so; training goes on meanwhile.
    public var storeFailure: INNError? { store.failure }
}

/// Writes `config.json` again when somebody has deleted it: a folder without it is not a run.
private final class ConfigKeeper: TrainingSink {
    private let lock: RunLock
    private let config: RunConfig<TrainingSettings>
    private let say: any TrainingSink
    private let step = Mutex(0)

    init(_ lock: RunLock, say: any TrainingSink) throws {
        (self.lock, self.say) = (lock, say)
        config = try lock.folder.trainingConfig()
    }

    func receive(_ event: TrainingEvent) {
        if case .report(let report) = event { step.withLock { $0 = report.step } }
    }

    func flush() throws {
        let folder = lock.folder
        guard !folder.hasConfig, !folder.isVanishing else { return }
        try folder.write(config)
        let step = step.withLock { $0 }
        say.receive(.mark(EventMark(step: step, kind: .notice, detail: "config.json was deleted; it is written again")))
    }
}

/// A sink whose target is known only after the trainer exists; set before training starts.
private final class RelaySink: TrainingSink, @unchecked Sendable {
    var target: (any TrainingSink)?

    func receive(_ event: TrainingEvent) { target?.receive(event) }
    func flush() throws { try target?.flush() }
}
