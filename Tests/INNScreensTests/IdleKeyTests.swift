import INNKit
import Testing

@testable import INNScreens

/// No key that help or footer list is silent: it changes what can be seen, has something done, or says why not.
struct IdleKeyTests {
    /// What may have been done on a screen before its key.
    private static let before: [ScreenID: [String]] = [
        .routing: ["e", "ej", "v", "vvv", "["], .clusters: ["v", "vv", "["], .train: ["+", "i"], .overview: [",", "v"],
    ]

    /// An analysis takes seconds to make.
    private static let insight = SyntheticInsight.insight(depth: .light)

    private func state(
        _ content: ScreenSnapshotTests.Content, _ screen: ScreenID, size: (Int, Int) = (120, 40)
    ) -> AppState {
        var state = ScreenSnapshotTests.state(content)
        state.screen = screen
        _ = reduce(&state, .resize(width: size.0, height: size.1))
        return state
    }

    @Test(arguments: [ScreenSnapshotTests.Content.trained, .finished, .empty, .onePoint, .red], ScreenID.allCases)
    func everyKeyAnswers(_ content: ScreenSnapshotTests.Content, _ screen: ScreenID) {
        var start = state(content, screen)
        for binding in KeyTable.all where [.global, .screen(screen)].contains(binding.context) {
            expectAnswers(binding, in: start)
        }
        for isAnalysed in content == .finished ? [false, true] : [false] {
            if isAnalysed { _ = reduce(&start, .insight(Self.insight)) }
            for keys in Self.before[screen] ?? [] {
                var state = start
                for key in keys { _ = reduce(&state, .key(.character(key))) }
                for binding in KeyTable.all where binding.context == .screen(screen) {
                    expectAnswers(binding, in: state, after: keys)
                }
            }
        }
    }

    /// A pane that the layout has no room for fills the screen before it is zoomed, and then z says so.
    @Test(arguments: [(60, 20), (80, 24), (120, 40)], ScreenID.allCases)
    func aZoomIsSeenOrRefused(_ size: (Int, Int), _ screen: ScreenID) {
        var state = state(.finished, screen, size: size)
        for _ in state.panesWithContent {
            for _ in 1...2 {
                state.message = nil
                let before = state.rendered()
                _ = reduce(&state, .key(.character("z")))
                #expect(state.message != nil || state.rendered() != before, "pane \(state.focusedPane)")
            }
            _ = reduce(&state, .key(.tab))
        }
    }

    @Test(arguments: ScreenID.allCases) func everyKeyOfTheWindowAnswersWhereOnePaneFits(_ screen: ScreenID) {
        let start = state(.finished, screen, size: (40, 12))
        for binding in KeyTable.all where binding.context == .global {
            expectAnswers(binding, in: start)
        }
    }

    @Test func everyKeyOfTheDrawerAnswers() {
        for screen in [ScreenID.generate, .neurons] {
            for family in AblationForm.Family.allCases {
                var start = state(.finished, screen)
                _ = reduce(&start, .generator(.ready))
                _ = reduce(&start, .key(.character("b")))
                _ = start.editForm { form, _ in form.family = family }
                guard start.isDrawerOpen else { return #expect(Bool(false), "the drawer is closed") }
                for binding in KeyTable.ablationBindings { expectAnswers(binding, in: start) }
            }
        }
    }

    /// Twice, so that a cursor comes to its end.
    private func expectAnswers(_ binding: KeyBinding<AppState>, in start: AppState, after keys: String = "") {
        // Some are only in the palette.
        guard let key = binding.keys.first else { return }
        var state = start
        for press in 1...2 {
            // In the window that it has opened the key means something else, or nothing.
            if press == 2, state.overlay?.context != start.overlay?.context { return }
            state.message = nil
            let before = state.rendered()
            let effects = reduce(&state, .key(key))
            #expect(
                !effects.isEmpty || state.message != nil || state.rendered() != before,
                "\(binding.id) after “\(keys)”, press \(press), says nothing")
        }
    }

    /// Where one pane is on display and another one would show what was chosen, the status line says it.
    @Test func aChoiceOfAHiddenPaneIsSaid() {
        var state = state(.finished, .generate)
        _ = reduce(&state, .generator(.ready))
        _ = reduce(&state, .resize(width: 40, height: 12))
        for (key, sentence) in [
            ("j", "neuron 1"), ("[", "round 1"), ("}", "head 1"), ("{", "mean over heads"),
            (".", "what it hears of neuron 2"), ("v", "who fires is on: Tab goes there"), ("v", "who fires is off"),
        ] {
            _ = reduce(&state, .key(.character(Character(key))))
            #expect(state.message?.text == sentence)
        }
    }

    /// The page of a neuron lies over the held-out text, whose window moves all the same.
    @Test func whatMovesBehindAPageIsSaid() {
        var state = state(.finished, .neurons)
        _ = reduce(&state, .key(.enter))
        #expect(state.isMaximised)
        for _ in 1...2 {
            state.message = nil
            let before = state.rendered()
            _ = reduce(&state, .key(.right))
            #expect(state.message != nil || state.rendered() != before)
        }
    }

    @Test func whatIsSaidIsTrue() {
        var state = state(.finished, .generate)
        _ = reduce(&state, .generator(.ready))
        func said(_ key: Key) -> String? {
            state.message = nil
            _ = reduce(&state, .key(key))
            return state.message?.text
        }
        #expect(said(.up) == "neuron: this is the first")
        for _ in 0..<15 { #expect(said(.down) == nil) }
        #expect(said(.down) == "neuron: this is the last")
        #expect(said(.character("]")) == "round: this is the last")
        #expect(said(.character("[")) == nil)
        #expect(said(.character("[")) == "round: this is the first")
        #expect(said(.character("5")) == "generate: it is the one on display")
        #expect(said(.escape) == "back: there is nothing to take back")
    }
    @Test func reasonsAreTrue() {
        func reason(_ keys: String, on screen: ScreenID) -> String? {
            var state = state(.finished, screen)
            for key in keys { _ = reduce(&state, .key(.character(key))) }
            return state.message?.text
        }
        #expect(reason("en", on: .routing) == "scale: not in the graph; e shows the matrix")
        #expect(reason("eo", on: .routing) == "order: not in the graph; e shows the matrix")
        #expect(reason("vved", on: .routing)?.hasPrefix("difference: not in the graph") == true)
        #expect(reason("vvd", on: .routing) == nil)
        #expect(reason("d", on: .routing) == "difference: of mean weights and flow: v", "this character's weights")
        #expect(reason("[[", on: .clusters) == "round: this is the first round")
        #expect(reason("]", on: .clusters) == "round: this is the last round")
    }
}
