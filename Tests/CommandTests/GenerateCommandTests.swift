import Foundation
import INNKit
import Testing

/// The commands that open a model: `generate` and `ablate`, on a small network with seeded weights.
@Suite struct GenerateCommandTests {
    private let folder: URL
    private let program = URL(fileURLWithPath: PseudoTerminal.harness).deletingLastPathComponent()
        .appendingPathComponent("inn-tui").path

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "inn-generate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let configuration = INNConfiguration(neurons: 4, dModel: 16, rounds: 2, heads: 2, stateSize: 4)
        let network = try IntelligentNeuralNetwork(configuration, seed: 11)
        var random = RandomSource(seed: 12)
        for parameter in network.parameters.parameters {
            for index in 0..<parameter.count { parameter.values[index] += Float(0.2 * random.normal()) }
        }
        let tensors = network.parameters.parameters.map {
            Checkpoint.Tensor(
                .weights, $0.name, shape: $0.shape.array, UnsafeBufferPointer(start: $0.values, count: $0.count))
        }
        try withExtendedLifetime(network) {
            try Checkpoint.write(
                tensors, state: CheckpointState(step: 7, charactersSeen: 7, elapsedSeconds: 1, optimizerStep: 7),
                modelConfig: String(
                    decoding: try JSONEncoder().encode(ModelConfiguration.inn(configuration)), as: UTF8.self),
                trainingConfig: "{}",
                to: folder.appending(path: "model.safetensors"))
        }
    }

    /// Runs a shell command in the folder, `inn-tui` being the built program.
    private func shell(_ command: String) throws -> (status: Int32, output: String, errors: String) {
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        let output = folder.appending(path: "output")
        let errors = folder.appending(path: "errors")
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", "set -o pipefail; inn-tui() { '\(program)' \"$@\"; }; \(command)"]
        process.currentDirectoryURL = folder
        for file in [output, errors] { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: try Data(contentsOf: output), as: UTF8.self),
            String(decoding: try Data(contentsOf: errors), as: UTF8.self)
        )
    }

    private func objects(_ output: String) throws -> [[String: Any]] {
        try output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test func textIsAFunctionOfSeedAndPrompt() throws {
        let result = try shell(
            """
            inn-tui generate model.safetensors --prompt 'The sea' --characters 40 --seed 3
            inn-tui generate model.safetensors --prompt 'The sea' --characters 40 --seed 3
            inn-tui generate model.safetensors --prompt 'The sea' --characters 40 --seed 4
            inn-tui generate model.safetensors --prompt 'The sea' --characters 40 --seed 3 --lesion 1
            inn-tui generate model.safetensors --prompt 'The sea' --characters 10 --temperature 0
            inn-tui generate model.safetensors --prompt 'The sea' --characters 10 --top-k 1 --seed 9
            """)
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(result.status == 0 && result.errors.isEmpty)
        try #require(lines.count == 7)
        #expect(lines[0] == Self.golden)
        #expect(lines[1] == lines[0] && lines[2] != lines[0] && lines[3] != lines[0])
        #expect(lines[4] == lines[5], "the likeliest of one")
        #expect(lines[..<4].allSatisfy { $0.count == 47 && $0.hasPrefix("the sea") })
    }

    /// What the network above writes with seed 3.
    private static let golden = "the seajhhmccwccccccq iccgccajjcfkcwccwwas hagh"

    @Test func tracesAddUp() throws {
        let result = try shell(
            """
            inn-tui generate model.safetensors --prompt 'the sea ' --characters 25 --trace --trace-top 4 --drop 0:2@1 \
            --mute 3
            """
        )
        let lines = try objects(result.output)
        #expect(result.status == 0 && lines.count == 25)
        for (index, line) in lines.enumerated() {
            #expect(line["position"] as? Int == 8 + index)
            let next = try #require(line["next"] as? [[String: Any]])
            let probabilities = next.compactMap { $0["probability"] as? Double }
            let sum = probabilities.reduce(0, +) + (try #require(line["otherProbability"] as? Double))
            #expect(abs(sum - 1) < 1e-5)
            #expect(probabilities.count == 4 && probabilities == probabilities.sorted(by: >))
            let gates = try #require(line["gates"] as? [[Double]])
            let fired = try #require(line["fired"] as? [[Int]])
            #expect(fired == gates.map { row in row.indices.filter { row[$0] > 0.5 } })
            #expect(gates.allSatisfy { $0.count == 4 && $0[3] == 0 })
            let edges = try #require(line["edges"] as? [[String: Double]])
            #expect(
                edges.count == 8
                    && edges.allSatisfy { $0["weight"]! > 0 && $0["weight"]! <= 1 && $0["listener"] != $0["speaker"] })
            #expect(edges.map { $0["round"]! } == [1, 1, 1, 1, 2, 2, 2, 2])
            let lost = try #require(line["lostMass"] as? [Double])
            #expect(lost[0] > 0 && lost[1] == 0)
            // The surprisal is what the line before expected.
            guard index > 0, let before = lines[index - 1]["next"] as? [[String: Any]],
                let surprisal = line["surprisal"] as? Double
            else { continue }
            if let match = before.first(where: { $0["character"] as? String == line["character"] as? String }),
                let p = match["probability"] as? Double
            {
                #expect(abs(surprisal + log2(p)) < 1e-4)
            }
        }
    }

    @Test(arguments: ["", "--trace"])
    func aClosedPipeEndsQuietly(_ option: String) throws {
        let result = try shell("inn-tui generate model.safetensors --characters 10000000 \(option) | head -c 200")
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        #expect(result.output.utf8.count == 200)
    }

    @Test(arguments: [
        ("--lesion 4", "its neurons are 0 to 3"), ("--mute 0@3", "its rounds are 1 to 2"),
        ("--zero-head 0", "--zero-head"), ("--zero-head 3", "its heads are 1 to 2"),
        ("--zero-head=-9223372036854775808", "--zero-head"), ("--mute 3@-9223372036854775808", "--mute"),
        ("--mute 3@0", "--mute"),
        ("--cut 2:2", "do not hear themselves"), ("--cut 2", "--cut"), ("--gate ajar", "--gate"),
        ("--temperature nan", "--temperature"), ("--characters -- -1", "--characters"),
    ])
    func impossibleRequestsAreUsageErrors(_ options: String, _ reason: String) throws {
        let result = try shell("inn-tui generate model.safetensors \(options)")
        #expect(result.status == 64)
        #expect(result.errors.contains(reason), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test func aTraceMayNameNothing() throws {
        let result = try shell("inn-tui generate model.safetensors --trace --trace-top 0 --characters 1")
        let line = try #require(try objects(result.output).first)
        #expect(
            result.status == 0 && (line["edges"] as? [Any])?.isEmpty == true
                && (line["next"] as? [Any])?.isEmpty == true)
    }

    @Test func ablationTables() throws {
        let result = try shell(
            """
            inn-tui ablate model.safetensors sample --characters 1024 --block 64 --edges 3 --json > all.json &&
            inn-tui ablate model.safetensors sample --characters 1024 --block 64 --edges 3 --csv > all.csv &&
            inn-tui ablate model.safetensors sample --characters 1024 --block 64 --edges 3 > all.txt && cat all.json \
            && echo '=====' && cat all.csv && echo '=====' && cat all.txt
            """)
        #expect(result.status == 0, "\(result.errors)")
        let parts = result.output.components(separatedBy: "=====\n")
        try #require(parts.count == 3)
        let report = try #require(try JSONSerialization.jsonObject(with: Data(parts[0].utf8)) as? [String: Any])
        let rows = try #require(report["rows"] as? [[String: Any]])
        let groups = Dictionary(grouping: rows) { $0["group"] as? String ?? "" }.mapValues(\.count)
        #expect(groups == ["neuron": 4, "edge": 12, "head": 2, "gate": 4, "routing": 3, "memory": 4])
        let edges = rows.filter { $0["group"] as? String == "edge" }
        #expect(edges.count { $0["measured"] != nil } == 3 && edges.allSatisfy { $0["estimate"] is Double })
        for row in rows {
            guard let measured = row["measured"] as? [String: Double] else { continue }
            #expect(
                measured["low"]! <= measured["mean"]! && measured["mean"]! <= measured["high"]!
                    && measured["characters"] == 1024)
            let classes = try #require(row["classes"] as? [String: [String: Double]])
            let sum = classes.values.reduce(0.0) { $0 + $1["mean"]! * $1["characters"]! } / 1024
            #expect(abs(sum - measured["mean"]!) < 1e-9, "the classes make up the whole")
        }
        let csv = parts[1].split(separator: "\n")
        #expect(
            csv.count == rows.count + 1
                && Set(csv.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }).count == 1)
        #expect(
            parts[2].contains("neuron 3 lesion") && parts[2].contains("estimated") && parts[2].contains("routing off"))
    }
}
