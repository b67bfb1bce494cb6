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
        (choices, overlay, runs) = (state.choices, state.overlay, state.runs)
        (comparison, theme, pin) = (state.comparison, state.theme, state.pin?.title)
        window = [
            state.isMouseOn, state.isNoticeShown, state.frozen == nil, state.isOverviewRasterShown,
            state.generate.isPlaying, state.isDrawerUnder,
        ]
    }
}

extension AppState {
    /// Runs what a key does. One that comes to nothing, such as a cursor at the end of its list, says so: no key is
    /// silent.
    mutating func run(_ binding: KeyBinding<AppState>) -> [Effect] {
        // A line that is being typed may be long, and is compared with nothing.
        guard !isTypingLine else { return binding.run(&self) }
        let before = Visible(self)
        // What was said before is past with the next key that does something.
        message = nil
        let effects = binding.run(&self)
        if message == nil, effects.isEmpty, Visible(self) == before { show("\(binding.label): \(binding.idle)") }
        return effects
    }
}
