import INNKit

/// What interventions do to a network, measured with them and without over the same held-out text.
public struct InterventionEffect: Equatable, Sendable {
    public let interventions: InterventionSet
    /// Optimizer updates that the weights had seen.
    public let step: Int
    /// Bits per character with the interventions minus without; holds the number of characters.
    public let difference: PairedDifference
    /// Probes of the network with the interventions; nil for a family without neurons.
    public let changed: ProbeSnapshot?
    /// Probes of the same weights without; nil where the run's own probes are of these weights.
    public let intact: ProbeSnapshot?

    public init(
        _ interventions: InterventionSet, step: Int, difference: PairedDifference, changed: ProbeSnapshot?,
        intact: ProbeSnapshot? = nil
    ) {
        (self.interventions, self.step, self.difference) = (interventions, step, difference)
        (self.changed, self.intact) = (changed, intact)
    }
}

extension RunState {
    /// Takes what the interventions do; nil when nothing is changed any more.
    mutating func accept(_ effect: InterventionEffect?) {
        func entry(_ snapshot: ProbeSnapshot?) -> ProbeEntry? {
            snapshot.flatMap { ProbeEntry.isConsistent($0) ? ProbeEntry($0) : nil }
        }
        (self.effect, awaitsEffect) = (effect, false)
        ablated = entry(effect?.changed)
        intact = entry(effect?.intact)
    }

    /// What the active interventions do, once that is measured.
    var activeEffect: InterventionEffect? {
        guard let effect, effect.interventions == interventions.active else { return nil }
        return effect
    }
}

/// What the active interventions cost, in as many words as there is room for; empty where nothing measures it.
func effectText(_ state: AppState, width: Int) -> String {
    let name = state.look.unit.worded("ΔBPC ")
    guard let effect = state.activeEffect else {
        return state.awaitsEffect && !state.interventions.active.isEmpty ? "measuring " + name.dropLast() : ""
    }
    let difference = effect.difference
    let short = name + signed(difference.mean, 3) + ", n " + Format.grouped(difference.characters)
    guard width >= 100 else { return short }
    let interval = difference.low.flatMap { low in
        difference.high.map { " [" + signed(low, 3) + ", " + signed($0, 3) + "]" }
    }
    return name + signed(difference.mean, 3) + (interval ?? "") + " · n " + Format.grouped(difference.characters)
        + " · step " + Format.grouped(effect.step)
}
