/// The shape and options of an LSTM language model: embedding, layers, linear head.
public struct LSTMConfiguration: FamilyConfiguration {
    public var vocabularySize: Int
    /// Width of the embedding; nil for the hidden width.
    public var embeddingWidth: Int?
    public var hidden: Int
    public var layers: Int
    /// On the outputs of every layer but the last, as in PyTorch's LSTM.
    public var dropout: Float
    public var carryState: Bool

    public init(
        vocabularySize: Int = 27, embeddingWidth: Int? = nil, hidden: Int, layers: Int, dropout: Float = 0,
        carryState: Bool = false
    ) {
        self.vocabularySize = vocabularySize
        self.embeddingWidth = embeddingWidth
        self.hidden = hidden
        self.layers = layers
        self.dropout = dropout
        self.carryState = carryState
    }

    public var width: Int {
        get { hidden }
        set { hidden = newValue }
    }
    public var widthStep: Int { 1 }
    public var asModel: ModelConfiguration { .lstm(self) }

    /// Inputs of a layer.
    public func fanIn(layer: Int) -> Int { layer == 0 ? embeddingWidth ?? hidden : hidden }

    public var parameterCount: Int {
        let embedding = embeddingWidth ?? hidden
        let recurrent = 4 * hidden * (embedding + hidden + 2) + (layers - 1) * 4 * hidden * (2 * hidden + 2)
        return vocabularySize * embedding + recurrent + vocabularySize * (hidden + 1)
    }

    public func validate() throws {
        try validateRanges([
            ("vocabulary", vocabularySize, 65_536), ("embedding", embeddingWidth ?? 1, 8192), ("width", hidden, 8192),
            ("layers", layers, 256),
        ])
    }
}
