import Foundation
import INNKit
import Testing

/// What would be left after a power cut, read off the order of writes, syncs and renames (Tests/Support/CSyncTrace).
@Suite struct Durability {
    /// One line of the record: a verb and one or two paths.
    private struct Call {
        let verb: String
        let path: String
        /// Of a rename.
        let target: String?

        init(_ line: Substring) {
            let parts = line.split(separator: " ", maxSplits: 1)
            let paths = parts[1].split(separator: "\t")
            verb = String(parts[0])
            path = String(paths[0])
            target = paths.count > 1 ? String(paths[1]) : nil
        }
    }

    private static let library = URL(fileURLWithPath: Program.executable).deletingLastPathComponent()
        .appendingPathComponent("libinn-sync-trace.so").path

    /// Trains with checkpoints every few steps and returns what was done to files, in order.
    private func calls(_ program: Program) throws -> [Call] {
        let record = program.folder.appendingPathComponent("record").path
        let result = try program.run(
            [
                "train", program.book, "--preset", "tiny", "--steps", "30", "--checkpoint-every", "7", "--name",
                "traced", "--headless",
            ],
            environment: ["LD_PRELOAD": Self.library, "INN_SYNC_TRACE": record])
        try #require(result.status == 0, "\(result.errors)")
        return try String(contentsOfFile: record, encoding: .utf8).split(separator: "\n").map(Call.init)
    }

    #if os(Linux)
    @Test func whatACheckpointClaimsIsOnDiskBeforeIt() throws {
        let program = try Program()
        let calls = try calls(program)
        let run = program.runs.appendingPathComponent("traced").path
        let log = run + "/run.sqlite-wal"
        var unsynced: Set<String> = []
        var checkpoints = 0
        var hasLog = false
        for call in calls {
            switch call.verb {
            case "write":
                unsynced.insert(call.path)
                hasLog = hasLog || call.path == log
            case "sync": unsynced.remove(call.path)
            case "rename" where call.target?.contains("/checkpoints/step-") == true:
                checkpoints += 1
                #expect(hasLog, "no metrics were written before the checkpoint")
                #expect(!unsynced.contains(log), "metrics that the checkpoint claims are not on disk")
                #expect(!unsynced.contains(call.path), "the checkpoint is not on disk when it gets its name")
                unsynced.insert(run + "/checkpoints")
            case "unlink" where call.path.contains("/checkpoints/step-"):
                #expect(
                    !unsynced.contains(run + "/checkpoints"),
                    "an old checkpoint is removed before the name of the new one is on disk")
            default: break
            }
        }
        #expect(checkpoints >= 5)
        #expect(!unsynced.contains(run + "/run.sqlite") && !unsynced.contains(run + "/checkpoints"))
    }

    /// The folder of a run, the one above it and the one of its checkpoints are on disk once something lies in them.
    @Test func newFoldersAreOnDiskToo() throws {
        let program = try Program()
        let calls = try calls(program)
        let made = calls.indices.filter { calls[$0].verb == "mkdir" && calls[$0].path.hasPrefix(program.runs.path) }
        // The runs folder, that of the run under its first name, and that of the checkpoints.
        #expect(made.count == 3)
        for index in made {
            let name = calls[index].path
            // A new run's folder has got another name before the one above it is synced.
            let entry = calls.dropFirst(index).first { $0.verb == "rename" && $0.path == name }?.target ?? name
            let parent = URL(fileURLWithPath: entry).deletingLastPathComponent().path
            let checkpoint =
                calls.dropFirst(index).firstIndex { $0.target?.contains("/checkpoints/step-") == true }
                ?? calls.endIndex
            let isSynced = calls[index..<checkpoint].contains { $0.verb == "sync" && $0.path == parent }
            #expect(isSynced, "\(parent) is not synced after \(entry) was made")
        }
    }
    #endif
}
