import Foundation
import Testing

/// A tmux server of its own with one window that runs a shell command, and what that window shows.
final class Tmux {
    static let isAvailable = (try? call(["-V"]))?.succeeded == true

    private let socket = "inn-tui-" + UUID().uuidString
    private let environment: [String: String]

    /// Runs a shell command in a window of this size; afterwards the window stays open.
    init(_ shellCommand: String, width: Int, height: Int, in folder: URL, environment changes: [String: String?]) throws
    {
        var environment = ProcessInfo.processInfo.environment.merging(changes.compactMapValues { $0 }) { $1 }
        for variable in ["TMUX", "TMUX_PANE", "NO_COLOR", "LINES", "COLUMNS", "LC_ALL"] { environment[variable] = nil }
        self.environment = environment
        try command(
            "-f", "/dev/null", "-u", "new-session", "-d", "-x", "\(width)", "-y", "\(height)", "-c", folder.path,
            "\(shellCommand); cat")
    }

    deinit { _ = try? Self.call(["-L", socket, "kill-server"], environment) }

    func press(_ keys: String...) throws { try command(["send-keys"] + keys) }

    /// Pastes a text as a user does, between marks when the program has asked for them.
    func paste(_ text: String) throws {
        try command("set-buffer", "-b", "pasted", text)
        try command("paste-buffer", "-p", "-d", "-b", "pasted")
    }

    func resize(width: Int, height: Int) throws { try command("resize-window", "-x", "\(width)", "-y", "\(height)") }

    /// The rows of the window.
    var rows: [String] {
        get throws {
            try command("capture-pane", "-p").split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(
                String.init)
        }
    }

    /// The window with the colours of its cells.
    var coloured: String { get throws { try command("capture-pane", "-e", "-p") } }

    /// Whether the window shows the alternate screen, and whether its program listens to the mouse.
    var modes: String {
        get throws {
            try command("display-message", "-p", "alternate #{alternate_on} mouse #{mouse_any_flag}")
                .trimmingCharacters(in: .newlines)
        }
    }

    /// Looks at the window again and again until the condition holds, which it must at last.
    @discardableResult
    func expect(
        _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ condition: ([String]) -> Bool
    ) throws -> [String] {
        let deadline = Date(timeIntervalSinceNow: TestDeadline.seconds)
        var rows = try rows
        while !condition(rows), Date() < deadline {
            usleep(20_000)
            rows = try self.rows
        }
        try #require(
            condition(rows), "never seen: \(what); at last:\n\(rows.joined(separator: "\n"))",
            sourceLocation: sourceLocation)
        return rows
    }

    @discardableResult
    func expect(_ phrase: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> [String] {
        try expect(phrase, sourceLocation: sourceLocation) { $0.contains { $0.contains(phrase) } }
    }

    @discardableResult
    private func command(_ arguments: String...) throws -> String { try command(arguments) }

    @discardableResult
    private func command(_ arguments: [String]) throws -> String {
        let result = try Self.call(["-L", socket] + arguments, environment)
        try #require(result.succeeded, "tmux \(arguments): \(result.output)")
        return result.output
    }

    private static func call(
        _ arguments: [String], _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> (succeeded: Bool, output: String) {
        let result = try Spawn.run(
            ["/usr/bin/env", "tmux"] + arguments, environment: environment, in: FileManager.default.temporaryDirectory)
        return (result.ending == .status(0), result.output + result.errors)
    }
}
