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
        try window.press("n", "C-u", "m", "y", "Space", "p", "l", "a", "c", "e", "Enter")
        try window.expect("kept “my place”")
        return view
    }

    private func leave(_ window: Tmux) throws {
        try window.press("q")
        try window.expect("status 0")
    }

    @Test func aBookmarkOpenedInANewProcessShowsTheSameCells() throws {
        let first = try window("explore")
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
        let first = try window("explore")
        try first.expect("the␣")
        try first.press("L", "L", "b", "n", "Escape", "L", "j")
        try first.expect("neuron 0 lesion")
        let view = try settled(first, at: 35)
        try leave(first)
        let second = try window("explore --continue")
        #expect(try settled(second, at: 35) == view)
        try leave(second)
    }

    @Test func theCopiedLineDrawsTheSameView() throws {
        let first = try window("explore")
        _ = try keep(first)
        let rows = try first.rows
        try first.press("C")
        try first.expect("inn-tui snapshot --explore")
        try first.press("Escape")
        try leave(first)
        let exports = program.folder.appending(path: "exports")
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: exports.path).first)
        let line = try String(contentsOf: exports.appending(path: name), encoding: .utf8)
        #expect(line.hasPrefix("inn-tui snapshot --explore --size 120x40 --view '"))
        let command = line.replacing("inn-tui", with: Program.executable, maxReplacements: 1)
        let environment = ProcessInfo.processInfo.environment.merging(program.environment.compactMapValues { $0 }) {
            $1
        }
        let drawn = try Spawn.run(
            ["/bin/sh", "-c", command.trimmingCharacters(in: .newlines) + " --format ansi --colors 256"],
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
        // Where no text of this network can be is said.
        let elsewhere = try Spawn.run(
            ["/bin/sh", "-c", command.replacing("\"position\":25", with: "\"position\":999")],
            environment: environment, in: program.folder)
        #expect(elsewhere.ending == .status(65) && elsewhere.errors.contains("another network, or damaged"))
        let kept = try program.run(
            "snapshot", "--explore", "--bookmark", "my place", "--size", "120x40", "--format", "ansi", "--colors",
            "256")
        #expect(kept.output == drawn.output)
        #expect(try program.run("snapshot", "--explore", "--view", "{}").status == 64)
    }
}
