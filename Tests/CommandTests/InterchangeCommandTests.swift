import Foundation
import INNKit
import INNLab
import Testing

/// `import`, and `export` to other programs, as a user calls them.
@Suite struct InterchangeCommands {
    /// One short training that all tests look at; never changed.
    private static let trained: Result<Program, any Error> = Result {
        let program = try Program()
        try program.train(
            "--steps", "20", "--name", "seen", "--sharing", "conv", "--gate", "off", "--self-edges", "true")
        return program
    }

    private var program: Program { get throws { try Self.trained.get() } }

    @Test func throughPyTorchAndBackTheNetworkIsTheSame() throws {
        let program = try program
        let exported = try program.run("export", "seen", "--format", "pytorch", "--output", "torch.safetensors")
        #expect(exported.status == 0 && exported.errors.isEmpty, "\(exported.errors)")
        let imported = try program.run("import", "torch.safetensors", "--output", "back.safetensors")
        #expect(imported.status == 0 && imported.errors.isEmpty, "\(imported.errors)")
        #expect(imported.output.contains("8 neurons × 32 × 2 rounds, 4 heads"))
        func weights(_ checkpoint: Checkpoint) throws -> [String: [Float]] {
            Dictionary(
                uniqueKeysWithValues: try checkpoint.names(.weights).map {
                    ($0, try checkpoint.tensor(.weights, $0).floats())
                })
        }
        let run = try RunFolder.open("seen", in: program.runs)
        let back = try Checkpoint(program.folder.appendingPathComponent("back.safetensors"))
        #expect(try weights(back) == weights(run.checkpoints.latest().checkpoint))
        for command in [
            ["eval", "back.safetensors", program.book, "--characters", "1024"],
            ["generate", "back.safetensors", "--prompt", "the ", "--characters", "5"],
            ["export", "back.safetensors", "--output", "again.safetensors"],
        ] {
            let result = try program.run(command)
            #expect(result.status == 0, "\(command): \(result.errors)")
        }
    }

