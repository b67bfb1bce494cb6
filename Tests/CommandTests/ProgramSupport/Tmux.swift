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

    /// The same with the sequences that give their colours and attributes.
    var styledRows: [String] {
        get throws {
            try command("capture-pane", "-e", "-p").split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .map(String.init)
        }
    }

    /// What stands in each cell with its colours and attributes, by row; blanks at the end of a row are left out. How
    /// tmux words the same cells depends on what stood there before.
    var cells: [[String]] {
        get throws {
            var style: [String: String] = [:]
            return try command("capture-pane", "-e", "-p").split(separator: "\n").map { line in
                var (row, rest): ([String], Substring) = ([], line)
                while let first = rest.first {
                    if first == "\u{1b}", let end = rest.firstIndex(of: "m") {
                        Self.obey(rest[rest.index(rest.startIndex, offsetBy: 2)..<end].split(separator: ";"), &style)
                        rest = rest[rest.index(after: end)...]
                        continue
                    }
                    // The colour of the ink says nothing of a blank.
                    let shown = first == " " ? style.filter { $0.key != "38" } : style
                    row.append("\(first) " + shown.sorted { $0.key < $1.key }.map { $0.key + $0.value }.joined())
                    rest = rest.dropFirst()
                }
                while row.last == "  " { row.removeLast() }
                return row
            }
        }
    }

    /// Applies one sequence of graphics codes.
    private static func obey(_ codes: [Substring], _ style: inout [String: String]) {
        switch codes.first.map(String.init) {
        case nil, "0": style = [:]
        case "39": style["38"] = nil
        case "49": style["48"] = nil
        case let code? where ["38", "48"].contains(code): style[code] = codes.dropFirst().joined(separator: ";")
        case let code?: style[code] = ""
        }
        let used =
            ["38", "48"].contains(codes.first.map(String.init)) ? (codes.count > 4 && codes[1] == "2" ? 5 : 3) : 1
        if codes.count > used { obey(Array(codes.dropFirst(used)), &style) }
    }

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
