import INNCore

/// Who listens to whom in one round.
public struct RoutingAnalysis: Codable, Sendable, Equatable {
    public var round: Int
    /// Mean weight over heads and characters, `[neurons (listener), neurons (speaker)]`; rows sum to 1.
    public var weights: [Float]
    /// Mean flow a_ij·g_j·|W_O W_V v_j|, `[neurons, neurons]`.
    public var flow: [Float]
    /// H_i / log(open edges) of each listener's mean row, 0…1.
    public var entropy: [Float]
    /// e^H of each listener's mean row: how many it hears, effectively, over the whole text.
    public var effectiveDegree: [Float]
    /// The same of the row at a character: E_t H / log(open edges) and e^(E_t H), mean over heads. Nil in reports from
    /// before it was measured.
    public var characterEntropy: [Float]?, characterDegree: [Float]?
    /// H(E_t a) − E_t H(a) per listener, mean over heads, in nats: how much its choice changes from character to
    /// character.
    public var dynamism: [Float]
    /// k_j = Σ_i ā_ij per speaker, with a block-bootstrap interval; the mean over speakers is 1.
    public var listenedTo: [Interval]
    /// Characters that stay together in the intervals, and how many such blocks there are.
    public var blockLength: Int, blocks: Int
    /// Speakers with k_j > 1.5 whose interval excludes 1.
    public var hubs: [Int]
    public var communities: CommunityAnalysis
    /// Debiased linear CKA between the neurons' states after the round, `[neurons, neurons]`, and over how many
    /// characters.
    public var similarity: [Float]
    public var similarityCharacters: Int
    /// D and N_eff after the round.
    public var diversity: Float, effectiveNeurons: Float
}

/// Groups of neurons that hear more of each other than chance would have it: Louvain on ½(C + Cᵀ), C the flow.
public struct CommunityAnalysis: Codable, Sendable, Equatable {
    /// Community of each neuron, numbered by first appearance; all 0 when there are none.
    public var labels: [Int]
    public var modularity: Double
    /// Deviations above the mean modularity of as many networks with the same weights on other edges.
    public var zScore: Double
    public var shuffles: Int
    /// Below it the report says "none".
    public static let threshold = 2.0

    public var isFound: Bool { zScore >= Self.threshold && count > 1 }
    public var count: Int { (labels.max() ?? -1) + 1 }

    public init(labels: [Int], modularity: Double, zScore: Double, shuffles: Int) {
        (self.labels, self.modularity, self.zScore, self.shuffles) = (labels, modularity, zScore, shuffles)
    }
}

/// How many units speak at a character.
public struct ComputeAnalysis: Codable, Sendable, Equatable {
    /// Characters at which exactly k units of a round fire, `[rounds, neurons + 1]`.
    public var histogram: [Int]
    /// Mean share of a round's neurons that speak, `[rounds]`.
    public var share: [Double]
}
