import INNKit

extension AppState {
    /// Dimensions of the network on display; nil when nothing is known of it yet.
    var shape: NetworkDimensions? {
        if let frame = generation {
            return NetworkDimensions(
                rounds: frame.rounds, neurons: frame.neurons, heads: frame.heads,
                hasSelfEdges: Self.hasDiagonal(frame.routing, frame.neurons))
        }
        return probe.map { entry in
            let s = entry.snapshot
            return NetworkDimensions(
                rounds: s.rounds, neurons: s.neurons, heads: s.heads,
                hasSelfEdges: Self.hasDiagonal(s.routing, s.neurons))
        }
    }

    /// Whether any neuron of any matrix hears itself.
    private static func hasDiagonal(_ routing: [Float], _ neurons: Int) -> Bool {
        // Only the diagonals are looked at: this is asked several times for every frame.
        (0..<(neurons > 0 ? routing.count / neurons : 0)).contains { row in routing[row * neurons + row % neurons] != 0
        }
    }

    /// Whether there is a running network to intervene in: one that generates, or one in training.
    var canIntervene: Bool { shape != nil && runInfo.modelFamily == "inn" && (generator == .ready || isTraining) }

    /// Whether an active intervention acts on this neuron by name.
    func isChanged(neuron: Int) -> Bool {
        interventions.active.list.contains { intervention in
            switch intervention {
            case .neuron(let changed, _, _), .gate(_, let changed?, _), .memory(_, let changed?, _): changed == neuron
            default: false
            }
        }
    }

    /// Whether an active intervention acts on the edge over which `listener` hears `speaker`.
    func isChanged(listener: Int, speaker: Int, round: Int) -> Bool {
        interventions.active.list.contains { intervention in
            guard case .edge(let i, let j, _, let place) = intervention else { return false }
            return i == listener && j == speaker && (place ?? round) == round
        }
    }

    /// A neuron's label, marked when an intervention acts on it.
    func marked(_ label: String) -> String { Int(label).map(isChanged) == true ? "✖" + label : label }

    /// Opens the drawer on what is selected on the screen.
    mutating func openDrawer() -> [Effect] {
        guard let shape else { return [] }
        isDrawerUnder = false
        var form = interventions.form
        let isRouting = screen == .routing && routing.hasCursor
        let chosen = screen == .clusters && clusters.hasCursor ? clusters.neuron : neurons.selected
        form.neuron = min(chosen, shape.neurons - 1)
        form.listener = min(isRouting ? routing.listener : form.listener, shape.neurons - 1)
        form.speaker = min(isRouting ? routing.speaker : form.speaker, shape.neurons - 1)
        if screen == .generate, generate.speaker != nil {
            form.listener = form.neuron
            form.speaker = momentSpeaker
        }
        form.head = min(routing.head ?? form.head, shape.heads - 1)
        form.round = form.round.map { min($0, shape.rounds - 1) }
        if isRouting { form.family = .edge }
        if form.listener == form.speaker { form.moveSpeaker(1, in: shape) }
        overlay = .ablation(form)
        return []
    }

    /// Runs what a key or the mouse does; a window over the drawer gives way to it again when it closes.
    mutating func keepingDrawer(_ run: (inout AppState) -> [Effect]) -> [Effect] {
        // Not the window itself: a copy of a long line that is being typed would be made for every key.
        let before = overlay?.context
        let effects = run(&self)
        switch (before, overlay?.context) {
        case (.ablation?, let window?) where window != .ablation: isDrawerUnder = true
        case (_?, nil) where isDrawerUnder:
            isDrawerUnder = false
            if screen != .runs, shape != nil { overlay = .ablation(interventions.form) }
        default: break
        }
        return effects
    }

    mutating func editForm(_ edit: (inout AblationForm, NetworkDimensions) -> Void) -> [Effect] {
        guard case .ablation(var form) = overlay, let shape else { return [] }
        edit(&form, shape)
        interventions.form = form
        overlay = .ablation(form)
        return []
    }

    /// Makes the intervention that a family is set to, or takes it back when it is active.
    mutating func toggleIntervention(_ family: AblationForm.Family) -> [Effect] {
        _ = editForm { form, _ in form.family = family }
        guard case .ablation(let form) = overlay else { return [] }
        let intervention = form.intervention(family)
        var set = interventions.active
        if set.contains(intervention) { set.remove(intervention) } else { set.add(intervention) }
        return interventions.change(to: set)
    }

    /// Interventions without those that the new network cannot have.
    mutating func forgetInterventions() {
        let replays = interventions.replays
        interventions = InterventionState()
        interventions.replays = replays
    }
}
