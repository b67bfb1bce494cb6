import Foundation
import INNKit
import Testing

/// Terminals that take no output: a connection that is stuck, a window that does not read, Ctrl-S.
@Suite(.serialized) struct UnreadTerminalTests {
    /// The harness on a terminal that nobody reads, with far more to show than the terminal holds.
    private func stuck() throws -> PseudoTerminal {
        let terminal = try PseudoTerminal(width: 200, height: 60)
        try terminal.expectScreen("frame 1 end")
        terminal.stopReading()
        terminal.type("c")
        // 200 frames of 12,000 cells each.
        try terminal.expectReport("colors drawn")
        return terminal
    }

    @Test func theProgramStillHearsKeysAndSignals() throws {
        let terminal = try stuck()
        terminal.type("x")
        try terminal.expectReport("character(\"x\")")
        terminal.send(SIGTERM)
        try terminal.expectReport("event terminate")
        #expect(try terminal.ending() == .signal(SIGTERM))
        try terminal.expectGivenBackUnread()
    }

    /// Also those of a program that no longer listens, and those that end it at once.
    @Test(arguments: [(SIGTERM, true), (SIGQUIT, false), (SIGUSR1, false), (SIGSEGV, false), (40, false)])
    func signalsThatEndItDoNotWait(signal: Int32, isDeaf: Bool) throws {
        let terminal = try stuck()
        if isDeaf {
            terminal.type("b")
            try terminal.expectReport("deaf")
            terminal.send(signal)
            try terminal.waitUntilHandled(signal)
        }
        terminal.send(signal)
        #expect(try terminal.ending() == .signal(signal))
        try terminal.expectGivenBackUnread()
    }

    /// A crash prints its message and a backtrace, for which there is no room either.
    @Test func aTrapEndsIt() throws {
        let terminal = try stuck()
        terminal.type("t")
        let ending = try terminal.ending()
        #expect(ending == .signal(SIGILL) || ending == .signal(SIGTRAP))
        #expect(terminal.modes == terminal.originalModes)
    }

    @Test func itCanBeSuspendedAndComesBackWhenSomebodyReadsAgain() throws {
        let terminal = try stuck()
        terminal.send(SIGTSTP)
        try terminal.expectReport("event suspendRequested")
        terminal.type("xq")
        #expect(try terminal.ending() == .status(0))
        try terminal.expectGivenBackUnread()
    }

    @Test(arguments: [SIGTERM, SIGHUP])
    func trainingStopsAndSaves(signal: Int32) throws {
        let program = try Program()
        let terminal = try train(program, "--on-hangup", "stop")
        try terminal.expectScreen("\u{1b}[?1049h")
        terminal.stopReading()
        // Whole frames, until the terminal takes no more.
        let later = (checkpoints(program).last ?? 0) + 20
        terminal.type(String(repeating: "\u{c}", count: 400))
        try waitUntil("checkpoints") { (checkpoints(program).last ?? 0) >= later }
        terminal.send(signal)
        #expect(try terminal.ending() == .status(0))
        #expect(terminal.modes == terminal.originalModes)
        try program.resume("live", steps: try RunFiles(program, "live").lastStep + 3)
    }

    /// Ctrl-S stops the output of a program without screens.
    @Test func trainingWithoutScreensStopsAndSaves() throws {
        let program = try Program()
        let terminal = try train(program, "--headless")
        try terminal.expectScreen("train")
        terminal.type("\u{13}")
        let later = (checkpoints(program).last ?? 0) + 20
        try waitUntil("checkpoints") { (checkpoints(program).last ?? 0) >= later }
        terminal.send(SIGTERM)
        #expect(try terminal.ending() == .status(0))
        try program.resume("live", steps: try RunFiles(program, "live").lastStep + 3)
    }

    @Test func aTerminalThatIsNeverReadIsRefusedWithASentence() throws {
        let terminal = try PseudoTerminal(
            ["-c", "echo ready; read line; exec \"$0\"", PseudoTerminal.harness], executable: "/bin/sh")
        try terminal.expectScreen("ready")
        terminal.stopReading()
        terminal.fill()
        terminal.type("\r")
        try terminal.expectReport("error Nothing reads what is written to the terminal; let its output go on")
        #expect(try terminal.ending() == .status(69))
    }

    private func train(_ program: Program, _ options: String...) throws -> PseudoTerminal {
        let training = [
            "train", program.book, "--preset", "tiny", "--steps", "1000000", "--schedule", "constant",
            "--checkpoint-every", "5", "--name", "live",
            "--runs-dir", program.runs.path,
        ]
        return try PseudoTerminal(
            training + options, executable: Program.executable, environment: program.environment, width: 120, height: 40
        )
    }

    private func checkpoints(_ program: Program) -> [Int] {
        ((try? CheckpointFolder(program.runs.appendingPathComponent("live/checkpoints")).list()) ?? []).map(\.step)
    }
}
