import Foundation
import GRDB
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNStore

/// A list of runs that is refreshed reads only what changed, and always tells the same as a fresh one.
@Suite struct RunCatalogTests {
    private func withRuns(_ body: (URL, [RunFolder]) throws -> Void) throws {
        try withTemporaryFolder { runs in
            let folders = try (1...3).map { try RunFolder.create(named: "run-\($0)", config: testConfig(), in: runs) }
            for folder in folders { try record(1, in: folder) }
            try body(runs, folders)
        }
    }

    private func record(_ step: Int, in folder: RunFolder) throws {
        let store = try RunStore(folder, version: "1")
        store.receive(
            .report(
                TrainingReport(
                    step: step, charactersSeen: step, trainBPC: 2, learningRate: 1, gradientNorm: 1, charsPerSecond: 1,
                    elapsedSeconds: 1, progress: 0)))
        try store.close()
    }

    @Test func whatHasNotChangedIsNotReadAgain() throws {
        try withRuns { runs, folders in
            // Files that were written just now count as settled, which only a test may assume.
            let catalog = RunCatalog(runs, coarseness: .zero)
            #expect(try catalog.summaries() == RunSummary.all(in: runs) && catalog.readCount == 3)
            #expect(try catalog.summaries() == RunSummary.all(in: runs) && catalog.readCount == 3)
            try record(2, in: folders[1])
            #expect(try catalog.summaries() == RunSummary.all(in: runs) && catalog.readCount == 4)
            #expect(try catalog.summaries()[1].lastReport?.step == 2)
        }
    }

    @Test func filesWrittenJustNowAreReadAgain() throws {
        try withRuns { runs, _ in
            let catalog = RunCatalog(runs)
            _ = try (catalog.summaries(), catalog.summaries())
            #expect(catalog.readCount == 6)
        }
    }

    @Test func whoTrainsIsLookedUpEveryTime() throws {
        try withRuns { runs, folders in
            let catalog = RunCatalog(runs, coarseness: .zero)
            let lock = try folders[0].lock()
            #expect(try catalog.summaries().map(\.state) == [.running, .interrupted, .interrupted])
            lock.release()
            #expect(try catalog.summaries().map(\.state) == [.interrupted, .interrupted, .interrupted])
        }
    }

    /// A training that rests is not said to run; a pause that nobody holds any more is an interruption.
    @Test func aPauseIsTold() throws {
        try withRuns { runs, folders in
            func mark(_ kind: EventMark.Kind) throws {
                let store = try RunStore(folders[0], version: "1")
                store.receive(.mark(EventMark(step: 1, kind: kind, detail: "")))
                try store.close()
            }
            let catalog = RunCatalog(runs, coarseness: .zero)
            for (kind, state) in [(EventMark.Kind.paused, RunSummary.State.paused), (.unpaused, .running)] {
                try mark(kind)
                let lock = try folders[0].lock()
                let summary = try catalog.summaries()[0]
                #expect(summary.state == state)
                #expect(try JSONDecoder().decode(RunSummary.self, from: JSONEncoder().encode(summary)).state == state)
                lock.release()
                #expect(try catalog.summaries()[0].state == .interrupted)
            }
        }
    }

    @Test func runsComeGoAndTakeAnothersName() throws {
        try withRuns { runs, folders in
            let catalog = RunCatalog(runs, coarseness: .zero)
            _ = try catalog.summaries()
            try folders[0].moveToTrash()
            #expect(try catalog.summaries() == RunSummary.all(in: runs) && catalog.summaries().count == 2)
            try record(7, in: folders[1])
            try FileManager.default.moveItem(at: folders[1].url, to: folders[0].url)
            #expect(
                try catalog.summaries().map(\.lastReport?.step) == [7, 1]
                    && catalog.summaries() == RunSummary.all(in: runs))
            try Data("{".utf8).write(to: folders[2].configURL)
            #expect(try catalog.summaries().last?.state == .damaged)
            try folders[2].write(testConfig())
            #expect(try catalog.summaries().last?.state == .interrupted)
        }
    }

    @Test func aFolderThatMovesIsFoundByItsIdentity() throws {
        try withRuns { runs, folders in
            let whereabouts = FolderWhereabouts(folders[0])
            #expect(whereabouts.place == .unchanged)
            let other = runs.appending(path: "other")
            try FileManager.default.moveItem(at: folders[0].url, to: other)
            #expect(whereabouts.place == .moved(other.path))
            // Another run of the name is not the one that was there.
            try FileManager.default.moveItem(at: folders[1].url, to: folders[0].url)
            #expect(whereabouts.place == .moved(other.path))
            let trash = try RunFolder.open("other", in: runs).moveToTrash()
            #expect(whereabouts.place == .moved(trash.path))
            try FileManager.default.removeItem(at: trash)
            #expect(whereabouts.place == .gone)
        }
    }
}
