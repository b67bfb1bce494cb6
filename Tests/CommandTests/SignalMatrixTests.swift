import Foundation
import INNKit
import Testing

/// Every signal against a training with live screens: the terminal is given back, the exit status is right, and the run
/// can be used.
@Suite(.serialized) struct SignalMatrix {
    /// A training whose screens are up and which has written a checkpoint.
    private func started(_ program: Program, _ options: String...) throws -> PseudoTerminal {
        let training = [
            "train", program.book, "--preset", "tiny", "--steps", "1000000", "--schedule", "constant",
            "--checkpoint-every", "5", "--name", "live",
            "--runs-dir", program.runs.path,
        ]
        let terminal = try PseudoTerminal(
            training + options, executable: Program.executable, environment: program.environment, width: 100, height: 30
        )
        try terminal.expectFrame("best so far") { _ in !checkpoints(program).isEmpty }
        #expect(terminal.isModeOn(1049) && terminal.isModeOn(1006))
        return terminal
    }

    private func checkpoints(_ program: Program) -> [Int] {
        ((try? CheckpointFolder(program.runs.appendingPathComponent("live/checkpoints")).list()) ?? []).map(\.step)
    }

    private func expectUsable(_ program: Program, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let step = try RunFiles(program, "live").lastStep
        #expect(step >= 5, sourceLocation: sourceLocation)
        try program.resume("live", steps: step + 3)
        #expect(try RunFiles(program, "live").lastStep == step + 3, sourceLocation: sourceLocation)
    }

    @Test func terminateStopsAndSaves() throws {
        let program = try Program()
        let terminal = try started(program)
        terminal.send(SIGTERM)
        #expect(try terminal.ending() == .status(0))
        try terminal.expectGivenBack()
        try terminal.expectScreen("--resume live continues it")
        try expectUsable(program)
    }

    @Test func interruptAsksAndTheSecondStopsAndSaves() throws {
        let program = try Program()
        let terminal = try started(program)
        let start = terminal.screen.text.utf8.count
        terminal.send(SIGINT)
        // A word of the dialog; its spaces need not be sent.
        try terminal.expectScreen("without", from: start)
        terminal.send(SIGINT)
        #expect(try terminal.ending() == .status(0))
        try terminal.expectGivenBack()
        try expectUsable(program)
    }

    /// The limit of `ulimit -t` is the last chance to save.
    @Test func theLimitOfProcessorTimeStopsAndSaves() throws {
        let program = try Program()
        let terminal = try started(program)
        terminal.send(SIGXCPU)
        #expect(try terminal.ending() == .status(0))
        try terminal.expectGivenBack()
        try expectUsable(program)
    }

    /// Without screens on a terminal, where the Swift runtime would ask what to do and then go on.
    @Test(arguments: [SIGQUIT, SIGSEGV])
    func whatKillsAlsoEndsTrainingWithoutScreens(signal: Int32) throws {
        let program = try Program()
        let training = [
            "train", program.book, "--preset", "tiny", "--steps", "1000000", "--headless", "--checkpoint-every", "5",
            "--name", "live", "--runs-dir", program.runs.path,
        ]
        let terminal = try PseudoTerminal(training, executable: Program.executable, environment: program.environment)
        try waitUntil("a checkpoint") { !checkpoints(program).isEmpty }
        terminal.send(signal)
        #expect(try terminal.ending() == .signal(signal))
        try expectUsable(program)
    }

    @Test(arguments: [SIGQUIT, SIGSEGV])
    func whatKillsEndsTheExplorer(signal: Int32) throws {
        let program = try Program()
        try program.train("--steps", "3", "--name", "one")
        let terminal = try PseudoTerminal(
            ["explore", "one", "--runs-dir", program.runs.path], executable: Program.executable,
            environment: program.environment)
        try terminal.expectFrame("Generate")
        terminal.send(signal)
        #expect(try terminal.ending() == .signal(signal))
        try terminal.expectGivenBack()
    }

