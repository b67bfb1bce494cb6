import INNKit
import Testing

@testable import INNScreens

struct AblationTests {
    private func opened(_ screen: ScreenID = .generate, width: Int = 160, height: Int = 50) -> AppState {
        var state = SyntheticRun(steps: 400, probes: 2, info: SyntheticRun.info(isLive: false)).state(
            screen, width: width, height: height)
        _ = reduce(&state, .generator(.ready))
        _ = reduce(&state, .generation(SyntheticGeneration.frame()))
        return state
    }

    private func press(_ state: inout AppState, _ keys: Key...) -> [Effect] {
        keys.flatMap { reduce(&state, .key($0)) }
    }

    @Test func aLetterLesionsTheSelectedNeuronAndUndoRestoresExactly() {
        var state = opened()
        let lesion = InterventionSet([.neuron(2, .lesion)])
        #expect(
            press(&state, .down, .down, .character("b"), .character("n")) == [.intervene(lesion, replays: false)]
        )
        #expect(state.run.interventions.active == lesion)
        // Undo computes the text anew, so that the divergence is 0 again and not only from now on.
        #expect(press(&state, .character("u")) == [.intervene(.none, replays: true)])
        #expect(press(&state, .character("u")).isEmpty)
    }

    /// An answer to the first key comes while the next ones are typed, and is about the first alone.
    @Test(arguments: [false, true]) func keysTypedBeforeTheAnswerAreKept(isLive: Bool) {
        for pause in 0...3 {
            var state = isLive ? ScreenSnapshotTests.state(.trained) : opened()
            func answer(_ set: InterventionSet) {
                _ = reduce(
                    &state,
                    isLive ? .training(.interventions(InterventionRecord(step: 1, set: set))) : .interventions(set))
            }
            _ = press(&state, .character("b"))
            if !isLive { _ = press(&state, .character("w")) }
            var unanswered: [InterventionSet] = []
            for (place, key) in "negr".enumerated() {
                for case .intervene(let set, _) in press(&state, .character(key)) { unanswered.append(set) }
                if place >= pause { answer(unanswered.removeFirst()) }
            }
            #expect(state.run.interventions.active.count == 4, "\(pause): \(state.run.interventions.active.names)")
            for set in unanswered { answer(set) }
            #expect(state.run.interventions.active.count == 4)
            // What comes unasked, such as the end of a memory reset, counts at once.
            answer(InterventionSet([.neuron(1, .mute)]))
            #expect(state.run.interventions.active == InterventionSet([.neuron(1, .mute)]))
        }
    }

    @Test func aRefusalIsShownWhenNothingNewerIsOnItsWay() {
        var state = opened()
        _ = press(&state, .character("b"), .character("n"), .character("e"))
        _ = reduce(&state, .interventions(.none))
        #expect(state.run.interventions.active.count == 2)
        _ = reduce(&state, .interventions(.none))
        #expect(state.run.interventions.active.isEmpty)
    }

    /// The probes on display are those with the lesion, the light is not.
    @Test func aLesionDoesNotChangeTheLight() throws {
        var state = opened()
        let before = lightText(state).forms
        _ = press(&state, .character("b"), .character("n"))
        var ablated = try #require(state.probe).snapshot
        ablated.effectiveNeurons = ablated.effectiveNeurons.map { $0 / 2 }
        _ = reduce(&state, .effect(SyntheticEffect.of(state, changed: ablated)))
        #expect(state.probe?.snapshot == ablated && lightText(state).forms == before)
    }

    @Test func theSameLetterTakesItBackInTheModeThatIsSet() {
        var state = opened()
        #expect(press(&state, .character("b"), .character("w")).isEmpty)
        let lesion = InterventionSet([.neuron(0, .lesion)])
        #expect(
            press(&state, .character("n"), .character("n")) == [
                .intervene(lesion, replays: true), .intervene(.none, replays: true),
            ])
        #expect(
            press(&state, .character("w"), .character("n"), .character("n")).last
                == .intervene(.none, replays: false))
    }

    @Test func everyFamilyHasItsKey() {
        var state = opened()
        _ = press(
            &state, .character("b"), .character("n"), .character("e"), .character("g"), .character("r"),
            .character("M"), .character("z"))
        #expect(
            state.run.interventions.active.names == [
                "neuron 0 lesion", "edge 0→1 cut", "gate closed · neuron 0", "routing uniform",
                "memory reset now · neuron 0", "head 1 zero",
            ])
        #expect(press(&state, .character("U")) == [.intervene(.none, replays: true)])
        #expect(state.run.interventions.active.isEmpty)
        _ = press(&state, .character("u"))
        #expect(state.run.interventions.active.count == 6)
    }

    @Test func targetsChangesAndRoundsAreChosen() {
        var state = opened()
        _ = press(&state, .character("b"), .right, .tab, .tab, .character("]"), .enter)
        #expect(
            state.run.interventions.active.list == [.neuron(1, .resample, round: 0)]
                || state.run.interventions.active.list == [.neuron(1, .mean, round: 0)])
        _ = press(&state, .down, .left, .character(">"), .tab, .enter)
        #expect(state.run.interventions.active.list.last == .edge(listener: 1, speaker: 15, .drop, round: 0))
        _ = press(&state, .down, .character("a"), .tab, .character("["), .enter)
        #expect(state.run.interventions.active.list.last == .gate(.open))
    }

    @Test func theDrawerStartsAtTheCellUnderTheCursor() {
        var state = opened(.routing)
        _ = press(&state, .down, .down, .right, .right, .character("b"))
        guard case .ablation(let form) = state.overlay else {
            Issue.record("no drawer")
            return
        }
        #expect(form.family == .edge && form.listener == 1 && form.speaker == 3)
    }

    @Test(arguments: [ScreenID.overview, .train, .routing, .neurons, .clusters, .generate])
    func theActiveListNeverLeavesTheScreen(_ screen: ScreenID) {
        for (width, height) in [(160, 50), (80, 24), (40, 12), (30, 8)] {
            var state = opened(screen, width: width, height: height)
            #expect(!state.rendered().plainText().contains("active, from now"))
            _ = press(&state, .character("b"), .character("n"), .escape)
            #expect(state.rendered().plainText().contains("1 active, from now"), "\(screen) \(width)×\(height)")
            state.isMaximised = true
            #expect(state.rendered().plainText().contains("1 active, from now"))
        }
    }

    @Test(arguments: [(160, 50), (120, 30), (100, 30), (80, 30), (80, 24)])
    func theDrawerHidesNothingThatItDependsOn(width: Int, height: Int) throws {
        var state = opened(width: width, height: height)
        _ = press(&state, .character("b"), .character("n"))
        _ = reduce(&state, .generation(SyntheticGeneration.frame(ablated: true)))
        let frame = ScreenFrame(state)
        #expect(
            frame.panes.allSatisfy { $0.outer.maxY <= frame.drawer.y }
                && [[0, 1, 2, 3, 4], [0, 1, 3, 4, 6]].contains(frame.panes.map(\.index)))
        let text = state.rendered().plainText()
        let footer = text.split(separator: "\n").last ?? ""
        #expect(text.contains("mean KL") && text.contains("8  surprisal") && text.contains("neuron 0 lesion"))
        #expect(footer.contains("u undo") && footer.contains("Esc close") && footer.contains("? help"))
        // Bars of the gates, or the raster that has a row for each neuron too.
        let gates = try #require(frame.panes.first { [2, 6].contains($0.index) }).inner
        let buffer = state.rendered()
        let shown = (gates.y..<gates.maxY).map { y in
            String(String.UnicodeScalarView((gates.x..<gates.maxX).map { buffer[$0, y].scalar }))
        }.joined(separator: " ")
        for neuron in 0..<16 { #expect(shown.contains(" \(neuron) "), "neuron \(neuron)") }
    }

    @Test func theDrawerPassesOnTheKeysThatItDoesNotUse() {
        var state = opened()
        _ = press(&state, .character("b"), .character("n"))
        #expect(
            press(&state, .character("L"), .character("l"), .character("h"), .pageUp) == [
                .generator(.step(10)), .generator(.step(1)), .generator(.step(-1)), .generator(.step(-10)),
            ])
        #expect(press(&state, .character(" ")) == [.generator(.play(8))])
        let theme = state.theme
        _ = press(&state, .character("2"), .character("t"))
        #expect(state.screen == .routing && state.theme != theme && state.isDrawerOpen)
        // A window opens over the drawer, which comes back.
        for opener in [Key.character("?"), .character("x"), .character(":")] {
            _ = press(&state, opener)
            #expect(state.overlay?.context != .ablation && state.rendered().plainText().contains("Ablation"))
            _ = press(&state, .escape)
            #expect(state.overlay?.context == .ablation && !state.isDrawerUnder)
        }
        _ = press(&state, .character("6"))
        #expect(state.screen == .runs && !state.isDrawerOpen)
    }

    @Test func helpFindsWhatTheDrawerDoes() {
        var state = opened()
        _ = press(&state, .character("?"))
        for letter in "lesion" { _ = press(&state, .character(letter)) }
        #expect(state.listEntries.map(\.id).contains("ablation.neuron"))
        #expect(press(&state, .enter) == [.intervene(InterventionSet([.neuron(0, .lesion)]), replays: false)])
        #expect(state.overlay?.context == .ablation)
    }

    @Test func theEdgeCursorPassesOverTheListenerItself() {
        var state = opened()
        _ = press(&state, .character("b"), .down, .left)
        #expect(state.run.interventions.form.speaker == 15, "0 does not hear itself")
        _ = press(&state, .right, .character(">"))
        #expect(state.run.interventions.form.listener == 2 && state.run.interventions.form.speaker == 1)
    }

    @Test func thereIsNoDrawerWithoutANetwork() {
        var state = SyntheticRun(steps: 400, info: SyntheticRun.info(isLive: false)).state(.routing)
        #expect(press(&state, .character("b")).isEmpty && state.overlay == nil)
        var training = SyntheticRun(steps: 400).state(.overview)
        #expect(
            press(&training, .character("b"), .character("n")) == [
                .trainer(.intervene(InterventionSet([.neuron(0, .lesion)]))),
                .intervene(InterventionSet([.neuron(0, .lesion)]), replays: true),
            ])
    }

    @Test func whatIsReallyInForceIsShown() {
        var state = opened()
        _ = press(&state, .character("b"), .character("n"))
        _ = reduce(&state, .interventions(.none))
        #expect(state.run.interventions.active.isEmpty)
        var training = SyntheticRun(steps: 400).state(.overview)
        _ = reduce(
            &training, .training(.interventions(InterventionRecord(step: 410, set: InterventionSet([.routing(.off)])))))
        #expect(training.rendered().plainText().contains("1 active, in this training: routing off"))
    }

    @Test func probesWithInterventionsTakeThePlaceOfTheBaselineAndAreCompared() throws {
        var state = opened(.routing)
        state.routing.measure = .routing
        var changed = try #require(state.probe).snapshot
        changed.routing = changed.routing.map { $0 * 0.5 }
        changed.firingRate[16] = 0.125
        _ = press(&state, .character("b"), .character("n"), .escape)
        _ = reduce(&state, .effect(SyntheticEffect.of(state, changed: changed)))
        #expect(state.probe?.snapshot == changed && state.rendered().plainText().contains("ablated: step 400"))
        _ = press(&state, .character("b"), .character("="), .escape)
        #expect(state.rendered().plainText().contains("from the baseline"))
        _ = press(&state, .escape)
        #expect(!state.run.interventions.isComparing)
        _ = press(&state, .character("3"))
        let text = state.rendered().plainText()
        #expect(text.contains("against the baseline") && text.contains("→0.12") || text.contains("→0.13"))
        _ = press(&state, .character("b"), .character("U"))
        #expect(state.probe?.snapshot.firingRate[16] != 0.125)
    }

    @Test func openingAnotherRunForgetsInterventions() {
        var state = opened()
        _ = press(&state, .character("b"), .character("n"), .escape)
        let other = SyntheticRun(steps: 100, neurons: 5, probes: 1, info: SyntheticRun.info(isLive: false))
        _ = reduce(&state, .opened(RunContents(info: other.info, reports: other.reports, snapshots: other.snapshots)))
        #expect(
            state.run.interventions.active.isEmpty && state.run.generation == nil && state.probe?.snapshot.neurons == 5)
    }

    @Test(arguments: [(160, 50), (80, 24)])
    func drawerSnapshots(_ size: (Int, Int)) throws {
        var state = opened(width: size.0, height: size.1)
        _ = press(&state, .character("b"), .character("n"), .character("e"), .character("r"), .up)
        _ = reduce(&state, .generation(SyntheticGeneration.frame(ablated: true)))
        try expectSnapshot(state.rendered().plainText(), "drawer-\(size.0)x\(size.1).txt")
        _ = press(&state, .character("="), .escape)
        try expectSnapshot(state.rendered().plainText(), "generate-ablated-\(size.0)x\(size.1).txt")
    }
}
