import Foundation
import Testing

/// What a terminal answers to questions, whenever and in whatever pieces it comes, is nobody's key.
@Suite(.serialized) struct TerminalAnswerTests {
    private static let answers = [
        // Colours, titles and the clipboard (OSC), ended in both ways.
        "\u{1b}]11;rgb:1e1e/1e1e/2e2e\u{1b}\\", "\u{1b}]10;rgb:ffff/ffff/ffff\u{7}", "\u{1b}]lquality\u{1b}\\",
        "\u{1b}]52;c;cXVhbGl0eQ==\u{7}", "\u{1b}]4;1;rgb:cd/00/00\u{7}",
        // Name, settings and capabilities (DCS), graphics (APC).
        "\u{1b}P>|XTerm(390)\u{1b}\\", "\u{1b}P1$r0;48:2::1:2:3m\u{1b}\\", "\u{1b}P!|7E565445\u{1b}\\",
        "\u{1b}P1+r544e=787465726d\u{1b}\\", "\u{1b}_Gi=31;OK\u{1b}\\",
        // Attributes, modes, positions, sizes, focus and key protocols (CSI).
        "\u{1b}[?62;1;2;4c", "\u{1b}[>41;390;0c", "\u{1b}[?2026;2$y", "\u{1b}[24;80R", "\u{1b}[?1;1;1R", "\u{1b}[0n",
        "\u{1b}[8;24;80t", "\u{1b}[I", "\u{1b}[O", "\u{1b}[?0u", "\u{1b}[97;5u", "\u{1b}[27;5;97~", "\u{1b}[?997;1n",
        "\u{1b}[?1A", "\u{1b}[>0H",
        // The same with control characters of eight bits.
        "\u{9d}11;rgb:0/0/0\u{9c}", "\u{9b}?62c", "\u{90}>|term\u{9c}",
    ]

    @Test(arguments: answers) func answersAreSwallowed(answer: String) throws {
        let terminal = try PseudoTerminal.started()
        terminal.type(answer)
        #expect(try terminal.eventsUntilQuit() == [])
    }

