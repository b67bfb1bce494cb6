import Foundation
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

/// Commands that only look: model, runs, snapshot, eval, data, doctor.
@Suite struct CommandListings {
    /// One short training that all tests look at; never changed.
    private static let trained: Result<Program, any Error> = Result {
        let program = try Program()
        try program.train("--steps", "20", "--name", "seen")
        return program
    }

    private var program: Program { get throws { try Self.trained.get() } }

    @Test(arguments: [("paper", 4_219_163), ("paper-conv", 4_695_323)])
    func parametersOfThePaper(preset: String, parameters: Int) throws {
        let result = try Program().run("model", "--preset", preset, "--json")
        #expect(result.status == 0 && result.errors.isEmpty)
        #expect(try JSONLine(result.output)[number: "parameters"] == Double(parameters))
    }

    @Test func modelListsEveryTensor() throws {
        let result = try Program().run("model", "--preset", "tiny", "--rounds", "1")
        #expect(result.status == 0)
        let counts = result.lines.dropFirst().dropLast().compactMap { line in
            line.split(separator: " ").last.flatMap { Int($0.replacingOccurrences(of: ",", with: "")) }
        }
        #expect(result.lines.first?.split(separator: " ") == ["tensor", "shape", "parameters"])
        #expect(result.lines.last?.hasPrefix("\(counts.reduce(0, +).formatted()) parameters") == true)
        #expect(counts.count == result.lines.count - 2)
    }

