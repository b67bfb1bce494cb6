import Foundation
import Synchronization
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNStore
@testable import INNTraining

/// What happens to weights when metrics or checkpoints cannot be written.
@Suite struct LastCheckpoint {
    /// A store whose disk is full from a step on.
    private final class FullStore: TrainingSink, @unchecked Sendable {
        private let events = Mutex<[TrainingEvent]>([])
        private let fullSteps: Range<Int>
        private let step = Mutex(0)

        /// Set before training.
        nonisolated(unsafe) var whenReported: (Int) -> Void = { _ in }

        init(full steps: Range<Int>) { fullSteps = steps }

        func receive(_ event: TrainingEvent) {
            events.withLock { $0.append(event) }
            if case .report(let report) = event {
                step.withLock { $0 = report.step }
                whenReported(report.step)
            }
        }

        func flush() throws {
            if fullSteps.contains(step.withLock { $0 }) { throw SystemError.writing("run.sqlite", ENOSPC) }
        }

        var notices: [String] { details([.notice]) }
        var checkpoints: [String] { details([.checkpoint, .bestCheckpoint]) }

        private func details(_ kinds: [EventMark.Kind]) -> [String] {
            events.withLock {
                $0.compactMap { event in
                    switch event {
                    case .mark(let mark), .announced(let mark): kinds.contains(mark.kind) ? mark.detail : nil
                    default: nil
                    }
                }
            }
        }
    }

    /// Takes all the space that there is.
    private func fill(_ file: URL) {
        let descriptor = open(file.path, O_WRONLY | O_CREAT, 0o644)
        defer { close(descriptor) }
        let piece = [UInt8](repeating: 0, count: 512)
        while write(descriptor, piece, piece.count) > 0 {}
    }

    func trainer(_ sink: any TrainingSink, steps: Int, checkpoints: CheckpointFolder) throws -> Trainer {
        let corpus = try Corpus(
            name: "words",
            text: String(repeating: "the quick brown fox jumps over the lazy dog and then it rests ", count: 60))
        var settings = TrainingSettings(
            model: .inn(INNConfiguration.odd.with { ($0.vocabularySize, $0.carryState) = (27, true) }),
            corpus: "sample", corpusSummary: corpus.summary,
            corpusFingerprint: corpus.fingerprint, batchSize: 2, sequenceLength: 12, budget: .steps(steps),
            learningRate: 3e-3)
        settings.schedule = .constant
        settings.intervals.report = 1
        (settings.intervals.validation, settings.intervals.probes, settings.intervals.sample) = (1000, 1000, 1000)
        settings.intervals.checkpoint = 5
        (settings.intervals.validationCharacters, settings.intervals.finalValidationCharacters) = (48, 48)
        let trainer = try Trainer(settings, corpus: corpus, sink: sink, team: ThreadTeam(threadCount: 1))
        trainer.checkpoints = checkpoints
        return trainer
    }

    @Test func aFullDatabaseDoesNotStopCheckpoints() throws {
        try withTemporaryFolder { folder in
            let checkpoints = CheckpointFolder(folder.appending(path: "checkpoints"))
            let store = FullStore(full: 12..<1000)
            _ = try trainer(store, steps: 40, checkpoints: checkpoints).run()
            // The last three, and the one that the metrics reach, to which a resume would go back.
            #expect(try checkpoints.list().map(\.step) == [10, 30, 35, 40])
            #expect(store.notices.allSatisfy { $0.contains("ahead of the metrics") && $0.contains("the disk is full") })
            #expect(store.notices.count == 1, "a reason is said once")
            #expect(try checkpoints.resume(recorded: [5, 10]).checkpoint.state.step == 10)
            #expect(try checkpoints.list().map(\.step) == [10])
        }
    }

    /// A second session must not forget which checkpoint the metrics reach.
    @Test func theRecordedCheckpointStaysInTheNextSessionToo() throws {
        try withTemporaryFolder { folder in
            let checkpoints = CheckpointFolder(folder.appending(path: "checkpoints"))
            _ = try trainer(FullStore(full: 0..<0), steps: 10, checkpoints: checkpoints).run()
            let next = try trainer(FullStore(full: 11..<1000), steps: 40, checkpoints: checkpoints)
            try next.restore(checkpoints.resume(recorded: [5, 10]).checkpoint)
            _ = try next.run()
            #expect(try checkpoints.resume(recorded: [5, 10]).checkpoint.state.step == 10)
        }
    }

