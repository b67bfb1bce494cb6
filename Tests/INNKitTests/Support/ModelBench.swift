import Testing

@testable import INNCore
@testable import INNTraining

/// A small model with text to learn from, and what tests do with it.
final class ModelBench {
    let model: IntelligentNeuralNetwork
    let tape: Tape
    let batchSize: Int, steps: Int
    let tokens: [Int32], targets: [Int32]

    init(
        _ configuration: INNConfiguration, batchSize: Int = 2, steps: Int = 9, seed: UInt64 = 1, threads: Int = 1
    ) throws {
        model = try IntelligentNeuralNetwork(configuration, seed: seed)
        tape = Tape(team: ThreadTeam(threadCount: threads))
        self.batchSize = batchSize
        self.steps = steps
        var random = RandomSource(seed: RandomSource.key(seed, 0x7E47))
        func ids() -> [Int32] {
            (0..<(batchSize * steps)).map { _ in Int32(random.next() % UInt64(configuration.vocabularySize)) }
        }
        tokens = ids()
        targets = ids()
    }

    /// Moves all parameters away from their special initial values (zero biases, unit norms), so that nothing hides.
    func shake(scale: Double = 0.1) {
        var random = RandomSource(seed: 0x5AAE)
        for parameter in model.parameters.parameters {
            for index in 0..<parameter.count { parameter.values[index] += Float(scale * random.normal()) }
        }
        model.parameters.markChanged()
    }

    func logits(_ context: ForwardContext = ForwardContext()) -> [Float] {
        Self.logits(model, tokens, batchSize: batchSize, on: tape, context)
    }

    static func logits(
        _ model: some LanguageModel, _ tokens: [Int32], batchSize: Int, on tape: Tape,
        _ context: ForwardContext = ForwardContext()
    ) -> [Float] {
        tape.isRecording = false
        defer {
            tape.reset()
            tape.isRecording = true
        }
        return tokens.withUnsafeBufferPointer {
            model.forward(tokens: $0, batchSize: batchSize, steps: tokens.count / batchSize, on: tape, context: context)
                .logits.array()
        }
    }

    /// Loss in nats, the firing-rate pressure included; with `learns`, gradients are left in the store.
    @discardableResult
    func loss(_ context: ForwardContext = ForwardContext(), learns: Bool = false) -> Double {
        tape.isRecording = learns
        if learns { model.parameters.clearGradients() }
        defer { tape.reset() }
        return tokens.withUnsafeBufferPointer { tokens in
            targets.withUnsafeBufferPointer { targets in
                let result = model.forward(
                    tokens: tokens, batchSize: batchSize, steps: steps, on: tape, context: context)
                let loss = tape.crossEntropy(result.logits, targets: targets)
                if learns { tape.backward(from: loss) }
                return Double(loss.data[0]) + Double(result.penalty)
            }
        }
    }

    /// Makes updates with AdamW and dropout keyed by the step.
    func train(_ updates: Int, optimizer: AdamW, state: RecurrentState? = nil) {
        for step in 0..<updates {
            loss(
                ForwardContext(isTraining: true, dropoutKey: RandomSource.key(9, UInt64(step)), state: state),
                learns: true)
            let scale = AdamW.clippingScale(norm: optimizer.gradientNorm(), limit: 1)
            optimizer.update(AdamW.Settings(learningRate: 1e-2), gradientScale: scale)
        }
    }

    var parameterValues: [[Float]] { model.parameters.parameters.map(\.array) }
    var gradients: [(name: String, values: [Float])] { model.parameters.parameters.map { ($0.name, $0.gradientArray) } }
}

extension INNConfiguration {
    /// Odd in every size.
    static let odd = INNConfiguration(
        vocabularySize: 11, neurons: 3, dModel: 15, rounds: 2, heads: 3, stateSize: 5, convKernel: 3)

    func with(_ change: (inout INNConfiguration) -> Void) -> INNConfiguration {
        var copy = self
        change(&copy)
        return copy
    }
}

