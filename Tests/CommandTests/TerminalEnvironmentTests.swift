import Foundation
import Testing

/// What the driver makes of TERM, the locale, the colour variables and the options.
@Suite(.serialized) struct TerminalEnvironmentTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var environment: [String: String?] = [:]
        var arguments: [String] = []
        var expected: String
        var testDescription: String { "\(environment) \(arguments)" }
    }

    @Test(arguments: [
        Case(expected: "80x24 palette256 braille"),
        Case(environment: ["COLORTERM": "truecolor"], expected: "80x24 truecolor braille"),
        Case(environment: ["COLORTERM": "24bit", "TERM": "screen"], expected: "80x24 truecolor braille"),
        Case(environment: ["COLORTERM": "truecolor", "NO_COLOR": "1"], expected: "80x24 mono braille"),
        Case(environment: ["NO_COLOR": ""], expected: "80x24 palette256 braille"),
        Case(environment: ["NO_COLOR": "1"], arguments: ["--colors", "palette8"], expected: "80x24 palette8 braille"),
        Case(environment: ["TERM": "xterm"], expected: "80x24 palette8 braille"),
        Case(
            environment: ["TERM": "xterm"], arguments: ["--colors", "palette256"],
            expected: "80x24 palette256 braille"),
        Case(
            environment: ["TERM": "xterm"], arguments: ["--colors", "truecolor"], expected: "80x24 truecolor braille"),
        Case(environment: ["TERM": "vt100"], expected: "80x24 mono braille"),
        Case(environment: ["TERM": "linux"], expected: "80x24 palette8 blocks"),
        Case(environment: ["LANG": nil], expected: "80x24 palette256 ascii"),
        Case(environment: ["LANG": "C"], arguments: ["--glyphs", "blocks"], expected: "80x24 palette256 blocks"),
        Case(environment: ["LANG": "xx_YY.UTF-8"], expected: "80x24 palette256 braille"),
        Case(environment: ["LANG": "C.UTF-8", "LC_ALL": "POSIX"], expected: "80x24 palette256 ascii"),
        Case(environment: ["LINES": "5", "COLUMNS": "7"], expected: "80x24 palette256 braille"),
    ])
    func capabilities(_ example: Case) throws {
        let terminal = try PseudoTerminal(example.arguments, environment: example.environment)
        try terminal.expectReport("open \(example.expected)\n")
        terminal.type("q")
        #expect(try terminal.ending() == .status(0))
        #expect(terminal.modes == terminal.originalModes)
    }

    @Test(arguments: [
        ("dumb", "TERM=dumb cannot move its cursor"),
        ("no-such-terminal", "TERM=no-such-terminal is not in the terminfo"),
        ("", "TERM variable is not set"), (nil, "TERM variable is not set"),
    ])
    func unusableTerminalsAreRefusedWithASentence(term: String?, phrase: String) throws {
        let terminal = try PseudoTerminal(environment: ["TERM": term])
        #expect(try terminal.ending() == .status(69))
        try terminal.expectReport(phrase)
        try terminal.expectReport(", or use the harness.")
        #expect(terminal.modes == terminal.originalModes)
        #expect(terminal.screen.text.isEmpty)
    }

    @Test func withoutATerminalThereIsASentence() throws {
        let terminal = try PseudoTerminal(controlling: false)
        #expect(try terminal.ending() == .status(69))
        try terminal.expectReport("There is no terminal")
    }

    @Test func trueColorIsSentAsItIsExceptForTheDarkestBlues() throws {
        let terminal = try PseudoTerminal(environment: ["COLORTERM": "truecolor"])
        try terminal.expectScreen("38;2;255;128;0m")
        try terminal.expectScreen("48;2;0;0;8m")
        terminal.type("q")
        #expect(try terminal.ending() == .status(0))
    }

    @Test(arguments: ["palette8", "palette256", "truecolor"])
    func moreColorsThanPairsAreSurvived(level: String) throws {
        let terminal = try PseudoTerminal(["--colors", level], environment: ["COLORTERM": "truecolor"])
        try terminal.expectReport("open 80x24 \(level)")
        terminal.type("c")
        try terminal.expectReport("colors drawn")
        terminal.type("q")
        #expect(try terminal.ending() == .status(0))
        try terminal.expectGivenBack()
    }

    @Test func synchronizedOutputCanBeSwitchedOff() throws {
        let terminal = try PseudoTerminal(environment: ["INN_SYNC": "0"])
        try terminal.expectScreen("frame 1 end")
        #expect(!terminal.screen.text.contains("\u{1b}[?2026h"))
        let usual = try PseudoTerminal()
        let begun = try usual.expectScreen("\u{1b}[?2026h")
        let drawn = try usual.expectScreen("frame 1 end", from: begun)
        try usual.expectScreen("\u{1b}[?2026l", from: drawn)
    }
}
