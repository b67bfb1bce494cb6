import Foundation
import INNKit
import Testing

/// Resuming after accidents that no kill makes: metrics lost by a power cut, folders that are not there or are somebody
/// else's.
@Suite struct Recovery {
    /// A run of 30 steps with the checkpoints of steps 10, 20 and 30.
    private func run(_ program: Program, _ name: String = "run") throws -> RunFolder {
        try program.train("--steps", "30", "--checkpoint-every", "10", "--schedule", "constant", "--name", name)
        return try RunFolder.open(name, in: program.runs)
    }

    /// Takes what was recorded after a step out of the database, as if the power had failed before it was synced.
    private func lose(after step: Int, _ run: RunFolder) throws {
        let store = try RunStore(run, version: "test")
        try store.resume(from: step)
        try store.close()
    }

    private func resume(_ program: Program, _ name: String = "run", steps: Int = 40) throws -> Program.Result {
        try program.run("train", "--resume", name, "--steps", String(steps), "--json")
    }

    private func expectAsUninterrupted(
        _ program: Program, steps: Int = 40, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try program.train(
            "--steps", String(steps), "--checkpoint-every", "10", "--schedule", "constant", "--name", "whole")
        try expectSameTraining(RunFiles(program, "run"), RunFiles(program, "whole"), sourceLocation: sourceLocation)
    }

