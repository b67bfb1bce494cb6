import Testing

@testable import INNCore
@testable import INNTraining

/// A small baseline model, odd in every size.
struct BaselineCase: Sendable, CustomTestStringConvertible {
    let name: String
    let configuration: ModelConfiguration
    var testDescription: String { name }

    static let all: [BaselineCase] = [
        BaselineCase(
            name: "lstm",
            configuration: .lstm(LSTMConfiguration(vocabularySize: 11, hidden: 15, layers: 2, carryState: true))),
        BaselineCase(
            name: "lstm with a narrow embedding",
            configuration: .lstm(LSTMConfiguration(vocabularySize: 11, embeddingWidth: 5, hidden: 17, layers: 3))),
        BaselineCase(
            name: "transformer, pre-norm gelu",
            configuration: .transformer(
                TransformerConfiguration(
                    vocabularySize: 11, dModel: 15, layers: 2, heads: 3, feedForward: 19, contextLength: 37))),
        BaselineCase(
            name: "transformer, post-norm relu",
            configuration: .transformer(
                TransformerConfiguration(
                    vocabularySize: 11, dModel: 14, layers: 2, heads: 2, contextLength: 41, activation: .relu,
                    normFirst: false, finalNorm: false))),
        BaselineCase(
            name: "mamba",
            configuration: .mamba(
                MambaConfiguration(vocabularySize: 11, dModel: 15, layers: 2, stateSize: 5, convKernel: 3))),
        BaselineCase(
            name: "mamba without a final norm",
            configuration: .mamba(
                MambaConfiguration(vocabularySize: 11, dModel: 17, layers: 3, stateSize: 3, finalNorm: false))),
        BaselineCase(
            name: "mamba of rank 3",
            configuration: .mamba(
                MambaConfiguration(vocabularySize: 11, dModel: 15, layers: 2, stateSize: 2, dtRank: .fixed(3)))),
        BaselineCase(
            name: "mamba along the batch",
            configuration: .mamba(
                MambaConfiguration(vocabularySize: 11, dModel: 15, layers: 2, stateSize: 5, batchAxisBug: true))),
    ]

    func with(dropout: Float) -> BaselineCase {
        var copy = configuration
        copy.options.dropout = dropout
        return BaselineCase(name: name, configuration: copy)
    }
}

/// A baseline with text to learn from.
final class BaselineBench {
    let model: any LanguageModel
    let tape: Tape
    let batchSize: Int, steps: Int
    let tokens: [Int32], targets: [Int32]

    init(_ named: BaselineCase, batchSize: Int = 2, steps: Int = 9, seed: UInt64 = 1, threads: Int = 1) throws {
        model = try named.configuration.makeModel(seed: seed)
        tape = Tape(team: ThreadTeam(threadCount: threads))
        (self.batchSize, self.steps) = (batchSize, steps)
        var random = RandomSource(seed: RandomSource.key(seed, 0x7E47))
        func ids() -> [Int32] { (0..<(batchSize * steps)).map { _ in Int32(random.next() % 11) } }
        tokens = ids()
        targets = ids()
        for parameter in model.parameters.parameters {
            for index in 0..<parameter.count { parameter.values[index] += Float(0.1 * random.normal()) }
        }
        model.parameters.markChanged()
    }

    func logits(_ tokens: [Int32], _ context: ForwardContext = ForwardContext()) -> [Float] {
        ModelBench.logits(model, tokens, batchSize: batchSize, on: tape, context)
    }

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
                return Double(loss.data[0])
            }
        }
    }

    func train(_ updates: Int, optimizer: AdamW, state: RecurrentState? = nil) {
        for step in 0..<updates {
            loss(
                ForwardContext(isTraining: true, dropoutKey: RandomSource.key(9, UInt64(step)), state: state),
                learns: true)
            let scale = AdamW.clippingScale(norm: optimizer.gradientNorm(), limit: 1)
            optimizer.update(AdamW.Settings(learningRate: 1e-2), gradientScale: scale)
        }
    }

    var values: [[Float]] { model.parameters.parameters.map(\.array) }
}
