import INNKit
import Testing

@testable import INNScreens

/// The tour's card and keys; what it says of the shipped network is tested with that network.
struct TourScreenTests {
    private func explored(_ width: Int = 160, _ height: Int = 50) -> AppState {
        var state = ScreenSnapshotTests.state(.finished)
        _ = reduce(&state, .resize(width: width, height: height))
        state.screen = .generate
        return state
    }

    @Test func itHasEightToTwelveStops() { #expect((8...12).contains(Tour.steps.count)) }

    @Test func everyStopPointsAtAPaneThatIsThere() {
        for step in Tour.steps { #expect(Screens.screen(step.screen).panes.indices.contains(step.pane)) }
    }

    @Test func itBeginsWithItsOwnTextAndNothingChanged() {
        var state = explored()
        _ = reduce(&state, .interventions(InterventionSet([.neuron(3, .lesion)])))
        state.generate.coloring = .gate
        let effects = reduce(&state, .key(.f1))
        #expect(effects.contains(.intervene(.none, replays: true)))
        #expect(effects.suffix(2) == [.generator(.sampling(SamplingChoice())), .generator(.prompt(Tour.text))])
        #expect(state.tour == TourState() && state.generate.coloring == .surprisal)
    }

    @Test func enterPressesTheKeysThatTheCardNames() {
        var state = explored()
        let before = (selection: state.run.selection, generate: state.generate)
        _ = reduce(&state, .key(.f1))
        #expect(reduce(&state, .key(.enter)) == [.generator(.step(1))])
        _ = reduce(&state, .key(.enter))
        _ = reduce(&state, .key(.enter))
        #expect(reduce(&state, .key(.enter)) == [.generator(.step(10))])
        let chosen = state.run.selection.neuron
        #expect(
            reduce(&state, .key(.enter)) == [.intervene(InterventionSet([.neuron(chosen, .lesion)]), replays: true)])
        #expect(state.tour?.step == 5)
        // Leaving gives the neuron back, also where nobody has said yet what there was before.
        #expect(reduce(&state, .key(.escape)) == [.intervene(.none, replays: true)])
        #expect(state.overlay == nil)
        #expect(state.run.selection == before.selection && state.generate.coloring == before.generate.coloring)
    }

    /// What the tour changes is again what it was, whether it was begun by a key or by the command, and left by Esc or
    /// at its end.
    @Test(arguments: [false, true], [3, 12]) func itsEndBringsEverythingBack(_ isCommand: Bool, _ stops: Int) throws {
        var state = explored()
        state.generate.coloring = .gate
        state.run.selection.neuron = 7
        state.focus[.generate] = 3
        (state.generate.raster, state.isMaximised) = (true, true)
        _ = reduce(&state, .interventions(InterventionSet([.neuron(3, .lesion)])))
        let before = state.choices
        let asked = isCommand ? reduce(&state, .tour) : reduce(&state, .key(.f1))
        #expect(asked.first == .generator(.tellCourse(.tour)))
        let course = TextCourse(
            text: "the man", ids: nil, promptCount: 4, position: 6, furthest: 7, sampling: SamplingChoice(), changes: []
        )
        _ = reduce(&state, .course(course, for: .tour))
        for _ in 1..<stops { _ = reduce(&state, .key(.enter)) }
        #expect(state.choices != before)
        let effects = reduce(&state, .key(stops == Tour.steps.count ? .enter : .escape))
        #expect(effects.contains(.generator(.take(course))))
        #expect(state.choices == before && state.overlay == nil)
        #expect(
            state.message?.text == "back where the tour began: text, position, colours and changes are as they were")
    }

    @Test func itIsInThePaletteAndSaysWhereItCannotBe() {
        var state = ScreenSnapshotTests.state(.trained)
        state.width = 80
        #expect(reduce(&state, .key(.f1)).isEmpty)
        #expect(state.message?.text.contains("inn-tui tour") == true && state.overlay == nil)
        #expect(KeyTable.everything(in: explored()).contains { $0.id == "tour" })
    }

    /// Nothing on the card is cut, and the pane that it points at keeps at least a line below its title.
    @Test(arguments: [(160, 50), (120, 40), (80, 24), (60, 20), (40, 12)])
    func theCardFits(_ width: Int, _ height: Int) {
        var state = explored(width, height)
        _ = reduce(&state, .key(.f1))
        for step in 1...Tour.steps.count {
            let text = state.rendered().plainText()
            let frame = ScreenFrame(state)
            let card = text.split(separator: "\n", omittingEmptySubsequences: false)[frame.drawer.y..<frame.drawer.maxY]
            #expect(card.first?.contains("Tour \(step)/\(Tour.steps.count)") == true)
            #expect(!card.joined().contains("…"), "\(card.joined(separator: "\n"))")
            #expect(card.joined().contains("Enter: "))
            let pane = frame.panes.first { $0.index == state.focusedPane }
            #expect((pane?.inner.height ?? 0) >= 1)
            #expect(text.contains("▶"))
            _ = reduce(&state, .key(.enter))
        }
        #expect(state.tour == nil)
    }
}
