import Foundation
import Testing

/// Views of the explorer that are kept, in a real terminal: a second program shows the same cells.
@Suite(.enabled(if: Tmux.isAvailable)) struct BookmarkTests {
    private let program: Program

    init() throws { program = try Program() }

    private func window(_ arguments: String) throws -> Tmux {
        try Tmux(
            "\(Program.executable) \(arguments); echo status $?", width: 120, height: 40, in: program.folder,
            environment: program.environment)
    }

    /// The window with its colours once its status line shows no message and nothing is measured any more.
    private func settled(_ window: Tmux, at position: Int) throws -> [[String]] {
        try window.expect("position \(position) with probes and the effect") { rows in
            rows.contains { $0.contains("position \(position) ·") } && rows.contains { $0.contains("● ") }
                && rows.contains { $0.contains("✖") && $0.contains("ΔBPC") && !$0.contains("measuring") }
                && rows.contains { $0.contains(" exploring · step") }
        }
        return try window.cells
    }

    /// Goes somewhere, changes something, keeps the view.
    private func keep(_ window: Tmux) throws -> [[String]] {
        try window.expect("the␣")
        try window.press("L", "L", "b", "n", "Escape", "L", "H", "j", "j", "c")
        try window.expect("position 25 ·")
        try window.expect("neuron 0 lesion")
        let view = try settled(window, at: 25)
        try window.press("B")
        try window.expect("nothing is kept yet")
        try window.press("n", "m", "y", "Space", "p", "l", "a", "c", "e", "Enter")
        try window.expect("kept “my place”")
        return view
    }

    private func leave(_ window: Tmux) throws {
        try window.press("q")
        try window.expect("status 0")
    }

    @Test func aBookmarkOpenedInANewProcessShowsTheSameCells() throws {
        let first = try window("explore --prompt ' the '")
        let view = try keep(first)
        try first.press("L", "2")
        try leave(first)
        let second = try window("explore --bookmark 'my place'")
        #expect(try settled(second, at: 25) == view)
        // Somewhere else, and back through the list.
        try second.press("L", "b", "U", "Escape", "B")
        try second.expect("my place")
        try second.press("Enter")
        #expect(try settled(second, at: 25) == view)
        try second.press("B", "d", "d")
        try second.expect("nothing is kept yet")
        try second.press("Escape")
        try leave(second)
        let gone = try program.run("explore", "--bookmark", "my place")
        #expect(gone.status == 66 && gone.errorLines.count == 1)
    }

    @Test func aSessionGoesOnWhereItWasLeft() throws {
        let first = try window("explore --prompt ' the '")
        try first.expect("the␣")
        try first.press("L", "L", "b", "n", "Escape", "L", "j")
        try first.expect("neuron 0 lesion")
        let view = try settled(first, at: 35)
        try leave(first)
        let second = try window("explore --continue")
        #expect(try settled(second, at: 35) == view)
        try leave(second)
    }

    /// A shell line, wherever the window breaks it: that depends on how long the path of the program is.
    private func expectLine(_ line: String, in window: Tmux) throws {
        try window.expect(line) { rows in
            let words = rows.flatMap { $0.split(whereSeparator: { "│╭╮╰╯─\\ ".contains($0) }) }
            return words.joined(separator: " ").contains(line)
        }
    }

    @Test func theCopiedLineDrawsTheSameView() throws {
        let first = try window("explore --prompt ' the '")
        _ = try keep(first)
        // A view that is kept is named; any other one is written to a file.
        try first.press("C")
        try expectLine("inn-tui snapshot --explore --size 120x40 --bookmark 'my place'", in: first)
        try first.press("Escape", "j", "C")
        try expectLine("inn-tui snapshot --explore --size 120x40 --view exports/view.json", in: first)
        try first.press("Escape")
        // Only now is it sure that the key before is on screen.
        let rows = try first.expect("the view without window and message") { rows in
            rows.contains { $0.contains(" exploring · step") } && !rows.contains { $0.contains("inn-tui snapshot") }
        }
        try leave(first)
        let command = "\(Program.executable) snapshot --explore --size 120x40 --view exports/view.json"
        let environment = ProcessInfo.processInfo.environment.merging(program.environment.compactMapValues { $0 }) {
            $1
        }
        let drawn = try Spawn.run(
            ["/bin/sh", "-c", command + " --format ansi --colors 256"],
            environment: environment, in: program.folder)
        #expect(drawn.ending == .status(0), "\(drawn.errors)")
        func trimmed(_ rows: some Sequence<some StringProtocol>) -> [String] {
            rows.map { row in
                var text = String(row)
                while text.hasSuffix(" ") { text.removeLast() }
                return text
            }
        }
        // The status line of the terminal still says that the view was kept.
        let letters = drawn.output.replacing(#/\u{1B}\[[0-9;]*m/#, with: "")
        let plain = trimmed(letters.split(separator: "\n", omittingEmptySubsequences: false)).prefix(38)
        #expect(Array(plain) == Array(trimmed(rows).prefix(38)), "\(drawn.output)")
        // Where no text of this network can be is said, and what is no view.
        let file = program.folder.appending(path: "exports/view.json")
        let json = try String(contentsOf: file, encoding: .utf8)
        try json.replacing("\"position\":25", with: "\"position\":999").write(
            to: file, atomically: true, encoding: .utf8)
        let elsewhere = try Spawn.run(["/bin/sh", "-c", command], environment: environment, in: program.folder)
        #expect(elsewhere.ending == .status(65) && elsewhere.errors.contains("another network, or damaged"))
        let missing = try program.run("snapshot", "--explore", "--view", "nothing.json")
        #expect(missing.status == 66 && missing.errorLines.count == 1)
        // So is the view that was kept drawn by its name.
        let kept = try program.run(
            "snapshot", "--explore", "--bookmark", "my place", "--size", "120x40", "--format", "ansi", "--colors",
            "256")
        #expect(kept.status == 0 && kept.output.contains("position 25"))
        #expect(try program.run("snapshot", "--explore", "--view", "{}").status == 64)
    }
}
