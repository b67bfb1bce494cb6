import INNCore

/// What edges and neurons are worth: the divergence KL(p ‖ p′) of the next-character distribution, in bits per
/// character, when one is taken away.
public struct CausalAnalysis: Codable, Sendable, Equatable {
    /// An edge cut in all rounds, measured.
    public struct Edge: Codable, Sendable, Equatable {
        public var listener: Int, speaker: Int
        public var estimate: Double
        /// Measured by cutting it.
        public var divergence: Interval
        /// Change in bits per character of the true text.
        public var deltaBPC: Interval

        public init(listener: Int, speaker: Int, estimate: Double, divergence: Interval, deltaBPC: Interval) {
            (self.listener, self.speaker, self.estimate) = (listener, speaker, estimate)
            (self.divergence, self.deltaBPC) = (divergence, deltaBPC)
        }
    }

    /// A neuron lesioned in all rounds, measured.
    public struct Neuron: Codable, Sendable, Equatable {
        public var neuron: Int
        public var divergence: Interval
        public var deltaBPC: Interval
        /// What the lesion does to the score of each next character, mean over the text, in nats, `[symbols]`; the mean
        /// over symbols, which no probability depends on, is taken off.
        public var logitEffect: [Float]

        public init(neuron: Int, divergence: Interval, deltaBPC: Interval, logitEffect: [Float]) {
            (self.neuron, self.divergence, self.deltaBPC, self.logitEffect) = (
                neuron, divergence, deltaBPC, logitEffect
            )
        }
    }

    /// Characters over which the measured values were taken, and over which the estimates.
    public var characters: Int, estimateCharacters: Int
    /// Estimated divergence of cutting each edge in all rounds, `[neurons (listener), neurons (speaker)]`: half the
    /// mean squared derivative of the log-likelihood of text drawn from the network (its Fisher information along the
    /// cut).
    public var estimates: [Double]
    /// The same for each round alone, `[rounds, neurons, neurons]`.
    public var roundEstimates: [Double]
    /// The edges with the largest estimates, measured; by measured divergence, largest first.
    public var edges: [Edge]
    /// By measured divergence, largest first.
    public var neurons: [Neuron]
    /// Spearman's rank correlations over the open edges, means over rounds: weight with flow, weight with causal, flow
    /// with causal.
    public var weightFlow: Double, weightCausal: Double, flowCausal: Double
    /// Spearman's rank correlation of estimate and measurement over the measured edges.
    public var estimateMeasured: Double
    /// What each neuron is for; nil where no neuron was removed.
    public var tuning: CausalTuning?
    /// What it costs this network to lose its routing, in the ways in which it can.
    public var routing: [RoutingWorth]
}

/// What a change of all routing costs a trained network, beside what it costs networks to be trained that way. The two
/// are different things and never mixed: a trained network relies on what it was trained with.
public struct RoutingWorth: Codable, Sendable, Equatable {
    public var change: Intervention.RoutingChange
    public var divergence: Interval
    /// Change in bits per character of the true text, by intervention.
    public var deltaBPC: Interval
    /// What networks of the same configuration lost that were trained this way; nil when there are none.
    public var trained: TrainedRouting?

    public init(
        change: Intervention.RoutingChange, divergence: Interval, deltaBPC: Interval, trained: TrainedRouting? = nil
    ) {
        (self.change, self.divergence, self.deltaBPC, self.trained) = (change, divergence, deltaBPC, trained)
    }
}

/// Networks that differ from this one in how they were trained to route, and in nothing else.
public struct TrainedRouting: Codable, Sendable, Equatable {
    /// Their runs.
    public var runs: [String]
    /// Validation loss less that of this network, bits per character, mean over the runs.
    public var deltaBPC: Double

    public init(runs: [String], deltaBPC: Double) { (self.runs, self.deltaBPC) = (runs, deltaBPC) }
}

/// How far back a change of the text, or of the memory, is felt.
public struct MemoryAnalysis: Codable, Sendable, Equatable {
    /// Mean KL in bits at a character, k characters after the change.
    public struct Point: Codable, Sendable, Equatable {
        public var distance: Int
        /// After replacing the character.
        public var replaced: Interval
        /// After emptying all memory before the character.
        public var reset: Interval
    }

    public var points: [Point]
    /// Places in the text at which the change was made.
    public var places: Int
    /// The first distance from which on the effect of a replaced character stays below one percent of its largest; nil
    /// when it does not within the measured range.
    public var horizon: Int?
    /// The same for emptied memory.
    public var resetHorizon: Int?
}
