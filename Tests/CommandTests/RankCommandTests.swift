import Foundation
import INNKit
import Testing

/// The option `--dt-rank` through the commands: given, stored, continued, refused.
@Suite struct RankCommands {
    private func tensor(_ name: String, _ program: Program, _ arguments: String...) throws -> [Int] {
        let result = try program.run(["model", "--json", "--width", "40"] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let tensors = try #require(object["tensors"] as? [[String: Any]])
        let found = try #require(tensors.first { ($0["name"] as? String)?.hasSuffix(name) == true })
        return try #require(found["shape"] as? [Int])
    }

    @Test(arguments: ["inn", "mamba"])
    func aRankIsTrainedStoredAndContinued(_ family: String) throws {
        let program = try Program()
        let options = ["--model", family, "--dt-rank", "3", "--schedule", "constant"]
        func train(_ name: String, steps: String, _ options: [String]) throws {
            let result = try program.run(
                ["train", program.book, "--preset", "tiny", "--headless", "--steps", steps, "--name", name] + options)
            try #require(result.status == 0, "\(result.errors)")
        }
        try train("whole", steps: "20", options)
        try train("parts", steps: "10", options)
        try program.resume("parts", steps: 20)
        try expectSameTraining(RunFiles(program, "parts"), RunFiles(program, "whole"))
        let config = program.runs.appendingPathComponent("parts/config.json")
        #expect(try String(contentsOf: config, encoding: .utf8).contains("\"dtRank\" : 3"))
        let checkpoint = try RunFolder.open("parts", in: program.runs).checkpoints.latest().checkpoint
        #expect(checkpoint.modelConfig.contains("\"dtRank\":3"))
        #expect(try checkpoint.trainingSettings()?.model == checkpoint.modelConfiguration())
        for arguments in [
            ["eval", "parts", "--characters", "512"], ["generate", "parts", "--characters", "20"],
            ["snapshot", "--run", "parts"],
        ] {
            let result = try program.run(arguments)
            #expect(result.status == 0, "\(arguments): \(result.errors)")
        }
        let foreign = try program.run(
            "train", program.book, "--headless", "--model", family, "--init-from", "parts", "--dt-rank", "auto",
            "--steps", "1")
        #expect(foreign.status != 0 && foreign.errors.contains("parts"), "\(foreign.errors)")
    }

    /// Runs from before the option have the rank that follows from the width, and go on with the same bits.
    @Test func anOldRunGoesOn() throws {
        let program = try Program()
        try program.train("--schedule", "constant", "--steps", "20", "--name", "whole")
        try program.train("--schedule", "constant", "--steps", "10", "--name", "old")
        let folder = try RunFolder.open("old", in: program.runs)
        let text = try String(contentsOf: folder.configURL, encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.contains("\"dtRank\" : \"auto\"") })
        try text.replacingOccurrences(of: line + "\n", with: "").write(
            to: folder.configURL, atomically: true, encoding: .utf8)
        for listed in try folder.checkpoints.list() {
            let file = try SafetensorsFile(listed.url)
            var metadata = file.metadata.mapValues { $0.replacingOccurrences(of: "\"dtRank\":\"auto\",", with: "") }
            #expect(metadata["modelConfig"]?.contains("dtRank") == false)
            metadata["crc32"] = nil
            let entries = try file.names.map { name in
                let tensor = try file.tensor(named: name)
                return SafetensorsEntry(name: name, shape: tensor.shape, floats: try tensor.floats())
            }
            try SafetensorsWriter.write(entries, metadata: metadata, to: listed.url)
        }
        try program.resume("old", steps: 20)
        try expectSameTraining(RunFiles(program, "old"), RunFiles(program, "whole"))
    }

    @Test func isANumberOrAuto() throws {
        let program = try Program()
        let name = "deltaProjection"
        #expect(try tensor(name, program).last == 3)
        #expect(try tensor(name, program, "--dt-rank", "auto").last == 3)
        #expect(try tensor(name, program, "--dt-rank", "7").last == 7)
        #expect(try tensor(name, program, "--dt-rank=1", "--model", "mamba").last == 1)
        for (value, phrase) in [
            ("0", "--dt-rank is 0, but must be at least 1."), ("-2", "--dt-rank is -2, but must be at least 1."),
            ("8193", "--dt-rank is 8193, but may be at most 8192."), ("many", "'--dt-rank <rank>'"),
        ] {
            for family in ["inn", "mamba"] {
                let result = try program.run("model", "--model", family, "--dt-rank=\(value)")
                #expect(result.status == 64 && result.errors.contains(phrase), "\(result.errors)")
            }
        }
        let foreign = try program.run("model", "--model", "lstm", "--dt-rank", "2")
        #expect(
            foreign.status == 64
                && foreign.errors.contains("--dt-rank does not fit --model lstm; it is an option of inn or mamba"))
    }

    @Test func standsInTheSettingsFileToo() throws {
        let program = try Program()
        let file = program.folder.appendingPathComponent("config.toml")
        for (text, status) in [("5", 0), ("\"auto\"", 0), ("\"some\"", 78), ("0", 64)] as [(String, Int32)] {
            try "[model]\ndt-rank = \(text)\n".write(to: file, atomically: true, encoding: .utf8)
            let result = try program.run(["model", "--json"], environment: ["INN_CONFIG": file.path])
            #expect(result.status == status, "\(result.errors)")
            if status == 0 { #expect(result.output.contains("\"dtRank\" : \(text)"), "\(result.output)") }
        }
    }

    @Test func paramsChooseTheWidthForTheRank() throws {
        let program = try Program()
        let widths = try ["auto", "96"].map { rank in
            let result = try program.run("model", "--params", "4.2M", "--dt-rank", rank, "--json")
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
            let parameters = try #require(object["parameters"] as? Int)
            #expect(abs(parameters - 4_200_000) < 210_000)
            let configuration = try #require(object["configuration"] as? [String: Any])
            return try #require(configuration["dModel"] as? Int)
        }
        #expect(widths[1] < widths[0])
    }
}
