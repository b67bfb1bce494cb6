import Foundation
import GRDB
import Testing

@testable import INNCore
@testable import INNStore

/// Copies of runs where nothing can be written, made as RUN_FOLDER.md says.
@Suite struct ReadOnlyRuns {
    /// Copies a run that is being trained, by the names of its files, onto a disk that is read-only then.
    private func withCopy(_ names: [String], _ body: (RunFolder, RunFolder) throws -> Void) throws {
        try withRun { folder in
            let store = try RunStore(folder, version: "1")
            for step in 1...30 { record(step, in: store) }
            try store.flush()
            let disk = try SmallDisk(
                at: folder.url.deletingLastPathComponent().appending(path: "disk"), kilobytes: 4096)
            defer { disk.unmount() }
            let copy = disk.url.appending(path: "run")
            try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
            for name in names {
                try FileManager.default.copyItem(at: folder.url.appending(path: name), to: copy.appending(path: name))
            }
            try disk.makeReadOnly()
            try body(folder, RunFolder(at: copy))
            #expect(try FileManager.default.contentsOfDirectory(atPath: copy.path).sorted() == names.sorted())
            try store.close()
        }
    }

    @Test(
        .enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system"),
        arguments: [
            ["config.json", "run.sqlite", "run.sqlite-wal"],
            ["config.json", "run.sqlite", "run.sqlite-wal", "run.sqlite-shm"],
        ])
    func aCopyOfARunThatIsTrainedIsReadable(names: [String]) throws {
        try withCopy(names) { original, copy in
            let (there, here) = (try RunHistory(original), try RunHistory(copy))
            #expect(try here.reports() == there.reports() && here.reports().count == 30)
            #expect(try here.snapshots() == there.snapshots() && here.marks() == there.marks())
            #expect(RunSummary(copy).state == .interrupted && RunSummary(copy).problem == nil)
        }
    }

    /// All that was recorded was in the log, which is not there; that is said, and is no damage.
    @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system"))
    func withoutItsLogNothingHasBeenRecorded() throws {
        try withCopy(["config.json", "run.sqlite"]) { _, copy in
            let error = #expect(throws: INNError.self) { try RunHistory(copy) }
            #expect(error?.kind == .noInput && error?.message.contains("no recordings") == true)
        }
    }

    /// A finished run has everything in one file.
    @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system"))
    func aFinishedRunNeedsNoCopy() throws {
        try withRun { folder in
            let store = try RunStore(folder, version: "1")
            record(1, in: store)
            try store.close()
            let disk = try SmallDisk(
                at: folder.url.deletingLastPathComponent().appending(path: "disk"), kilobytes: 4096)
            defer { disk.unmount() }
            try FileManager.default.copyItem(at: folder.url, to: disk.url.appending(path: "run"))
            try disk.makeReadOnly()
            #expect(try RunHistory(RunFolder(at: disk.url.appending(path: "run"))).reports() == [report(1)])
        }
    }

    /// What SQLite cannot open for another reason stays an error.
    @Test func damageStaysDamage() throws {
        try withRun { folder in
            try Data(repeating: 7, count: 8192).write(to: folder.databaseURL)
            #expect(throws: INNError.self) { try RunHistory(folder) }
            #expect(RunSummary(folder).state == .damaged)
        }
    }
}
