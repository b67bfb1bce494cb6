import Foundation
import INNKit
import Testing

/// Names of runs that look like something else.
@Suite struct NameTests {
    private static let trained: Result<Program, any Error> = Result {
        let program = try Program()
        for name in ["text8", "sample", "5", "v1.5", "a,b", "book.txt"] {
            try program.train("--steps", "2", "--name", name)
        }
        // As earlier versions allowed.
        try program.train("--steps", "2", "--name", "old")
        try FileManager.default.moveItem(
            at: program.runs.appendingPathComponent("old"), to: program.runs.appendingPathComponent("old.safetensors"))
        return program
    }

    private var program: Program { get throws { try Self.trained.get() } }

    @Test(arguments: ["x.safetensors", "x.SAFETENSORS", ".safetensors"]) func aNewRunIsNotNamedLikeAFileOfWeights(
        name: String
    ) throws {
        let program = try Program()
        let result = try program.run(
            "train", program.book, "--preset", "tiny", "--steps", "1", "--headless", "--name", name)
        #expect(result.status == 64 && result.errorLines.count == 1 && result.errors.contains(name), "\(result.errors)")
        #expect(program.everythingInRuns.isEmpty)
    }

    @Test(arguments: ["text8", "sample", "5", "v1.5", "a,b", "book.txt", "old.safetensors"])
    func everyCommandOpensTheRun(name: String) throws {
        let program = try program
        for arguments in [
            ["eval", name, program.book, "--characters", "512"], ["generate", name, "--characters", "3"],
            ["export", name, "--csv"],
            [
                "graft", "--from", name, "--neuron", "1", "--into", name, "--neuron", "2", "--characters", "0",
                "--output", "grafted-\(name)-x.safetensors",
            ],
            ["snapshot", "--run", name, "--size", "40x12"],
            ["snapshot", "--explore", "--network", name, "--size", "40x12"],
            ["train", "--resume", name, "--steps", "3", "--json"],
        ] {
            let result = try program.run(arguments)
            #expect(result.status == 0, "\(arguments): \(result.errors)")
        }
    }

    /// A folder from an old system may have a name that no text can say.
    @Test func aNameThatIsNoTextIsSaidToBeLeftOut() throws {
        let program = try Program()
        try program.train("--steps", "2", "--name", "kept")
        let bytes = program.runs.path.utf8CString.dropLast() + "/caf\u{1}".utf8CString.map { $0 == 1 ? -23 : $0 }
        #expect(mkdir(Array(bytes), 0o755) == 0)
        let listed = try program.run("runs")
        #expect(listed.status == 0 && listed.output.contains("kept"))
        #expect(listed.errors.contains("The name of the folder “caf\u{FFFD}” is no UTF-8"), "\(listed.errors)")
    }

    /// A file of the same name beside the runs is named by a path.
    @Test func aRunGoesBeforeAFile() throws {
        let program = try program
        #expect(try program.run("export", "v1.5", "--output", "old.safetensors").status == 0)
        let run = try program.run("export", "old.safetensors", "--json")
        let file = try program.run("eval", "./old.safetensors", program.book, "--characters", "512")
        #expect(run.status == 0 && run.output.contains("\"name\" : \"old.safetensors\""))
        #expect(file.status == 0 && file.output.hasPrefix("old.safetensors, step"), "\(file.output) \(file.errors)")
    }

    @Test func aDotBelongsToTheNameOfWhatIsExported() throws {
        let program = try program
        #expect(try program.run("export", "v1.5").output.contains("/v1.5.safetensors:"))
        #expect(try program.run("export", "v1.5", "--neuron", "0").output.contains("/v1.5-neuron-0.safetensors:"))
        #expect(
            try program.run("export", "./v1.5.safetensors", "--neuron", "0").output.contains(
                "/v1.5-neuron-0.safetensors:"))
    }
}
