/// Embedding, LSTM layers and a linear head (docs/MODEL.md).
public final class LSTMModel: LanguageModel {
    public let configuration: LSTMConfiguration
    public let parameters = ParameterStore()
    /// `[vocabularySize, embeddingWidth]`.
    public let embedding: Parameter
    public let layers: [LSTMParameters]
    /// `[vocabularySize, hidden]` and `[vocabularySize]`.
    public let headWeight: Parameter, headBias: Parameter

    /// Makes a model initialised as PyTorch does.
    ///
    /// - Throws: ``INNError`` when the configuration is impossible.
    public init(_ configuration: LSTMConfiguration, seed: UInt64) throws {
        try configuration.validate()
        self.configuration = configuration
        let c = configuration
        let store = parameters
        embedding = store.add("embedding.weight", [c.vocabularySize, c.fanIn(layer: 0)])
        layers = (0..<c.layers).map { layer in
            LSTMParameters(
                inputWeight: store.add("layers.\(layer).inputWeight", [4 * c.hidden, c.fanIn(layer: layer)]),
                recurrentWeight: store.add("layers.\(layer).recurrentWeight", [4 * c.hidden, c.hidden]),
                inputBias: store.add("layers.\(layer).inputBias", [4 * c.hidden], decays: false),
                recurrentBias: store.add("layers.\(layer).recurrentBias", [4 * c.hidden], decays: false))
        }
        headWeight = store.add("head.weight", [c.vocabularySize, c.hidden])
        headBias = store.add("head.bias", [c.vocabularySize], decays: false)
        var random = RandomSource(seed: RandomSource.key(seed, 0x157A))
        embedding.fillNormal(deviation: 1, &random)
        for parameter in store.parameters.dropFirst() { parameter.fillUniform(fanIn: c.hidden, &random) }
        store.markChanged()
    }

    public var vocabularySize: Int { configuration.vocabularySize }
    public var modelConfiguration: ModelConfiguration { .lstm(configuration) }

    public func forward(
        tokens: UnsafeBufferPointer<Int32>, batchSize: Int, steps: Int, on tape: Tape, context: ForwardContext
    ) -> ForwardResult {
        precondition(tokens.count == batchSize * steps, "\(tokens.count) tokens for \(batchSize) × \(steps)")
        var states = tape.embedding(tokens, table: embedding, neurons: 1)
        for (index, layer) in layers.enumerated() {
            states = tape.lstmLayer(
                states, layer, batchSize: batchSize, steps: steps,
                state: context.state.map { $0.data + index * 2 * batchSize * configuration.hidden })
            if index + 1 < layers.count {
                states = tape.dropout(states, context.dropout(configuration.dropout, site: index))
            }
        }
        context.state?.position += steps
        return ForwardResult(logits: tape.linear(states, weight: headWeight, bias: headBias), penalty: 0)
    }

    public func makeState(batchSize: Int) -> RecurrentState {
        RecurrentState(
            count: configuration.layers * 2 * batchSize * configuration.hidden, batchSize: batchSize,
            blocks: configuration.layers * 2)
    }
}
