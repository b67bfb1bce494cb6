import Foundation
import INNKit
import Testing

/// `compute`, `graft`, `export --neuron` and training with frozen neurons, as a user calls them.
@Suite struct ModularNeuronCommands {
    private static let trained: Result<Program, any Error> = Result {
        let program = try Program()
        try program.train("--steps", "12", "--name", "a")
        try program.train("--steps", "12", "--name", "b", "--seed", "2")
        try program.train("--steps", "2", "--name", "shared", "--sharing", "conv")
        return program
    }

    private var program: Program { get throws { try Self.trained.get() } }

    private func weights(_ checkpoint: Checkpoint) throws -> [String: [Float]] {
        Dictionary(
            uniqueKeysWithValues: try checkpoint.names(.weights).map {
                ($0, try checkpoint.tensor(.weights, $0).floats())
            })
    }

    @Test func aGraftIsTheSameDirectlyAndThroughAFile() throws {
        let program = try program
        let direct = try program.run(
            "graft", "--from", "a", "--neuron", "3", "--into", "b", "--neuron", "5", "--output", "direct.safetensors",
            "--characters", "1024", "--json")
        #expect(direct.status == 0 && direct.errors.isEmpty, "\(direct.errors)")
        let line = try JSONLine(direct.output)
        #expect(try #require(line[number: "before"]) > 0)
        let exported = try program.run("export", "a", "--neuron", "3", "--output", "n3.safetensors")
        #expect(exported.status == 0 && exported.output.contains("neuron 3 of a"), "\(exported.errors)")
        let filed = try program.run(
            "graft", "--from", "n3.safetensors", "--into", "b", "--neuron", "5", "--output", "filed.safetensors",
            "--characters", "0")
        #expect(filed.status == 0, "\(filed.errors)")
        func read(_ name: String) throws -> [String: [Float]] {
            try weights(Checkpoint(program.folder.appendingPathComponent(name)))
        }
        #expect(try read("direct.safetensors") == read("filed.safetensors"))
        let before = try weights(RunFolder.open("b", in: program.runs).checkpoints.latest().checkpoint)
        #expect(try read("direct.safetensors") != before)
        let onto = try program.run(
            "graft", "--from", "b", "--neuron", "2", "--into", "b", "--neuron", "2", "--output", "same.safetensors",
            "--characters", "1024")
        #expect(onto.output.contains("ΔBPC +0.0000 (95 % +0.0000 … +0.0000"), "\(onto.output)")
        #expect(try read("same.safetensors") == before)
    }

    @Test func whatDoesNotFitIsOneSentence() throws {
        let program = try program
        for (arguments, phrase) in [
            (["graft", "--from", "a", "--neuron", "3", "--into", "b", "--output", "x.safetensors"], "twice"),
            (
                ["graft", "--from", "a", "--neuron", "9", "--into", "b", "--neuron", "1", "--output", "x.safetensors"],
                "0 to 7"
            ),
            (
                [
                    "graft", "--from", "a", "--neuron", "1", "--into", "shared", "--neuron", "1", "--output",
                    "x.safetensors", "--characters", "0",
                ], "--sharing own"
            ),
            (["export", "shared", "--neuron", "1"], "--sharing own"),
            (["export", "a", "--neuron", "1", "--format", "pytorch"], "--format"),
            (
                ["train", program.book, "--preset", "tiny", "--freeze-neuron", "8", "--steps", "1", "--headless"],
                "0 to 7"
            ),
            (
                ["train", program.book, "--sharing", "all", "--freeze-neuron", "1", "--steps", "1", "--headless"],
                "--sharing own"
            ),
            (["train", program.book, "--gate", "off", "--skip-silent", "--steps", "1", "--headless"], "no gates"),
            (
                ["train", program.book, "--init-from", "a", "--model", "mamba", "--steps", "1", "--headless"],
                "family inn"
            ),
            (["train", "--resume", "a", "--freeze-neuron", "1"], "new run"),
        ] {
            let result = try program.run(arguments)
            #expect(
                result.status == 64 && result.errorLines.count == 1 && result.errors.contains(phrase),
                "\(arguments): \(result.status) \(result.errors)")
        }
    }

    @Test func frozenNeuronsKeepTheBitsTheyCameWith() throws {
        let program = try program
        try program.train(
            "--init-from", "a", "--freeze-neuron", "3", "--steps", "6", "--checkpoint-every", "3", "--name", "frozen")
        let old = try weights(RunFolder.open("a", in: program.runs).checkpoints.latest().checkpoint)
        let checkpoint = try RunFolder.open("frozen", in: program.runs).checkpoints.latest().checkpoint
        let new = try weights(checkpoint)
        let network = try IntelligentNeuralNetwork(checkpoint)
        for (parameter, range) in try network.ownedWeights(of: 3, in: "frozen") {
            let moments = try checkpoint.tensor(.firstMoment, parameter.name).floats()
            #expect(Array(new[parameter.name]![range]) == Array(old[parameter.name]![range]), "\(parameter.name)")
            #expect(moments[range].allSatisfy { $0 == 0 } && moments.contains { $0 != 0 }, "\(parameter.name)")
            #expect(new[parameter.name] != old[parameter.name])
        }
        let resumed = try program.run("train", "--resume", "frozen", "--steps", "8", "--headless")
        #expect(resumed.status == 0, "\(resumed.errors)")
        let later = try weights(RunFolder.open("frozen", in: program.runs).checkpoints.latest().checkpoint)
        for (parameter, range) in try network.ownedWeights(of: 3, in: "frozen") {
            #expect(Array(later[parameter.name]![range]) == Array(old[parameter.name]![range]), "\(parameter.name)")
        }
    }

    @Test func computeMeasuresALadder() throws {
        let program = try program
        try program.train(
            "--steps", "4", "--gate", "hard", "--gate-target", "0.4", "--skip-silent", "--name", "skipping")
        let result = try program.run(
            "compute", "skipping", "--characters", "1024", "--seconds", "0", "--rates", "0.5", "--json")
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        let report = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let rows = try #require(report["rows"] as? [[String: Any]])
        #expect(
            rows.map { $0["rule"] as? String }.filter { $0?.hasPrefix("g > ") != true } == [
                "as trained", "all gates open", "loudest 4", "loudest 4",
            ])
        #expect(rows.map { $0["mode"] as? String } == [nil, nil, "exact", "exact", "skip", "skip"])
        for row in rows {
            let ran = try #require(row["ranShare"] as? Double)
            let spoke = try #require(row["spokeShare"] as? Double)
            #expect(
                ran >= spoke && (row["charactersPerSecond"] as? Double ?? 0) > 0
                    && (row["bitsPerCharacter"] as? Double ?? 0) > 0)
        }
        #expect(try #require(rows[5]["ranShare"] as? Double) <= 0.5 && rows[3]["ranShare"] as? Double == 1)
        let trace = try program.run(
            "generate", "skipping", "--gate", "loudest:2", "--skip-silent", "--characters", "3", "--trace")
        let work = try trace.lines.flatMap { line in
            try #require((JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["work"] as? [Double])
        }
        #expect(work.count == 6 && work.allSatisfy { $0 <= 0.25 }, "\(trace.output) \(trace.errors)")
    }
}
