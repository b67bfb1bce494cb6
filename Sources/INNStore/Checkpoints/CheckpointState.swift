import INNCore

/// Everything besides tensors that training needs to go on bit for bit where it stopped.
public struct CheckpointState: Codable, Sendable, Equatable {
    /// Optimizer updates made so far.
    public var step: Int
    /// Training characters consumed so far.
    public var charactersSeen: Int
    /// Wall-clock seconds of training so far, summed over sessions.
    public var elapsedSeconds: Double
    /// The lowest validation loss so far in bits per character; nil before the first validation.
    public var bestValidBPC: Double?
    /// True when these are the weights of `bestValidBPC`.
    public var isBest: Bool
    /// Updates that the optimizer's moments have seen, for Adam's bias correction.
    public var optimizerStep: Int
    /// Seeds and counters of the random generators, by the name of what they feed (`dropout`, `sampling`, …).
    public var random: [String: UInt64]
    /// Where each reader of the corpus stands, by name.
    public var dataCursor: [String: Int]
    /// Further facts of the trainer, by name, as it wrote them.
    public var extra: [String: String]

    public init(
        step: Int, charactersSeen: Int, elapsedSeconds: Double, bestValidBPC: Double? = nil, isBest: Bool = false,
        optimizerStep: Int, random: [String: UInt64] = [:], dataCursor: [String: Int] = [:],
        extra: [String: String] = [:]
    ) {
        self.step = step
        self.charactersSeen = charactersSeen
        self.elapsedSeconds = elapsedSeconds
        self.bestValidBPC = bestValidBPC
        self.isBest = isBest
        self.optimizerStep = optimizerStep
        self.random = random
        self.dataCursor = dataCursor
        self.extra = extra
    }

    /// Whether the counters are ones that training can reach; sums and products with them then stay within 64 bits.
    package var isPossible: Bool {
        let counters = [step, charactersSeen, optimizerStep] + dataCursor.values
        return counters.allSatisfy { (0...1 << 52).contains($0) } && step <= 1 << 40 && elapsedSeconds >= 0
            && elapsedSeconds.isFinite
            && bestValidBPC?.isFinite != false
    }
}
