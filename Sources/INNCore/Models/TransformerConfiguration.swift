/// The shape and options of a Transformer language model: embedding and learned positions, layers with a causal mask,
/// linear head.
public struct TransformerConfiguration: FamilyConfiguration {
    public var vocabularySize: Int
    public var dModel: Int
    public var layers: Int
    public var heads: Int
    /// Width of the feed-forward layers; nil for four times the width.
    public var feedForward: Int?
    /// Positions it knows, and so the longest sequence it is trained on.
    public var contextLength: Int
    public var activation: ActivationKind
    /// Norms before the branches, as everyone trains today, instead of after the residuals, as the author's.
    public var normFirst: Bool
    /// A layer norm before the head.
    public var finalNorm: Bool
    /// On embeddings, attention weights, the feed-forward's inner values and both branches, as PyTorch's
    /// TransformerEncoderLayer.
    public var dropout: Float

    public init(
        vocabularySize: Int = 27, dModel: Int, layers: Int, heads: Int = 4, feedForward: Int? = nil,
        contextLength: Int = 128,
        activation: ActivationKind = .gelu, normFirst: Bool = true, finalNorm: Bool = true, dropout: Float = 0
    ) {
        self.vocabularySize = vocabularySize
        self.dModel = dModel
        self.layers = layers
        self.heads = heads
        self.feedForward = feedForward
        self.contextLength = contextLength
        self.activation = activation
        self.normFirst = normFirst
        self.finalNorm = finalNorm
        self.dropout = dropout
    }

    public var width: Int {
        get { dModel }
        set { dModel = newValue }
    }
    public var widthStep: Int { heads }
    /// Always false: a window is read from its beginning, and only generation goes on beyond one.
    public var carryState: Bool {
        get { false }
        set {}
    }
    public var asModel: ModelConfiguration { .transformer(self) }
    public var feedForwardWidth: Int { feedForward ?? 4 * dModel }

    public var parameterCount: Int {
        let attention = 4 * dModel * (dModel + 1)
        let feedForward = 2 * dModel * feedForwardWidth + feedForwardWidth + dModel
        return (vocabularySize + contextLength) * dModel + layers * (attention + feedForward + 4 * dModel)
            + (finalNorm ? 2 * dModel : 0)
            + vocabularySize * (dModel + 1)
    }

    public func validate() throws {
        try validateRanges([
            ("vocabulary", vocabularySize, 65_536), ("width", dModel, 8192), ("layers", layers, 256),
            ("heads", heads, 256),
            ("feed-forward", feedForward ?? 1, 65_536), ("context", contextLength, 16_384),
        ])
        guard contextLength >= 2 else {
            throw INNError(.usage, "--context is \(contextLength), but must be at least 2.")
        }
        guard dModel % heads == 0 else {
            throw INNError(
                .usage, "--heads \(heads) does not divide the width \(dModel); choose a divisor of \(dModel).")
        }
    }
}
