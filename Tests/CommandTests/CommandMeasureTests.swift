import Foundation
import INNKit
import Testing

/// `eval` and `analyze` of networks that are not the ordinary kind, and what `train --resume` refuses.
@Suite struct CommandMeasureTests {
    @Test func evalReadsBytesAsTheNetworkDoes() throws {
        let program = try Program()
        try program.train("--steps", "2", "--name", "bytes", "--alphabet", "bytes")
        let result = try program.run("eval", "bytes", "--characters", "600")
        #expect(result.status == 0 && result.output.contains("512 bytes"), "\(result.errors)")
        #expect(result.output.contains(" BPB, ") && result.output.contains(" bits per UTF-8 character"))
        #expect(!result.output.contains("BPC"))
    }

    @Test func evalMeasuresASkippingNetworkAsItWasTrained() throws {
        let program = try Program()
        try program.train("--steps", "30", "--name", "skips", "--skip-silent", "--gate", "hard")
        let result = try program.run("eval", "skips")
        #expect(
            result.status == 0 && result.output.contains("as it was trained: memory skip silent"),
            "\(result.output) \(result.errors)")
        #expect(
            try JSONLine(program.run("eval", "skips", "--json").output)[text: "interventions"] == "memory skip silent")
    }

    @Test func evalMeasuresNoMoreThanItIsAskedTo() throws {
        let program = try Program()
        try program.train("--steps", "20", "--name", "one")
        let line = try JSONLine(program.run("eval", "one", "--characters", "700", "--json").output)
        #expect(line[number: "characters"] == 640 && line[number: "windowsBPC"] != line[number: "streamingBPC"])
        for count in ["255", "0", "-1"] {
            let refused = try program.run("eval", "one", "--characters=\(count)")
            #expect(refused.status == 64 && refused.errors.contains("must be at least 256"), "\(refused.errors)")
        }
    }

    @Test func aNetworkOfGroupsIsAnalysed() throws {
        let program = try Program()
        try program.train("--steps", "2", "--name", "groups", "--groups", "4")
        let result = try program.run(
            "analyze", "groups", "--characters", "1024", "--effect-characters", "256", "--edges", "40", "--no-control",
            "--json")
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test func aResumeRefusesOptionsOfNewRuns() throws {
        let program = try Program()
        try program.train("--steps", "2", "--name", "one")
        let refused = try program.run(
            "train", "--resume", "one", "--steps", "4", "--batch-size", "32", "--seed=7", "--preset", "tiny",
            "--headless")
        #expect(refused.status == 64 && refused.errorLines.count == 1, "\(refused.errors)")
        #expect(refused.errors.contains("--batch-size, --seed and --preset belong to a new run"), "\(refused.errors)")
        let file = try program.file("config.toml", Array("[train]\npreset = \"tiny\"\nseed = 9\n".utf8))
        let resumed = try program.run(
            "train", "--resume", "one", "--steps", "4", "--headless", environment: ["INN_CONFIG": file])
        #expect(resumed.status == 0, "a settings file speaks of new runs: \(resumed.errors)")
    }

    @Test func aResumeRefusesAnotherText() throws {
        let program = try Program()
        try program.train("--steps", "2", "--name", "one")
        var text = try Data(contentsOf: URL(fileURLWithPath: program.book))
        text.reverse()
        try text.write(to: URL(fileURLWithPath: program.book))
        let refused = try program.run("train", "--resume", "one", "--steps", "4", "--headless")
        #expect(
            refused.status == 65 && refused.errorLines.count == 1 && refused.errors.contains("another text"),
            "\(refused.errors)")
    }

    @Test func withoutARunTheShippedModelIsTaken() throws {
        let program = try Program()
        #expect(try program.run("generate", "--characters", "3").status == 0)
        let missing = try program.run("export", "\(Self.shipped)", "--neuron", "99")
        #expect(
            missing.status == 64 && missing.errors.contains("inn-tui: small-text8.safetensors has no neuron 99"),
            "\(missing.errors)")
        let fitted = try program.run("model", "--model", "lstm", "--params", "300k")
        #expect(fitted.lines.last?.contains(", width ") == true)
    }

    private static let shipped = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../../Assets/small-text8.safetensors"
    ).standardizedFileURL.path

    @Test func withoutATerminalTheExplorerNamesWhatDraws() throws {
        let program = try Program()
        try program.train("--steps", "2", "--name", "one")
        let terminal = try PseudoTerminal(
            ["explore", "one", "--runs-dir", program.runs.path], executable: Program.executable,
            environment: program.environment.merging(["TERM": "dumb"]) { $1 })
        #expect(try terminal.ending() == .status(69))
        try terminal.expectScreen("or draw a screen with inn-tui snapshot.")
    }
}
