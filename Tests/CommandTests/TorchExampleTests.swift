import Foundation
import INNKit
import Testing

/// `Examples/inn_torch.py`, as it stands there: the logits that this program computes, for every option of a network,
/// and checkpoints that this program reads.
///
/// PyTorch is too large to be installed for the tests. Where there is none, the script runs on a stand-in of NumPy for
/// the few functions that it uses; `scripts/check-interchange` runs it with PyTorch, and trains.
@Suite struct TorchExample {
    private static let hasTorch: Bool = {
        let result = try? Spawn.run(
            ["/usr/bin/env", "python3", "-c", "import torch"], environment: ProcessInfo.processInfo.environment,
            in: NumPySnippet.project)
        return result?.ending == .status(0)
    }()

    private static let standIn = """
        import contextlib, sys, types
        import numpy
        class Tensor(numpy.ndarray):
            def detach(self): return self
            def numpy(self): return numpy.asarray(self)
        def wrapped(function):
            return lambda *arguments, **options: numpy.asarray(function(*arguments, **options)).view(Tensor)
        def softmax(x, axis):
            e = numpy.exp(x - x.max(axis, keepdims=True))
            return e / e.sum(axis, keepdims=True)
        def layer_norm(x, shape, weight, bias):
            x = x - x.mean(-1, keepdims=True)
            return x / numpy.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * weight + bias
        def sort(x, axis): return types.SimpleNamespace(values=wrapped(numpy.sort)(x, axis))
        def split(x, sizes, axis): return numpy.split(x, numpy.cumsum(sizes)[:-1], axis)
        class Module:
            def __call__(self, *arguments): return self.forward(*arguments)
        float32 = "<f4"
        frombuffer = wrapped(
            lambda data, dtype, count, offset: numpy.frombuffer(data, dtype, count, offset).astype("f8"))
        einsum, where, nan_to_num = map(wrapped, (numpy.einsum, numpy.where, numpy.nan_to_num))
        exp, sqrt, softmax = map(wrapped, (numpy.exp, numpy.sqrt, softmax))
        tensor, eye, stack, cat = map(wrapped, (numpy.array, numpy.eye, numpy.stack, numpy.concatenate))
        zeros = wrapped(lambda *shape: numpy.zeros(shape))
        sigmoid = wrapped(lambda x: 1 / (1 + numpy.exp(-x)))
        clamp = wrapped(lambda x, max: numpy.minimum(x, max))
        no_grad = contextlib.nullcontext
        nn = sys.modules["torch.nn"] = types.ModuleType("torch.nn")
        nn.Module, nn.ParameterList = Module, list
        nn.functional = types.SimpleNamespace(
            layer_norm=layer_norm, silu=lambda x: x * sigmoid(x), softplus=wrapped(lambda x: numpy.logaddexp(0, x)),
            pad=lambda x, sizes: wrapped(numpy.pad)(x, ((0, 0), (0, 0), (sizes[2], sizes[3]), (0, 0))))
        """

    /// Logits of two streams of eight characters, one list for each file; writes each network back beside its file.
    private static let reader = """
        import json, sys, torch, inn_torch
        logits = []
        with torch.no_grad():
            for path in sys.argv[2:]:
                network = inn_torch.Network(path)
                logits.append(network(torch.tensor(json.loads(sys.argv[1]))).reshape(-1).tolist())
                network.save(path + ".back")
        json.dump(logits, sys.stdout)
        """

    private static func network(_ change: (inout INNConfiguration) -> Void) -> INNConfiguration {
        var configuration = INNConfiguration(neurons: 6, dModel: 8, rounds: 2, heads: 2, stateSize: 4)
        change(&configuration)
        return configuration
    }

