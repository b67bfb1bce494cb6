/// A stack of Mamba blocks, each with a layer norm before it and a residual around it, and a tied readout
/// (docs/MODEL.md).
public final class MambaModel: LanguageModel {
    public let configuration: MambaConfiguration
    public let parameters = ParameterStore()
    /// `[vocabularySize, dModel]`, tied with the readout.
    public let embedding: Parameter
    public let layers: [MemoryLayer]
    /// Nil without ``MambaConfiguration/finalNorm``.
    public let normWeight: Parameter?, normBias: Parameter?
    /// `[vocabularySize]`.
    public let readoutBias: Parameter

    /// Intermediate values are kept for the backward pass up to this many bytes, and recomputed above.
    public var activationBudget = MemoryLayer.activationBudget

    /// - Throws: ``INNError`` when the configuration is impossible.
    public init(_ configuration: MambaConfiguration, seed: UInt64) throws {
        try configuration.validate()
        self.configuration = configuration
        let c = configuration
        let store = parameters
        embedding = store.add("embedding.weight", [c.vocabularySize, c.dModel])
        layers = (0..<c.layers).map { layer in
            MemoryLayer(
                store, name: "layers.\(layer).memory", normName: "layers.\(layer).norm",
                MemoryLayer.Options(
                    sets: 1, convSets: 1, dModel: c.dModel, dInner: c.dInner, stateSize: c.stateSize,
                    convKernel: c.convKernel, dtRank: c.deltaRank))
        }
        normWeight = c.finalNorm ? store.add("readout.norm.weight", [c.dModel], decays: false) : nil
        normBias = c.finalNorm ? store.add("readout.norm.bias", [c.dModel], decays: false) : nil
        readoutBias = store.add("readout.bias", [c.vocabularySize], decays: false)
        var random = RandomSource(seed: RandomSource.key(seed, 0x3A3BA))
        embedding.fillNormal(deviation: 1 / Double(c.dModel).squareRoot(), &random)
        for layer in layers { layer.initialise(&random) }
        normWeight?.fill(1)
        store.markChanged()
    }

    public var vocabularySize: Int { configuration.vocabularySize }
    public var modelConfiguration: ModelConfiguration { .mamba(configuration) }

    public func forward(
        tokens: UnsafeBufferPointer<Int32>, batchSize: Int, steps: Int, on tape: Tape, context: ForwardContext
    ) -> ForwardResult {
        let c = configuration
        precondition(tokens.count == batchSize * steps, "\(tokens.count) tokens for \(batchSize) × \(steps)")
        var states = tape.embedding(tokens, table: embedding, neurons: 1)
        // The bug is nothing but that streams and steps change places.
        if c.batchAxisBug { states = tape.transposedRows(states, batchSize, steps) }
        let (streams, length) = c.batchAxisBug ? (steps, batchSize) : (batchSize, steps)
        let geometry = layers[0].geometry(neurons: 1, dModel: c.dModel, batchSize: streams, steps: length)
        let saves = MemoryLayer.activationBytes(geometry) * c.layers <= activationBudget
        let state = c.batchAxisBug ? nil : context.state
        for (index, layer) in layers.enumerated() {
            states = layer(
                states, batchSize: streams, steps: length, on: tape,
                state: state.map { $0.data + index * batchSize * geometry.statePerStream },
                MemoryOptions(savesActivations: saves, dropout: context.dropout(c.dropout, site: index)))
        }
        if c.batchAxisBug { states = tape.transposedRows(states, steps, batchSize) }
        if let normWeight, let normBias { states = tape.layerNorm(states, weight: normWeight, bias: normBias) }
        let logits = tape.linear(states, weight: embedding, bias: readoutBias)
        context.state?.position += steps
        return ForwardResult(logits: logits, penalty: 0)
    }

    /// With ``MambaConfiguration/batchAxisBug`` there is nothing to remember from one character to the next.
    public func makeState(batchSize: Int) -> RecurrentState {
        let c = configuration
        let perStream = (c.stateSize + c.convKernel - 1) * c.dInner
        return RecurrentState(
            count: c.batchAxisBug ? 0 : c.layers * batchSize * perStream, batchSize: batchSize, blocks: c.layers)
    }
}
