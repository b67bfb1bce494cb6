/// The shape and options of a stack of Mamba blocks.
public struct MambaConfiguration: FamilyConfiguration {
    public var vocabularySize: Int
    public var dModel: Int
    public var layers: Int
    public var stateSize: Int
    public var convKernel: Int
    /// dInner = expand·dModel.
    public var expand: Int
    /// What decides ``deltaRank``.
    public var dtRank: RankChoice
    public var dropout: Float
    /// A layer norm before the readout.
    public var finalNorm: Bool
    /// Scan along the batch axis instead of time, as the author's published code does: the model then sees no context.
    public var batchAxisBug: Bool
    public var carryState: Bool

    public init(
        vocabularySize: Int = 27, dModel: Int, layers: Int, stateSize: Int = 16, convKernel: Int = 4, expand: Int = 2,
        dtRank: RankChoice = .auto, dropout: Float = 0,
        finalNorm: Bool = true, batchAxisBug: Bool = false, carryState: Bool = false
    ) {
        self.vocabularySize = vocabularySize
        self.dModel = dModel
        self.layers = layers
        self.stateSize = stateSize
        self.convKernel = convKernel
        self.expand = expand
        self.dtRank = dtRank
        self.dropout = dropout
        self.finalNorm = finalNorm
        self.batchAxisBug = batchAxisBug
        self.carryState = carryState
    }

    public var width: Int {
        get { dModel }
        set { dModel = newValue }
    }
    public var widthStep: Int { 1 }
    public var asModel: ModelConfiguration { .mamba(self) }
    public var dInner: Int { expand * dModel }
    /// Rank of the delta projection `[dInner, deltaRank]`.
    public var deltaRank: Int { dtRank.rank(dModel: dModel) }

    public var parameterCount: Int {
        let block = dInner * (3 * dModel + 2 * deltaRank + 3 * stateSize + convKernel + 3)
        return layers * (2 * dModel + block) + vocabularySize * (dModel + 1) + (finalNorm ? 2 * dModel : 0)
    }

    public func validate() throws {
        try validateRanges([
            ("vocabulary", vocabularySize, 65_536), ("width", dModel, 8192), ("layers", layers, 256),
            ("state-size", stateSize, 64),
            ("conv-kernel", convKernel, 16), ("expand", expand, 16), ("dt-rank", dtRank.given ?? 1, 8192),
        ])
        if batchAxisBug, carryState {
            throw INNError(
                .usage,
                """
                --batch-axis-bug scans over streams, so that there is no memory to carry; use it with \
                --carry-state false.
                """
            )
        }
    }
}

extension FamilyConfiguration {
    /// Checks that every value is from 1 to its limit, and dropout a share.
    func validateRanges(_ ranges: [(name: String, value: Int, limit: Int)]) throws {
        for (name, value, limit) in ranges {
            guard value >= 1 else { throw INNError(.usage, "--\(name) is \(value), but must be at least 1.") }
            guard value <= limit else { throw INNError(.usage, "--\(name) is \(value), but may be at most \(limit).") }
        }
        guard dropout >= 0, dropout < 1 else {
            throw INNError(.usage, "--dropout is \(dropout), but must be at least 0 and below 1.")
        }
    }
}
