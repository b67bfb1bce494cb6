/// A pane as it was when it was pinned: all that it takes to draw it again, whatever has become of the run since.
struct Pin: Sendable {
    /// One element; a value cannot hold another one of its own type in place.
    private let kept: [AppState]
    let screen: ScreenID
    let pane: Int

    init(_ state: AppState) {
        var kept = state
        kept.pin = nil
        kept.comparison = nil
        kept.overlay = nil
        (kept.message, kept.alarm) = (nil, nil)
        self.kept = [kept]
        (screen, pane) = (state.screen, state.focusedPane)
    }

    var title: String { Screens.screen(screen).panes[pane].heading(kept[0]) }

    /// The pinned screens in the window as it is now.
    func screens(in window: AppState) -> AppState {
        var state = kept[0]
        (state.width, state.height) = (window.width, window.height)
        (state.theme, state.colorLevel, state.glyphLevel) = (window.theme, window.colorLevel, window.glyphLevel)
        return state
    }
}

/// Which part of a comparison has the focus.
enum ComparisonPart: Int, CaseIterable, Sendable { case pinned, here, difference }

extension AppState {
    /// Whether a pinned pane and what it is now are side by side.
    var isComparingPin: Bool { comparison != nil && pin?.screen == screen }

    /// Why there is nothing to pin; nil where there is, or where a pin is to be shown or let go.
    var whyNotPinned: String? {
        guard pin == nil else { return nil }
        if screen == .runs { return "a list of runs cannot be pinned" }
        let pane = Screens.screen(screen).panes[focusedPane]
        guard pane.isComparable else { return "this pane has no numbers to compare" }
        return pane.numbers(self) == nil ? "there are no numbers here yet" : nil
    }

    /// Pins the focused pane; then shows pin and present side by side; then lets the pin go.
    mutating func advancePin() -> [Effect] {
        guard let pin else {
            let new = Pin(self)
            self.pin = new
            show("pinned: \(new.title); change something, P shows both")
            return []
        }
        guard !isComparingPin else { return endComparison() }
        let effects = screen == pin.screen ? [] : show(pin.screen)
        focus[pin.screen] = pin.pane
        isMaximised = false
        comparison = .here
        show("Tab goes through the three, P or Esc lets the pin go")
        return effects
    }

    mutating func endComparison() -> [Effect] {
        (pin, comparison) = (nil, nil)
        isMaximised = false
        return []
    }

    /// Tab goes through the parts of the comparison.
    mutating func moveComparisonFocus(_ delta: Int) {
        let count = ComparisonPart.allCases.count
        comparison = comparison.flatMap { ComparisonPart(rawValue: ($0.rawValue + delta + count) % count) }
    }
}
