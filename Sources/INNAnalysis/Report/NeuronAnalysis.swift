import INNCore

/// What one firing unit does: the gate of a neuron in one round.
public struct NeuronAnalysis: Codable, Sendable, Equatable {
    public var round: Int, neuron: Int
    public var firing: FiringStatistics
    public var tuning: TuningTable
    public var information: FiringInformation
    /// How well its firing is described by each category of characters, best first.
    public var categories: [CategoryScore]
    /// The best category when it describes the firing better than chance; nil is shown as "unlabelled".
    public var label: CategoryScore?
    /// Largest F1 of any category for firing that was shifted against the text.
    public var categoryNull: Double
    /// Index into ``ClusterAnalysis/clusters``; nil when it belongs to none.
    public var cluster: Int?
    public var rules: RuleList
    public var contexts: NeuronContexts

    public var isDead: Bool { firing.rate == 0 }
}

/// How often and how clearly a unit fires: f = 1 where the gate exceeds 0.5.
public struct FiringStatistics: Codable, Sendable, Equatable {
    /// Mean f.
    public var rate: Double
    /// Mean g.
    public var mean: Double
    /// Lifetime sparseness of g after Treves and Rolls (1991), 1 − (E g)²/E g²: 0 for a constant gate, near 1 for rare
    /// events.
    public var sparseness: Double
    /// Share of g below 0.1 or above 0.9.
    public var saturated: Double
}

/// r(c, lag) = E[g(t) given x_{t−lag} = c].
public struct TuningTable: Codable, Sendable, Equatable {
    /// −1 is the character that comes next, 0 the one just read.
    public static let lags = Array(-1...8)
    /// `[lags, symbols]`; NaN where the symbol did not occur at this lag.
    public var mean: [Float]
    /// How many characters each mean is over, `[lags, symbols]`.
    public var counts: [Int]

    public init(mean: [Float], counts: [Int]) { (self.mean, self.counts) = (mean, counts) }

    /// Mean gate after a symbol `lag` characters ago, and over how many characters; nil for a lag that is not measured.
    public func value(symbol: Int, lag: Int) -> (mean: Float, count: Int)? {
        guard let row = Self.lags.firstIndex(of: lag), symbol * Self.lags.count < mean.count else { return nil }
        let index = row * (mean.count / Self.lags.count) + symbol
        return (mean[index], counts[index])
    }
}

/// What firing tells about the text, in bits per character; every figure is corrected for the bias of small samples
/// (Miller–Madow), so that values near 0 may be negative.
public struct FiringInformation: Codable, Sendable, Equatable {
    /// I(f; x_t): about the character just read.
    public var present: Double
    /// 95th percentile and largest value of the same for firing shifted along the text.
    public var presentNull: NullDistribution
    /// I(f; x_{t+1} given x_t): about the next character, beyond what the present one tells.
    public var next: Double
    public var nextNull: NullDistribution
    /// Whether the text is long enough to trust the figures without the null beside them.
    public var isLongEnough: Bool

    /// Above every shift, and five deviations above their mean.
    public var tellsPresent: Bool { presentNull.isExceeded(by: present) }
    public var predicts: Bool { nextNull.isExceeded(by: next) }
}

/// A statistic of firing that was shifted in a circle along its own stream of text, which keeps everything but the
/// relation.
public struct NullDistribution: Codable, Sendable, Equatable {
    public var shifts: Int
    public var mean: Double, deviation: Double
    public var percentile95: Double, maximum: Double

    public init(_ values: [Double]) {
        let sorted = values.sorted()
        let count = Double(max(1, values.count))
        let mean = values.reduce(0, +) / count
        shifts = values.count
        self.mean = mean
        deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, count - 1)).squareRoot()
        percentile95 = sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(0.95 * Double(sorted.count)))]
        maximum = sorted.last ?? 0
    }

    public func isExceeded(by value: Double) -> Bool { shifts > 0 && value > maximum && value > mean + 5 * deviation }
}

/// How well one category of characters describes firing, taken as a prediction of it.
public struct CategoryScore: Codable, Sendable, Equatable {
    /// `vowel`, `word-initial`, a letter, a digram, …
    public var name: String
    public var precision: Double, recall: Double
    /// Characters in the category.
    public var support: Int
    /// Harmonic mean of precision and recall.
    public var f1: Double

    public init(name: String, hits: Double, members: Int, fired: Double) {
        self.name = name
        support = members
        precision = members > 0 ? hits / Double(members) : 0
        recall = fired > 0 ? hits / fired : 0
        f1 = Double(members) + fired > 0 ? 2 * hits / (Double(members) + fired) : 0
    }
}

/// Where a unit's gate was most open, least open, and at random places: the top alone misleads.
public struct NeuronContexts: Codable, Sendable, Equatable {
    public struct Context: Codable, Sendable, Equatable {
        /// The text up to the character at which the gate was looked at, one symbol per entry.
        public var text: [String]
        /// The gate at each of these characters.
        public var gates: [Float]
    }

    public var top: [Context], random: [Context], bottom: [Context]
}
