import INNKit

extension KeyTable {
    /// Keys of the ablation drawer; all others go on to the screen.
    static let ablationBindings: [KeyBinding<AppState>] = formBindings + drawerBindings + familyBindings

    private static let familyBindings: [KeyBinding<AppState>] = [
        family(.neuron, "n", "intervene in a neuron: mute, lesion, mean or resample"),
        family(.edge, "e", "intervene in an edge: cut or drop"),
        family(.gate, "g", "hold a gate: closed, open, frozen, hard or off"),
        family(.routing, "r", "change routing: off, uniform, static or learned"),
        family(.memory, "M", "reset or freeze memory"), family(.head, "z", "replace what a routing head hears by zero"),
    ]

    private static func family(_ family: AblationForm.Family, _ key: Character, _ help: String) -> KeyBinding<AppState>
    {
        KeyBinding(
            "ablation.\(family.rawValue)", .ablation, [.character(key)], family.rawValue,
            help + "; again takes it back", isHint: true
        ) {
            $0.toggleIntervention(family)
        }
    }

    private static let noTarget = "there is nothing else to choose"

    private static let formBindings: [KeyBinding<AppState>] = [
        KeyBinding("ablation.up", .ablation, [.up, .character("k")], "up", "row above", idle: "this is the first") {
            $0.moveFamily(-1)
        },
        KeyBinding("ablation.down", .ablation, [.down, .character("j")], "down", "row below", idle: "this is the last")
        { $0.moveFamily(1) },
        KeyBinding(
            "ablation.left", .ablation, [.left], "target",
            "previous neuron, head, or speaker of the edge: 0→1 is that 0 hears 1", isHint: true, idle: noTarget
        ) { $0.editForm { $0.moveTarget(-1, in: $1) } },
        KeyBinding(
            "ablation.right", .ablation, [.right], "target", "next neuron, head, or speaker of the edge", isHint: true,
            idle: noTarget
        ) { $0.editForm { $0.moveTarget(1, in: $1) } },
        KeyBinding("ablation.listenerBack", .ablation, [.character("<")], "listener", "previous listener of the edge") {
            $0.editForm { $0.moveListener(-1, in: $1) }
        },
        KeyBinding("ablation.listenerOn", .ablation, [.character(">")], "listener", "next listener of the edge") {
            $0.editForm { $0.moveListener(1, in: $1) }
        },
        KeyBinding(
            "ablation.change", .ablation, [.tab], "change", "next kind of change", isHint: true,
            idle: "a head can only be set to 0"
        ) {
            $0.editForm { form, _ in form.cycleChange() }
        },
        KeyBinding(
            "ablation.roundBack", .ablation, [.character("[")], "round", "previous round; before the first: all rounds",
            isHint: true
        ) { $0.editForm { $0.moveRound(-1, in: $1) } },
        KeyBinding(
            "ablation.roundOn", .ablation, [.character("]")], "round", "next round; after the last: all rounds",
            isHint: true
        ) { $0.editForm { $0.moveRound(1, in: $1) } },
        KeyBinding("ablation.all", .ablation, [.character("a")], "all", "gate and memory of one neuron, or of all") {
            var isForAll = false
            let effects = $0.editForm { form, _ in
                form.isForAll.toggle()
                isForAll = form.isForAll
            }
            $0.show("gate and memory: " + (isForAll ? "all neurons" : "one neuron"))
            return effects
        },
        KeyBinding(
            "ablation.apply", .ablation, [.enter], "apply", "make the marked row's intervention, or take it back"
        ) { state in
            guard case .ablation(let form) = state.overlay else { return [] }
            return state.toggleIntervention(form.family)
        },
    ]

    private static let drawerBindings: [KeyBinding<AppState>] = [
        KeyBinding(
            "ablation.undo", .ablation, [.character("u")], "undo", "take the last change back", isHint: true,
            when: Requirement("nothing was changed yet") { !$0.run.interventions.earlier.isEmpty }
        ) { $0.run.interventions.undo() },
        KeyBinding(
            "ablation.clear", .ablation, [.character("U")], "clear", "take all interventions back", isHint: true,
            when: Requirement("nothing is changed") { !$0.run.interventions.active.isEmpty }
        ) {
            $0.run.interventions.clear()
        },
        KeyBinding(
            "ablation.compare", .ablation, [.character("=")], "compare",
            "show differences from the baseline, or plain values", isHint: true
        ) {
            $0.run.interventions.isComparing.toggle()
            return []
        },
        KeyBinding(
            "ablation.mode", .ablation, [.character("w")], "mode",
            "act from now on, or recompute the text so far; while training: act on training, or only on what is shown",
            isHint: true, when: Requirement("training has ended") { $0.isTraining || !$0.runInfo.isLive }
        ) { $0.switchInterventionMode() },
        KeyBinding(
            "ablation.close", .ablation, [.escape, .character("b"), .character("q")], "close",
            "close the drawer; interventions stay", isHint: true
        ) { $0.closeOverlay() },
        KeyBinding("ablation.redraw", .ablation, [.control("l")], "redraw", "draw the whole screen again") { _ in
            [.terminal(.redrawAll)]
        },
        KeyBinding(
            "ablation.interrupt", .ablation, [.control("c")], "interrupt", "quit, or the quit dialog while training"
        ) { $0.interrupt() },
    ]
}

extension AppState {
    fileprivate mutating func moveFamily(_ delta: Int) -> [Effect] {
        editForm { form, _ in
            let all = AblationForm.Family.allCases
            let index = (all.firstIndex(of: form.family) ?? 0) + delta
            form.family = all[max(0, min(all.count - 1, index))]
        }
    }
}
