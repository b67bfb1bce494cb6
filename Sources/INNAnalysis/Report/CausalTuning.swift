import INNCore

/// What each neuron is for: what the network can no longer predict without it.
///
/// E_j(c) is the mean rise of the surprisal of the true next character, in bits, when it falls in category c and
/// neuron j is lesioned in all rounds.
public struct CausalTuning: Codable, Sendable, Equatable {
    public struct Neuron: Codable, Sendable, Equatable {
        public var neuron: Int
        /// E_j(c) by category, with 95 % intervals; nil where the category does not occur in the text.
        public var costs: [Interval?]
        /// p(c)·E_j(c) / Σ_c p(c)·E_j(c) by symbol: where its worth comes from. Negative where losing it helps; all 0
        /// for a neuron that may be worth nothing.
        public var shares: [Double]
        /// The category in which it costs most; nil when no category stands out. What it is for if it beats untrained
        /// neurons, see ``CausalTuning/doubt(_:)``.
        public var label: CausalLabel?
        /// The share of this neuron's row of M that is not the common profile, see ``CausalTuning/specialisation``.
        public var specialisation: Interval?
        /// Index into the clusters; nil when it belongs to none.
        public var cluster: Int?
    }

    /// Characters, how many blocks they were cut into for the intervals, and characters per block.
    public var characters: Int, blocks: Int, blockLength: Int
    /// Symbols in the order of their ids, then classes of symbols, places in words, and symbols read last.
    public var categories: [PredictionCategory]
    /// Characters per category.
    public var counts: [Int]
    /// One per neuron that was lesioned, by number.
    public var neurons: [Neuron]
    /// With M_jc = √p(c)·E_j(c) over symbols c: the share of M that is not one profile, more or less of it,
    /// cross-validated over the two halves of the text (Σ R^A·R^B / Σ M^A·M^B, R being M less its part along a profile
    /// that both halves choose and each fits), so that noise counts as zero. nil with fewer than two neurons.
    public var specialisation: Interval?
    public var clusters: CausalClusters
    /// Loss of the network as it is over the same text.
    public var bitsPerCharacter: Double
    /// The same of untrained networks; nil when it was not measured, and then nothing is claimed.
    public var control: CausalControl?

    /// How many of the categories are symbols: the first ones.
    public var symbols: Int { categories.count { $0.kind == .symbol } }

    /// The share of M over vowels, consonants and spaces that is not one profile, more or less of it: 1 − σ₁² / Σσ²,
    /// noise included. nil where nothing costs anything.
    public var classSpecialisation: Double? {
        let names = [
            PredictionCategory(.characterClass, "vowel"), PredictionCategory(.characterClass, "consonant"),
            PredictionCategory(.symbol, "␣"),
        ]
        let columns = names.compactMap { categories.firstIndex(of: $0) }
        guard columns.count == names.count else { return nil }
        let matrix = neurons.flatMap { neuron in
            columns.map { column in
                (Double(counts[column]) / Double(characters)).squareRoot() * (neuron.costs[column]?.mean ?? 0)
            }
        }
        let all = matrix.reduce(0) { $0 + $1 * $1 }
        let rest = RankOne(matrix, rows: neurons.count, columns: columns.count).rest(of: matrix)
        return all > 0 ? rest.reduce(0) { $0 + $1 * $1 } / all : nil
    }

    public func neuron(_ number: Int) -> Neuron? { neurons.first { $0.neuron == number } }

    /// E_j(c) of a neuron; nil where it was not measured.
    public func cost(_ neuron: Int, _ category: PredictionCategory) -> Interval? {
        guard let index = categories.firstIndex(of: category) else { return nil }
        return self.neuron(neuron).flatMap { $0.costs[index] }
    }
}

extension Interval {
    /// Whether a share of 0…1, such as specialisation, is known well enough to be given as a number.
    public var tellsShare: Bool { high - low <= 0.5 }
}

/// The category that a neuron predicts: the one with the largest √p · excess over what it costs elsewhere.
public struct CausalLabel: Codable, Sendable, Equatable {
    public var category: PredictionCategory
    /// What losing the neuron costs in the category, bits per character.
    public var cost: Interval
    /// What it costs on all other characters.
    public var elsewhere: Double
    /// Characters in the category.
    public var characters: Int

    public init(category: PredictionCategory, cost: Interval, elsewhere: Double, characters: Int) {
        (self.category, self.cost, self.elsewhere, self.characters) = (category, cost, elsewhere, characters)
    }

    public var excess: Double { cost.mean - elsewhere }
    /// √n · excess: orders labels as rows of M would.
    var weight: Double { excess * Double(characters).squareRoot() }
}

/// Neurons that are for the same things: average linkage on 1 − correlation of the rows of M without its part of rank
/// one.
public struct CausalClusters: Codable, Sendable, Equatable {
    public struct Cluster: Codable, Sendable, Equatable {
        /// Neurons, at least two.
        public var members: [Int]
        public var label: CausalLabel?
        /// Mean over bootstrap samples of the text of the largest Jaccard similarity with a cluster found there, 0…1.
        public var stability: Double
        /// Mean distance 1 − r between its members.
        public var distance: Double
    }

    public var clusters: [Cluster]
    /// Neurons with a profile of their own, as the leaves of the tree from left to right, then the others.
    public var order: [Int]
    /// The 5th percentile of the smallest distance of any two neurons when the columns are shuffled within blocks:
    /// clusters are closer than that.
    public var nullDistance: Double
    public var shuffles: Int
    /// The smallest distance of any two neurons with profiles of their own; nil with fewer than two.
    public var closest: Double?

    public static let none = CausalClusters(clusters: [], order: [], nullDistance: 0, shuffles: 0)
}
