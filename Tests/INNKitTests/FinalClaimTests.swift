import Foundation
import Synchronization
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNStore
@testable import INNTraining

/// What a run says of its end, in its record and to whoever looks on, when the last checkpoint cannot be saved: no more
/// than what is on disk.
@Suite struct FinalClaims {
    /// Passes everything on to the run's store, and keeps what somebody who looks on hears.
    private final class Listener: TrainingSink {
        private let store: RunStore
        private let kinds = Mutex<[EventMark.Kind]>([])

        init(_ store: RunStore) { self.store = store }

        var heard: [EventMark.Kind] { kinds.withLock { $0 } }

        func receive(_ event: TrainingEvent) {
            store.receive(event)
            switch event {
            case .mark(let mark), .announced(let mark): kinds.withLock { $0.append(mark.kind) }
            default: break
            }
        }

        func flush() throws { try store.flush() }
    }

    /// Trains four steps and asks `answer` what to do about a last checkpoint that cannot be saved.
    ///
    /// - Returns: the marks in the record, those that were heard, and the sentence that training ended with, if so.
    private func end(
        _ folder: RunFolder, answer: @escaping (INNError) -> SavingDecision
    ) throws -> (recorded: [EventMark.Kind], heard: [EventMark.Kind], sentence: String?) {
        let store = try RunStore(folder, version: "1")
        let listener = Listener(store)
        let trainer = try LastCheckpoint().trainer(listener, steps: 4, checkpoints: folder.checkpoints)
        trainer.whenSavingFails = answer
        var sentence: String?
        do {
            #expect(try trainer.run() == .finished)
        } catch let error as INNError {
            sentence = error.message
        }
        try store.close()
        return (try RunHistory(folder).marks().map(\.kind), listener.heard, sentence)
    }

    /// Makes a folder with something in it where a checkpoint is to get its name: the file is complete and has its
    /// marks when that is found out.
    private func block(_ name: String, _ folder: RunFolder) throws -> URL {
        let place = folder.checkpoints.url.appending(path: name)
        try FileManager.default.createDirectory(
            at: place.appending(path: "something"), withIntermediateDirectories: true)
        return place
    }

    @Test func aRunWithoutItsLastCheckpointHasNotFinished() throws {
        try withRun { folder in
            _ = try block("step-00000004.safetensors", folder)
            let end = try end(folder) { _ in .giveUp }
            #expect(end.recorded == [.started, .stopped] && end.heard == end.recorded)
            #expect(end.sentence?.hasSuffix("There is no checkpoint.") == true, "\(end.sentence ?? "")")
            #expect(RunSummary(folder).state == .interrupted)
        }
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system"))
    func norHasOneOnAFullDisk() throws {
        try withRun { folder in
            let disk = try SmallDisk(at: folder.checkpoints.url, kilobytes: 16)
            defer { disk.unmount() }
            let end = try end(folder) { _ in .giveUp }
            #expect(end.recorded == [.started, .stopped] && end.heard == end.recorded)
            #expect(RunSummary(folder).state == .interrupted)
        }
    }

    @Test func theEndIsSpokenOfOnceAndAfterwards() throws {
        try withRun { folder in
            let blocked = try block("step-00000004.safetensors", folder)
            var asked = 0
            let end = try end(folder) { _ in
                asked += 1
                if asked == 3 { try? FileManager.default.removeItem(at: blocked) }
                return .retry
            }
            #expect(asked == 3 && end.sentence == nil)
            #expect(end.recorded == [.started, .finished, .bestCheckpoint] && end.heard == end.recorded)
            #expect(RunSummary(folder).state == .finished)
        }
    }

    /// The weights are there, and only the second name is not: a resume goes on from them.
    @Test func whatIsTheBestIsClaimedApart() throws {
        try withRun { folder in
            let blocked = try block("best.safetensors", folder)
            let end = try end(folder) { _ in .giveUp }
            #expect(end.recorded == [.started, .checkpoint, .stopped] && end.heard == [.started, .stopped])
            #expect(
                end.sentence?.hasSuffix("The newest checkpoint is that of step 4.") == true, "\(end.sentence ?? "")")
            #expect(RunSummary(folder).state == .interrupted)
            try FileManager.default.removeItem(at: blocked)
            #expect(try folder.checkpoints.resume(recorded: [4]).checkpoint.state.step == 4)
        }
    }

    /// Also of runs of earlier versions, and of those whose last checkpoint went to another disk.
    @Test func aFinishedRunHasTheWeightsOfItsEnd() throws {
        try withRun { folder in
            let store = try RunStore(folder, version: "1")
            store.receive(.mark(EventMark(step: 100, kind: .finished)))
            try store.close()
            #expect(RunSummary(folder).state == .finished, "weights that somebody took away say nothing")
            let checkpoints = folder.checkpoints.url
            try FileManager.default.createDirectory(at: checkpoints, withIntermediateDirectories: true)
            for (step, state) in [(40, RunSummary.State.interrupted), (100, .finished)] {
                try Data().write(to: checkpoints.appending(path: CheckpointFolder.fileName(step: step)))
                #expect(RunSummary(folder).state == state)
            }
        }
    }
}
