import Foundation
import INNKit
import Testing

/// The program in unusual environments, sizes and hands.
@Suite(.serialized) struct EnvironmentMatrix {
    private func train(
        _ program: Program, environment: [String: String?] = [:], options: [String] = []
    ) throws -> PseudoTerminal {
        try PseudoTerminal(
            [
                "train", program.book, "--preset", "tiny", "--steps", "1000000", "--name", "live", "--runs-dir",
                program.runs.path,
            ] + options,
            executable: Program.executable, environment: program.environment.merging(environment) { $1 })
    }

    private func stop(_ terminal: PseudoTerminal) throws {
        terminal.send(SIGTERM)
        #expect(try terminal.ending() == .status(0))
        try terminal.expectGivenBack()
    }

    @Test(arguments: [
        ("dumb", "cannot move its cursor"), ("no-such-terminal", "not in the terminfo database"),
        (nil, "TERM variable is not set"),
    ])
    func aTerminalWithoutScreensIsRefusedBeforeAnythingIsWritten(term: String?, phrase: String) throws {
        let program = try Program()
        let terminal = try train(program, environment: ["TERM": term])
        #expect(try terminal.ending() == .status(69))
        try terminal.expectScreen(phrase)
        try terminal.expectScreen("--headless")
        #expect(terminal.modes == terminal.originalModes && !terminal.isModeOn(1049))
        #expect(program.everythingInRuns.isEmpty)
    }

    @Test func headlessNeedsNoTerminalType() throws {
        let program = try Program()
        let terminal = try train(program, environment: ["TERM": "dumb"], options: ["--headless"])
        try terminal.expectScreen("chars/s")
        terminal.send(SIGTERM)
        #expect(try terminal.ending() == .status(0))
    }

    @Test func withoutALocaleOnlyASCIIIsDrawn() throws {
        let program = try Program()
        let terminal = try train(program, environment: ["LANG": nil])
        try terminal.expectFrame("Overview")
        #expect(try terminal.wholeFrame().utf8.allSatisfy { $0 < 0x80 })
        try stop(terminal)
    }

    @Test func withoutColorNoneIsSent() throws {
        let program = try Program()
        let terminal = try train(program, environment: ["NO_COLOR": "1", "COLORTERM": "truecolor"])
        try terminal.expectFrame("Overview")
        let frame = try terminal.wholeFrame()
        #expect(!frame.contains(/\e\[[0-9;]*(3[0-8]|4[0-8]|9[0-7])[;m]/), "\(frame.debugDescription)")
        try stop(terminal)
    }

    @Test func strayLinesAndColumnsAreIgnored() throws {
        let program = try Program()
        let terminal = try train(program, environment: ["LINES": "5", "COLUMNS": "31"])
        try terminal.expectFrame("a footer in the last row") { $0.contains("\u{1b}[24;") || $0.contains("\u{1b}[24d") }
        try stop(terminal)
    }

    @Test func standardInputIsNotNeeded() throws {
        let program = try Program()
        let command =
            """
            exec \(Program.executable) train \(program.book) --preset tiny --steps 1000000 --runs-dir \
            \(program.runs.path) </dev/null
            """
        let terminal = try PseudoTerminal(["-c", command], executable: "/bin/sh", environment: program.environment)
        try terminal.expectFrame("Overview")
        try stop(terminal)
    }

    @Test func aStormOfSizesIsSurvived() throws {
        let program = try Program()
        let terminal = try train(program)
        try terminal.expectFrame("Overview")
        var random = RandomSource(seed: 1)
        for _ in 0..<400 {
            let isTiny = random.next() % 3 == 0
            terminal.resize(
                width: 1 + UInt16(random.next() % (isTiny ? 3 : 220)),
                height: 1 + UInt16(random.next() % (isTiny ? 3 : 70)))
            if random.next() % 4 == 0 { usleep(UInt32(random.next() % 20_000)) }
        }
        terminal.resize(width: 1, height: 1)
        _ = try terminal.wholeFrame()
        terminal.resize(width: 80, height: 24)
        try terminal.expectFrame("Overview") { $0.contains("Overview") && $0.contains("training") }
        try stop(terminal)
    }

    /// Keys at random, mouse reports and torn sequences included; leaving is left out, and Ctrl-C, Ctrl-Z and Ctrl-\
    /// with it.
    private func pressAtRandom(_ terminal: PseudoTerminal, seed: UInt64, count: Int) throws {
        let sequences = [
            "[A", "[B", "[C", "[D", "[5~", "[6~", "[Z", "OH", "OF", "[3~", "[<0;20;10M", "[<0;20;10m", "[<32;3;4M",
            "[<64;9;9M", "[", "[<1;", "[999x", "é", "⣿",
        ]
        let keys =
            Array("abcdefghijklmnoprstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789?:/[]{}<>,.+-=!_;~|*& \t\r\u{7f}").map(
                String.init) + sequences.map { "\u{1b}" + $0 } + ["\u{1b}"]
        var random = RandomSource(seed: seed)
        for burst in 0..<count / 25 {
            for _ in 0..<25 { terminal.type(keys[Int(random.next() % UInt64(keys.count))]) }
            // A burst is taken in before the next one, so that the screens also draw what they made of it.
            if burst % 4 == 3 {
                terminal.resize(width: 20 + UInt16(random.next() % 150), height: 4 + UInt16(random.next() % 50))
            }
            let start = terminal.screen.text.utf8.count
            terminal.type("\u{c}")
            guard terminal.screen.wait(for: "\u{1b}[?2026l", from: start) != nil else { return }
        }
    }

    /// The palette holds "quit", so random keys may leave; they may not crash.
    private func expectSound(_ terminal: PseudoTerminal) throws {
        _ = kill(terminal.process, SIGTERM)
        #expect(try terminal.ending() == .status(0))
        try terminal.expectGivenBack()
    }

    @Test(arguments: [1]) func randomKeysWhileTraining(seed: UInt64) throws {
        let program = try Program()
        let terminal = try train(program)
        try terminal.expectFrame("training")
        try pressAtRandom(terminal, seed: seed, count: 400)
        try expectSound(terminal)
    }

    @Test(arguments: [1]) func randomKeysOnAnUntrainedNetwork(seed: UInt64) throws {
        let program = try Program()
        try program.train("--steps", "1", "--name", "empty")
        let terminal = try PseudoTerminal(
            ["explore", "empty", "--runs-dir", program.runs.path], executable: Program.executable,
            environment: program.environment, width: 120, height: 40)
        try terminal.expectFrame("Generate")
        try pressAtRandom(terminal, seed: seed, count: 400)
        try expectSound(terminal)
    }
}
