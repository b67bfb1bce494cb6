import INNKit

extension KeyTable {
    static let explainBinding = KeyBinding<AppState>(
        "explain", .global, [.character("I")], "explain",
        "what am I looking at: explains the focused pane and its words"
    ) { $0.explain() }

    /// `?` on the help that `?` opened: whoever asks again does not ask for keys.
    static let explainFromHelp = KeyBinding<AppState>(
        "help.explain", .help, [.character("?")], "what is this?", "explains the focused pane instead", isHint: true,
        when: Requirement("a search is being typed") { state in
            if case .help(let list) = state.overlay { list.field.isEmpty } else { false }
        }
    ) { $0.explain() }

    static let explanationBindings: [KeyBinding<AppState>] =
        [
            KeyBinding(
                "explanation.next", .explanation, [.tab], "next pane", "explain the next pane", isHint: true
            ) { $0.explainPane(1) },
            KeyBinding("explanation.previous", .explanation, [.backTab], "pane back", "explain the previous pane") {
                $0.explainPane(-1)
            },
            KeyBinding(
                "explanation.close", .explanation,
                [.escape, .character("I"), .character("?"), .character("q"), .enter], "close", "close the explanation",
                isHint: true
            ) { $0.closeOverlay() },
            KeyBinding("explanation.redraw", .explanation, [.control("l")], "redraw", "draw the whole screen again") {
                _ in
                [.terminal(.redrawAll)]
            },
            KeyBinding(
                "explanation.interrupt", .explanation, [.control("c")], "interrupt",
                "quit, or the quit dialog while training"
            ) {
                $0.interrupt()
            },
        ]
        + movement("explanation", .explanation, vertical: "text", horizontal: nil) { state, _, dy in
            state.scrollExplanation(dy)
        } + [explainFromHelp]
}

extension AppState {
    /// The explanation of the focused pane.
    var explanation: Explanation? {
        let all = Screens.screen(screen).explanations
        return all.indices.contains(focusedPane) ? all[focusedPane] : nil
    }

    fileprivate mutating func explain() -> [Effect] {
        overlay = .explanation(offset: 0)
        return []
    }

    fileprivate mutating func explainPane(_ delta: Int) -> [Effect] {
        _ = moveFocus(delta)
        return explain()
    }

    fileprivate mutating func scrollExplanation(_ delta: Int) {
        guard case .explanation(let offset) = overlay else { return }
        let layout = ExplanationLayout(self, in: Rect(x: 0, y: 0, width: width, height: height))
        overlay = .explanation(offset: layout.bounded(layout.bounded(offset) + delta))
    }
}
