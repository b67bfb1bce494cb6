import INNKit

/// How many neurons may speak per character, and whether the silent ones skip their work: keys of the generate screen.
let workBindings: [KeyBinding<ScreenContext<GenerateView>>] = [
    KeyBinding(
        "generate.budgetLess", .screen(.generate), [.character("-")], "budget",
        "one neuron less may speak per character: the loudest", when: canBudget
    ) {
        $0.changeBudget(-1)
    },
    KeyBinding(
        "generate.budgetMore", .screen(.generate), [.character("+")], "budget",
        "one neuron more may speak per character; after the last: all", when: canBudget
    ) {
        $0.changeBudget(1)
    },
    KeyBinding(
        "generate.skipSilent", .screen(.generate), [.character("s")], "skip silent",
        "silent neurons skip their memory, or run it again", when: canBudget
    ) {
        var set = $0.interventions.active
        if set.contains(.memory(.skipWhenSilent)) {
            set.remove(.memory(.skipWhenSilent))
        } else {
            set.add(.memory(.skipWhenSilent))
        }
        return $0.intervene(set)
    },
]

private let canBudget = Requirement<ScreenContext<GenerateView>>("no network with gates is open here") {
    $0.canIntervene && $0.generation?.hasGates == true && $0.generator == .ready
}

extension InterventionSet {
    /// How many neurons keep their gate in every round; nil for all.
    var budget: Int? {
        for case .gate(.loudest(let count), nil, nil) in list.reversed() { return count }
        return nil
    }
}

extension ScreenContext<GenerateView> {
    /// Lets more or fewer neurons speak; with all of them there is no budget.
    fileprivate mutating func changeBudget(_ delta: Int) -> [Effect] {
        guard let neurons = run.generation?.neurons else { return [] }
        let present = run.interventions.active.budget ?? neurons
        let wanted = max(1, min(neurons, present + delta))
        guard wanted != present else {
            show(delta > 0 ? "all neurons may speak already" : "at least one neuron has to speak")
            return []
        }
        var set = InterventionSet(
            run.interventions.active.list.filter { if case .gate(.loudest, nil, nil) = $0 { false } else { true } })
        if wanted < neurons { set.add(.gate(.loudest(wanted))) }
        show(wanted < neurons ? "the \(wanted) loudest neurons speak per character and round" : "all neurons may speak")
        return intervene(set)
    }
}

/// The share of neurons at work at one character, as a bar of one cell.
func drawWork(_ work: Float?, x: Int, y: Int, _ look: Look, _ buffer: inout CellBuffer) {
    guard let work, work.isFinite else { return }
    Bars.drawVertical(
        Double(work), in: &buffer, area: Rect(x: x, y: y, width: 1, height: 1), look.theme.bar, look: look)
}
