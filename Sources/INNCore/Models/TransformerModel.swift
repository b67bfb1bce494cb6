/// Embedding and learned positions, layers with a causal mask, linear head (docs/MODEL.md; PyTorch's
/// TransformerEncoderLayer).
///
/// Step by step it reads through a cache of keys and values. Its positions are absolute and end with the context it was
/// trained on: when the cache is full, the last half of it is read again from position 0 and reading goes on from
/// there, so that every character is predicted from at least half a context.
public final class TransformerModel: LanguageModel {
    public let configuration: TransformerConfiguration
    public let parameters = ParameterStore()
    /// `[vocabularySize, dModel]` and `[contextLength, dModel]`.
    public let embedding: Parameter, positions: Parameter
    public let layers: [TransformerLayer]
    /// Nil without ``TransformerConfiguration/finalNorm``.
    public let normWeight: Parameter?, normBias: Parameter?
    /// `[vocabularySize, dModel]` and `[vocabularySize]`.
    public let headWeight: Parameter, headBias: Parameter

    /// - Throws: ``INNError`` when the configuration is impossible.
    public init(_ configuration: TransformerConfiguration, seed: UInt64) throws {
        try configuration.validate()
        self.configuration = configuration
        let c = configuration
        let store = parameters
        embedding = store.add("embedding.weight", [c.vocabularySize, c.dModel])
        positions = store.add("positions.weight", [c.contextLength, c.dModel])
        layers = (0..<c.layers).map { TransformerLayer(store, name: "layers.\($0)", c) }
        normWeight = c.finalNorm ? store.add("readout.norm.weight", [c.dModel], decays: false) : nil
        normBias = c.finalNorm ? store.add("readout.norm.bias", [c.dModel], decays: false) : nil
        headWeight = store.add("head.weight", [c.vocabularySize, c.dModel])
        headBias = store.add("head.bias", [c.vocabularySize], decays: false)
        var random = RandomSource(seed: RandomSource.key(seed, 0x7F03))
        // Multiplied by √dModel in use, so that characters and positions have comparable sizes.
        embedding.fillNormal(deviation: 1 / Double(c.dModel).squareRoot(), &random)
        positions.fillNormal(deviation: 0.1, &random)
        for layer in layers { layer.initialise(&random) }
        normWeight?.fill(1)
        headWeight.fillUniform(fanIn: c.dModel, &random)
        store.markChanged()
    }

    public var vocabularySize: Int { configuration.vocabularySize }
    public var modelConfiguration: ModelConfiguration { .transformer(configuration) }

    /// Without a state at most ``TransformerConfiguration/contextLength`` steps; with one any number, when the tape is
    /// not recording.
    public func forward(
        tokens: UnsafeBufferPointer<Int32>, batchSize: Int, steps: Int, on tape: Tape, context: ForwardContext
    ) -> ForwardResult {
        precondition(tokens.count == batchSize * steps, "\(tokens.count) tokens for \(batchSize) × \(steps)")
        guard let state = context.state else {
            return ForwardResult(
                logits: pass(tokens, batchSize: batchSize, steps: steps, on: tape, context, nil), penalty: 0)
        }
        return ForwardResult(
            logits: readOn(tokens, TransformerState(state, configuration), steps: steps, on: tape, context), penalty: 0)
    }

    public func makeState(batchSize: Int) -> RecurrentState {
        RecurrentState(count: TransformerState.count(configuration, batchSize: batchSize), batchSize: batchSize)
    }

    private func pass(
        _ tokens: UnsafeBufferPointer<Int32>, batchSize: Int, steps: Int, on tape: Tape, _ context: ForwardContext,
        _ state: TransformerState?
    ) -> Tensor {
        let c = configuration
        var states = tape.embedding(tokens, table: embedding, neurons: 1, scale: Float(c.dModel).squareRoot())
        states = tape.addPositions(
            states, table: positions, batchSize: batchSize, steps: steps, first: state?.filled ?? 0)
        states = tape.dropout(states, context.dropout(c.dropout, site: 0))
        for (index, layer) in layers.enumerated() {
            states = layer(
                states, batchSize: batchSize, steps: steps, on: tape, cache: state?.cache(layer: index),
                dropout: { context.dropout(c.dropout, site: 1 + 4 * index + $0) })
        }
        if let normWeight, let normBias { states = tape.layerNorm(states, weight: normWeight, bias: normBias) }
        return tape.linear(states, weight: headWeight, bias: headBias)
    }

    /// Reads on behind what a state holds, in pieces that end where the context does.
    private func readOn(
        _ tokens: UnsafeBufferPointer<Int32>, _ state: TransformerState, steps: Int, on tape: Tape,
        _ context: ForwardContext
    ) -> Tensor {
        let batchSize = state.batchSize
        let logits = tape.makeTensor([1, batchSize * steps, vocabularySize])
        var done = 0
        while done < steps {
            if state.isFull {
                let again = state.startOver(on: tape)
                _ = pass(again, batchSize: batchSize, steps: again.count / batchSize, on: tape, context, state)
                state.advance(again.count / batchSize)
            }
            let count = min(steps - done, state.free)
            let piece = state.append(tokens, from: done, count: count, of: steps, on: tape)
            let result = pass(piece, batchSize: batchSize, steps: count, on: tape, context, state)
            state.advance(count)
            for stream in 0..<batchSize {
                (logits.data + (stream * steps + done) * vocabularySize)
                    .update(from: result.data + stream * count * vocabularySize, count: count * vocabularySize)
            }
            done += count
        }
        state.state.position += steps
        return logits
    }
}
