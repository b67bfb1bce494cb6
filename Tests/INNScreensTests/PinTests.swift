import INNKit
import Testing

@testable import INNScreens

/// A pane that is pinned and compared with what it is later.
struct PinTests {
    private func state(_ screen: ScreenID, width: Int = 120, height: Int = 40) -> AppState {
        var state = SyntheticRun(steps: 600, probes: 3, info: SyntheticRun.info(isLive: false))
            .state(screen, width: width, height: height)
        _ = reduce(&state, .tick(now: 1))
        return state
    }

    private func press(_ keys: String, _ state: inout AppState) {
        for key in keys { _ = reduce(&state, .key(.character(key))) }
    }

    private func difference(_ state: AppState) throws -> PaneDifference {
        let pin = try #require(state.pin)
        let pane = Screens.screen(pin.screen).panes[pin.pane]
        let before = try #require(pane.numbers(pin.screens(in: state)))
        return try #require(pane.numbers(state)?.difference(from: before))
    }

    @Test func twoRoundsAreSubtractedEdgeByEdge() throws {
        var state = state(.routing)
        press("P]", &state)
        press("[P", &state)
        #expect(state.isComparingPin)
        let text = state.rendered().plainText()
        #expect(text.contains("Pinned") && text.contains("round 2/2") && text.contains("round 1/2"))
        #expect(text.contains("Here less pinned"))
        let entry = try #require(state.probe)
        let first = RoutingMatrix(entry, round: 0, head: nil, measure: .routing)
        let second = RoutingMatrix(entry, round: 1, head: nil, measure: .routing)
        let found = try difference(state)
        #expect(found.quantity == "mean weight a" && found.rows.count == 16 && found.columns.count == 16)
        for (index, value) in found.values.enumerated() where !first.isAbsent(index / 16, index % 16) {
            #expect(value == first.values[index] - second.values[index])
        }
        #expect(found.values[0].isNaN, "no neuron listens to itself")
    }

    @Test func twoNeuronsAreSubtractedCharacterByCharacter() throws {
        var state = state(.neurons)
        state.focus[.neurons] = 1
        press("vPjjP", &state)
        let s = try #require(state.probe).snapshot
        let found = try difference(state)
        let neuron = state.selection.neuron
        #expect(neuron == 2 && found.rows.count == s.symbols.count)
        for (symbol, value) in found.values.enumerated() {
            let at = (state.shownRound * s.symbols.count + symbol) * s.neurons
            #expect(value == s.tuning[at + neuron] - s.tuning[at])
        }
        let text = state.rendered().plainText()
        #expect(text.contains("neuron 0") && text.contains("neuron 2"))
    }

    /// Of another run, also with other characters: what both have is compared.
    @Test func theNeuronsOfTwoRunsAreCompared() throws {
        var state = state(.neurons)
        state.focus[.neurons] = 1
        press("vP", &state)
        var other = SyntheticRun(steps: 900, neurons: 8, rounds: 1, probes: 2, seed: 11)
        other.info.name = "other"
        _ = reduce(
            &state,
            .opened(
                RunContents(
                    info: other.info, reports: other.reports, marks: other.marks, snapshots: other.snapshots,
                    samples: other.samples)))
        press("P", &state)
        #expect(state.rendered().plainText().contains("Pinned · text8-small-1"))
        #expect(try difference(state).rows.count == 27)
    }

    @Test func beforeAndAfterAnIntervention() throws {
        var state = ScreenSnapshotTests.state(.trained)
        _ = reduce(&state, .resize(width: 120, height: 40))
        state.screen = .generate
        state.focus[.generate] = 1
        press("P", &state)
        var frame = try #require(state.generation)
        frame.probabilities.swapAt(0, 5)
        _ = reduce(&state, .generation(frame))
        press("P", &state)
        let found = try difference(state)
        #expect(found.quantity == "probability of the next character")
        #expect(Set(found.largest.prefix(2)) == [0, 5])
    }

    @Test func theThirdKeyAndEscEndIt() {
        for last in [Key.character("P"), .escape] {
            var state = state(.routing)
            let plain = state.rendered()
            press("PP", &state)
            #expect(state.rendered() != plain)
            _ = reduce(&state, .key(last))
            state.message = nil
            #expect(state.pin == nil && state.rendered() == plain)
        }
    }

    /// Another screen is shown whole; the pin waits, says so, and comes back with its pane.
    @Test func thePinOutlastsAnotherScreen() {
        var state = state(.routing)
        press("P1", &state)
        state.message = nil
        #expect(state.rendered().plainText().contains("pinned: Rows listen to columns"))
        press("P", &state)
        #expect(state.screen == .routing && state.isComparingPin)
        press("1", &state)
        #expect(!state.isComparingPin && state.pin != nil)
    }

    @Test(arguments: [(160, 50), (60, 20), (40, 12)])
    func everyScreenComparesAtEverySize(width: Int, height: Int) {
        for screen in ScreenID.allCases where screen != .runs {
            for pane in Screens.screen(screen).panes.indices {
                guard Screens.screen(screen).panes[pane].isComparable else { continue }
                var state = ScreenSnapshotTests.state(.trained)
                state.screen = screen
                state.focus[screen] = pane
                _ = reduce(&state, .resize(width: width, height: height))
                _ = reduce(&state, .tick(now: 100))
                press("PP", &state)
                for part in width < 60 ? ComparisonPart.allCases : [.here] {
                    state.comparison = part
                    let text = state.rendered().plainText()
                    if width < 60 { #expect(text.contains("\(part.rawValue + 1)/3")) }
                    if width >= 60 { #expect(text.contains("Pinned") && text.contains("Here less pinned")) }
                }
            }
        }
    }

    /// A pin that could never be compared is refused, with the reason.
    @Test func aPaneWithoutNumbersIsNotPinned() {
        for screen in ScreenID.allCases {
            for (index, pane) in Screens.screen(screen).panes.enumerated() where !pane.isComparable {
                var state = state(screen)
                state.focus[screen] = index
                guard state.focusedPane == index else { continue }
                press("P", &state)
                let reason = screen == .runs ? "a list of runs cannot be pinned" : "this pane has no numbers to compare"
                #expect(state.pin == nil && state.message?.text == "pin: " + reason)
            }
        }
        var empty = ScreenSnapshotTests.state(.empty)
        empty.screen = .routing
        press("P", &empty)
        #expect(empty.pin == nil && empty.message?.text == "there are no numbers here yet")
    }

    @Test func differentThingsAreNotSubtracted() {
        var state = state(.routing)
        press("PvP", &state)
        let text = state.rendered().plainText()
        #expect(text.contains("not the same quantity") && text.contains("here: flow"))
    }

    @Test(arguments: [(160, 50), (80, 24)]) func looks(width: Int, height: Int) throws {
        var state = state(.routing, width: width, height: height)
        press("PP[", &state)
        try expectSnapshot(state.rendered().plainText(), "pinned-routing-\(width)x\(height).txt")
        state = self.state(.neurons, width: width, height: height)
        state.focus[.neurons] = 1
        press("vPPjj", &state)
        try expectSnapshot(state.rendered().plainText(), "pinned-neuron-\(width)x\(height).txt")
    }
}