    /// The harness asks when o is pressed; the first answer is an event, in every form that terminals use.
    @Test(arguments: [
        ("rgb:1e1e/1e1e/2e2e\u{1b}\\", "30, 30, 46"), ("rgb:fd/f6/e3\u{7}", "253, 246, 227"),
        ("rgb:f/0/8\u{9c}", "255, 0, 136"), ("rgba:0000/8080/ffff/ffff\u{7}", "0, 128, 255"),
    ])
    func theBackgroundIsToldWhenAskedFor(answer: String, color: String) throws {
        let terminal = try PseudoTerminal.started()
        terminal.type("o")
        try terminal.expectScreen("\u{1b}]11;?\u{1b}\\")
        terminal.type("\u{1b}]11;" + answer)
        terminal.type("\u{1b}]11;rgb:0/0/0\u{7}")
        #expect(
            try terminal.eventsUntilQuit() == [
                "key(INNScreens.Key.character(\"o\"))", "background(INNScreens.CellColor.rgb(\(color)))",
            ])
    }

    @Test(arguments: [
        "rgb:1e1e/1e1e", "rgb:xx/00/00", "rgb:12345/0/0", "rgb:0/0/0/0", "?",
        "rgb:0/0/0" + String(repeating: "0", count: 90),
    ])
    func whatIsNoColourTellsNothing(answer: String) throws {
        let terminal = try PseudoTerminal.started()
        terminal.type("o")
        try terminal.expectScreen("\u{1b}]11;?\u{1b}\\")
        terminal.type("\u{1b}]11;\(answer)\u{7}")
        #expect(try terminal.eventsUntilQuit() == ["key(INNScreens.Key.character(\"o\"))"])
    }

    /// In two reads that are further apart than the 25 ms that ncurses waits for the rest of a key: the pause is what
    /// is tested.
    @Test(arguments: [
        "\u{1b}]11;rgb:1e1e/1e1e/2e2e\u{1b}\\", "\u{1b}P>|XTerm(390)\u{1b}\\", "\u{1b}[?62;1;4c", "\u{1b}[24;80R",
    ])
    func answersInPiecesAreSwallowed(answer: String) throws {
        let scalars = Array(answer.unicodeScalars)
        for place in 1..<scalars.count {
            let terminal = try PseudoTerminal.started()
            terminal.type(String(String.UnicodeScalarView(scalars[..<place])))
            usleep(40_000)
            terminal.type(String(String.UnicodeScalarView(scalars[place...])))
            // An ESC by itself has to be taken for the key.
            let expected = place == 1 ? ["key(INNScreens.Key.escape)"] : []
            #expect(try terminal.eventsUntilQuit() == expected, "cut before \(scalars[place])")
        }
    }

    /// The last one is the key that ends the harness, which is sent at once: nothing waits for an end that never comes.
    @Test(arguments: [
        "\u{1b}]11;rgb:1e1e\r", "\u{1b}P1$r\u{1b}[A", "\u{1b}]11;rgb:1e\u{1b}]11;rgb:1e1e/0/0\u{7}\u{1b}[A",
        "\u{1b}[?62\u{1b}[A", "\u{1b}[<0;5\r", "\u{1b}[<0;5;\u{1b}[A",
    ])
    func whatFollowsAnAnswerThatWasCutOffIsAKey(bytes: String) throws {
        let terminal = try PseudoTerminal.started()
        terminal.type(bytes)
        #expect(
            try terminal.eventsUntilQuit() == [
                bytes.hasSuffix("\r") ? "key(INNScreens.Key.enter)" : "key(INNScreens.Key.up)"
            ])
    }

    /// A key that comes in time still belongs to the answer, so that it is pressed again, later than anything waits.
    @Test func anAnswerWithoutItsEndIsGivenUp() throws {
        let terminal = try PseudoTerminal.started()
        terminal.type("\u{1b}]11;rgb:1e1e/")
        for _ in 0..<20 where !terminal.report.text.contains("character(\"x\")") {
            usleep(1_200_000)
            terminal.type("x")
        }
        try terminal.expectReport("event key(INNScreens.Key.character(\"x\"))")
    }

    /// Somebody who goes on typing is heard again after three seconds at most, though nothing ever pauses.
    @Test func anAnswerWithoutItsEndSwallowsNoTyping() throws {
        let terminal = try PseudoTerminal.started()
        terminal.type("\u{1b}]11;rgb:1e1e/")
        for _ in 0..<100 where !terminal.report.text.contains("character(\"x\")") {
            usleep(100_000)
            terminal.type("x")
        }
        try terminal.expectReport("event key(INNScreens.Key.character(\"x\"))")
    }

    @Test(arguments: [
        ("\u{1b}x", "x"), ("\u{1b}[", "["), ("\u{1b}]", "]"), ("\u{1b}O", "O"), ("\u{1b}P", "P"), ("\u{1b}]x", "]"),
        ("\u{1b}Px", "P"), ("\u{1b}_x", "_"),
    ])
    func altAndAKeyAreEscapeAndTheKey(bytes: String, key: String) throws {
        let terminal = try PseudoTerminal.started()
        terminal.type(bytes)
        let escape = try terminal.expectReport("event key(INNScreens.Key.escape)")
        try terminal.expectReport("event key(INNScreens.Key.character(\"\(key)\"))", from: escape)
    }

    @Test(arguments: [
        ("\u{1b}OA", "up"), ("\u{1b}OM", "enter"), ("\u{1b}OH", "home"), ("\u{1b}[1;9A", "up"),
        ("\u{1b}[7~", "home"), ("\u{1b}\u{1b}[A", "escape"), ("\u{1b}OP", "f1"), ("\u{1b}[11~", "f1"),
    ])
    func keysStillWork(bytes: String, key: String) throws {
        let terminal = try PseudoTerminal.started()
        terminal.type(bytes)
        try terminal.expectReport("event key(INNScreens.Key.\(key))")
    }

    /// Old mouse reports and the function keys of the console of Linux have characters behind their sequence.
    @Test(arguments: ["\u{1b}[M !!", "\u{1b}[[A", "\u{1b}[[E", "\u{1b}OQ", "\u{1b}[15~"])
    func nothingIsLeftOfOtherSequences(bytes: String) throws {
        let terminal = try PseudoTerminal.started()
        terminal.type(bytes)
        #expect(try terminal.eventsUntilQuit() == [])
    }
}