    @Test func modelNamesRolesWhereNeuronsDiffer() throws {
        func last(_ arguments: String...) throws -> String? {
            try Program().run(["model", "--preset", "tiny"] + arguments).lines.last
        }
        #expect(
            try last("--inputs", "2", "--outputs", "1")
                == "roles: 2 inputs (0–1), 5 interneurons (2–6), 1 output (7)")
        #expect(
            try last("--inputs", "6", "--outputs", "4")
                == "roles: 4 inputs (0–3), 2 inputs that are read (4–5), 2 outputs (6–7)")
        #expect(try last("--inputs", "8", "--outputs", "8")?.contains("144,331 parameters") == true)
        let foreign = try Program().run("model", "--model", "lstm", "--inputs", "2")
        #expect(foreign.status == 64 && foreign.errors.contains("--inputs"))
    }

    @Test func runsAreListed() throws {
        let table = try program.run("runs")
        #expect(table.status == 0)
        #expect(table.lines.count == 2)
        for word in ["seen", "finished", "inn tiny", "book", "20"] {
            #expect(table.lines.last?.contains(word) == true, "\(word)")
        }
        let json = try program.run("runs", "--json")
        let all = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
        #expect(all.count == 1 && all[0]["state"] as? String == "finished")
    }

    @Test func noRunsYet() throws {
        let result = try Program().run("runs")
        #expect(result.status == 0)
        #expect(result.output.contains("inn-tui train text8"))
        #expect(try Program().run("runs", "--json").output.filter { !$0.isWhitespace } == "[]")
    }

    @Test(arguments: ["overview", "train", "routing", "neurons", "clusters"], ["text", "ansi", "svg", "csv"])
    func everyScreenInEveryFormat(screen: String, format: String) throws {
        let result = try program.run(
            "snapshot", "--run", "seen", "--screen", screen, "--format", format, "--size", "100x30")
        #expect(result.status == 0 && result.errors.isEmpty)
        switch format {
        case "text":
            #expect(result.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().count == 30)
            #expect(result.lines.allSatisfy { $0.count <= 100 })
            #expect(result.output.contains("seen") && result.output.lowercased().contains(screen))
            #expect(!result.output.contains("\u{1b}"))
        case "ansi": #expect(result.output.contains("\u{1b}[") && result.output.contains("seen"))
        case "svg": #expect(XMLParser(data: Data(result.output.utf8)).parse() && result.output.contains("<svg"))
        default: expectTable(result)
        }
    }

    /// A header and rows with as many fields.
    private func expectTable(_ result: Program.Result) {
        let widths = Set(result.lines.filter { !$0.hasPrefix("#") }.map { $0.filter { $0 == "," }.count })
        #expect(result.lines.count > 1 && widths.count == 1 && widths != [0], "\(result.output.prefix(400))")
    }

    @Test(arguments: ["1x1", "2x40", "40x2", "10x3", "40x12", "80x24", "120x40", "160x50", "300x100"])
    func everySizeIsFilledAndNeverPassed(size: String) throws {
        let parts = size.split(separator: "x").compactMap { Int($0) }
        for screen in ["overview", "train", "routing", "neurons", "clusters"] {
            let result = try program.run("snapshot", "--run", "seen", "--screen", screen, "--size", size)
            #expect(result.status == 0)
            let rows = result.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            #expect(rows.count == parts[1])
            #expect(rows.allSatisfy { $0.count <= parts[0] })
        }
    }

    @Test func snapshotWritesAFile() throws {
        for format in ["svg", "text", "csv"] {
            let copy = try program.folder.appendingPathComponent("picture.\(format)")
            let asked = ["snapshot", "--run", "seen", "--format", format]
            let printed = try program.run(asked)
            let result = try program.run(asked + ["--output", copy.path])
            #expect(result.status == 0 && result.output.isEmpty)
            let written = try String(contentsOf: copy, encoding: .utf8)
            #expect(written == printed.output && written.count > 200, "\(format)")
        }
        let refused = try program.run("snapshot", "--run", "seen", "--output", "/dev/null/x.svg")
        #expect(refused.status == 73 && refused.errorLines.count == 1)
    }

    @Test func evalMeasuresBothProtocols() throws {
        let result = try program.run("eval", "seen", "--json")
        #expect(result.status == 0 && result.errors.isEmpty)
        let line = try JSONLine(result.output)
        let keys: Set = [
            "checkpoint", "corpus", "split", "step", "parameters", "windowsBPC", "streamingBPC", "characters",
            "windowLength", "seconds", "streams", "unit",
        ]
        #expect(line.keys == keys)
        #expect(line[number: "step"] == 20 && line[text: "split"] == "test")
        for key in ["windowsBPC", "streamingBPC"] { #expect((0.1...4.8).contains(line[number: key] ?? 0)) }
    }

    @Test func evalReadsACheckpointFileAndAnotherText() throws {
        let file = try program.runs.appendingPathComponent("seen/checkpoints/best.safetensors").path
        let other = try program.file(
            "other.txt", Array(repeating: "The boat, the SEA; ", count: 200).joined().utf8.map { $0 })
        let result = try program.run("eval", file, other, "--split", "all")
        #expect(result.status == 0)
        #expect(result.output.contains("other.txt") && result.output.contains("BPC"))
        let refused = try program.run("eval", "seen", other, "--alphabet", "bytes")
        #expect(refused.status == 64 && refused.errorLines.count == 1 && refused.errors.contains("--alphabet"))
    }

    @Test func dataDescribesTheSample() throws {
        let result = try Program().run("data", "sample", "--show", "40")
        #expect(result.status == 0)
        for phrase in ["sample (", "characters)", "sha256", "train", "validation", "test", "bits per character"] {
            #expect(result.output.contains(phrase))
        }
        #expect(result.lines.last?.count == 40)
        let missing = try Program().run("data", "enwik8")
        #expect(missing.status == 69 && missing.errorLines.count == 1 && missing.errors.contains("--data-dir"))
    }

    @Test func doctorLooksAtEverything() throws {
        let result = try Program().run("doctor")
        #expect(result.status == 0)
        for name in ["program", "processor", "BLAS", "locale", "terminal", "text8", "runs"] {
            #expect(result.lines.contains { $0.dropFirst(6).hasPrefix(name) }, "no line about \(name)")
        }
        #expect(result.lines.allSatisfy { $0.hasPrefix("ok    ") || $0.hasPrefix("warn  ") })
    }

    @Test func helpNamesEveryCommand() throws {
        let result = try Program().run("--help")
        #expect(result.status == 0)
        for command in ["train", "eval", "model", "runs", "snapshot", "data", "doctor"] {
            #expect(result.output.contains("  \(command) "))
            #expect(try Program().run(command, "--help").output.contains("USAGE: inn-tui \(command)"))
        }
        #expect(try Program().run("--version").output.first?.isNumber == true)
    }
}

/// `export` writes what the other commands open.
@Suite struct ExportTests {
    @Test func exportedWeightsMeasureAndContinueTheSame() throws {
        let program = try Program()
        try program.train("--steps", "6", "--name", "one")
        let file = program.folder.appendingPathComponent("one.safetensors").path
        let export = try program.run(["export", "one", "--output", file, "--runs-dir", program.runs.path])
        #expect(export.status == 0, "\(export.errors)")
        func measured(_ name: String) throws -> String {
            let result = try program.run([
                "eval", name, "--json", "--characters", "2048", "--runs-dir", program.runs.path,
            ])
            #expect(result.status == 0, "\(result.errors)")
            return try #require(result.output.firstMatch(of: /"streamingBPC":[0-9.]+/)).output.description
        }
        #expect(try measured(file) == measured("one"))
    }

    @Test func otherFileNamesAreRefused() throws {
        let program = try Program()
        try program.train("--steps", "2", "--name", "one")
        let result = try program.run(["export", "one", "--output", "one.bin", "--runs-dir", program.runs.path])
        #expect(result.status == 64)
        #expect(result.errors.contains(".safetensors"))
    }
}
