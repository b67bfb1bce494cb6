import Foundation
import INNKit
import Testing

/// The Python program in docs/INTERCHANGE.md, run as it stands there, computes the logits that this program computes.
@Suite struct NumPySnippet {
    static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../.."
    ).standardizedFileURL

    /// A Python that has NumPy; `make deps` installs one.
    static let python: String? = ["python3", "/usr/bin/python3"].first { name in
        let result = try? Spawn.run(
            ["/usr/bin/env", name, "-c", "import numpy"], environment: ProcessInfo.processInfo.environment, in: project)
        return result?.ending == .status(0)
    }

    /// Stands in for the package `safetensors`, of which the document uses this much; scripts/check-interchange uses
    /// the real one.
    private static let substitute = """
        import json, struct, numpy
        class safe_open:
            def __init__(self, path, framework):
                with open(path, "rb") as file: data = file.read()
                length, = struct.unpack("<Q", data[:8])
                self.entries, self.data = json.loads(data[8:8 + length]), data[8 + length:]
                self.information = self.entries.pop("__metadata__")
            def __enter__(self): return self
            def __exit__(self, *details): pass
            def metadata(self): return self.information
            def keys(self): return self.entries.keys()
            def get_tensor(self, name):
                start, end = self.entries[name]["data_offsets"]
                return numpy.frombuffer(self.data[start:end], "<f4").reshape(self.entries[name]["shape"])
        """

    private static func program(in folder: URL) throws {
        let document = try String(contentsOf: project.appendingPathComponent("docs/INTERCHANGE.md"), encoding: .utf8)
        let start = try #require(document.range(of: "```python\n"))
        let end = try #require(document.range(of: "\n```", range: start.upperBound..<document.endIndex))
        try document[start.upperBound..<end.lowerBound].write(
            to: folder.appendingPathComponent("inn_numpy.py"), atomically: true, encoding: .utf8)
        try substitute.write(to: folder.appendingPathComponent("safetensors.py"), atomically: true, encoding: .utf8)
    }

    private static let ids: [Int32] = Alphabet.text8.encode("the sea is wide")

    private static func logitsOfNumPy(_ file: URL, in folder: URL) throws -> [Float] {
        let code =
            """
            import json, inn_numpy; print(json.dumps(inn_numpy.logits(*inn_numpy.load('\(file.path)'), \
            \(ids)).ravel().tolist()))
            """
        let result = try Spawn.run(
            ["/usr/bin/env", try #require(python), "-c", code], environment: ProcessInfo.processInfo.environment,
            in: folder)
        try #require(result.ending == .status(0), "\(result.errors)")
        return try JSONDecoder().decode([Float].self, from: Data(result.output.utf8))
    }

    private static func logits(_ network: IntelligentNeuralNetwork) -> [Float] {
        let tape = Tape()
        return ids.withUnsafeBufferPointer {
            network.forward(tokens: $0, batchSize: 1, steps: ids.count, on: tape, context: ForwardContext()).logits
                .array()
        }
    }

    private func compare(_ network: IntelligentNeuralNetwork, _ file: URL, in folder: URL) throws {
        let ours = Self.logits(network)
        let theirs = try Self.logitsOfNumPy(file, in: folder)
        try #require(ours.count == theirs.count)
        let worst = zip(ours, theirs).map { abs($0 - $1) / (1e-5 + 1e-4 * abs($1)) }.max() ?? .infinity
        #expect(worst <= 1, "\(worst) times the tolerance")
    }

    @Test(
        .enabled(if: python != nil, "no python3 with NumPy was found; run make deps"),
        arguments: [
            INNConfiguration(neurons: 4, dModel: 24, rounds: 2, heads: 2, stateSize: 4),
            INNConfiguration(
                neurons: 3, dModel: 8, rounds: 1, heads: 4, stateSize: 3, convKernel: 2, expand: 3,
                dtRank: .fixed(4), sharing: .conv, gate: .off, selfEdges: true),
            INNConfiguration(neurons: 3, dModel: 8, rounds: 2, heads: 2, stateSize: 5, sharing: .all, gate: .hard),
            INNConfiguration(neurons: 5, dModel: 8, rounds: 2, heads: 2, stateSize: 4, inputs: 2, outputs: 1),
            INNConfiguration(neurons: 4, dModel: 8, rounds: 2, heads: 2, stateSize: 4, inputs: 3, outputs: 3),
        ])
    func smallNetworks(_ configuration: INNConfiguration) throws {
        let program = try Program()
        let file = program.folder.appendingPathComponent("model.safetensors")
        try Self.program(in: program.folder)
        let network = try IntelligentNeuralNetwork(configuration, seed: 3)
        for parameter in network.parameters.parameters {
            for index in 0..<parameter.count { parameter.values[index] += 0.1 * Float(index % 7 - 3) }
        }
        network.parameters.markChanged()
        try Checkpoint.writeWeights(of: network, importedFrom: "a test", to: file)
        try compare(network, file, in: program.folder)
    }

    @Test(.enabled(if: python != nil, "no python3 with NumPy was found; run make deps"))
    func theShippedModel() throws {
        let program = try Program()
        let file = Self.project.appendingPathComponent("Assets/small-text8.safetensors")
        try Self.program(in: program.folder)
        try compare(IntelligentNeuralNetwork(Checkpoint(file)), file, in: program.folder)
    }
}