    @Test func trainingGoesBackToTheCheckpointThatTheMetricsReach() throws {
        let program = try Program()
        let run = try run(program)
        try lose(after: 14, run)
        let result = try resume(program)
        #expect(result.status == 0, "\(result.errors)")
        for phrase in ["end before its checkpoint of step 30", "goes back to step 10"] {
            #expect(result.errors.contains(phrase), "\(result.errors)")
        }
        try expectAsUninterrupted(program)
        let files = try FileManager.default.contentsOfDirectory(atPath: run.checkpoints.url.path)
        #expect(files.filter { $0.hasSuffix(".unrecorded") }.count == 2)
        #expect(
            try RunHistory(run).marks().contains { $0.kind == .notice && $0.detail.contains("goes back to step 10") })
    }

    /// Killed again on the way, it goes back once more and never takes the checkpoints that are ahead for its own.
    @Test func goingBackTwiceIsAsGoingBackOnce() throws {
        let program = try Program()
        let run = try run(program)
        try lose(after: 14, run)
        #expect(try resume(program, steps: 12).status == 0)
        try lose(after: 10, run)
        #expect(try resume(program).status == 0)
        try expectAsUninterrupted(program)
    }

    @Test func aGapThatNoCheckpointCanCloseIsSaid() throws {
        let program = try Program()
        let run = try run(program)
        try lose(after: 4, run)
        let result = try resume(program)
        #expect(result.status == 0)
        #expect(result.errors.contains("between step 1 and step 30 are missing"), "\(result.errors)")
        #expect(try RunFiles(program, "run").lastStep == 40)
        // From now on the gap lies behind, and is said again.
        let again = try resume(program, steps: 50)
        #expect(again.errors.contains("between step 1 and step"), "\(again.errors)")
    }

    @Test func aMissingDatabaseIsSaid() throws {
        let program = try Program()
        let run = try run(program)
        try FileManager.default.removeItem(at: run.databaseURL)
        let result = try resume(program)
        #expect(result.status == 0 && result.errors.contains("database of run is missing"), "\(result.errors)")
        #expect(result.errorLines.count == 1)
        #expect(try RunFiles(program, "run").lastStep == 40)
    }

    @Test(arguments: [false, true])
    func aLogWithoutItsDatabaseIsKept(isEmpty: Bool) throws {
        let program = try Program()
        let run = try run(program)
        let log = URL(fileURLWithPath: run.databaseURL.path + "-wal")
        let bytes = Data(repeating: 7, count: 4096)
        try FileManager.default.removeItem(at: run.databaseURL)
        if isEmpty { try Data().write(to: run.databaseURL) }
        try bytes.write(to: log)
        let result = try resume(program)
        #expect(result.status == 65 && result.errors.contains("-wal"), "\(result.errors)")
        #expect(try Data(contentsOf: log) == bytes)
    }

    /// What the folder of the checkpoints may have become: a link to a disk that is not mounted, a file.
    @Test(arguments: ["link", "file"])
    func checkpointsThatCannotBeReadAreNotAbsent(kind: String) throws {
        let program = try Program()
        let run = try run(program)
        let before = try RunHistory(run).reports().count
        let url = run.checkpoints.url
        try FileManager.default.moveItem(at: url, to: program.folder.appendingPathComponent("elsewhere"))
        if kind == "link" { symlink("/no/such/disk", url.path) } else { try Data().write(to: url) }
        let result = try resume(program)
        #expect(
            result.status == 66 && result.errorLines.count == 1 && result.errors.contains(url.path), "\(result.errors)")
        #expect(try RunHistory(run).reports().count == before)
        unlink(url.path)
        try FileManager.default.moveItem(at: program.folder.appendingPathComponent("elsewhere"), to: url)
        #expect(try resume(program).status == 0)
        try expectAsUninterrupted(program)
    }

    @Test func checkpointsThatWentAwayAreAskedFor() throws {
        let program = try Program()
        let run = try run(program)
        let before = try RunHistory(run).reports().count
        try FileManager.default.removeItem(at: run.checkpoints.url)
        let result = try resume(program)
        #expect(
            result.status == 66 && result.errors.contains("has recorded checkpoints up to step 30"), "\(result.errors)")
        #expect(try RunHistory(run).reports().count == before)
    }

    /// A short run has one checkpoint only, and came to its end.
    @Test func theOnlyCheckpointIsAskedForToo() throws {
        let program = try Program()
        try program.train("--steps", "5", "--name", "run")
        let run = try RunFolder.open("run", in: program.runs)
        try FileManager.default.removeItem(at: run.checkpoints.url)
        let result = try resume(program)
        #expect(
            result.status == 66 && result.errors.contains("has recorded checkpoints up to step 5"), "\(result.errors)")
    }

    /// Two runs whose checkpoints lie in one folder: the second one does not write over those of the first.
    @Test func checkpointsOfAnotherRunAreNotReplaced() throws {
        let program = try Program()
        let run = try run(program)
        let other = try self.run(program, "other")
        let place = run.checkpoints.url
        let bytes = try Data(contentsOf: run.checkpoints.list()[2].url)
        try FileManager.default.removeItem(at: other.checkpoints.url)
        for file in try run.checkpoints.list().dropLast() { unlink(file.url.path) }
        symlink(place.path, other.checkpoints.url.path)
        let result = try resume(program, "other", steps: 40)
        #expect(result.status != 0, "\(result.errors)")
        #expect(try Data(contentsOf: run.checkpoints.list()[0].url) == bytes)
        #expect(try run.checkpoints.list().map(\.step) == [30])
    }

    /// A folder that is linked from elsewhere may hold other files; some have names much like ours.
    @Test func filesOfOthersInALinkedFolderStay() throws {
        let program = try Program()
        let run = try run(program)
        let other = try self.run(program, "other")
        let place = program.folder.appendingPathComponent("big disk")
        try FileManager.default.moveItem(at: run.checkpoints.url, to: place)
        symlink(place.path, run.checkpoints.url.path)
        var foreign = [
            "step-00000001.safetensors": Data("notes".utf8), ".notes.part-1": Data("unsaved".utf8),
            ".step-3.txt.part-12-ab": Data("x".utf8),
        ]
        foreign["step-00000002.safetensors"] = try Data(contentsOf: other.checkpoints.list()[0].url)
        foreign["step-99999999.safetensors"] = try Data(contentsOf: other.checkpoints.list()[2].url)
        for (name, bytes) in foreign { try bytes.write(to: place.appendingPathComponent(name)) }
        try Data("ours".utf8).write(to: place.appendingPathComponent(".step-00000007.safetensors.part-99-a"))
        let result = try resume(program, steps: 70)
        #expect(result.status == 0 && result.errors.contains("belongs to another run"), "\(result.errors)")
        for (name, bytes) in foreign {
            #expect(try Data(contentsOf: place.appendingPathComponent(name)) == bytes, "\(name)")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: place.path)
        #expect(!names.contains { $0.contains("part-99") })
        // Pruned to three of its own.
        #expect(
            names.filter { $0.hasPrefix("step-") && foreign[$0] == nil }.sorted()
                == [50, 60, 70].map { "step-000000\($0).safetensors" })
    }

    /// What a resume takes back can be looked up.
    @Test func whatAResumeTakesBackIsKept() throws {
        let program = try Program()
        let run = try run(program)
        for file in try run.checkpoints.list() where file.step > 10 { unlink(file.url.path) }
        unlink(run.checkpoints.bestURL.path)
        #expect(try resume(program).status == 0)
        let sql =
            """
            import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*), min(step), max(step) \
            FROM removedMetrics').fetchone())
            """
        let output = try Spawn.run(
            ["/usr/bin/env", "python3", "-c", sql, run.databaseURL.path],
            environment: ProcessInfo.processInfo.environment, in: program.folder
        ).output
        #expect(output.hasPrefix("(2, 20, 30)"), "\(output)")
        try expectAsUninterrupted(program)
    }
}
