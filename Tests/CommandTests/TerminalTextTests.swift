import Foundation
import Testing

/// Escape sequences of a network, of a text and of names: a terminal never gets them, a pipe gets them as they are.
@Suite(.serialized) struct TerminalTextTests {
    private static let evil = "a\u{1B}]0;owned\u{7}b\u{9B}31m"

    /// A run of bytes on a text full of escape sequences, both with names like that.
    private static let prepared: Result<(program: Program, text: String), any Error> = Result {
        let program = try Program()
        let text = try program.file(
            "\(evil).txt", Array(String(repeating: "\u{1B}[31mred\u{1B}[0m and \u{7}bells\n", count: 600).utf8))
        let trained = try program.run(
            "train", text, "--alphabet", "bytes", "--preset", "tiny", "--steps", "2", "--headless", "--name", "one")
        try #require(trained.status == 0, "\(trained.errors)")
        try FileManager.default.moveItem(
            at: program.runs.appendingPathComponent("one"), to: program.runs.appendingPathComponent(evil))
        return (program, text)
    }

    /// What a command sends to a terminal.
    private func screen(_ arguments: [String], _ program: Program) throws -> String {
        let terminal = try PseudoTerminal(
            ["-c", "\"$@\" </dev/null; echo THE END", "sh", Program.executable] + arguments, executable: "/bin/sh",
            environment: program.environment, width: 200, height: 50)
        try terminal.expectScreen("THE END")
        return terminal.screen.text
    }

    /// The lines that the program itself rewrites begin with this.
    private static let ownSequence = "\r\u{1B}[K"

    private static let commands: [(arguments: [String], isInPipe: Bool)] = [
        (["generate", "RUN", "--prompt", "\u{1B}[31mx\u{7}", "--characters", "50"], true),
        (["generate", "RUN", "--prompt", "\u{1B}[31mx", "--characters", "3", "--trace"], false),
        (["data", "TEXT", "--alphabet", "bytes", "--show", "100"], true), (["data", "TEXT"], true),
        (["data", "TEXT.missing"], false), (["train", "TEXT.missing", "--headless"], false),
        (
            [
                "train", "TEXT", "--alphabet", "bytes", "--preset", "tiny", "--steps", "3", "--headless",
                "--sample-every", "1", "--name", "two",
            ], false
        ),
        (["train", "TEXT", "--preset", "tiny", "--steps", "1", "--headless", "--json", "--name", "three"], false),
        (["runs"], false), (["runs", "--json"], true), (["compare", "RUN", "RUN", "--table"], false),
        (["compare", "RUN", "RUN", "--json"], true), (["eval", "RUN", "TEXT", "--characters", "512"], true),
        (["eval", "missing\u{1B}[2J"], false), (["export", "RUN", "--csv"], false),
        (["export", "RUN", "--json"], false),
        (["export", "RUN", "-o", "OUT"], true), (["snapshot", "--run", "RUN"], false),
        (["snapshot", "--run", "RUN", "--screen", "runs", "--format", "csv"], false),
        (["doctor"], true), (["bogus\u{1B}[2J"], false), (["generate", "--x\u{1B}[2J"], false),
    ]

    @Test(arguments: commands.indices) func aTerminalNeverObeysThem(index: Int) throws {
        let (program, text) = try Self.prepared.get()
        let run = program.runs.appendingPathComponent(Self.evil).path
        let out = program.folder.appendingPathComponent("\(Self.evil).safetensors").path
        var arguments = Self.commands[index].arguments.map {
            $0 == "RUN" ? run : $0 == "OUT" ? out : $0.replacingOccurrences(of: "TEXT", with: text)
        }
        let command = arguments[0]
        if ["runs", "compare", "train", "snapshot", "doctor"].contains(command) {
            let folder = command == "doctor" ? run : program.runs.path
            if !arguments.contains("snapshot") { arguments += ["--runs-dir", folder] }
        }
        let seen = try screen(arguments, program).replacingOccurrences(of: Self.ownSequence, with: "")
        #expect(!seen.isEmpty, "nothing was printed")
        let obeyed = seen.unicodeScalars.filter {
            $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\r" && $0 != "\t"
        }
        #expect(obeyed.isEmpty, "\(arguments): \(seen.debugDescription)")
        guard Self.commands[index].isInPipe else { return }
        let piped = try program.run(arguments)
        #expect(piped.output.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{9B}" }, "\(piped)")
    }

    @Test func whatIsGeneratedIsLegibleAndTheSame() throws {
        let (program, _) = try Self.prepared.get()
        let run = program.runs.appendingPathComponent(Self.evil).path
        let arguments = ["generate", run, "--prompt", "é书\u{1B}[31m", "--characters", "200", "--temperature", "1.5"]
        let seen = try screen(arguments, program)
        #expect(seen.hasPrefix("é书␛[31m"))
        let piped = try program.run(arguments).output
        #expect(piped.hasPrefix("é书\u{1B}[31m"))
    }
}
