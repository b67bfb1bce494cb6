import INNKit

/// What a key may change that somebody could see or come back to.
private struct Visible: Equatable {
    let choices: ScreenChoices
    let overlay: Overlay?
    let runs: RunsView
    let window: [Bool]
    let comparison: ComparisonPart?
    let theme: ThemeName
    let pin: String?

    init(_ state: AppState) {
        (choices, overlay) = (state.choices, state.overlay)
        var runs = state.runs
        // Nobody has chosen one yet: the first has the cursor.
        if state.screen == .runs { runs.selected = runs.current?.exactName }
        self.runs = runs
        (comparison, theme, pin) = (state.comparison, state.theme, state.pin?.title)
        window = [
            state.isMouseOn, state.isNoticeShown, state.alarm != nil, state.frozen == nil, state.isOverviewRasterShown,
            state.generate.isPlaying, state.isDrawerUnder,
        ]
    }
}

extension ScreenChoices {
    /// What was chosen since then that only some panes show, in one phrase.
    fileprivate func news(since before: ScreenChoices) -> String? {
        if selection.neuron != before.selection.neuron { return "neuron \(selection.neuron)" }
        if selection.round != before.selection.round { return selection.round.map { "round \($0 + 1)" } }
        if selection.head != before.selection.head {
            return selection.head.map { "head \($0 + 1)" } ?? "mean over heads"
        }
        if generate.speaker != before.generate.speaker {
            return generate.speaker.map { "what it hears of neuron \($0)" }
        }
        if generate.raster != before.generate.raster {
            return generate.raster == true ? "who fires is on: Tab goes there" : "who fires is off"
        }
        if neurons.rasterOffset != before.neurons.rasterOffset {
            return "held-out text from character \(neurons.rasterOffset + 1)"
        }
        return nil
    }
}

extension AppState {
    /// Runs what a key does. One that comes to nothing, such as a cursor at the end of its list, says so: no key is
    /// silent.
    mutating func run(_ binding: KeyBinding<AppState>) -> [Effect] {
        // A line that is being typed may be long, and is compared with nothing. What is drawn again stays as it is.
        guard !isTypingLine, !binding.id.hasSuffix(".redraw") else { return binding.run(&self) }
        let before = Visible(self)
        // What was said before is past with the next key that does something.
        message = nil
        let effects = binding.run(&self)
        guard message == nil, effects.isEmpty else { return effects }
        let after = Visible(self)
        if after == before {
            show("\(binding.label): \(binding.idle)")
        } else if width < 60 || isMaximised, let choice = after.choices.news(since: before.choices) {
            // The one pane on display may not be the one that shows it.
            show(choice)
        }
        return effects
    }
}
