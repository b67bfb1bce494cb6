import Foundation
import Testing

/// Ctrl-Z, `fg` and `bg` in a real shell.
@Suite(.serialized) struct TerminalJobControlTests {
    private func shell() throws -> PseudoTerminal {
        let terminal = try PseudoTerminal(
            ["--norc", "--noprofile", "--noediting", "-i"], executable: "/bin/bash",
            environment: ["PS1": "PROMPT> ", "HISTFILE": "/dev/null", "HARNESS": PseudoTerminal.harness])
        try terminal.expectScreen("PROMPT> ")
        return terminal
    }

    @Test func controlZLeavesTheScreenAndForegroundBringsItBack() throws {
        let terminal = try shell()
        terminal.type("$HARNESS\r")
        let drawn = try terminal.expectScreen("frame 1 end")
        terminal.type("\u{1a}")
        try terminal.expectReport("event suspendRequested")
        let left = try terminal.expectScreen("\u{1b}[?1049l", from: drawn)
        let prompt = try terminal.expectScreen("PROMPT> ", from: left)
        #expect(!terminal.isModeOn(1049))
        #expect(!terminal.isModeOn(1006))
        #expect(!terminal.isModeOn(2004))
        terminal.type("stty -a | grep -c ' echo '; fg\r")
        try terminal.expectScreen("\r\n1\r\n", from: prompt)
        try terminal.expectReport("event continued")
        let back = try terminal.expectScreen("\u{1b}[?1049h", from: prompt)
        try terminal.expectScreen("picture", from: back)
        #expect(terminal.isModeOn(1006))
        #expect(terminal.isModeOn(2004))
        terminal.type("x")
        try terminal.expectReport("character(\"x\")")
        terminal.type("q")
        let quit = try terminal.expectScreen("PROMPT> ", from: back)
        terminal.type("echo status $?\r")
        try terminal.expectScreen("status 0", from: quit)
    }

    @Test func aStopWithoutWarningIsRepairedWhenContinued() throws {
        let terminal = try shell()
        terminal.type("$HARNESS\r")
        let drawn = try terminal.expectScreen("frame 1 end")
        terminal.type("s")
        try terminal.expectReport("stray error")
        let process = try harnessProcess(of: terminal)
        kill(process, SIGSTOP)
        let prompt = try terminal.expectScreen("PROMPT> ", from: drawn)
        terminal.type("fg\r")
        let continued = try terminal.expectReport("event continued")
        let back = try terminal.expectScreen("\u{1b}[?1049h", from: prompt)
        try terminal.expectScreen("picture", from: back)
        terminal.type("y")
        try terminal.expectReport("character(\"y\")", from: continued)
    }

    @Test func continuedInTheBackgroundItRunsOnWithoutAScreen() throws {
        let terminal = try shell()
        terminal.type("$HARNESS\r")
        let drawn = try terminal.expectScreen("frame 1 end")
        terminal.type("\u{1a}")
        let prompt = try terminal.expectScreen("PROMPT> ", from: drawn)
        terminal.type("bg\r")
        // The frame that the harness draws next does not reach the screen, which is the shell's.
        let dropped = try terminal.expectReport("draw false")
        let second = try terminal.expectScreen("PROMPT> ", from: prompt)
        #expect(!terminal.isModeOn(1049))
        terminal.type("fg\r")
        try terminal.expectReport("event continued", from: dropped)
        let back = try terminal.expectScreen("\u{1b}[?1049h", from: second)
        try terminal.expectScreen("picture", from: back)
        terminal.type("q")
        try terminal.expectScreen("PROMPT> ", from: back)
    }

    /// The only child of the shell.
    private func harnessProcess(of terminal: PseudoTerminal) throws -> pid_t {
        let path = "/proc/\(terminal.process)/task/\(terminal.process)/children"
        let children = try String(contentsOfFile: path, encoding: .utf8)
        return try #require(pid_t(children.trimmingCharacters(in: .whitespaces)))
    }
}
