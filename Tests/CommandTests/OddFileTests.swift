import Foundation
import INNKit
import Testing

/// Files that may never answer - pipes, sockets, devices, folders - where a command is given a name to read: one
/// sentence, and no waiting.
@Suite struct OddFiles {
    enum Kind: String, CaseIterable, Sendable { case pipe, socket, device, folder }

    private func make(_ kind: Kind, _ url: URL) throws {
        switch kind {
        case .pipe: try #require(mkfifo(url.path, 0o600) == 0)
        case .folder: try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        case .device: try FileManager.default.createSymbolicLink(atPath: url.path, withDestinationPath: "/dev/zero")
        case .socket: try #require(mknod(url.path, S_IFSOCK | 0o600, 0) == 0)
        }
    }

    /// On a terminal of its own, so that a command that hangs fails the test and not all of them.
    private func expectSentence(
        _ arguments: [String], _ program: Program, _ changes: [String: String?] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let environment = program.environment.merging(changes) { $1 }
        let script = "cd \"$0\" && exec \"$@\" 2>&1 | cat; exit ${PIPESTATUS[0]}"
        let terminal = try PseudoTerminal(
            ["-c", script, program.folder.path, Program.executable] + arguments, executable: "/bin/bash",
            environment: environment, width: 400)
        let ending = try terminal.ending()
        try terminal.expectScreen("inn-tui: ", sourceLocation: sourceLocation)
        let text = terminal.screen.text.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(
            [.status(65), .status(66), .status(78)].contains(ending), "\(arguments): \(ending) \(text)",
            sourceLocation: sourceLocation)
        #expect(
            text.hasPrefix("inn-tui: ") && !text.contains("\n"), "\(arguments): \(text)", sourceLocation: sourceLocation
        )
    }

    @Test(arguments: Kind.allCases) func everyNameThatIsRead(kind: Kind) throws {
        let program = try Program()
        for name in ["odd", "odd.safetensors"] { try make(kind, program.folder.appendingPathComponent(name)) }
        let asset = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../Assets/small-text8.safetensors"
        ).standardizedFileURL.path
        try expectSentence(["model"], program, ["INN_CONFIG": "odd"])
        for arguments in [
            ["train", "odd", "--headless", "--steps", "1"],
            ["train", program.book, "--init-from", "odd.safetensors", "--headless"], ["data", "odd"],
            ["eval", "odd.safetensors"], ["eval", asset, "odd"], ["generate", "odd.safetensors"],
            ["analyze", "odd.safetensors"],
            ["export", "odd.safetensors", "--output", "x.safetensors"],
            ["import", "odd.safetensors", "--output", "x.safetensors"],
            ["import", asset, "--config", "odd", "--output", "x.safetensors"],
            ["graft", "--from", "odd.safetensors", "--neuron", "1", "--into", asset, "--output", "x.safetensors"],
            ["train", "--resume", "odd", "--headless"], ["train", "text8", "--data-dir", "odd/none"],
        ] { try expectSentence(arguments, program) }
    }

    /// The parts of a run's folder.
    @Test(arguments: Kind.allCases, ["config.json", "run.sqlite", "checkpoints/best.safetensors", "lock"])
    func everyFileOfARun(kind: Kind, part: String) throws {
        let program = try Program()
        try program.train("--steps", "2", "--name", "odd")
        let file = program.runs.appendingPathComponent("odd/" + part)
        try FileManager.default.removeItem(at: file)
        try make(kind, file)
        // Whatever it says of it, it says something.
        let commands = [
            ["runs"], ["eval", "odd", program.book, "--best", "--characters", "512"], ["export", "odd", "--csv"],
            ["train", "--resume", "odd", "--steps", "4", "--json"],
        ]
        for arguments in commands {
            let terminal = try PseudoTerminal(
                arguments + ["--runs-dir", program.runs.path], executable: Program.executable,
                environment: program.environment)
            guard case .status = try terminal.ending() else {
                Issue.record("\(arguments) on a \(kind) as \(part) was killed")
                continue
            }
        }
    }

    /// In the explorer, which then still ends when it is asked to.
    @Test(arguments: Kind.allCases) func theTextThatIsGivenToANetwork(kind: Kind) throws {
        let program = try Program()
        try make(kind, program.folder.appendingPathComponent("odd"))
        for isTyped in [true, false] {
            // A short path, so that there is room for the sentence.
            let terminal = try PseudoTerminal(
                ["-c", "cd \"$0\" && exec \"$@\"", program.folder.path, Program.executable, "explore"]
                    + (isTyped ? [] : ["--read", "odd"]),
                executable: "/bin/bash", environment: program.environment, width: 200, height: 50)
            if isTyped {
                try terminal.expectFrame("position 50 ")
                terminal.type("Rodd\r")
            }
            try terminal.expectFrame(kind == .folder ? "is a directory" : "is not a regular file")
            terminal.send(SIGTERM)
            #expect(try terminal.ending() == .status(0))
        }
    }
}