/// Configurations that together take every value of every option.
struct NamedConfiguration: Sendable, CustomTestStringConvertible {
    let name: String
    let configuration: INNConfiguration

    var testDescription: String { name }

    init(
        _ name: String, _ configuration: INNConfiguration = .odd, _ change: (inout INNConfiguration) -> Void = { _ in }
    ) {
        self.name = name
        self.configuration = configuration.with(change)
    }

    static let all = [
        NamedConfiguration("own"), NamedConfiguration("conv") { $0.sharing = .conv },
        NamedConfiguration("all") { $0.sharing = .all },
        NamedConfiguration("hard gate") { $0.gate = .hard },
        NamedConfiguration("no gate, self edges") { ($0.gate, $0.selfEdges) = (.off, true) },
        NamedConfiguration("gate target") { ($0.gateTarget, $0.gatePressure) = (0.2, 3) },
        NamedConfiguration("static") { $0.routing = .static },
        NamedConfiguration("uniform, conv") { ($0.routing, $0.sharing) = (.uniform, .conv) },
        NamedConfiguration("routing off") { $0.routing = .off }, NamedConfiguration("one neuron") { $0.neurons = 1 },
        NamedConfiguration("two neurons, one head") { ($0.neurons, $0.heads, $0.dModel) = (2, 1, 7) },
        NamedConfiguration("five neurons, one tap, state 1") {
            ($0.neurons, $0.convKernel, $0.stateSize, $0.rounds) = (5, 1, 1, 1)
        },
        NamedConfiguration("width 17, state 16, expand 3") {
            ($0.dModel, $0.heads, $0.stateSize, $0.convKernel, $0.expand) = (17, 1, 16, 4, 3)
        },
        NamedConfiguration("rank 4") { $0.dtRank = .fixed(4) },
        NamedConfiguration("width 18, rank 1, conv") { ($0.dModel, $0.dtRank, $0.sharing) = (18, .fixed(1), .conv) },
        NamedConfiguration("no memory") { $0.memory = .none },
        NamedConfiguration("no memory, conv") { ($0.memory, $0.sharing) = (.none, .conv) },
        NamedConfiguration("top 2 of 6") { ($0.neurons, $0.topK) = (6, 2) },
        NamedConfiguration("65 neurons, conv") { ($0.neurons, $0.sharing, $0.rounds) = (65, .conv, 1) },
        NamedConfiguration("top 3 of 66, conv") {
            ($0.neurons, $0.sharing, $0.rounds, $0.topK) = (66, .conv, 1, 3)
        },
        NamedConfiguration("identities") { $0.scores = ScoreOptions(hasIdentity: true) },
        NamedConfiguration("normalised scores, 2 inputs of 3") {
            ($0.scores, $0.inputs) = (ScoreOptions(isNormalised: true), 2)
        },
        NamedConfiguration("own scores, hard gate") { ($0.scores, $0.gate) = (ScoreOptions(areOwn: true), .hard) },
        NamedConfiguration("identities, normalised own scores, top 2") {
            ($0.scores, $0.topK) = (ScoreOptions(hasIdentity: true, isNormalised: true, areOwn: true), 2)
        },
        NamedConfiguration("3 groups of 2") { ($0.neurons, $0.groups) = (6, 3) },
        NamedConfiguration("2 groups of 4, top 3") { ($0.neurons, $0.groups, $0.topK) = (8, 2, 3) },
        NamedConfiguration("1 input, 1 output of 3") { ($0.neurons, $0.inputs, $0.outputs) = (3, 1, 1) },
        NamedConfiguration("3 inputs and 2 outputs of 4") { ($0.neurons, $0.inputs, $0.outputs) = (4, 3, 2) },
        NamedConfiguration("2 groups of 4, 2 inputs, 3 outputs") {
            ($0.neurons, $0.groups, $0.inputs, $0.outputs) = (8, 2, 2, 3)
        },
        NamedConfiguration("2 outputs of 3, routing off") { ($0.routing, $0.outputs) = (.off, 2) },
        NamedConfiguration("dropout") { $0.dropout = 0.3 },
    ]
}
