/// What is done to the memory of one neuron in one round while an intervention holds.
public struct MemoryControl: Sendable, Equatable {
    /// The state is read, but never written.
    public var isFrozen = false
    /// Left alone at characters at which its neuron is silent, see ``RestingRows``.
    public var skipsWhenSilent = false
    /// Emptied before every character whose position in the stream is a multiple of this.
    public var every: Int?
    /// Emptied before these characters.
    public var resets: Set<Int> = []

    public init() {}

    func empties(before position: Int) -> Bool {
        resets.contains(position) || every.map { position > 0 && position % $0 == 0 } ?? false
    }
}

/// What interventions do to the memories of one round in one pass.
public struct MemoryControls: Sendable {
    /// One per neuron; nil where a memory is as trained.
    public var neurons: [MemoryControl?]
    /// Where the pass stands in its streams.
    public var position: StreamPosition
    /// Where neurons leave their memory as it is; the work is not done there.
    public var resting: RestingRows?

    public init(neurons: [MemoryControl?], position: StreamPosition, resting: RestingRows? = nil) {
        self.neurons = neurons
        self.position = position
        self.resting = resting
    }
}

/// How a memory block runs.
public struct MemoryOptions: Sendable {
    /// Keep intermediate values for the backward pass instead of recomputing them.
    public var savesActivations: Bool
    public var dropout: Dropout
    /// y = x + block(norm(x)) when true, as in the model; y = block(x) otherwise.
    public var isResidual: Bool

    public init(savesActivations: Bool, dropout: Dropout = .none, isResidual: Bool = true) {
        self.savesActivations = savesActivations
        self.dropout = dropout
        self.isResidual = isResidual
    }
}