    /// The curves show no checkpoint that is not there, and a disk that stays full is spoken of once.
    @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system"))
    func onlyWhatIsOnDiskIsMarked() throws {
        try withTemporaryFolder { folder in
            let disk = try SmallDisk(at: folder.appending(path: "disk"), kilobytes: 1024)
            defer { disk.unmount() }
            let checkpoints = CheckpointFolder(disk.url.appending(path: "checkpoints"))
            let store = FullStore(full: 0..<0)
            let trainer = try trainer(store, steps: 30, checkpoints: checkpoints)
            store.whenReported = { step in
                if step == 12 { fill(disk.url.appending(path: "filler")) }
                if step == 22 { unlink(disk.url.appending(path: "filler").path) }
            }
            #expect(try trainer.run() == .finished)
            #expect(store.checkpoints == ["step-00000005", "step-00000010", "step-00000025", "step-00000030"])
            #expect(store.notices.count == 2)
            #expect(store.notices.first?.contains("the disk is full") == true)
            #expect(store.notices.last == "checkpoints can be written again")
        }
    }

    /// Fails until it has been asked so many times.
    @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system"), arguments: [0, 1, 3])
    func theLastCheckpointIsTriedUntilThereIsSpace(refusals: Int) throws {
        try withTemporaryFolder { folder in
            let disk = try SmallDisk(at: folder.appending(path: "disk"), kilobytes: 1024)
            defer { disk.unmount() }
            let filler = disk.url.appending(path: "filler")
            try Data(count: 1000 << 10).write(to: filler)
            let trainer = try trainer(
                FullStore(full: 0..<0), steps: 4, checkpoints: CheckpointFolder(disk.url.appending(path: "checkpoints"))
            )
            var asked = 0
            trainer.whenSavingFails = { error in
                #expect(error.message.contains("the disk is full"))
                asked += 1
                if asked > refusals { unlink(filler.path) }
                return .retry
            }
            #expect(try trainer.run() == .finished)
            #expect(asked == refusals + 1)
            #expect(try trainer.checkpoints?.latest().checkpoint.state.step == 4)
        }
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system"))
    func theLastCheckpointMayGoElsewhere() throws {
        try withTemporaryFolder { folder in
            let disk = try SmallDisk(at: folder.appending(path: "disk"), kilobytes: 16)
            defer { disk.unmount() }
            let elsewhere = folder.appending(path: "elsewhere")
            let trainer = try trainer(
                FullStore(full: 0..<0), steps: 4, checkpoints: CheckpointFolder(disk.url.appending(path: "checkpoints"))
            )
            trainer.whenSavingFails = { _ in .elsewhere(elsewhere) }
            #expect(try trainer.run() == .finished)
            #expect(trainer.savedElsewhere == elsewhere)
            #expect(try CheckpointFolder(elsewhere).latest().checkpoint.state.step == 4)
            // Once more: what lies there is somebody's.
            let again = try self.trainer(
                FullStore(full: 0..<0), steps: 4, checkpoints: CheckpointFolder(disk.url.appending(path: "checkpoints"))
            )
            let other = folder.appending(path: "other")
            var places = [elsewhere, other]
            again.whenSavingFails = { _ in .elsewhere(places.removeFirst()) }
            #expect(try again.run() == .finished)
            #expect(again.savedElsewhere == other)
        }
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system"))
    func givingUpIsAnError() throws {
        try withTemporaryFolder { folder in
            let disk = try SmallDisk(at: folder.appending(path: "disk"), kilobytes: 16)
            defer { disk.unmount() }
            let trainer = try trainer(
                FullStore(full: 0..<0), steps: 4, checkpoints: CheckpointFolder(disk.url.appending(path: "checkpoints"))
            )
            trainer.whenSavingFails = { _ in .giveUp }
            #expect(throws: INNError.self) { try trainer.run() }
        }
    }

    @Test func anAnswerEndsTheWaiting() {
        let control = TrainerControl()
        control.send(.pause)
        control.send(.saving(.retry))
        #expect(control.waitForSaving() == .retry)
        control.send(.stop)
        #expect(control.waitForSaving() == .giveUp)
        #expect(control.waitForSaving(until: .distantPast) == nil)
        // Somebody leaves the screens: the request to stop then is no answer.
        control.send(.stop)
        #expect(control.waitForSaving { false } == nil)
        #expect(control.waitForSaving(until: .distantPast) == nil)
    }
}
