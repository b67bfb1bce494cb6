import INNCore
import func Foundation.log2

/// What untrained networks lose when their neurons are lesioned, for comparison with every causal figure of a trained
/// one. Their gates are open as often as its own.
///
/// Their predictions are worthless, but a lesion still moves them, and by another profile for each neuron: by the
/// definition alone about half of the neurons of an untrained network have a label, and its specialisation is as large
/// as that of a trained one.
public struct CausalControl: Codable, Sendable, Equatable {
    /// How many networks, how many neurons of all of them, and over how many characters each.
    public var networks: Int, neurons: Int, characters: Int
    /// The largest excess of any neuron, bits, by category; nil where the text has too few of its characters.
    public var excesses: [Double?]
    /// The smallest and the largest specialisation of a network, and of one neuron; nil where none was measured.
    public var specialisation: ClosedRange<Double>?, neuronSpecialisation: ClosedRange<Double>?
    /// The smallest distance of any two neurons of a network; nil when none has a profile of its own.
    public var closest: Double?

    /// How many times the excess of the best untrained neuron in its category a label has to have. The best of three
    /// networks is no bound: one of four alike beats the others in a quarter of all cases.
    public static let margin = 3.0
    /// Neurons of a cluster are at most so far from each other as this share of what the closest untrained ones are.
    public static let nearness = 0.5
    /// Of the profiles of specialised networks at most so much of what it is in untrained ones is one profile.
    public static let commonness = 0.5
    /// A category of fewer characters says too little about untrained neurons.
    private static let leastSupport = 50

    /// - Parameter tunings: one for each untrained network, over the same text.
    package init(_ tunings: [CausalTuning]) {
        networks = tunings.count
        neurons = tunings.reduce(0) { $0 + $1.neurons.count }
        characters = tunings.map(\.characters).min() ?? 0
        excesses = (tunings.first?.categories.indices ?? 0..<0).map { category in
            guard tunings.allSatisfy({ $0.counts[category] >= Self.leastSupport }) else { return nil }
            return tunings.flatMap { tuning in tuning.neurons.compactMap { tuning.excess($0, category) } }.max()
        }
        specialisation = Self.range(tunings.compactMap { $0.specialisation?.mean })
        neuronSpecialisation = Self.range(tunings.flatMap(\.neurons).compactMap { $0.specialisation?.mean })
        closest = tunings.compactMap(\.clusters.closest).min()
    }

    private static func range(_ values: [Double]) -> ClosedRange<Double>? {
        values.min().flatMap { low in values.max().map { low...$0 } }
    }
}

extension CausalTuning {
    /// E(c) − E elsewhere of a neuron in a category, in bits; nil where the category does not occur or is everything.
    func excess(_ neuron: Neuron, _ category: Int) -> Double? {
        guard let cost = neuron.costs[category]?.mean, counts[category] < characters else { return nil }
        let total = (0..<symbols).reduce(0.0) { $0 + Double(counts[$1]) * (neuron.costs[$1]?.mean ?? 0) }
        let own = Double(counts[category])
        return cost - (total - own * cost) / (Double(characters) - own)
    }

    /// The largest excess of any untrained neuron in a label's category; nil without a control that has it.
    public func untrainedExcess(_ label: CausalLabel) -> Double? {
        guard let control, let index = categories.firstIndex(of: label.category) else { return nil }
        return control.excesses[index]
    }

    /// Whether the network predicts better than the frequencies of this text's characters would. One that does not has
    /// nothing to lose: what a lesion moves there are no predictions.
    public var predicts: Bool { bitsPerCharacter < letterEntropy }

    /// Entropy of the characters that were to be predicted, bits.
    public var letterEntropy: Double {
        (0..<symbols).reduce(0) { sum, symbol in
            let share = Double(counts[symbol]) / Double(characters)
            return share > 0 ? sum - share * log2(share) : sum
        }
    }

    /// Why it is not claimed that a neuron predicts what its label says; nil when it is: the network predicts, and the
    /// neuron's loss in the category beats that of all untrained ones.
    public func doubt(_ label: CausalLabel) -> String? {
        guard control != nil else { return "no untrained control" }
        guard predicts else { return "the network predicts nothing" }
        guard let other = untrainedExcess(label) else { return "too rare to compare" }
        return label.excess > CausalControl.margin * other ? nil : "untrained come near it"
    }

    public func claims(_ label: CausalLabel) -> Bool { doubt(label) == nil }

    /// Whether the neurons are for different things much more than those of untrained networks.
    public var isSpecialised: Bool {
        guard predicts, let specialisation, let other = control?.specialisation else { return false }
        return 1 - specialisation.low < CausalControl.commonness * (1 - other.upperBound)
    }

    /// Whether the neurons of a cluster are much closer than any two of an untrained network; not where none of those
    /// has a profile of its own to compare with.
    public func claims(_ cluster: CausalClusters.Cluster) -> Bool {
        guard predicts, let control, cluster.stability >= Findings.leastStability else { return false }
        return cluster.distance < CausalControl.nearness * (control.closest ?? 0)
    }
}
