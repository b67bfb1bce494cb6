import INNKit

extension AppState {
    /// Opens the drawer on what the cursor of the screen is on.
    mutating func openDrawer() -> [Effect] {
        guard let shape = run.shape else { return [] }
        isDrawerUnder = false
        var form = run.interventions.form
        form.neuron = min(run.selection.neuron, shape.neurons - 1)
        form.head = run.selection.head ?? form.head
        Screens.screen(screen).aim(&form, self)
        form.fit(shape)
        overlay = .ablation(form)
        return []
    }

    /// Runs what a key or the mouse does; a window over the drawer gives way to it again when it closes.
    mutating func keepingDrawer(_ action: (inout AppState) -> [Effect]) -> [Effect] {
        // Not the window itself: a copy of a long line that is being typed would be made for every key.
        let before = overlay?.context
        let effects = action(&self)
        switch (before, overlay?.context) {
        case (.ablation?, let window?) where ![.ablation, .tour].contains(window): isDrawerUnder = true
        case (_?, nil) where isDrawerUnder:
            isDrawerUnder = false
            if screen != .runs, run.shape != nil { overlay = .ablation(run.interventions.form) }
        default: break
        }
        return effects
    }

    mutating func editForm(_ edit: (inout AblationForm, NetworkDimensions) -> Void) -> [Effect] {
        guard case .ablation(var form) = overlay, let shape = run.shape else { return [] }
        edit(&form, shape)
        run.interventions.form = form
        overlay = .ablation(form)
        return []
    }

    /// The next changes act on the other one: training itself or only what is shown of it; where there is no training,
    /// from now on or on the text so far.
    mutating func switchInterventionMode() -> [Effect] {
        guard run.interventions.reach == .text else {
            let effects = run.interventions.switchReach(training: run.live.interventions)
            show(
                run.interventions.reach == .display
                    ? "changes act only on what is shown; training stays as it is"
                    : "changes act on training itself" + (effects.isEmpty ? "" : "; what was only shown is taken back"))
            return effects
        }
        run.interventions.replays.toggle()
        // Only a change of mode with something active changes what is on screen.
        guard !run.interventions.active.isEmpty, run.interventions.replays else { return [] }
        return run.interventions.ask(for: run.interventions.active, replays: true)
    }

    /// Makes the intervention that a family is set to, or takes it back when it is active.
    mutating func toggleIntervention(_ family: AblationForm.Family) -> [Effect] {
        _ = editForm { form, _ in form.family = family }
        guard case .ablation(let form) = overlay else { return [] }
        let intervention = form.intervention(family)
        var set = run.interventions.active
        if set.contains(intervention) { set.remove(intervention) } else { set.add(intervention) }
        return run.interventions.change(to: set)
    }
}
