import INNCore

/// The degeneracy light: are the neurons different from each other, and does what they hear depend on the text?
///
/// Red when the neurons are copies of one: the states are identical, or the effective number of neurons is below 1.05;
/// then nothing is claimed of them. Amber when routing is nearly uniform on average and does not depend on the
/// character, so that it is nearly uniform at each one, as it always is in a network made with uniform routing.
/// Everything else is green, also routing that is uniform on average alone.
public enum DegeneracyLight: String, Codable, Sendable {
    case green, amber, red

    /// The judgement over a snapshot: the states after the last round, which the readout sees, decide diversity, and
    /// all rounds routing.
    ///
    /// - Parameter untrained: the dynamism of an untrained network's routing, in nats; nil where none was measured.
    /// - Thresholds: red at D < 1e-8 or N_eff < 1.05; amber as ``RoutingVariety`` says.
    public init(_ snapshot: ProbeSnapshot, untrained: Float? = nil) {
        let isOne =
            snapshot.diversity.last.map { $0 < 1e-8 } ?? false
            || snapshot.effectiveNeurons.last.map { $0 < 1.05 } ?? false
        guard snapshot.neurons > 1, !isOne else {
            self = .red
            return
        }
        self.init(RoutingVariety(snapshot), untrained: untrained)
    }

    /// The judgement of a network that is not red.
    public init(_ variety: RoutingVariety, untrained: Float?) {
        self = variety.isUniformOnAverage && !variety.dependsOnCharacter(untrained: untrained) ? .amber : .green
    }
}