    @Test func whatDoesNotFitIsOneSentence() throws {
        let program = try program
        _ = try program.file("pickle.safetensors", [0x50, 0x4B, 0x03, 0x04, 0, 0])
        _ = try program.file("known.json", Array("{\"heads\": [4]}".utf8))
        let asset = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../Assets/small-text8.safetensors"
        ).standardizedFileURL.path
        for (arguments, status, phrase) in [
            (["import", "pickle.safetensors", "--output", "x.safetensors"], 65, "torch.save"),
            (["import", "nowhere.safetensors", "--output", "x.safetensors"], 66, "nowhere.safetensors"),
            (["import", asset, "--output", "x.safetensors"], 65, "layers.0.0.A_log"),
            (["import", asset, "--output", "x.bin"], 64, ".safetensors"),
            (["import", asset, "--output", asset], 64, "the file that is read"),
            (["import", asset, "--config", "known.json", "--output", "x.safetensors"], 65, "known.json"),
            (["export", asset, "--format", "pytorch", "--output", "x.safetensors"], 64, "sharing is own"),
            (["export", "seen", "--csv", "--json"], 64, "one of"),
            (["export", "seen", "--tensorboard", "logs", "--output", "x"], 64, "--output"),
            (["export", "nobody", "--csv"], 66, "nobody"),
        ] {
            let result = try program.run(arguments)
            #expect(
                result.status == Int32(status) && result.errorLines.count == 1 && result.errors.contains(phrase),
                "\(arguments): \(result.status) \(result.errors)")
            #expect(
                !FileManager.default.fileExists(atPath: program.folder.appendingPathComponent("x.safetensors").path))
        }
    }

    /// Piece by piece comes to the same bytes as all at once.
    @Test func aLongRunIsExportedAsAShortOne() throws {
        struct Whole: Encodable {
            struct Intervened: Encodable {
                let step: Int
                let set: InterventionSet
            }
            let name: String
            let config: RunConfig<TrainingSettings>
            let sessions: [SessionRecord]
            let reports: [TrainingReport]
            let marks: [EventMark]
            let samples: [TextSample]
            let interventions: [Intervened]
        }
        let program = try Program()
        try program.train("--steps", "3", "--name", "long", "--skip-silent")
        let run = try RunFolder.open("long", in: program.runs)
        let store = try RunStore(run, version: "1")
        let last = try #require(try RunHistory(run).latestReport())
        for step in 4...2500 {
            var report = last
            (report.step, report.validBPC, report.trainBPC) = (
                step, step % 25 == 0 ? 2 : nil, step == 7 ? .nan : last.trainBPC
            )
            store.receive(.report(report))
            store.receive(
                .sample(TextSample(step: step, prompt: "a\n\"b\"", text: "line\r\n{\(step)} ]", temperature: 0.8)))
        }
        try store.close()
        let history = try RunHistory(run)
        func whole(_ reports: [TrainingReport]) throws -> String {
            let config = try run.config(TrainingSettings.self)
            return try JSONText.pretty(
                Whole(
                    name: "long", config: config, sessions: history.sessions(), reports: reports,
                    marks: history.marks(), samples: history.samples(),
                    interventions: history.interventions().map { .init(step: $0.step, set: $0.set) })) + "\n"
        }
        #expect(try program.run("export", "long", "--json").output == whole(history.reports()))
        let thinned = try history.reports().enumerated().filter { $0.offset % 100 == 0 || $0.element.validBPC != nil }
            .map(\.element)
        #expect(try program.run("export", "long", "--json", "--every", "100").output == whole(thinned))
        #expect(try program.run("export", "long", "--csv", "--every", "100").lines.count == thinned.count + 1)
        let packed = try program.run("export", "long", "--json", "--output", "all.json.gz")
        #expect(packed.status == 0 && packed.output.isEmpty, "\(packed.errors)")
        let unpacked = try Spawn.run(
            ["/usr/bin/env", "gzip", "-dc", "all.json.gz"], environment: ProcessInfo.processInfo.environment,
            in: program.folder)
        #expect(try unpacked.output == whole(history.reports()))
        for arguments in [["--every", "0", "--csv"], ["--every", "-1", "--json"], ["--every", "2"]] {
            #expect(try program.run(["export", "long"] + arguments).status == 64)
        }
    }

    @Test func metricsAsTableAndAsJSON() throws {
        let program = try program
        let table = try program.run("export", "seen", "--csv")
        let json = try program.run("export", "seen", "--json")
        #expect(table.status == 0 && json.status == 0)
        let reports = try RunHistory(RunFolder.open("seen", in: program.runs)).reports()
        #expect(table.lines.count == reports.count + 1 && table.lines.first?.hasPrefix("step,charactersSeen,") == true)
        #expect(table.lines.last?.hasPrefix("20,") == true)
        let record = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect((record["reports"] as? [Any])?.count == reports.count && record["name"] as? String == "seen")
        #expect(Set(record.keys) == ["name", "config", "sessions", "reports", "marks", "samples", "interventions"])
        let written = try program.run("export", "seen", "--csv", "--output", "seen.csv")
        #expect(written.status == 0 && written.output.isEmpty)
        #expect(
            try String(contentsOf: program.folder.appendingPathComponent("seen.csv"), encoding: .utf8) == table.output)
    }

    @Test func eventFilesAreNamedAndPrinted() throws {
        let program = try program
        let result = try program.run("export", "seen", "--tensorboard", "logs")
        #expect(result.status == 0)
        let path = try #require(result.lines.first)
        #expect(path.contains("/logs/seen/events.out.tfevents.") && FileManager.default.fileExists(atPath: path))
        #expect(try program.run("export", "seen", "--tensorboard", "/dev/null/logs").status == 73)
    }
}
