import INNCore

/// What neurons are for, as far as it beats what untrained networks lose with their neurons. Nothing is claimed without
/// that control.
extension Findings {
    /// Causal labels, specialisation and causal clusters.
    static func causal(_ tuning: CausalTuning) -> [Finding] {
        guard let control = tuning.control else { return [] }
        return labels(tuning, control) + specialisation(tuning, control) + clusters(tuning, control)
    }

    private static func labels(_ tuning: CausalTuning, _ control: CausalControl) -> [Finding] {
        tuning.neurons.compactMap { neuron in
            neuron.label.flatMap { tuning.claims($0) ? (neuron.neuron, $0) : nil }
        }.sorted { $0.1.weight > $1.1.weight }.map { neuron, label in
            Finding(
                kind: .causalLabel,
                sentence:
                    """
                    neuron \(neuron) predicts \(label.category.phrase): losing it costs \
                    \(decimals(label.cost.mean)) bits there (95 % \(decimals(label.cost.low))…\
                    \(decimals(label.cost.high))), \(decimals(label.elsewhere)) elsewhere, n \(label.characters)
                    """,
                control: tuning.untrainedExcess(label).map {
                    """
                    \(decimals(label.excess)) more there; untrained neurons up to \(decimals($0)) (best of \
                    \(control.neurons))
                    """
                } ?? noControl)
        }
    }

    private static func specialisation(_ tuning: CausalTuning, _ control: CausalControl) -> [Finding] {
        guard tuning.isSpecialised, let share = tuning.specialisation, let other = control.specialisation else {
            return []
        }
        return [
            Finding(
                kind: .specialisation,
                sentence:
                    """
                    the neurons are for different things: \(decimals(share.mean)) of what they cost (95 % \
                    \(decimals(share.low))…\(decimals(share.high))) is not one profile, more or less of it
                    """,
                control: """
                    \(control.networks) untrained networks: \(decimals(other.lowerBound)) to \
                    \(decimals(other.upperBound))
                    """)
        ]
    }

    private static func clusters(_ tuning: CausalTuning, _ control: CausalControl) -> [Finding] {
        tuning.clusters.clusters.filter(tuning.claims).map { cluster in
            let members = cluster.members.map(String.init).joined(separator: ", ")
            let label = cluster.label.flatMap { tuning.claims($0) ? $0 : nil }
            let purpose = label.map { ": they predict \($0.category.phrase)" } ?? ""
            let other = control.closest.map { decimals($0) } ?? "none"
            return Finding(
                kind: .causalCluster,
                sentence:
                    """
                    neurons \(members) are for the same things\(purpose); mean distance \
                    \(decimals(cluster.distance)), stability \(decimals(cluster.stability))
                    """,
                control: """
                    closest of any two with the symbols shuffled \(decimals(tuning.clusters.nullDistance)); closest of \
                    \(control.neurons) untrained neurons: \(other)
                    """)
        }
    }
}
