import Foundation
import INNKit
import Testing

/// Run folders that were edited by hand, texts that change under a run, and models that no machine can hold: one
/// sentence, and what was trained stays as it is.
@Suite struct ContradictoryRuns {
    private func edit(_ program: Program, _ run: String, _ changes: [(String, String)]) throws {
        let url = program.runs.appendingPathComponent("\(run)/config.json")
        var text = try String(contentsOf: url, encoding: .utf8)
        for (truth, lie) in changes {
            try #require(text.contains(truth), "\(truth) is not in \(text)")
            text = text.replacingOccurrences(of: truth, with: lie)
        }
        try Data(text.utf8).write(to: url)
    }

    private func expectSentence(
        _ result: Program.Result, _ code: Int32, _ phrase: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(result.status == code, "\(result.errors)", sourceLocation: sourceLocation)
        #expect(
            result.errorLines.count == 1 && result.errors.contains(phrase), "\(result.errors)",
            sourceLocation: sourceLocation)
    }

    @Test(
        arguments: [
            ([("\"alphabet\" : \"text8\"", "\"alphabet\" : \"bytes\"")], "27 symbols, but the alphabet bytes has 256"),
            ([("\"vocabularySize\" : 27", "\"vocabularySize\" : 256")], "256 symbols, but the alphabet text8 has 27"),
            (
                [
                    ("\"alphabet\" : \"text8\"", "\"alphabet\" : \"bytes\""),
                    ("\"vocabularySize\" : 27", "\"vocabularySize\" : 256"),
                ], "other options"
            ),
            ([("\"frozenNeurons\" : [\n      3\n    ]", "\"frozenNeurons\" : [\n      8\n    ]")], "--freeze-neuron 8"),
            (
                [
                    ("\"sharing\" : \"own\"", "\"sharing\" : \"all\""),
                    ("\"frozenNeurons\" : [\n      3\n    ]", "\"frozenNeurons\" : []"),
                ], "other options"
            ),
            ([("\"neurons\" : 8", "\"neurons\" : 4096"), ("\"dModel\" : 32", "\"dModel\" : 8192")], "of memory"),
        ] as [([(String, String)], String)])
    func anEditedConfigurationIsRefused(_ changes: [(String, String)], _ phrase: String) throws {
        let program = try Program()
        try program.train("--steps", "5", "--name", "edited", "--freeze-neuron", "3")
        let before = try RunFiles(program, "edited")
        try edit(program, "edited", changes)
        expectSentence(try program.run("train", "--resume", "edited", "--steps", "9", "--json"), 65, phrase)
        #expect(try RunFiles(program, "edited").weights == before.weights)
    }

    @Test(arguments: [["train", "sample", "--headless"], ["model"], ["bench"]]) func aModelThatNoMachineHolds(
        _ command: [String]
    ) throws {
        let program = try Program()
        let result = try program.run(command + ["--neurons", "4096", "--width", "8192"])
        expectSentence(result, 64, "of memory")
        #expect(program.everythingInRuns.isEmpty)
    }

    /// Most of the text is another one: what lies between a few samples of it counts as well.
    @Test func aTextThatChangedIsRefused() throws {
        let program = try Program()
        let page = try Data(contentsOf: URL(fileURLWithPath: program.book))
        let book = program.folder.appendingPathComponent("long.txt")
        var bytes = Data((0..<20).flatMap { _ in page })
        try bytes.write(to: book)
        let trained = try program.run("train", book.path, "--preset", "tiny", "--steps", "5", "--name", "run", "--json")
        try #require(trained.status == 0, "\(trained.errors)")
        bytes.replaceSubrange(6000..<10_000, with: repeatElement(UInt8(ascii: "x"), count: 4000))
        try bytes.write(to: book)
        expectSentence(try program.run("train", "--resume", "run", "--steps", "9", "--json"), 65, "another text")
    }

    /// A mapped text would end the program with SIGBUS.
    @Test func aTextThatShrinksMeanwhileChangesNothing() throws {
        let program = try Program()
        let book = program.book
        let script = """
            "$0" train "$1" --preset tiny --steps 60 --json --name run 2>errors | { read -r line; : >"$1"; cat; }; cat \
            errors >&2
            """
        let environment = ProcessInfo.processInfo.environment.merging(program.environment.compactMapValues { $0 }) {
            $1
        }
        let result = try Spawn.run(
            ["/bin/sh", "-c", script, Program.executable, book], environment: environment, in: program.folder)
        #expect(result.ending == .status(0) && result.errors.isEmpty, "\(result.errors)")
        let done = try JSONLine(#require(result.output.split(separator: "\n").last.map(String.init)))
        #expect(done.event == "done" && done[text: "outcome"] == "finished" && done[number: "step"] == 60)
        expectSentence(try program.run("train", "--resume", "run", "--steps", "70", "--json"), 65, "is empty")
    }
}
