import Foundation
import INNKit
import Testing

/// A disk that is full at the end of a run, and has space again later.
@Suite(.enabled(if: SmallDisk.canMount, "needs the right to mount a file system in memory")) struct FullDisk {
    private let program: Program
    private let disk: SmallDisk
    private var filler: String { disk.path + "/filler" }
    private var checkpoints: CheckpointFolder {
        CheckpointFolder(URL(fileURLWithPath: disk.path + "/runs/full/checkpoints"))
    }

    /// The disk has room for one checkpoint and no second one until the filler is removed.
    init() throws {
        program = try Program()
        disk = try SmallDisk(program.folder.appendingPathComponent("disk"), options: "size=6000k")
        #expect(FileManager.default.createFile(atPath: filler, contents: Data(count: 3500 << 10)))
    }

    private func train(_ options: String...) throws -> PseudoTerminal {
        try PseudoTerminal(
            [
                "train", program.book, "--preset", "tiny", "--steps", "9", "--checkpoint-every", "3", "--name", "full",
                "--runs-dir", disk.path + "/runs",
            ] + options,
            executable: Program.executable, environment: program.environment, width: 100, height: 30)
    }

    @Test func withoutScreensSavingIsTriedAgain() throws {
        let terminal = try train("--headless")
        try terminal.expectScreen("Trying again for 2:00 min; Ctrl-C gives up")
        #expect(terminal.screen.text.contains(disk.path + "/runs/full"))
        unlink(filler)
        #expect(try terminal.ending() == .status(0))
        #expect(try checkpoints.latest().checkpoint.state.step == 9)
    }

    @Test func withoutScreensAnInterruptGivesUp() throws {
        let terminal = try train("--headless")
        try terminal.expectScreen("Trying again")
        terminal.send(SIGINT)
        #expect(try terminal.ending() == .status(74))
        #expect(try checkpoints.list().map(\.step) == [3])
    }

    @Test func theScreensAskAndTryAgain() throws {
        let terminal = try train()
        try terminal.expectScreen("Not saved")
        unlink(filler)
        terminal.type("r")
        try terminal.expectFrame("finished")
        terminal.type("q")
        #expect(try terminal.ending() == .status(0))
        #expect(try checkpoints.latest().checkpoint.state.step == 9)
    }

    @Test func theScreensAskAndSaveElsewhere() throws {
        let terminal = try train()
        let elsewhere = program.folder.appendingPathComponent("elsewhere")
        try terminal.expectScreen("Not saved")
        // Away and back: the question does not get lost.
        terminal.type("\u{1b}")
        try terminal.expectFrame("not saved: q asks")
        terminal.type("q")
        terminal.type("f")
        try terminal.expectScreen("Folder for the last checkpoint")
        terminal.type(elsewhere.path + "\r")
        try terminal.expectFrame("finished")
        terminal.type("q")
        #expect(try terminal.ending() == .status(0))
        try terminal.expectScreen("Its last checkpoint is in \(elsewhere.path)")
        #expect(try CheckpointFolder(elsewhere).latest().checkpoint.state.step == 9)
    }

    @Test func theScreensAskAndGiveUp() throws {
        let terminal = try train()
        try terminal.expectScreen("Not saved")
        terminal.type("g")
        try terminal.expectScreen("End now, without a checkpoint?")
        terminal.type("\u{03}")
        try terminal.expectFrame("failed: ")
        terminal.type("q")
        #expect(try terminal.ending() == .status(74))
    }

    /// Whoever sends TERM while the screens ask does not want an answer there.
    @Test func terminatingWhileTheScreensAskGoesOnTryingWithoutThem() throws {
        let terminal = try train()
        try terminal.expectScreen("Not saved")
        terminal.send(SIGTERM)
        try terminal.expectScreen("Trying again")
        unlink(filler)
        #expect(try terminal.ending() == .status(0))
        #expect(try checkpoints.latest().checkpoint.state.step == 9)
    }
}
