import Foundation
import Testing

/// Recordings of the screens, replayed in a terminal.
@Suite(.enabled(if: Tmux.isAvailable, "tmux is not installed"), .serialized)
struct RecordingTests {
    /// The lines of a recording; all of them must be whole.
    private struct Recording {
        let width: Int, height: Int
        let events: [(seconds: Double, kind: String, data: String)]

        init(_ text: String) throws {
            try #require(text.hasSuffix("\n"), "the last line is not whole")
            let lines = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
            let header = try JSONLine(String(lines[0]))
            #expect(header[number: "version"] == 2)
            width = Int(header[number: "width"] ?? 0)
            height = Int(header[number: "height"] ?? 0)
            events = try lines.dropFirst().map { line in
                let event = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Any])
                return (
                    try #require(event[0] as? Double), try #require(event[1] as? String),
                    try #require(event[2] as? String)
                )
            }
            #expect(zip(events, events.dropFirst()).allSatisfy { $0.seconds <= $1.seconds })
        }

        init(_ file: URL) throws { try self.init(String(contentsOf: file, encoding: .utf8)) }

        /// A terminal into which all that was written is written again.
        func replayed(in program: Program) throws -> Tmux {
            let output = events.filter { $0.kind == "o" }.map(\.data).joined()
            let file = try program.file("replay-\(UUID().uuidString)", Array(output.utf8))
            let last = events.last { $0.kind == "r" }?.data.split(separator: "x").compactMap { Int($0) }
            return try Tmux(
                "cat \(file)", width: last?[0] ?? width, height: last?[1] ?? height, in: program.folder,
                environment: program.environment)
        }
    }

    /// The program is killed, so that nothing is written at its end.
    @Test func aKilledRecordingReplaysToTheScreenThatWasShown() throws {
        let program = try Program()
        let screen = try Tmux(
            "sh -c 'echo $$ > pid; exec \(Program.executable) explore --record live.cast'", width: 120, height: 40,
            in: program.folder, environment: program.environment)
        try screen.expect("· F1")
        try screen.press("L", "L", "b", "n", "Escape")
        try screen.expect("✖ 1 active")
        try screen.press("2")
        try screen.expect("Rows listen to columns")
        try screen.resize(width: 100, height: 30)
        try screen.expect("a smaller screen") { $0.count == 30 && $0[29].contains("quit") }
        let file = program.folder.appendingPathComponent("live.cast")
        let (shown, styled) = try stable(screen)
        let id = try #require(
            pid_t(
                String(contentsOfFile: program.folder.path + "/pid", encoding: .utf8).trimmingCharacters(in: .newlines))
        )
        let replayed = try expectReplay(file, program) { $0 == shown }
        #expect(kill(id, SIGKILL) == 0)
        #expect(try replayed.styledRows == styled)
        #expect(try Recording(file).events.contains { $0.kind == "r" && $0.data == "100x30" })
    }

    /// The screens go on without it, and the end says that it is not whole.
    @Test func aRecordingThatCannotGoOnIsAnErrorAtTheEnd() throws {
        let program = try Program()
        let screen = try Tmux(
            "sh -c 'ulimit -f 64; \(Program.executable) explore --record short.cast; echo exit=$?'", width: 120,
            height: 40, in: program.folder, environment: program.environment)
        try screen.expect("· F1")
        for key in ["L", "2", "3", "4", "5", "L", "L", "2", "5", "L"] { try screen.press(key) }
        try screen.expect("the recording has ended")
        try screen.press("q")
        try screen.expect("exit=74")
        let text = try String(contentsOf: program.folder.appendingPathComponent("short.cast"), encoding: .utf8)
        #expect(text.hasSuffix("\n") && text.utf8.count > 1000)
    }

    /// The screen once it has stood still for a second: analyses go on in the background.
    private func stable(_ screen: Tmux) throws -> (rows: [String], styled: [String]) {
        var last = try screen.styledRows
        var since = Date()
        let deadline = Date(timeIntervalSinceNow: TestDeadline.seconds)
        while Date().timeIntervalSince(since) < 1, Date() < deadline {
            usleep(50_000)
            let now = try screen.styledRows
            if now != last { (last, since) = (now, Date()) }
        }
        return (try screen.rows, last)
    }

    private func expectReplay(_ file: URL, _ program: Program, _ condition: ([String]) -> Bool) throws -> Tmux {
        let screen = try Recording(file).replayed(in: program)
        try screen.expect("the last frame", condition)
        return screen
    }

    @Test func typedKeysReplayToTheirSnapshot() throws {
        let program = try Program()
        let options = ["snapshot", "--explore", "--keys", "LLbn<esc>", "--size", "80x24"]
        let drawn = try program.run(options + ["--format", "ansi"])
        let file = program.folder.appendingPathComponent("typed.cast")
        #expect(try program.run(options + ["--format", "cast", "-o", file.path]).status == 0)
        // Before the first key, after each, and the end.
        #expect(try Recording(file).events.count == 7)
        _ = try expectReplay(file, program) { rows in trimmed(rows) == drawnRows(drawn) }
    }

    private func drawnRows(_ drawn: Program.Result) -> [String] {
        let letters = drawn.output.replacing(#/\u{1B}\[[0-9;]*m/#, with: "")
        return trimmed(letters.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }

    private func trimmed(_ rows: [String]) -> [String] {
        var rows = rows.map { row in
            var row = row
            while row.last == " " { row.removeLast() }
            return row
        }
        while rows.last == "" { rows.removeLast() }
        return rows
    }

    @Test(arguments: ["overview", "routing"]) func aTimelapseEndsWithTheRunAsItIs(screen: String) throws {
        let program = try Program()
        try program.train("--steps", "40", "--name", "run")
        let options = ["snapshot", "--run", "run", "--screen", screen, "--size", "80x24"]
        let drawn = try program.run(options + ["--format", "ansi"])
        let file = program.folder.appendingPathComponent("run.cast")
        #expect(try program.run(options + ["--timelapse", "-o", file.path]).status == 0)
        #expect(try Recording(file).events.count > 3)
        _ = try expectReplay(file, program) { rows in trimmed(rows) == drawnRows(drawn) }
    }

    @Test func aTimelapseIsAlsoPictures() throws {
        let program = try Program()
        try program.train("--steps", "40", "--name", "run")
        let options = ["snapshot", "--run", "run", "--size", "80x24", "--timelapse", "-o"]
        #expect(try program.run(options + ["pictures"]).status == 0)
        let folder = program.folder.appendingPathComponent("pictures")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names.count > 3 && names.allSatisfy { $0.hasSuffix(".svg") })
        #expect(names.last?.hasSuffix("run-overview-step-40.svg") == true)
        let again = try program.run(options + ["pictures"])
        #expect(again.status == 73 && again.errors.contains("holds files already"))
        #expect(try program.run(options + ["run.svg"]).status == 0)
        let picture = try String(contentsOf: program.folder.appendingPathComponent("run.svg"), encoding: .utf8)
        #expect(picture.contains("<animate ") && picture.hasSuffix("</svg>\n"))
        #expect(try program.run("snapshot", "--explore", "--timelapse", "-o", "x.cast").status == 64)
        // A format and a name that contradict each other.
        for (name, format) in [("x.cast", "svg"), ("x", "cast"), ("x.svg", "text")] {
            let refused = try program.run(options + [name, "--format", format])
            #expect(refused.status == 64 && refused.errors.contains("--format is \(format)"))
        }
        let taken = try program.file("taken", [1])
        #expect(try program.run(options + [taken]).status == 73)
    }

    @Test func whatIsThereIsNotOverwritten() throws {
        let program = try Program()
        let file = try program.file("mine.cast", Array("mine".utf8))
        let screen = try Tmux(
            "\(Program.executable) explore --record mine.cast; echo exit=$?", width: 80, height: 24,
            in: program.folder, environment: program.environment)
        let rows = try screen.expect("exit=73")
        #expect(rows.joined().contains("exists already"))
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
        let headless = try program.run("train", program.book, "--headless", "--record", "new.cast", "--steps", "2")
        #expect(headless.status == 64 && headless.errors.contains("--record is for screens"))
    }
}