    static let configurations = [
        network { _ in }, network { $0.sharing = .conv }, network { $0.sharing = .all },
        network { ($0.gate, $0.selfEdges) = (.off, true) }, network { ($0.gate, $0.gateTarget) = (.hard, 0.1) },
        network { ($0.dtRank, $0.convKernel, $0.expand) = (.fixed(3), 2, 3) }, network { $0.memory = .none },
        network { ($0.memory, $0.sharing) = (.none, .conv) }, network { $0.routing = .static },
        network { $0.routing = .uniform }, network { $0.routing = .off }, network { $0.topK = 1 },
        network { $0.topK = 3 }, network { $0.topK = 6 }, network { $0.groups = 2 },
        network { ($0.groups, $0.topK, $0.selfEdges) = (3, 2, true) },
        network { $0.scores = ScoreOptions(hasIdentity: true) },
        network { $0.scores = ScoreOptions(isNormalised: true) }, network { $0.scores = ScoreOptions(areOwn: true) },
        network { $0.scores = ScoreOptions(hasIdentity: true, isNormalised: true, areOwn: true) },
        network { ($0.inputs, $0.outputs) = (2, 3) }, network { ($0.inputs, $0.outputs) = (4, 4) },
        network { ($0.inputs, $0.senses) = (2, [[0, 5, 8, 20], [4, 19, 9]]) },
        network { ($0.neurons, $0.heads) = (1, 1) },
    ]

    private static func ids(_ text: String) -> [Int32] { Alphabet.text8.encode(text) }
    private static let streams = [ids("the sea "), ids("a boat s")]

    private static func logits(_ network: IntelligentNeuralNetwork) -> [Float] {
        let tape = Tape()
        // The logits lie in the tape's memory.
        return withExtendedLifetime(tape) {
            streams.flatMap(\.self).withUnsafeBufferPointer {
                network.forward(tokens: $0, batchSize: 2, steps: 8, on: tape, context: ForwardContext()).logits.array()
            }
        }
    }

    /// - Parameter standIn: computes with NumPy in place of PyTorch.
    private func compare(standIn: Bool) throws {
        let program = try Program()
        if standIn {
            try Self.standIn.write(
                to: program.folder.appendingPathComponent("torch.py"), atomically: true, encoding: .utf8)
        }
        var networks = [
            try IntelligentNeuralNetwork(Self.asset("small-text8")),
            try IntelligentNeuralNetwork(Self.asset("rare-text8")),
        ]
        for configuration in Self.configurations {
            let network = try IntelligentNeuralNetwork(configuration, seed: 3)
            for parameter in network.parameters.parameters {
                for index in 0..<parameter.count { parameter.values[index] += 0.1 * Float(index % 7 - 3) }
            }
            network.parameters.markChanged()
            networks.append(network)
        }
        let files = networks.indices.map { program.folder.appendingPathComponent("\($0).safetensors") }
        for (network, file) in zip(networks, files) {
            try Checkpoint.writeWeights(of: network, importedFrom: "a test", to: file)
        }
        let environment = ProcessInfo.processInfo.environment.merging(
            ["PYTHONPATH": program.folder.path + ":" + NumPySnippet.project.path + "/Examples"]
        ) { $1 }
        let result = try Spawn.run(
            [
                "/usr/bin/env", standIn ? try #require(NumPySnippet.python) : "python3", "-B", "-c", Self.reader,
                String(decoding: try JSONEncoder().encode(Self.streams), as: UTF8.self),
            ] + files.map(\.path), environment: environment, in: program.folder)
        try #require(result.ending == .status(0), "\(result.errors)")
        let logits = try JSONDecoder().decode([[Float]].self, from: Data(result.output.utf8))
        try #require(logits.count == networks.count)
        for (index, network) in networks.enumerated() {
            let ours = Self.logits(network)
            try #require(ours.count == logits[index].count)
            let worst = zip(ours, logits[index]).map { abs($0 - $1) }.max() ?? .infinity
            #expect(worst <= 1e-5, "\(network.configuration)")
            // What it writes is a checkpoint of the same network.
            let back = try IntelligentNeuralNetwork(
                Checkpoint(files[index].appendingPathExtension("back")))
            #expect(back.configuration == network.configuration)
            let isSame = Self.logits(back) == ours
            #expect(isSame, "\(network.configuration)")
        }
    }

    private static func asset(_ name: String) throws -> Checkpoint {
        try Checkpoint(NumPySnippet.project.appendingPathComponent("Assets/\(name).safetensors"))
    }

    @Test(.enabled(if: NumPySnippet.python != nil, "no python3 with NumPy was found; run make deps"))
    func logitsAndCheckpointsOnNumPy() throws { try compare(standIn: true) }

    @Test(.enabled(if: hasTorch, "no PyTorch here; scripts/check-interchange installs one"))
    func logitsAndCheckpointsInPyTorch() throws { try compare(standIn: false) }
}
