import INNKit
import Testing

@testable import INNScreens

/// What a click does, found where the drawing put it.
struct MouseTests {
    private func explored(ablated: Bool = false) -> AppState {
        var state = SyntheticRun(steps: 400, probes: 2, info: SyntheticRun.info(isLive: false)).state(
            .generate, width: 160, height: 50)
        _ = reduce(&state, .generator(.ready))
        _ = reduce(&state, .generation(SyntheticGeneration.frame(ablated: ablated, ahead: 12)))
        return state
    }

    private func click(_ state: inout AppState, _ x: Int, _ y: Int, _ kind: MouseEvent.Kind = .press) -> [Effect] {
        reduce(&state, .mouse(MouseEvent(kind: kind, x: x, y: y)))
    }

    private func pane(_ state: AppState, _ index: Int) throws -> Rect {
        try #require(ScreenFrame(state).panes.first { $0.index == index }).inner
    }

    @Test func aCharacterIsGoneToAndTheWheelSteps() throws {
        var state = explored()
        state.generate.raster = false
        let text = try pane(state, 0)
        // 90 characters were read: the tenth lies 80 back, the 95th 5 ahead.
        #expect(click(&state, text.x + 9, text.y) == [.generator(.step(-80))])
        #expect(click(&state, text.x + 94, text.y) == [.generator(.step(5))])
        #expect(click(&state, text.x + 120, text.y + 2).isEmpty, "there is no character")
        #expect(
            click(&state, text.x, text.y, .scrollDown) == [.generator(.step(1))]
                && click(&state, text.x, text.y, .scrollUp) == [.generator(.step(-1))])
    }

    @Test func gatesAndWeightsAreSelected() throws {
        var state = explored()
        let gates = try pane(state, 2)
        _ = click(&state, gates.x + 2, gates.y + 5)
        #expect(state.run.selection.neuron == 5)
        let routing = try pane(state, 3)
        var selected: Set<String> = []
        for y in routing.y..<routing.maxY {
            for x in routing.x..<routing.maxX {
                _ = click(&state, x, y)
                selected.insert("\(state.run.selection.neuron) \(state.context(\.generate).momentSpeaker)")
            }
        }
        #expect(selected.count >= 16 * 16, "every weight can be reached")
        _ = reduce(&state, .key(.character("b")))
        #expect(state.run.interventions.form.family == .neuron)
        guard case .ablation(let form) = state.overlay else { return #expect(Bool(false)) }
        #expect(form.listener == 15 && form.speaker == 0, "15 does not hear itself")
    }

    @Test func everyHintOfTheFooterDoesWhatItsKeyDoes() {
        for screen in ScreenID.allCases {
            let state = {
                var state = explored()
                state.screen = screen
                return state
            }()
            for hint in footerHints(state, ScreenFrame(state).footer) {
                var clicked = state
                var pressed = state
                let effects = click(&clicked, hint.area.x, hint.area.y)
                #expect(
                    effects == reduce(&pressed, .key(hint.key)) && "\(clicked)" == "\(pressed)",
                    "\(screen) \(hint.keys)")
            }
        }
    }

    @Test func entriesOfWindowsAreRun() throws {
        var state = explored()
        _ = reduce(&state, .key(.character("?")))
        let list = ListLayout(state, in: Rect(x: 0, y: 0, width: 160, height: 50))
        let wanted = try #require(state.listEntries.firstIndex { $0.id == "generate.coloring" })
        _ = click(&state, list.body.x + 3, list.body.y + wanted - list.first)
        #expect(state.overlay == nil && state.generate.coloring == .gate)
        _ = reduce(&state, .key(.character("x")))
        let dialog = DialogLayout(state, in: Rect(x: 0, y: 0, width: 160, height: 50))
        let effects = click(&state, dialog.area.x + 2, dialog.choicesY + 3)
        guard case .terminal(.export(let view)) = try #require(effects.first) else { return #expect(Bool(false)) }
        #expect(view.format == .csv && state.overlay == nil)
        _ = reduce(&state, .key(.character("?")))
        _ = click(&state, 0, 20)
        #expect(state.overlay == nil, "a click beside a window closes it")
    }

    @Test func theDrawerTakesClicks() throws {
        var state = explored()
        _ = reduce(&state, .key(.character("b")))
        let row = try #require(
            state.rendered().plainText().split(separator: "\n", omittingEmptySubsequences: false).firstIndex {
                $0.contains("routing uniform")
            })
        #expect(click(&state, 8, row).isEmpty, "the first click marks the row")
        #expect(click(&state, 8, row) == [.intervene(InterventionSet([.routing(.uniform)]), replays: false)])
    }

    @Test func theTitleOfTheFocusedPaneMaximisesIt() {
        var state = explored()
        state.screen = .routing
        let pane = ScreenFrame(state).panes[1].outer
        _ = click(&state, pane.x + 4, pane.y)
        #expect(state.focusedPane == 1 && !state.isMaximised)
        _ = click(&state, pane.x + 4, pane.y)
        #expect(state.isMaximised)
    }

    @Test func theInspectCursorFollowsADrag() throws {
        var state = SyntheticRun(steps: 400).state(.train, width: 160, height: 50)
        let chart = try pane(state, 0)
        _ = click(&state, chart.x + 30, chart.y + 8)
        let before = try #require(state.train.cursor)
        _ = click(&state, chart.x + 60, chart.y + 8, .drag)
        #expect(try #require(state.train.cursor) > before)
        _ = click(&state, chart.x + 60, chart.y + 8, .scrollUp)
        #expect(state.train.span != nil, "the wheel zooms")
    }
}