    @Test(arguments: [
        SIGQUIT, SIGSEGV, SIGABRT, SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGUSR1, SIGALRM, SIGPROF, SIGSYS, 40,
    ])
    func whatKillsLeavesAnEarlierCheckpoint(signal: Int32) throws {
        let program = try Program()
        let terminal = try started(program)
        terminal.send(signal)
        #expect(try terminal.ending() == .signal(signal))
        try terminal.expectGivenBack()
        try expectUsable(program)
    }

    @Test func suspendedAndContinuedTrainingGoesOn() throws {
        let program = try Program()
        let shell = try PseudoTerminal(
            ["--norc", "--noprofile", "--noediting", "-i"], executable: "/bin/bash",
            environment: program.environment.merging(["PS1": "PROMPT> ", "HISTFILE": "/dev/null"]) { $1 }, width: 100,
            height: 30)
        try shell.expectScreen("PROMPT> ")
        shell.type(
            """
            \(Program.executable) train \(program.book) --preset tiny --steps 1000000 --name live \
            --checkpoint-every 5 --runs-dir \(program.runs.path)\r
            """
        )
        let up = try shell.expectScreen("\u{1b}[?1049h")
        try shell.expectFrame("a checkpoint") { _ in !checkpoints(program).isEmpty }
        shell.type("\u{1a}")
        let left = try shell.expectScreen("\u{1b}[?1049l", from: up)
        let prompt = try shell.expectScreen("PROMPT> ", from: left)
        #expect(!shell.isModeOn(1006))
        let before = checkpoints(program).last ?? 0
        shell.type("stty -a | grep -c ' echo '; fg\r")
        try shell.expectScreen("\r\n1\r\n", from: prompt)
        let back = try shell.expectScreen("\u{1b}[?1049h", from: prompt)
        try shell.expectFrame("a later checkpoint") { _ in (checkpoints(program).last ?? 0) > before }
        shell.type("qs")
        try shell.expectScreen("PROMPT> ", from: back)
        #expect(!shell.isModeOn(1049))
        try expectUsable(program)
    }

    /// A closed window sends a hang-up, and a dying shell another one to its jobs.
    @Test func aHangUpLeavesTrainingRunning() throws {
        let program = try Program()
        let terminal = try started(program)
        terminal.hangUp()
        let later = (checkpoints(program).last ?? 0) + 10
        try waitUntil("checkpoints after the hang-up") { (checkpoints(program).last ?? 0) >= later }
        terminal.send(SIGHUP)
        try waitUntil("checkpoints after the second hang-up") { (checkpoints(program).last ?? 0) >= later + 10 }
        terminal.send(SIGTERM)
        #expect(try terminal.ending() == .status(0))
        try expectUsable(program)
    }

    /// Without screens nobody could continue a training that is paused.
    @Test func aPausedTrainingGoesOnWhenTheTerminalIsGone() throws {
        let program = try Program()
        let terminal = try started(program)
        terminal.type(" ")
        try terminal.expectFrame("paused")
        let later = (checkpoints(program).last ?? 0) + 10
        terminal.hangUp()
        // As a dying shell does, at whatever moment.
        for _ in 0..<50 {
            terminal.send(SIGHUP)
            usleep(1000)
        }
        try waitUntil("checkpoints after the hang-up") { (checkpoints(program).last ?? 0) >= later }
        terminal.send(SIGTERM)
        #expect(try terminal.ending() == .status(0))
    }

    @Test func aHangUpStopsAndSavesWhenAskedTo() throws {
        let program = try Program()
        let terminal = try started(program, "--on-hangup", "stop")
        terminal.hangUp()
        #expect(try terminal.ending() == .status(0))
        try expectUsable(program)
    }

    @Test func aHangUpEndsTheExplorer() throws {
        let program = try Program()
        try program.train("--steps", "3", "--name", "one")
        let terminal = try PseudoTerminal(
            ["explore", "one", "--runs-dir", program.runs.path], executable: Program.executable,
            environment: program.environment)
        try terminal.expectFrame("Generate")
        terminal.hangUp()
        #expect(try terminal.ending() == .status(0))
    }
}
