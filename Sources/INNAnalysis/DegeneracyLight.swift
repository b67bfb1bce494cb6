import INNCore

/// The degeneracy light: are the neurons different from each other at all?
///
/// Red when the states are identical, when the effective number of neurons is below 1.05 or when routing is uniform;
/// then hub, cluster and rule claims are withheld. Amber when routing is nearly uniform.
public enum DegeneracyLight: String, Codable, Sendable {
    case green, amber, red

    /// The judgement over a snapshot: the states after the last round, which the readout sees, decide diversity, and
    /// all rounds routing.
    ///
    /// - Thresholds: red at D < 1e-8, N_eff < 1.05 or |a − uniform| < 1e-6 in every round; amber at mean entropy >
    ///   0.98.
    public init(_ snapshot: ProbeSnapshot) {
        let isOne =
            snapshot.diversity.last.map { $0 < 1e-8 } ?? false
            || snapshot.effectiveNeurons.last.map { $0 < 1.05 } ?? false
        let isUniform = !snapshot.routingDeviation.isEmpty && snapshot.routingDeviation.allSatisfy { $0 < 1e-6 }
        guard snapshot.neurons > 1, !isOne, !isUniform else {
            self = .red
            return
        }
        let entropies = Self.entropies(snapshot)
        let mean = entropies.isEmpty ? 0 : entropies.reduce(0, +) / Float(entropies.count)
        self = mean > 0.98 ? .amber : .green
    }

    /// Entropies of the listeners that have a choice: one that is lesioned, or hears a single neuron, is no sign of
    /// routing that tells neurons apart.
    private static func entropies(_ snapshot: ProbeSnapshot) -> [Float] {
        let n = snapshot.neurons
        let heads = snapshot.heads
        guard snapshot.routing.count == snapshot.routingEntropy.count * heads * n else {
            return snapshot.routingEntropy
        }
        return snapshot.routingEntropy.indices.filter { row in
            let (round, listener) = (row / n, row % n)
            let heard = (0..<n).count { speaker in
                (0..<heads).contains { snapshot.routing[((round * heads + $0) * n + listener) * n + speaker] > 0 }
            }
            return heard > 1
        }.map { snapshot.routingEntropy[$0] }
    }
}
