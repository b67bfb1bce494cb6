/// What all screens look at together: choosing a neuron on one screen chooses it on the others.
public struct Selection: Codable, Equatable, Sendable {
    /// Scale on which routing weights are drawn.
    enum Normalisation: String, CaseIterable, Codable, Sendable { case logRatio, raw }

    /// Neuron id.
    public internal(set) var neuron = 0
    /// One head, or nil for the mean over heads.
    var head: Int?
    /// Round on display, nil for the last one.
    var round: Int?
    /// Step of an earlier probe snapshot on display, nil for the newest.
    var probeStep: Int?
    /// Whether the probe on display moves on by itself.
    var isReplaying = false
    var normalisation = Normalisation.logRatio

    /// Goes on to another round; at the ends nothing changes.
    mutating func moveRound(_ delta: Int, from shown: Int, of rounds: Int) {
        let next = max(0, min(rounds - 1, shown + delta))
        if next != shown { round = next }
    }

    /// Goes on to another head. Position 0 is the mean over them, so that the heads form a ring with it.
    mutating func changeHead(_ delta: Int, of heads: Int) {
        let position = ((head.map { min($0, heads - 1) + 1 } ?? 0) + delta + heads + 1) % (heads + 1)
        head = position == 0 ? nil : position - 1
    }
}
