import Foundation
import INNKit
import Testing

/// Runs that are renamed, replaced or deleted while they are trained.
@Suite struct MovedRuns {
    /// A training that goes on until it is stopped and has written a checkpoint.
    private func start(_ program: Program, _ name: String, seed: Int = 1) throws -> PseudoTerminal {
        let terminal = try PseudoTerminal(
            [
                "train", program.book, "--preset", "tiny", "--steps", "1000000", "--schedule", "constant",
                "--checkpoint-every", "5", "--name", name,
                "--seed", String(seed), "--json", "--runs-dir", program.runs.path,
            ], executable: Program.executable, environment: program.environment)
        try terminal.expectScreen("\"detail\":\"step-00000010\"")
        return terminal
    }

    private func stop(_ terminal: PseudoTerminal) throws {
        terminal.send(SIGTERM)
        #expect(try terminal.ending() == .status(0))
    }

    private func expectWhole(
        _ program: Program, _ name: String, seed: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let sessions = try RunHistory(RunFolder.open(name, in: program.runs)).sessions()
        #expect(sessions.count == 1 && sessions[0].endedAt != nil, sourceLocation: sourceLocation)
        let twin = "twin-\(name)"
        let steps = try RunFiles(program, name).lastStep + 15
        try program.resume(name, steps: steps)
        try program.train("--steps", String(steps), "--schedule", "constant", "--seed", String(seed), "--name", twin)
        try expectSameTraining(RunFiles(program, name), RunFiles(program, twin), sourceLocation: sourceLocation)
    }

    @Test func aRunThatIsRenamedGoesOnInItsFolderAndTouchesNoOther() throws {
        let program = try Program()
        let first = try start(program, "run")
        try FileManager.default.moveItem(
            at: program.runs.appendingPathComponent("run"), to: program.runs.appendingPathComponent("moved"))
        let second = try start(program, "run", seed: 2)
        try first.expectScreen("training goes on in \(program.runs.appendingPathComponent("moved").path)")
        try stop(first)
        // The first one closed its database while the second one trains.
        try second.expectScreen("\"event\":\"report\"", from: second.screen.text.utf8.count)
        try stop(second)
        try expectWhole(program, "moved", seed: 1)
        try expectWhole(program, "run", seed: 2)
    }

    @Test func aFolderThatIsDeletedEndsTrainingAndIsNotMadeAgain() throws {
        let program = try Program()
        let terminal = try start(program, "run")
        // The program may write a file between the removal of the others and that of the folder.
        let folder = program.runs.appendingPathComponent("run")
        while FileManager.default.fileExists(atPath: folder.path) { try? FileManager.default.removeItem(at: folder) }
        #expect(try terminal.ending() == .status(66))
        try terminal.expectScreen("was deleted while it was being trained")
        #expect(program.everythingInRuns.isEmpty)
    }

    /// The trainer still holds all that they held.
    @Test(arguments: [["run.sqlite"], ["run.sqlite", "run.sqlite-wal", "run.sqlite-shm"], ["config.json"]])
    func aFileOfTheRunThatIsDeletedIsWrittenAgain(files: [String]) throws {
        let program = try Program()
        let terminal = try start(program, "run")
        let folder = program.runs.appendingPathComponent("run")
        for file in files { unlink(folder.appendingPathComponent(file).path) }
        let from = terminal.screen.text.utf8.count
        try terminal.expectScreen("written again", from: from)
        try stop(terminal)
        let reports = try RunHistory(RunFolder.open("run", in: program.runs)).reports().map(\.step)
        #expect(reports.first == 1 && reports == Array(1...(reports.last ?? 0)).filter(reports.contains))
        try expectWhole(program, "run", seed: 1)
    }

    /// A copy of hard links shares the database with the run.
    @Test func aCopyOfHardLinksHasItsOwnHistory() throws {
        let program = try Program()
        try program.train("--steps", "10", "--name", "one", "--schedule", "constant")
        let one = program.runs.appendingPathComponent("one").path
        let copy = Process()
        copy.executableURL = URL(fileURLWithPath: "/bin/cp")
        copy.arguments = ["-al", one, program.runs.appendingPathComponent("two").path]
        try copy.run()
        copy.waitUntilExit()
        let before = try RunHistory(RunFolder.open("two", in: program.runs)).reports()
        try program.resume("one", steps: 20)
        #expect(try RunHistory(RunFolder.open("two", in: program.runs)).reports() == before)
        try program.resume("two", steps: 15)
        #expect(try RunHistory(RunFolder.open("one", in: program.runs)).latestReport()?.step == 20)
        #expect(try RunHistory(RunFolder.open("two", in: program.runs)).latestReport()?.step == 15)
    }

    /// Deleting the lock file gives the run to nobody else.
    @Test func theLockFileMayBeDeleted() throws {
        let program = try Program()
        let terminal = try start(program, "run")
        let lock = program.runs.appendingPathComponent("run/lock")
        unlink(lock.path)
        let result = try program.run("train", "--resume", "run", "--headless")
        #expect(result.status == 75 && result.errors.contains("is being trained"), "\(result.errors)")
        #expect(try program.run("runs", "--json").output.contains("\"state\" : \"running\""))
        try stop(terminal)
        #expect(FileManager.default.fileExists(atPath: lock.path))
        try expectWhole(program, "run", seed: 1)
    }

    /// Somebody else puts a lock file of his own in place of the deleted one and holds it: an older version, or another
    /// host.
    @Test func aLockThatSomebodyElseTookEndsTraining() throws {
        let program = try Program()
        let terminal = try start(program, "run")
        let lock = program.runs.appendingPathComponent("run/lock").path
        let other = open(lock + ".other", O_RDWR | O_CREAT, 0o644)
        defer { close(other) }
        #expect(flock(other, LOCK_EX) == 0)
        rename(lock + ".other", lock)
        #expect(try terminal.ending() == .status(75))
    }

    @Test func whatAKilledMakerLeftGoes() throws {
        let program = try Program()
        let stale = program.runs.appendingPathComponent(".new-\(UUID().uuidString)")
        let foreign = program.runs.appendingPathComponent(".new-\(UUID().uuidString)")
        for folder in [stale, foreign] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        try Data("{}".utf8).write(to: stale.appendingPathComponent("config.json"))
        try Data("mine".utf8).write(to: foreign.appendingPathComponent("letter.txt"))
        let old = [FileAttributeKey.modificationDate: Date(timeIntervalSinceNow: -3600)]
        for folder in [stale, foreign] { try FileManager.default.setAttributes(old, ofItemAtPath: folder.path) }
        try program.train("--steps", "2", "--name", "run")
        #expect(!FileManager.default.fileExists(atPath: stale.path))
        #expect(FileManager.default.fileExists(atPath: foreign.appendingPathComponent("letter.txt").path))
    }
}
