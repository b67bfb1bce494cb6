import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNStore
@testable import INNTraining

/// Reference vectors 09 and 14: the published INN, whole.
@Suite struct GoldenModels {
    @Test(arguments: GoldenVectors.files("official_inn"), [RoutingGeometry.storedNeurons, 0])
    func forwardAndGradients(_ golden: GoldenFile, storesWeightsBelow: Int) throws {
        let model = try OfficialModel(golden)
        model.network.storesWeightsBelow = storesWeightsBelow
        let tape = Tape()
        let watcher = StateWatcher()
        let loss = model.loss(on: tape, probe: watcher)
        expectOutputs(loss.logits.array(), try golden.floats("logits"), "logits")
        expectOutputs(loss.value.array(), try golden.floats("loss"), "loss")
        try watcher.check(golden, model.network.configuration)
        tape.backward(from: loss.value)
        try model.checkGradients(golden)
    }

    @Test(arguments: GoldenVectors.files("official_inn"))
    func fiveAdamWSteps(_ golden: GoldenFile) throws {
        let model = try OfficialModel(golden)
        let tape = Tape()
        let store = model.network.parameters
        let optimizer = AdamW(store, team: tape.team)
        let settings = AdamW.Settings(learningRate: 4e-4, weightDecay: 0.01, decaysEverything: true)
        let steps = try golden.floats("train.losses").count
        var losses: [Float] = []
        var norms: [Float] = []
        for _ in 0..<steps {
            tape.reset()
            store.clearGradients()
            let loss = model.loss(on: tape).value
            losses.append(loss.data[0])
            tape.backward(from: loss)
            let norm = optimizer.gradientNorm()
            norms.append(Float(norm))
            optimizer.update(settings, gradientScale: AdamW.clippingScale(norm: norm, limit: 1))
        }
        expectOutputs(losses, try golden.floats("train.losses"), "train.losses")
        expectOutputs(norms, try golden.floats("train.grad_norms"), "train.grad_norms")
        tape.reset()
        expectOutputs(model.loss(on: tape).value.array(), try golden.floats("train.loss_after"), "train.loss_after")
        for (name, parameter) in model.names {
            try checkFinal(parameter.array, golden, name, bound: 2 * Double(steps) * 4e-4)
        }
    }

    /// Entries whose first gradient was rounding noise may have moved either way; the others are tight.
    private func checkFinal(_ actual: [Float], _ golden: GoldenFile, _ name: String, bound: Double) throws {
        let expected = try golden.floats("final.\(name)")
        let mask = try golden.floats("final.\(name).mask")
        let tight = mask.indices.filter { mask[$0] == 1 }
        let loose = mask.indices.filter { mask[$0] != 1 }
        expectClose(
            tight.map { actual[$0] }, tight.map { expected[$0] }, absolute: 2e-6, relative: 2e-6, "final.\(name)")
        expectClose(
            loose.map { actual[$0] }, loose.map { expected[$0] }, absolute: bound, relative: 0,
            "final.\(name), unmasked")
    }

    @Test(arguments: GoldenVectors.files("generation"))
    func greedyGeneration(_ golden: GoldenFile) throws {
        let model = try OfficialModel(golden)
        let temperature = try golden.double("temperature")
        let generator = TextGenerator(model.network)
        let prompt = try golden.ints("prompt")
        let expected = try golden.ints("generated")
        let stepLogits = try golden.floats("step_logits")
        let probabilities = try golden.floats("step_probs_t08")
        let width = model.network.vocabularySize
        generator.read(prompt)
        for (step, token) in expected.enumerated() {
            expectOutputs(
                generator.logits, Array(stepLogits[(step * width)..<((step + 1) * width)]), "step_logits[\(step)]")
            expectOutputs(
                generator.probabilities(SamplingOptions(temperature: temperature)),
                Array(probabilities[(step * width)..<((step + 1) * width)]), "step_probs_t08[\(step)]")
            #expect(generator.greedyChoice() == token)
            generator.read([token])
        }
    }

    /// Sampling draws each character with its stored probability: the empirical shares over many draws must agree.
    @Test(arguments: GoldenVectors.files("generation"))
    func sampledGeneration(_ golden: GoldenFile) throws {
        let model = try OfficialModel(golden)
        let width = model.network.vocabularySize
        let options = SamplingOptions(temperature: try golden.double("temperature"))
        let generator = TextGenerator(model.network)
        generator.read(try golden.ints("prompt"))
        let expected = Array(try golden.floats("step_probs_t08")[0..<width])
        var random = RandomSource(seed: 7)
        var counts = [Int](repeating: 0, count: width)
        let draws = 40_000
        for _ in 0..<draws { counts[Int(generator.choose(options, &random))] += 1 }
        for (symbol, probability) in expected.enumerated() {
            let p = Double(probability)
            let share = Double(counts[symbol]) / Double(draws)
            #expect(abs(share - p) <= 5 * (p * (1 - p) / Double(draws)).squareRoot() + 1e-4, "symbol \(symbol)")
        }
        for token in try golden.ints("generated") {
            var first = RandomSource(seed: 3)
            var second = RandomSource(seed: 3)
            #expect(generator.choose(options, &first) == generator.choose(options, &second))
            generator.read([token])
        }
    }
}

/// The published model as one of our configurations: shared memory with a convolution per neuron, no gate, self edges.
struct OfficialModel {
    let network: IntelligentNeuralNetwork
    /// Our parameters under the published names.
    let names: [String: Parameter]
    let tokens: [Int32], targets: [Int32]
    let batchSize: Int, steps: Int

