import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNStore

/// The author's PyTorch weights, in and out again; the reference vectors 09 are such weights with what the model makes
/// of them.
@Suite struct OfficialWeights {
    /// The parameters of a reference file as a state_dict.
    private static func entries(_ golden: GoldenFile) throws -> [SafetensorsEntry] {
        let roles = try JSONDecoder().decode(
            [String: [String]].self, from: Data((golden.file.metadata["roles"] ?? "").utf8))
        return try #require(roles["parameter"]).map {
            SafetensorsEntry(name: $0, shape: try golden.shape($0), floats: try golden.floats($0))
        }
    }

    private static var golden: GoldenFile { get throws { try #require(GoldenVectors.files("official_inn").first) } }

    private static func file(_ entries: [SafetensorsEntry], metadata: [String: String] = [:]) throws -> SafetensorsFile
    {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "inn.safetensors")
            try SafetensorsWriter.write(entries, metadata: metadata, to: url)
            return try SafetensorsFile(url)
        }
    }

    private static func heads(_ count: Int?) -> OfficialConfiguration {
        var known = OfficialConfiguration()
        known.heads = count
        return known
    }

    private static func logits(_ network: IntelligentNeuralNetwork, _ golden: GoldenFile) throws -> [Float] {
        ModelBench.logits(network, try golden.ints("tokens"), batchSize: try golden.shape("tokens")[0], on: Tape())
    }

    @Test(arguments: GoldenVectors.files("official_inn"))
    func importedEvaluatedAndExportedAgain(_ golden: GoldenFile) throws {
        try withTemporaryFolder { folder in
            let entries = try Self.entries(golden)
            let checkpoint = folder.appending(path: "ours.safetensors")
            let back = folder.appending(path: "back.safetensors")
            let imported = try OfficialImport(Self.file(entries), known: Self.heads(try golden.int("heads"))).network()
            try Checkpoint.writeWeights(of: imported, importedFrom: golden.name, to: checkpoint)
            let network = try IntelligentNeuralNetwork(Checkpoint(checkpoint))
            expectOutputs(try Self.logits(network, golden), try golden.floats("logits"), "logits")
            try OfficialExport.write(network, to: back)
            let exported = try SafetensorsFile(back)
            #expect(exported.names == entries.map(\.name).sorted())
            for name in exported.names {
                let tensor = try exported.tensor(named: name)
                #expect(tensor.shape == (try golden.shape(name)))
                #expect(try tensor.floats().map(\.bitPattern) == golden.floats(name).map(\.bitPattern), "\(name)")
            }
            // What was exported says by itself how many heads it has.
            #expect(try OfficialImport(exported).configuration == network.configuration)
        }
    }

    @Test func theReferenceFileItselfIsReadWhenNotStrict() throws {
        let golden = try Self.golden
        let error = #expect(throws: INNError.self) { try OfficialImport(golden.file) }
        #expect(error?.kind == .data && error?.message.contains("--no-strict") == true)
        let imported = try OfficialImport(golden.file, isStrict: false)
        #expect(imported.leftOut.contains("train.losses") && !imported.leftOut.contains("head.weight"))
        expectOutputs(try Self.logits(imported.network(), golden), try golden.floats("logits"), "logits")
    }

    @Test(arguments: ["both", "head absent", "embedding absent", "prefixed"])
    func tiedWeightsEitherWay(_ kind: String) throws {
        let golden = try Self.golden
        let all = try Self.entries(golden)
        let entries =
            switch kind {
            case "head absent": all.filter { $0.name != "head.weight" }
            case "embedding absent": all.filter { $0.name != "embedding.weight" }
            case "prefixed":
                try all.map {
                    SafetensorsEntry(name: "module." + $0.name, shape: $0.shape, floats: try golden.floats($0.name))
                }
            default: all
            }
        let network = try OfficialImport(Self.file(entries), known: Self.heads(4)).network()
        expectOutputs(try Self.logits(network, golden), try golden.floats("logits"), kind)
    }

    @Test func aHeadOfItsOwnIsRefused() throws {
        var entries = try Self.entries(Self.golden).filter { $0.name != "head.weight" }
        entries.append(
            SafetensorsEntry(name: "head.weight", shape: [27, 16], floats: [Float](repeating: 0.5, count: 432)))
        let error = #expect(throws: INNError.self) {
            try OfficialImport(Self.file(entries), known: Self.heads(4)).network()
        }
        #expect(error?.kind == .data && error?.message.contains("head.weight differs") == true)
    }

    @Test func whatShapesDoNotTellIsAskedFor() throws {
        let entries = try Self.entries(Self.golden)
        let unknown = #expect(throws: INNError.self) { try OfficialImport(Self.file(entries)) }
        #expect(unknown?.kind == .usage && unknown?.message.contains("--heads") == true)
        let wrong = #expect(throws: INNError.self) { try OfficialImport(Self.file(entries), known: Self.heads(3)) }
        #expect(wrong?.kind == .usage && wrong?.message.contains("--heads") == true)
        var known = Self.heads(4)
        known.numNeurons = 5
        let contradicting = #expect(throws: INNError.self) { try OfficialImport(Self.file(entries), known: known) }
        #expect(contradicting?.message.contains("num_neurons = 5") == true)
        let other = try Self.file(entries, metadata: ["config": "{\"heads\": 4, \"dt_max\": 3}"])
        #expect(throws: INNError.self) { try OfficialImport(other) }
    }

    /// The rank is read from the shapes, and stays `auto` where they have that one.
    @Test(arguments: [RankChoice.auto, .fixed(1), .fixed(3)])
    func theRankIsThatOfTheShapes(_ choice: RankChoice) throws {
        let configuration = INNConfiguration(
            neurons: 3, dModel: 18, rounds: 1, heads: 2, stateSize: 4, dtRank: choice, sharing: .conv, gate: .off,
            selfEdges: true)
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "out.safetensors")
            try OfficialExport.write(IntelligentNeuralNetwork(configuration, seed: 1), to: url)
            let exported = try SafetensorsFile(url)
            #expect(exported.metadata["config"]?.contains("\"dt_rank\":\(configuration.deltaRank)") == true)
            #expect(try OfficialImport(exported).configuration == configuration)
            var known = Self.heads(2)
            known.dtRank = 7
            let error = #expect(throws: INNError.self) { try OfficialImport(exported, known: known) }
            #expect(error?.kind == .data && error?.message.contains("dt_rank = 7") == true, "\(error?.message ?? "")")
        }
    }

    @Test(arguments: [1, 8193])
    func ranksThatContradictOrPassTheLimit(_ rank: Int) throws {
        let entries = try Self.entries(Self.golden).map { entry in
            entry.name == "layers.0.0.dt_proj.weight"
                ? SafetensorsEntry(
                    name: entry.name, shape: [32, rank + 1], floats: [Float](repeating: 0, count: 32 * (rank + 1)))
                : entry
        }
        let error = #expect(throws: INNError.self) {
            try OfficialImport(Self.file(entries), known: Self.heads(4)).network()
        }
        #expect(error?.kind == .data && error?.message.hasSuffix(".") == true)
        let phrase = rank == 1 ? "x_proj.weight" : "--dt-rank is 8194, but may be at most 8192"
        #expect(error?.message.contains(phrase) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: ["NaN", "unknown", "missing", "shape"])
    func damagedWeightsAreRefused(_ kind: String) throws {
        let golden = try Self.golden
        let name = "layers.1.0.D"
        var entries = try Self.entries(golden).filter { kind == "unknown" || $0.name != name }
        switch kind {
        case "NaN":
            entries.append(SafetensorsEntry(name: name, shape: [32], floats: [Float](repeating: .nan, count: 32)))
        case "unknown": entries.append(SafetensorsEntry(name: "layers.1.4.weight", shape: [1], floats: [0]))
        case "shape":
            entries.append(SafetensorsEntry(name: name, shape: [16, 2], floats: [Float](repeating: 1, count: 32)))
        default: break
        }
        let error = #expect(throws: INNError.self) {
            try OfficialImport(Self.file(entries), known: Self.heads(4)).network()
        }
        #expect(error?.kind == .data)
        #expect(
            error?.message.contains(kind == "unknown" ? "layers.1.4.weight" : name) == true, "\(error?.message ?? "")")
    }

    /// With sharing all each neuron gets a copy of the one convolution, and the model computes the same.
    @Test func sharedConvolutionsAreCopied() throws {
        let configuration = INNConfiguration(
            neurons: 3, dModel: 8, rounds: 1, heads: 2, stateSize: 4, sharing: .all, gate: .off, selfEdges: true)
        let bench = try ModelBench(configuration)
        bench.shake()
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "out.safetensors")
            try OfficialExport.write(bench.model, to: url)
            let back = try OfficialImport(SafetensorsFile(url)).network()
            #expect(back.configuration.sharing == .conv && back.configuration.neurons == 3)
            expectOutputs(
                ModelBench.logits(back, bench.tokens, batchSize: bench.batchSize, on: bench.tape), bench.logits(),
                "logits")
        }
    }

    @Test(arguments: [
        ("sharing", INNConfiguration(neurons: 2, dModel: 4, rounds: 1, heads: 1, gate: .off, selfEdges: true)),
        ("gate", INNConfiguration(neurons: 2, dModel: 4, rounds: 1, heads: 1, sharing: .conv, selfEdges: true)),
        (
            "routing",
            INNConfiguration(
                neurons: 2, dModel: 4, rounds: 1, heads: 1, sharing: .conv, gate: .off, routing: .uniform,
                selfEdges: true)
        ),
        (
            "memory",
            INNConfiguration(
                neurons: 2, dModel: 4, rounds: 1, heads: 1, memory: .none, sharing: .conv, gate: .off, selfEdges: true)
        ),
        (
            "top-k",
            INNConfiguration(
                neurons: 3, dModel: 4, rounds: 1, heads: 1, sharing: .conv, gate: .off, selfEdges: true, topK: 2)
        ),
        (
            "inputs",
            INNConfiguration(
                neurons: 3, dModel: 4, rounds: 1, heads: 1, sharing: .conv, gate: .off, selfEdges: true, inputs: 2)
        ),
        ("self-edges", INNConfiguration(neurons: 2, dModel: 4, rounds: 1, heads: 1, sharing: .conv, gate: .off)),
    ])
    func optionsThatDoNotFitAreNamed(_ option: String, _ configuration: INNConfiguration) throws {
        try withTemporaryFolder { folder in
            let network = try IntelligentNeuralNetwork(configuration, seed: 1)
            let url = folder.appending(path: "out.safetensors")
            let error = #expect(throws: INNError.self) { try OfficialExport.write(network, to: url) }
            #expect(
                error?.kind == .usage && error?.message.contains("model: \(option) ") == true, "\(error?.message ?? "")"
            )
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }
}
