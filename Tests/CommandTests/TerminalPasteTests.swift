import Foundation
import Testing

/// Text that the terminal marks as pasted (mode 2004).
@Suite(.serialized) struct TerminalPasteTests {
    private func marked(_ text: String) -> String { "\u{1b}[200~\(text)\u{1b}[201~" }

    @Test(arguments: [
        ("quality paper\r\nqqq", #"paste "quality paper\nqqq""#), ("é书👩‍👧", "paste \"é书👩‍👧\""), ("", #"paste """#),
        // Colours, a title, an arrow and the mark of a beginning inside the text.
        ("a\u{1b}[31mb\u{1b}[0m", #"paste "ab""#), ("a\u{1b}]0;title\u{7}b", #"paste "ab""#),
        ("a\u{1b}[Ab\u{1b}OBc", #"paste "abc""#), ("a\u{1b}[200~b", #"paste "ab""#), ("a\u{1b}", #"paste "a""#),
        ("a\u{1b}]0;title", #"paste "a""#), ("a\u{1b}[<0;1;1Mb", #"paste "ab""#), ("a\u{1b}xb", #"paste "axb""#),
    ])
    func aPasteIsOneEvent(text: String, expected: String) throws {
        let terminal = try PseudoTerminal.started()
        terminal.type(marked(text))
        #expect(try terminal.eventsUntilQuit() == [expected])
    }

    @Test func keysBeforeAndAfterArriveInTheirOrder() throws {
        let terminal = try PseudoTerminal.started()
        terminal.type("x" + marked("qq") + "y" + marked("z"))
        #expect(
            try terminal.eventsUntilQuit() == [
                #"key(INNScreens.Key.character("x"))"#, #"paste "qq""#, #"key(INNScreens.Key.character("y"))"#,
                #"paste "z""#,
            ])
    }

    /// More than a terminal's line and any buffer hold.
    @Test func aLongPasteArrivesWhole() throws {
        let terminal = try PseudoTerminal.started()
        let text = String(repeating: "q\u{e9}", count: 100_000)
        terminal.type(marked(text))
        #expect(try terminal.eventsUntilQuit() == ["paste \"\(text)\""])
    }

    /// The marks in two reads that are further apart than ncurses waits for the rest of a key.
    @Test func marksInPiecesAreMarks() throws {
        let scalars = Array(marked("qx").unicodeScalars)
        for place in 1..<scalars.count {
            let terminal = try PseudoTerminal.started()
            terminal.type(String(String.UnicodeScalarView(scalars[..<place])))
            usleep(40_000)
            terminal.type(String(String.UnicodeScalarView(scalars[place...])))
            // An ESC by itself has to be taken for the key.
            let escape = place == 1 ? ["key(INNScreens.Key.escape)"] : []
            #expect(try terminal.eventsUntilQuit() == escape + [#"paste "qx""#], "cut before \(scalars[place])")
        }
    }

    @Test func aPasteWithoutItsEndDoesNotTakeTheKeys() throws {
        let terminal = try PseudoTerminal.started()
        terminal.type("\u{1b}[200~cut off")
        try terminal.expectReport(#"event paste "cut off""#)
        terminal.type("\u{1b}[201~x")
        try terminal.expectReport(#"event key(INNScreens.Key.character("x"))"#)
        #expect(
            try terminal.eventsUntilQuit() == [#"paste "cut off""#, #"key(INNScreens.Key.character("x"))"#])
    }

    @Test(arguments: [SIGTERM, SIGSEGV, SIGQUIT, SIGHUP, SIGUSR1]) func signalsTurnTheModeOff(signal: Int32) throws {
        let terminal = try PseudoTerminal.started()
        #expect(terminal.isModeOn(2004))
        terminal.type("\u{1b}[200~half a")
        terminal.send(signal)
        #expect(try terminal.ending() == .signal(signal))
        try terminal.expectGivenBack()
    }
}

/// The same in a real terminal emulator, in the program.
@Suite(.enabled(if: Tmux.isAvailable, "tmux is not installed"), .serialized)
struct PasteInTmuxTests {
    @Test func twoLinesInThePromptAreItsText() throws {
        let program = try Program()
        let screen = try Tmux(
            "\(Program.executable) explore; echo exit=$?", width: 100, height: 30, in: program.folder,
            environment: program.environment)
        try screen.expect("· F1")
        try screen.press("i")
        try screen.expect("Prompt: the text")
        try screen.press("C-u")
        try screen.paste("the quiet\nsea q\n")
        try screen.expect("the quiet·sea q·")
        try screen.press("Enter")
        try screen.expect("the prompt is read") { $0.joined().contains("the quiet sea q") }
        try screen.paste("quit\nq\n")
        try screen.expect("pasted text goes only where a line is typed")
        try screen.press("q")
        try screen.expect("exit=0")
    }

    @Test func pastingDuringTrainingChangesNothing() throws {
        let program = try Program()
        let screen = try Tmux(
            "\(Program.executable) train \(program.book) --preset tiny --minutes 10 --name live; echo exit=$?",
            width: 100, height: 30, in: program.folder, environment: program.environment)
        try screen.expect("training · step")
        try screen.paste("quality paper")
        try screen.expect("pasted text goes only where a line is typed")
        try screen.press("q")
        try screen.expect("stop and save")
        try screen.paste("a\na\n")
        // A terminal that knows no marks sends the letters, and they do not end it either.
        try screen.press("a", "q", "a", "y", "Enter")
        try screen.press("q")
        try screen.expect("stop and save")
        try screen.press("s")
        try screen.expect("exit=0")
        #expect(try program.run("runs").output.contains("interrupted"))
        #expect(try screen.rows.contains { $0.contains("Stopped after") })
    }
}