    init(_ golden: GoldenFile) throws {
        let configuration = INNConfiguration(
            vocabularySize: try golden.int("vocab"), neurons: try golden.int("num_neurons"),
            dModel: try golden.int("d_model"),
            rounds: try golden.int("num_layers"), heads: try golden.int("heads"),
            stateSize: try golden.shape("layers.0.0.A_log")[1],
            convKernel: try golden.shape("layers.0.0.conv1d.weight")[2],
            expand: try golden.shape("layers.0.0.A_log")[0] / golden.int("d_model"),
            dtRank: .fixed(try golden.rank("layers.0.0.dt_proj.weight")), sharing: .conv, gate: .off, selfEdges: true)
        network = try IntelligentNeuralNetwork(configuration, seed: 0)
        names = Self.publishedNames(network)
        for (name, parameter) in names { try network.parameters.load(parameter.name, golden.floats(name)) }
        let hasBatch = golden.has("tokens")
        let shape = try golden.shape(hasBatch ? "tokens" : "prompt")
        tokens = hasBatch ? try golden.ints("tokens") : []
        targets = hasBatch ? try golden.ints("targets") : []
        (batchSize, steps) = (shape[0], shape[1])
    }

    static func publishedNames(_ network: IntelligentNeuralNetwork) -> [String: Parameter] {
        var names = [
            "embedding.weight": network.embedding, "norm_f.weight": network.readoutNormWeight,
            "norm_f.bias": network.readoutNormBias,
            "head.bias": network.readoutBias,
        ]
        for round in network.memories.indices {
            let memory = network.memories[round].parameters
            let routing = network.routings[round].parameters
            let block = [
                "0.A_log": memory.aLog, "0.D": memory.skip, "0.in_proj.weight": memory.inProjection,
                "0.conv1d.weight": memory.convWeight,
                "0.conv1d.bias": memory.convBias, "0.x_proj.weight": memory.xProjection,
                "0.dt_proj.weight": memory.deltaProjection,
                "0.dt_proj.bias": memory.deltaBias, "0.out_proj.weight": memory.outProjection,
                "1.in_proj_weight": routing.inProjection,
                "1.in_proj_bias": routing.inBias, "1.out_proj.weight": routing.outProjection,
                "1.out_proj.bias": routing.outBias,
                "2.weight": memory.normWeight!, "2.bias": memory.normBias!, "3.weight": routing.normWeight!,
                "3.bias": routing.normBias!,
            ]
            for (name, parameter) in block { names["layers.\(round).\(name)"] = parameter }
        }
        return names
    }

    func loss(on tape: Tape, probe: (any Probe)? = nil) -> (logits: Tensor, value: Tensor) {
        tokens.withUnsafeBufferPointer { tokens in
            let result = network.forward(
                tokens: tokens, batchSize: batchSize, steps: steps, on: tape,
                context: ForwardContext(isTraining: true, probe: probe))
            return targets.withUnsafeBufferPointer { (result.logits, tape.crossEntropy(result.logits, targets: $0)) }
        }
    }

    /// In the stock initialisation the neurons are almost alike: gradients of q, k, A and the delta projection are
    /// tiny, so that only the element-wise bound says something about them (README of the vectors).
    func checkGradients(_ golden: GoldenFile) throws {
        let width = network.configuration.dModel
        let isJittered = golden.name.contains("jitter")
        for (name, parameter) in names {
            let actual = parameter.gradientArray
            let isTiny = !isJittered && (name.hasSuffix("A_log") || name.hasSuffix("dt_proj.weight"))
            if name.hasSuffix("in_proj_bias") {
                try checkGradient(actual, golden, name, keyBiasWidth: width, checksNorm: isJittered)
            } else {
                try checkGradient(actual, golden, name, checksNorm: !isTiny)
            }
        }
    }
}

/// Collects what the published model's intermediate tensors hold.
private final class StateWatcher: Probe {
    private var previous: [Float] = []
    private var memoryOutputs: [[Float]] = [], routingOutputs: [[Float]] = [], routingMeans: [[Float]] = []
    private var rows = 0

    func observe(_ site: Site, _ observation: Observation) {
        switch (site, observation) {
        case (.embedding, .tensor(let states)):
            previous = states.array()
            rows = states.shape[1]
        case (.memory, .tensor(let states)):
            memoryOutputs.append(zip(states.array(), previous).map { $0 - $1 })
            previous = states.array()
        case (.state, .tensor(let states)):
            routingOutputs.append(zip(states.array(), previous).map { $0 - $1 })
            previous = states.array()
        case (.routing, .routing(let activations, _)):
            let routing = activations.routing
            var means: [Float] = []
            for token in 0..<routing.tokens {
                for listener in 0..<routing.neurons {
                    for speaker in 0..<routing.neurons {
                        means.append(
                            (0..<routing.heads).reduce(0) { $0 + routing[token, $1, listener, speaker] }
                                / Float(routing.heads))
                    }
                }
            }
            routingMeans.append(means)
        default: break
        }
    }

    func check(_ golden: GoldenFile, _ configuration: INNConfiguration) throws {
        for round in 0..<configuration.rounds {
            let shape = try golden.shape("mid.layers.\(round).neuron_out")
            expectOutputs(
                memoryOutputs[round],
                permuted(try golden.floats("mid.layers.\(round).neuron_out"), shape: shape, order: [1, 0, 2, 3]),
                "neuron_out of round \(round)")
            let rowsFirst = try golden.shape("mid.layers.\(round).attn_out")
            expectOutputs(
                routingOutputs[round],
                permuted(try golden.floats("mid.layers.\(round).attn_out"), shape: rowsFirst, order: [1, 0, 2]),
                "attn_out of round \(round)")
            expectOutputs(
                routingMeans[round], try golden.floats("mid.layers.\(round).attn_avg"), "attn_avg of round \(round)")
        }
    }
}
