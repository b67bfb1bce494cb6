import INNKit
import Testing

@testable import INNScreens

struct ReducerTests {
    private func training(_ content: ScreenSnapshotTests.Content = .trained) -> AppState {
        var state = ScreenSnapshotTests.state(content)
        _ = reduce(&state, .resize(width: 120, height: 40))
        return state
    }

    private func press(_ state: inout AppState, _ keys: Key...) -> [Effect] {
        keys.flatMap { reduce(&state, .key($0)) }
    }

    @Test func quitWhileTrainingAsksAndEachChoiceHasItsEffect() {
        var state = training()
        #expect(press(&state, .character("q")).isEmpty)
        #expect(state.overlay == .quit(selection: 0))
        #expect(press(&state, .escape).isEmpty)
        #expect(state.overlay == nil)
        #expect(press(&state, .character("q"), .character("h")) == [.terminal(.leaveRunning)])
        #expect(press(&state, .character("q"), .enter) == [.trainer(.stop)])
        #expect(reduce(&state, .trainer(.training)).isEmpty && state.run.trainer == .stopping)
        #expect(reduce(&state, .trainer(.finished)) == [.terminal(.quit)])
    }

    @Test func aCheckpointThatCannotBeWrittenIsAskedAboutUntilThereIsAnAnswer() {
        func asked() -> AppState {
            var state = training()
            _ = press(&state, .character("q"), .character("s"))
            #expect(
                reduce(
                    &state,
                    .trainer(.savingFailed(message: "Writing 'x' failed because the disk is full; free some space."))
                ).isEmpty)
            #expect(state.overlay == .saving(selection: 0))
            return state
        }
        var state = asked()
        #expect(press(&state, .escape).isEmpty && state.overlay == nil)
        #expect(press(&state, .character("q")).isEmpty && state.overlay == .saving(selection: 0))
        #expect(press(&state, .enter) == [.trainer(.saving(.retry))])
        #expect(state.run.trainer == .stopping && state.overlay == nil)
        state = asked()
        #expect(press(&state, .character("f"), .escape).isEmpty && state.overlay == .saving(selection: 0))
        #expect(press(&state, .character("f"), .enter).isEmpty)
        #expect(press(&state, .character("/"), .character("a"), .enter) == [.trainer(.saveElsewhere(path: "/a"))])
        state = asked()
        #expect(press(&state, .control("c")) == [.trainer(.saving(.giveUp))])
        state = asked()
        #expect(press(&state, .character("g")).isEmpty && state.overlay == .abort(selection: 0))
        #expect(press(&state, .control("c")) == [.trainer(.saving(.giveUp))])
        // Whoever had asked to quit leaves when it is over, however it ends.
        #expect(reduce(&state, .trainer(.failed(message: "full"))) == [.terminal(.quit)])
    }

    @Test func controlCEscalates() {
        var state = training()
        #expect(press(&state, .control("c")).isEmpty)
        #expect(press(&state, .control("c")) == [.trainer(.stop)])
        #expect(press(&state, .control("c")).isEmpty && state.overlay == .abort(selection: 0))
        #expect(press(&state, .control("c")) == [.trainer(.abort), .terminal(.quit)])
    }

    /// No letter and no Enter ends training without a checkpoint: a pasted text that the terminal does not mark is
    /// letters and Enter.
    @Test func anAbortAsksAgain() {
        var state = training()
        #expect(press(&state, .character("q"), .character("a")).isEmpty)
        #expect(state.overlay == .abort(selection: 0))
        #expect(press(&state, .enter).isEmpty && state.overlay == nil, "Enter goes back")
        #expect(press(&state, .character("q"), .character("a"), .control("c")) == [.trainer(.abort), .terminal(.quit)])
        state = training()
        #expect(
            press(&state, .character("q"), .character("a"), .down, .enter) == [.trainer(.abort), .terminal(.quit)])
        let abort: [Effect] = [.trainer(.abort), .trainer(.saving(.giveUp))]
        for isStopping in [false, true] {
            var start = training()
            if isStopping { _ = press(&start, .character("q"), .character("s")) }
            for first in Self.typable {
                for second in Self.typable {
                    for third in Self.typable {
                        state = start
                        let effects = press(&state, .character("q"), first, second, third, .character("y"))
                        #expect(!effects.contains(where: abort.contains), "q \(first) \(second) \(third) y")
                    }
                }
            }
        }
    }

    private static let typable = "qsahybn ".map(Key.character) + [.tab, .enter]

    @Test func theEndOfTrainingTakesTheQuestionAway() {
        var state = training()
        _ = press(&state, .character("q"), .character("a"))
        #expect(reduce(&state, .trainer(.finished)).isEmpty && state.overlay == nil)
    }

    @Test func controlCEscalatesFromEveryWindow() {
        for opener in [Key.character("?"), .character(":"), .character("x")] {
            var state = training()
            #expect(press(&state, opener, .control("c")).isEmpty)
            #expect(state.overlay == .quit(selection: 0))
        }
    }

    @Test func quitWithoutTrainingQuitsAtOnce() {
        var state = training(.finished)
        #expect(press(&state, .character("q")) == [.terminal(.quit)])
        #expect(press(&state, .control("c")) == [.terminal(.quit)])
        var ended = training()
        #expect(reduce(&ended, .trainer(.finished)).isEmpty)
        #expect(press(&ended, .character("q")) == [.terminal(.quit)])
    }

    @Test func escapeNeverQuitsAndUnwindsOneLevel() {
        var state = training()
        _ = press(&state, .character("1"), .character("i"), .character("z"), .character("f"))
        #expect(state.train.cursor != nil && state.isMaximised && state.run.frozen != nil)
        #expect(press(&state, .escape).isEmpty)
        #expect(state.train.cursor == nil && state.isMaximised)
        #expect(press(&state, .escape, .escape, .escape).isEmpty)
        #expect(!state.isMaximised && state.run.frozen == nil)
    }

    @Test func pauseAndCheckpoint() {
        var state = training()
        #expect(press(&state, .character(" ")) == [.trainer(.pause)])
        #expect(state.run.trainer == .training, "the trainer alone says what it does")
        _ = reduce(&state, .training(.mark(EventMark(step: 1, kind: .paused))))
        #expect(state.run.trainer == .paused)
        #expect(press(&state, .character(" ")) == [.trainer(.resume)])
        _ = reduce(&state, .training(.mark(EventMark(step: 1, kind: .unpaused))))
        #expect(state.run.trainer == .training)
        #expect(press(&state, .character("c")) == [.trainer(.checkpoint)])
        var stored = training(.finished)
        #expect(press(&stored, .character(" "), .character("c")).isEmpty)
    }

    /// Pausing works wherever one looks at the training, unless the screen has another use for the key.
    @Test func spacePausesOnEveryScreen() {
        for screen in ScreenID.allCases where ![.runs, .generate].contains(screen) {
            var state = training()
            state.screen = screen
            #expect(press(&state, .character(" ")) == [.trainer(.pause)], "\(screen)")
            var stored = training(.finished)
            stored.screen = screen
            _ = press(&stored, .character(" "))
            #expect(stored.isReplaying, "\(screen) does not play a finished training")
        }
    }

    @Test func theDrawerSaysWhyItDoesNotOpen() {
        func reason(_ state: AppState) -> String? {
            var state = state
            #expect(press(&state, .character("b")).isEmpty && state.overlay == nil)
            return state.message?.text
        }
        var state = training()
        state.screen = .runs
        #expect(reason(state) == "ablate: here are runs; 0 to 5 show a network")
        #expect(reason(ScreenSnapshotTests.state(.empty))?.hasSuffix("nothing is measured yet") == true)
        var opening = training(.finished)
        opening.run.generator = .absent(reason: "none")
        #expect(reason(opening) == "ablate: no network is open: inn-tui explore")
        _ = reduce(&opening, .generator(.opening))
        #expect(reason(opening) == "ablate: the network is still being opened")
    }

    /// What the windows say is so: while training, while it pauses, while it stops, and where another process trains.
    @Test func dialogAndDrawerSayWhatIsSo() {
        var state = training()
        _ = press(&state, .character("q"))
        #expect(dialogTitle(state).joined().contains("is going on"))
        _ = press(&state, .escape)
        _ = reduce(&state, .training(.mark(EventMark(step: 1, kind: .paused))))
        _ = press(&state, .character("q"))
        #expect(dialogTitle(state).joined().contains("is paused") && state.listEntries.count == 4)
        _ = press(&state, .character("s"), .character("q"))
        #expect(state.trainer == .stopping)
        #expect(state.listEntries.map(\.label) == ["end without saving", "back"])
        #expect(press(&state, .character("h")).isEmpty && press(&state, .character("s")).isEmpty)
        #expect(state.message?.text.contains("it is stopping already") == true)

        var live = training()
        _ = press(&live, .character("b"), .character("n"))
        #expect(live.rendered().plainText().contains("Ablation · changes training itself"))
        #expect(interventionLine(live)?.contains("1 active, in this training: ") == true)
    }

    /// A run that trains, or was trained, with something taken away says so from the first frame on.
    @Test func aRunTrainedUnderALesionSaysSo() {
        let run = SyntheticRun(steps: 10, info: SyntheticRun.info(isLive: false))
        let lesion = InterventionSet([.neuron(2, .lesion)])
        var state = AppState(
            RunContents(info: run.info, reports: run.reports, interventions: lesion), width: 120, height: 40)
        #expect(interventionLine(state)?.hasPrefix("✖ 1 active, as the run was trained: ") == true)
        _ = reduce(&state, .watched(.training(process: 1, host: "h")))
        #expect(interventionLine(state)?.hasPrefix("✖ 1 active, as the run trains: ") == true)
        _ = reduce(&state, .opened(RunContents(info: run.info, reports: run.reports)))
        #expect(interventionLine(state) == nil)
    }

    @Test func frozenDisplayStandsStillWhileDataArrives() {
        var state = training()
        _ = press(&state, .character("f"))
        let before = state.rendered()
        _ = reduce(
            &state,
            .training(
                .report(
                    TrainingReport(
                        step: 99_999, charactersSeen: 1, trainBPC: 1, learningRate: 1, gradientNorm: 1,
                        charsPerSecond: 1, elapsedSeconds: 1, progress: 1
                    ))))
        #expect(state.rendered() == before)
        _ = press(&state, .character("f"))
        #expect(state.rendered() != before)
    }

    @Test func helpIsSearchedAndRunsTheEntry() {
        var state = training()
        _ = press(&state, .character("2"), .character("?"))
        for character in "against the first probe" { _ = press(&state, .character(character)) }
        #expect(state.listEntries.map(\.id) == ["routing.difference"])
        #expect(state.rendered().plainText().contains("/ against the first probe"))
        _ = press(&state, .enter)
        #expect(state.routing.difference == .first && state.overlay == nil)
    }

    @Test func helpEntryOfAnotherScreenGoesThere() {
        var state = training()
        _ = press(&state, .character("?"))
        for character in "running mean" { _ = press(&state, .character(character)) }
        _ = press(&state, .enter)
        #expect(state.screen == .train && state.train.smoothing == .strong)
    }

    @Test func paletteOffersCommandsWithoutKeys() {
        var state = training()
        _ = press(&state, .character("1"), .control("p"))
        for character in "learning rate: half" { _ = press(&state, .character(character)) }
        #expect(press(&state, .enter) == [.trainer(.scaleLearningRate(0.5))])
    }

    @Test func zoomPanAndInspectStayInsideTheRun() throws {
        var state = training()
        _ = press(&state, .character("1"), .character("+"), .character("+"))
        let window = try #require(state.context(\.train).trainWindow)
        #expect(window.upperBound == 3200 && abs(window.upperBound - window.lowerBound - 3190.0 / 4) < 1e-6)
        for _ in 0..<40 { _ = press(&state, .character(",")) }
        #expect(try #require(state.context(\.train).trainWindow).lowerBound == 10)
        _ = press(&state, .character("i"))
        for _ in 0..<300 { _ = press(&state, .left) }
        #expect(try #require(state.train.cursor) == 10)
        _ = press(&state, .character("="))
        #expect(state.context(\.train).trainWindow == 10...3200)
        #expect(state.rendered().plainText().contains("step 10  train"))
    }

    @Test func routingCursorShowsTheExactWeight() throws {
        var state = training()
        _ = press(&state, .character("2"), .down, .down, .right)
        let entry = try #require(state.probe)
        let weight = RoutingMatrix(entry, round: 1, head: nil, measure: .routing).values[1 * 16 + 2]
        let text = state.rendered().plainText()
        #expect(text.contains("1 listens to 2") && text.contains("a  " + Format.fixed(Double(weight), 4)))
    }

    @Test func headsAreARingWithTheirMean() {
        var state = training()
        _ = press(&state, .character("2"))
        var seen: [Int?] = []
        for _ in 0..<3 {
            seen.append(state.run.selection.head)
            _ = press(&state, .character("}"))
        }
        #expect(seen == [nil, 0, 1] && state.run.selection.head == nil)
    }

    @Test func scrubbingGoesBackAndReturnsToTheNewest() {
        var state = training()
        _ = press(&state, .character("2"), .character(","), .character(","))
        let entries = state.data.probes.entries
        #expect(state.probe?.snapshot.step == entries[entries.count - 3].snapshot.step)
        _ = press(&state, .character("."), .character("."))
        #expect(state.run.selection.probeStep == nil)
    }

    @Test func mouseChoosesTabsPanesAndCells() throws {
        var state = training()
        let tab = try #require(ScreenFrame(state).tabs.first { $0.id == .routing })
        _ = reduce(&state, .mouse(MouseEvent(kind: .press, x: tab.x + 1, y: 0)))
        #expect(state.screen == .routing)
        let pane = try #require(ScreenFrame(state).panes.first)
        var found = false
        for y in pane.inner.y..<pane.inner.maxY where !found {
            for x in pane.inner.x..<pane.inner.maxX where !found {
                _ = reduce(&state, .mouse(MouseEvent(kind: .press, x: x, y: y)))
                found = state.routing.hasCursor
            }
        }
        #expect(found && state.routing.listener == 0 && state.routing.speaker == 0)
    }

    @Test func exportDrawsTheScreenWithoutTheDialog() throws {
        var state = training()
        _ = press(&state, .character("x"))
        let effects = press(&state, .character("t"))
        guard case .terminal(.export(let view)) = try #require(effects.first) else {
            Issue.record("no export")
            return
        }
        #expect(view.fileName == "text8-small-1-overview-step-3200.txt")
        (state.theme, state.colorLevel) = (.mono, .mono)
        state.message = nil
        #expect(view.contents == state.rendered().plainText(), "heatmaps without colours are glyphs")
    }

    @Test func tooSmallStillQuits() {
        var state = training()
        _ = reduce(&state, .resize(width: 1, height: 1))
        #expect(press(&state, .character("q"), .character("q")) == [.trainer(.stop)])
    }

    @Test func thePaletteFindsWhatOtherScreensDo() {
        var state = training()
        _ = press(&state, .character(":"))
        for character in "learning rate: half" { _ = press(&state, .character(character)) }
        #expect(press(&state, .enter) == [.trainer(.scaleLearningRate(0.5))] && state.screen == .train)
    }

    @Test func theNoticeLeavesAfterAMinuteOrWithEscape() {
        func shown(_ state: AppState) -> Bool { state.rendered().plainText().contains("no network and no text8") }
        var state = training(.empty)
        _ = reduce(&state, .resize(width: 80, height: 24))
        _ = reduce(&state, .tick(now: 100))
        #expect(shown(state) && state.rendered().plainText().contains("Esc hides this"), "all of it")
        var later = state
        _ = reduce(&later, .tick(now: 161))
        #expect(!shown(later))
        _ = press(&state, .character("2"), .escape)
        #expect(!shown(state))
        _ = press(&state, .character("1"))
        _ = reduce(&state, .resize(width: 160, height: 50))
        #expect(state.rendered().plainText().contains("no network and no text8"), "the train screen keeps it")
    }

    @Test func onlyADisplayThatGrowsIsFrozen() {
        var state = training(.finished)
        _ = press(&state, .character("f"))
        #expect(state.run.frozen == nil)
        _ = reduce(&state, .watched(.training(process: 1, host: "here")))
        _ = press(&state, .character("f"))
        #expect(state.run.frozen != nil)
        _ = reduce(&state, .watched(.ended))
        _ = press(&state, .character("f"))
        #expect(state.run.frozen == nil, "what is frozen can be let go")
    }

    @Test func theRasterStopsAtItsEnds() {
        var state = training()
        _ = press(&state, .character("3"))
        for _ in 0..<50 { _ = press(&state, .character("l")) }
        let end = state.neurons.rasterOffset
        #expect(state.rendered().plainText().contains("of \(state.probe!.snapshot.rasterText.count)"))
        _ = press(&state, .character("h"))
        #expect(state.neurons.rasterOffset == max(0, end - 8))
    }

    @Test func monoTerminalsKeepTheMonoTheme() {
        let info = SyntheticRun.info()
        var state = AppState(runInfo: info, width: 80, height: 24, theme: .dark, colorLevel: .mono)
        #expect(state.theme == .mono)
        #expect(press(&state, .character("t")).isEmpty && state.theme == .mono)
        #expect(
            state.rendered().cells.allSatisfy { $0.foreground == .terminalDefault && $0.background == .terminalDefault }
        )
    }

    @Test func inconsistentSnapshotsAreRefused() {
        var state = training(.empty)
        var snapshot = SyntheticRun(steps: 100, probes: 1).snapshots[0]
        snapshot.routing.removeLast()
        _ = reduce(&state, .training(.probes(snapshot)))
        #expect(state.probe == nil)
    }
}
