/// What the probes saw of one frozen model over a piece of held-out text.
///
/// All statistics are taken in evaluation mode. Arrays are row-major, last axis fastest.
/// Rounds are numbered from 0 (the first INN block).
public struct ProbeSnapshot: Codable, Sendable, Equatable {
    /// Optimizer updates the weights had seen.
    public var step: Int
    public var rounds: Int
    public var neurons: Int
    public var heads: Int
    /// Characters over which the statistics were taken.
    public var sampleCount: Int
    /// Symbols of the alphabet in id order, for labelling the rows of `tuning`.
    public var symbols: [String]
    /// Mean routing weight a_ij, `[rounds, heads, neurons (listener i), neurons (speaker j)]`; rows sum to 1
    /// (0 where routing is off).
    public var routing: [Float]
    /// Mean flow a_ij·g_j·|W_O W_V v_j| over heads, `[rounds, neurons, neurons]`.
    public var flow: [Float]
    /// Share of characters at which the gate exceeds 0.5, `[rounds, neurons]`.
    public var firingRate: [Float]
    /// Mean gate value, `[rounds, neurons]`.
    public var gateMean: [Float]
    /// Share of gate values below 0.1 or above 0.9, `[rounds, neurons]`.
    public var gateSaturated: [Float]
    /// Mean gate value at characters equal to the symbol, `[rounds, symbols, neurons]`; NaN where the symbol did not
    /// occur.
    public var tuning: [Float]
    /// How often each symbol occurred, `[symbols]`.
    public var symbolCounts: [Int]
    /// Normalised routing entropy of the mean routing matrix over heads, H_i / log(neurons − 1), `[rounds, neurons]`.
    public var routingEntropy: [Float]
    /// H(E_t a) − E_t H(a) of each listener in nats, mean over heads, `[rounds, neurons]`: how much its choice changes
    /// from character to character. Nil in snapshots that were stored before it was measured.
    public var routingDynamism: [Float]?
    /// Standard deviation over characters of each weight, averaged over heads first, `[rounds, neurons (listener),
    /// neurons (speaker)]`: how much an edge goes up and down behind its mean. Nil in snapshots that were stored before
    /// it was measured.
    public var routingSpread: [Float]?
    /// max |a_ij − uniform| over everything measured, `[rounds]`.
    public var routingDeviation: [Float]
    /// D = Σ‖h_i − h̄‖² / Σ‖h_i‖² after each round, `[rounds]`.
    public var diversity: [Float]
    /// N_eff = (Σλ)² / Σλ² of the uncentred neuron Gram matrix after each round, `[rounds]`.
    public var effectiveNeurons: [Float]
    /// A short held-out text whose gates are shown as a raster, one symbol per entry.
    public var rasterText: [String]
    /// Gate values over `rasterText`, `[rounds, neurons, rasterText.count]`.
    public var rasterGates: [Float]

    public init(
        step: Int, rounds: Int, neurons: Int, heads: Int, sampleCount: Int, symbols: [String],
        routing: [Float], flow: [Float], firingRate: [Float], gateMean: [Float], gateSaturated: [Float],
        tuning: [Float], symbolCounts: [Int], routingEntropy: [Float], routingDynamism: [Float]? = nil,
        routingSpread: [Float]? = nil, routingDeviation: [Float], diversity: [Float], effectiveNeurons: [Float],
        rasterText: [String],
        rasterGates: [Float]
    ) {
        self.step = step
        self.rounds = rounds
        self.neurons = neurons
        self.heads = heads
        self.sampleCount = sampleCount
        self.symbols = symbols
        self.routing = routing
        self.flow = flow
        self.firingRate = firingRate
        self.gateMean = gateMean
        self.gateSaturated = gateSaturated
        self.tuning = tuning
        self.symbolCounts = symbolCounts
        self.routingEntropy = routingEntropy
        self.routingDynamism = routingDynamism
        self.routingSpread = routingSpread
        self.routingDeviation = routingDeviation
        self.diversity = diversity
        self.effectiveNeurons = effectiveNeurons
        self.rasterText = rasterText
        self.rasterGates = rasterGates
    }
}
