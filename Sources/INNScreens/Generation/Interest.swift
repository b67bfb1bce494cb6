/// What makes a character of a text worth going to.
public enum Interest: Equatable, Sendable {
    /// It came unexpectedly.
    case surprisal
    /// The changed network expects something else after it than the baseline.
    case divergence
    /// A neuron begins to fire: its gate rises above .5.
    case opening(neuron: Int, round: Int)
    /// Neurons listen to few others rather than to all alike.
    case concentration(round: Int)

    /// What is looked at of a character; nil where it is not known.
    public func value(_ character: GenerationCharacter, neurons: Int) -> Float? {
        switch self {
        case .surprisal: return character.surprisal
        case .divergence: return character.divergence
        case .opening(let neuron, let round):
            let index = round * neurons + neuron
            return index < character.gates.count ? character.gates[index] : nil
        case .concentration(let round):
            return round < character.concentration.count ? character.concentration[round] : nil
        }
    }
}
