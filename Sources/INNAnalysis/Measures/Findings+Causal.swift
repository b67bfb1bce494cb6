import INNCore

/// What neurons are for. Nothing here is compared with an untrained network: there a neuron costs next to nothing,
/// whatever comes next, and what little it does stays below the least excess of a label.
extension Findings {
    /// Causal labels, specialisation and causal clusters.
    static func causal(_ trained: NetworkAnalysis) -> [Finding] {
        guard let tuning = trained.causal?.tuning else { return [] }
        return labels(tuning) + specialisation(tuning) + clusters(tuning)
    }

    private static func labels(_ tuning: CausalTuning) -> [Finding] {
        tuning.neurons.compactMap { neuron in neuron.label.map { (neuron.neuron, $0) } }.sorted {
            $0.1.excess > $1.1.excess
        }.map { neuron, label in
            Finding(
                kind: .causalLabel,
                sentence:
                    """
                    neuron \(neuron) predicts \(label.category.phrase): losing it costs \
                    \(decimals(label.cost.mean)) bits there (95 % \(decimals(label.cost.low))…\
                    \(decimals(label.cost.high))), n \(label.characters)
                    """,
                control: "\(decimals(label.elsewhere)) bits elsewhere")
        }
    }

    private static func specialisation(_ tuning: CausalTuning) -> [Finding] {
        guard let share = tuning.specialisation, share.low > 0 else { return [] }
        return [
            Finding(
                kind: .specialisation,
                sentence:
                    """
                    the neurons are for different things: \(decimals(share.mean)) of what they cost (95 % \
                    \(decimals(share.low))…\(decimals(share.high))) is not one profile, more or less of it
                    """,
                control: "0 for neurons that are alike; the halves of the text check each other")
        ]
    }

    private static func clusters(_ tuning: CausalTuning) -> [Finding] {
        tuning.clusters.clusters.filter { $0.stability >= leastStability }.map { cluster in
            let members = cluster.members.map(String.init).joined(separator: ", ")
            let purpose = cluster.label.map { ": they predict \($0.category.phrase)" } ?? ""
            return Finding(
                kind: .causalCluster,
                sentence:
                    """
                    neurons \(members) are for the same things\(purpose); mean distance \
                    \(decimals(cluster.distance)), stability \(decimals(cluster.stability))
                    """,
                control: "closest of any two with the symbols shuffled \(decimals(tuning.clusters.nullDistance))")
        }
    }
}
