import Foundation
import Testing

@testable import INNScreens
@testable import INNTerminal

/// Keys, the mouse, resizing, waking and stray output.
@Suite(.serialized) struct TerminalEventTests {
    private func started() throws -> PseudoTerminal {
        let terminal = try PseudoTerminal()
        try terminal.expectScreen("frame 1 end")
        return terminal
    }

    @Test(arguments: [
        ("a", "character(\"a\")"), ("é", "character(\"é\")"), ("⣿", "character(\"⣿\")"), (" ", "character(\" \")"),
        ("\u{1b}[A", "Key.up"), ("\u{1b}OB", "Key.down"), ("\u{1b}[C", "Key.right"), ("\u{1b}OD", "Key.left"),
        ("\u{1b}[5~", "Key.pageUp"), ("\u{1b}[6~", "Key.pageDown"), ("\u{1b}[H", "Key.home"), ("\u{1b}OF", "Key.end"),
        ("\u{1b}[1~", "Key.home"), ("\u{1b}[8~", "Key.end"), ("\u{1b}[3~", "Key.delete"), ("\u{1b}[Z", "Key.backTab"),
        ("\u{1b}OP", "Key.f1"), ("\u{1b}[11~", "Key.f1"), ("\u{1b}[P", "Key.f1"),
        ("\t", "Key.tab"), ("\r", "Key.enter"), ("\n", "Key.enter"), ("\u{7f}", "Key.backspace"),
        ("\u{8}", "Key.backspace"),
        ("\u{10}", "control(\"p\")"), ("\u{c}", "control(\"l\")"), ("\u{16}", "control(\"v\")"),
        ("\u{13}", "control(\"s\")"),
        ("\u{1b}", "Key.escape"),
        ("\u{1b}[<0;5;6M", "Kind.press, x: 4, y: 5"), ("\u{1b}[<0;300;6m", "Kind.release, x: 299, y: 5"),
        ("\u{1b}[<32;5;6M", "Kind.drag, x: 4, y: 5"), ("\u{1b}[<64;1;1M", "Kind.scrollUp, x: 0, y: 0"),
        ("\u{1b}[<69;1;1M", "Kind.scrollDown, x: 0, y: 0"),
    ])
    func inputIsUnderstood(bytes: String, expected: String) throws {
        let terminal = try started()
        terminal.type(bytes)
        try terminal.expectReport(expected)
        terminal.type("q")
        #expect(try terminal.ending() == .status(0))
        let events = terminal.report.whole().split(separator: "\n").filter { $0.hasPrefix("event ") }
        #expect(events.count == 2, "\(events)")
    }

    @Test(arguments: ["\u{1b}[99;3x", "\u{1b}[?1;2c", "\u{1b}[<2;5;6M", "\u{1b}[<35;5;6M", "\u{1b}[<0;0;0M"])
    func unknownSequencesAreSwallowed(bytes: String) throws {
        let terminal = try started()
        terminal.type(bytes + "q")
        #expect(try terminal.ending() == .status(0))
        let events = terminal.report.whole().split(separator: "\n").filter { $0.hasPrefix("event ") }
        #expect(events.count == 1, "\(events)")
    }

    @Test func everyNewSizeIsReportedAndDrawn() throws {
        let terminal = try started()
        for (width, height) in [(UInt16(50), UInt16(10)), (200, 60), (1, 1), (80, 24)] {
            terminal.resize(width: width, height: height)
            let resized = try terminal.expectReport("event resized(width: \(width), height: \(height))")
            try terminal.expectReport("draw true \(width)x\(height)", from: resized)
        }
        terminal.type("q")
        #expect(try terminal.ending() == .status(0))
        try terminal.expectGivenBack()
    }

    @Test func anotherThreadWakesTheLoop() throws {
        let terminal = try started()
        terminal.type("w")
        try terminal.expectReport("event wake")
    }

    @Test func strayOutputBecomesEventsInsteadOfRuiningTheScreen() throws {
        let terminal = try started()
        terminal.type("p")
        try terminal.expectReport("event logLine(\"stray line\")")
        terminal.type("s")
        try terminal.expectReport("event logLine(\"stray error\")")
        #expect(!terminal.screen.text.contains("stray"))
    }

    @Test func theMouseCanBeSwitchedOff() throws {
        let terminal = try started()
        #expect(terminal.isModeOn(1006))
        terminal.type("m")
        try terminal.expectScreen("\u{1b}[?1000l")
        #expect(!terminal.isModeOn(1006))
    }

    @Test func redrawingRepaintsUnchangedCells() throws {
        let terminal = try started()
        let first = try terminal.expectScreen("picture")
        terminal.type("x")
        let unchanged = try terminal.expectReport("draw true", from: try terminal.expectReport("character(\"x\")"))
        #expect(terminal.screen.text.components(separatedBy: "picture").count == 2)
        terminal.type("r")
        try terminal.expectReport("draw true", from: unchanged)
        try terminal.expectScreen("picture", from: first)
    }
}

@Suite struct TerminalValueTests {
    @Test func colorsAreReducedToTheNearest() {
        #expect(ColorReduction.xterm256(0, 0, 0) == 16)
        #expect(ColorReduction.xterm256(255, 255, 255) == 231)
        #expect(ColorReduction.xterm256(255, 0, 0) == 196)
        #expect(ColorReduction.xterm256(128, 128, 128) == 244)
        #expect(ColorReduction.xterm256(95, 135, 175) == 67)
        #expect(ColorReduction.palette8(255, 128, 0) == 1)
        #expect(ColorReduction.palette8(0, 0, 128) == 4)
        #expect(ColorReduction.palette8(30, 30, 30) == 0)
        #expect(ColorReduction.palette8(240, 230, 250) == 7)
        #expect(ColorReduction.code(.terminalDefault, level: .truecolor) == -1)
        #expect(ColorReduction.code(.rgb(1, 2, 3), level: .truecolor) == 0x010203)
        #expect(ColorReduction.code(.rgb(1, 2, 3), level: .mono) == -1)
    }

    @Test func everyPaletteColorIsItsOwnNearest() {
        let levels = [0, 95, 135, 175, 215, 255]
        for (r, red) in levels.enumerated() {
            for (g, green) in levels.enumerated() {
                for (b, blue) in levels.enumerated() {
                    #expect(ColorReduction.xterm256(red, green, blue) == 16 + 36 * r + 6 * g + b)
                }
            }
        }
    }

    @Test func linesAreCutAtLineEndsOnly() {
        var splitter = LineSplitter()
        #expect(splitter.append(Array("one\r\ntw".utf8)) == ["one"])
        #expect(splitter.append(Array("o\u{1b}\n\nthree".utf8)) == ["two", ""])
        #expect(splitter.append([UInt8](repeating: 97, count: 5000)).map(\.utf8.count) == [4096])
    }
}
