/// The degeneracy light: are the neurons different from each other at all?
///
/// Red when the states are identical, when the effective number of neurons is below 1.05 or when routing is uniform;
/// then hub, cluster and rule claims are withheld. Amber when routing is nearly uniform.
public enum DegeneracyLight: String, Codable, Sendable {
    case green, amber, red

    /// The judgement over all rounds of a snapshot: the last round decides diversity, every round routing.
    ///
    /// - Thresholds: red at D < 1e-8, N_eff < 1.05 or |a − uniform| < 1e-6 everywhere; amber at mean entropy > 0.98.
    public init(_ snapshot: ProbeSnapshot) {
        let states = zip(snapshot.diversity, snapshot.effectiveNeurons)
        let identical = states.allSatisfy { diversity, effective in diversity < 1e-8 || effective < 1.05 }
        let uniform = !snapshot.routingDeviation.isEmpty && snapshot.routingDeviation.allSatisfy { $0 < 1e-6 }
        guard snapshot.neurons > 1, !identical, !uniform else {
            self = .red
            return
        }
        let entropies = snapshot.routingEntropy
        let meanEntropy = entropies.isEmpty ? 0 : entropies.reduce(0, +) / Float(entropies.count)
        self = meanEntropy > 0.98 ? .amber : .green
    }
}
