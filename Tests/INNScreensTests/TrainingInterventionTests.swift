import INNKit
import Testing

@testable import INNScreens

/// Changes made while a network trains: to training itself, or only to what is shown of it.
struct TrainingInterventionTests {
    private let lesion = InterventionSet([.neuron(0, .lesion)])

    private func training(_ screen: ScreenID = .overview, width: Int = 160, height: Int = 50) -> AppState {
        var state = SyntheticRun(steps: 400, probes: 2).state(screen, width: width, height: height)
        _ = reduce(&state, .tick(now: 100))
        return state
    }

    private func press(_ state: inout AppState, _ keys: String) -> [Effect] {
        keys.flatMap { reduce(&state, .key(.character($0))) }
    }

    private func answer(_ state: inout AppState, _ set: InterventionSet) -> [Effect] {
        reduce(&state, .training(.interventions(InterventionRecord(step: 401, set: set))))
    }

    @Test func aToggleChangesTrainingAndWhatIsShownUntilOneChooses() {
        var state = training()
        #expect(press(&state, "bn") == [.trainer(.intervene(lesion)), .intervene(lesion, replays: true)])
        #expect(answer(&state, lesion).isEmpty)
        #expect(state.rendered().plainText().contains("Ablation · changes training itself"))
        // The choice itself changes nothing.
        #expect(press(&state, "w").isEmpty && state.run.interventions.active == lesion)
        let text = state.rendered().plainText()
        #expect(text.contains("changes only what is shown; training keeps 1 change"))
        #expect(text.contains("1 active, only in what is shown: neuron 0 lesion"))
        #expect(press(&state, "n") == [.intervene(.none, replays: true)])
        #expect(state.live.interventions == lesion)
        // Back: what is shown is what training has.
        #expect(press(&state, "w") == [.intervene(lesion, replays: true)])
        #expect(state.rendered().plainText().contains("1 active, in this training: neuron 0 lesion"))
        #expect(press(&state, "n") == [.trainer(.intervene(.none)), .intervene(.none, replays: true)])
    }

    @Test func whatIsShownFollowsTheTrainerWhereItRefusesOrEndsAChange() {
        var state = training()
        _ = press(&state, "bn")
        #expect(answer(&state, .none) == [.intervene(.none, replays: true)])
        #expect(state.run.interventions.active.isEmpty)
        // The network on display has no say meanwhile, and the trainer none when only what is shown changes.
        _ = reduce(&state, .interventions(lesion))
        #expect(state.run.interventions.active.isEmpty)
        _ = press(&state, "wn")
        #expect(answer(&state, .none).isEmpty && state.run.interventions.active == lesion)
        _ = reduce(&state, .interventions(.none))
        #expect(state.run.interventions.active.isEmpty)
    }

    @Test func atTheEndOnlyWhatIsShownIsLeftToChange() {
        var state = training()
        _ = press(&state, "bn")
        _ = answer(&state, lesion)
        _ = reduce(&state, .trainer(.finished))
        #expect(press(&state, "r").count == 1 && state.run.interventions.active.count == 2)
        #expect(press(&state, "w").isEmpty)
        #expect(state.rendered().plainText().contains("mode: training has ended"))
        #expect(state.rendered().plainText().contains("2 active, in what is shown"))
    }

    @Test(arguments: [(160, 50), (80, 24), (40, 12)])
    func theEffectStandsBesideWhatIsActive(width: Int, height: Int) {
        var state = training(.train, width: width, height: height)
        _ = press(&state, "bn")
        _ = reduce(&state, .effectAwaited)
        #expect(state.rendered().plainText().contains("measuring ΔBPC"))
        let other = InterventionEffect(
            .none, step: 1, difference: SyntheticEffect.of(state).difference, changed: nil)
        _ = reduce(&state, .effect(other))
        #expect(!state.rendered().plainText().contains("ΔBPC"), "that of another set")
        _ = reduce(&state, .effect(SyntheticEffect.of(state)))
        let text = state.rendered().plainText()
        #expect(text.contains(width > 100 ? "ΔBPC +0.025 [+0.013, +0.037] · n 64 · step 412" : "ΔBPC +0.025, n 64"))
        #expect(text.contains("1 active"))
    }

    /// The run's own probes may be of other weights, and in a training that has a lesion they are with it.
    @Test func probesAreComparedWithThoseOfTheSameWeights() throws {
        var state = training(.routing)
        let latest = try #require(state.probe).snapshot
        var (changed, intact) = (latest, latest)
        changed.firingRate[0] = 0.125
        intact.firingRate[0] = 0.875
        _ = press(&state, "bn")
        _ = reduce(&state, .effect(SyntheticEffect.of(state, changed: changed, intact: intact)))
        #expect(state.probe?.snapshot == changed && state.run.baselineProbe?.snapshot == intact)
        _ = press(&state, "n")
        #expect(state.probe?.snapshot == latest && state.run.baselineProbe == nil)
    }

    // MARK: What is said

    private func paused(at step: Int) -> AppState {
        var state = training()
        _ = reduce(&state, .training(.mark(EventMark(step: step, kind: .paused))))
        return state
    }

    @Test func aPausedTrainingIsWhereItPausedAndHasNoSpeed() {
        #expect(training().rendered().plainText().contains("chars/s"))
        var state = paused(at: 407)
        let status = state.rendered().plainText().split(separator: "\n").suffix(2).joined()
        #expect(status.contains("paused · step 407") && !status.contains("chars/s"))
        _ = press(&state, "q")
        #expect(state.rendered().plainText().contains("Training is paused at step 407."))
        var going = training()
        _ = press(&going, "q")
        #expect(going.rendered().plainText().contains("Training is going on, past step 400."))
    }

    @Test func theLossOfAnAbortCountsEveryCheckpoint() {
        var state = training()
        _ = press(&state, "qa")
        #expect(state.rendered().plainText().contains("There is no checkpoint yet: all that was learned is lost."))
        _ = reduce(&state, .training(.announced(EventMark(step: 390, kind: .bestCheckpoint))))
        #expect(state.rendered().plainText().contains("since the checkpoint at step 390 is lost"))
        _ = reduce(&state, .training(.announced(EventMark(step: 407, kind: .checkpoint))))
        _ = reduce(&state, .training(.mark(EventMark(step: 407, kind: .paused))))
        #expect(state.rendered().plainText().contains("The checkpoint at step 407 holds all that was learned."))
    }

    @Test func whoWatchesHearsOfAPauseAndIsNotToldThatNothingComes() {
        let info = SyntheticRun.info(isLive: false)
        var state = AppState(runInfo: info, width: 160, height: 50)
        #expect(state.rendered().plainText().contains("this run has stored no probes"))
        _ = reduce(&state, .watched(.training(process: 7, host: "here")))
        let text = state.rendered().plainText()
        #expect(text.contains("waiting for the first report") && text.contains("waiting for the first probes"))
        #expect(text.contains("first generated text at step 200") && !text.contains("has stored no"))
        _ = reduce(&state, .training(.mark(EventMark(step: 30, kind: .paused))))
        #expect(state.rendered().plainText().contains("watching process 7 on here, paused"))
        _ = reduce(&state, .training(.mark(EventMark(step: 30, kind: .unpaused))))
        #expect(!state.rendered().plainText().contains(", paused"))
    }

    // MARK: Text of a training

    private func writing() -> AppState {
        var state = training(.generate)
        #expect(state.rendered().plainText().contains("waiting for the weights of the next step"))
        var frame = SyntheticGeneration.frame()
        frame.weightsStep = 1_234
        _ = reduce(&state, .generator(.ready))
        _ = reduce(&state, .generation(frame))
        return state
    }

    @Test func generatedTextSaysWhichWeightsWroteItAndMayKeepThem() {
        var state = writing()
        #expect(state.rendered().plainText().contains("weights of step 1,234 · position 90"))
        #expect(press(&state, "W") == [.generator(.followTraining(false))])
        #expect(state.rendered().plainText().contains("weights of step 1,234, kept · position 90"))
        #expect(press(&state, "W") == [.generator(.followTraining(true))])
        var stored = SyntheticRun(steps: 400, info: SyntheticRun.info(isLive: false)).state(.generate)
        _ = reduce(&stored, .generator(.ready))
        _ = reduce(&stored, .generation(SyntheticGeneration.frame()))
        #expect(press(&stored, "W").isEmpty)
        #expect(stored.rendered().plainText().contains("weights: only a training has newer weights"))
    }

    @Test(arguments: [(160, 50), (80, 24)])
    func theRasterStandsUnderTheNewestTextOnTheOverview(width: Int, height: Int) throws {
        var state = writing()
        _ = reduce(&state, .resize(width: width, height: height))
        #expect(state.showsGeneration)
        _ = press(&state, "0")
        #expect(!state.showsGeneration)
        _ = press(&state, "v")
        #expect(state.showsGeneration && ScreenFrame(state).panes.map(\.index) == [0, 1, 4])
        try expectSnapshot(state.rendered().plainText(), "overview-raster-\(width)x\(height).txt")
        _ = press(&state, "v")
        #expect(!state.showsGeneration && ScreenFrame(state).panes.map(\.index) == [0, 1, 2, 3, 4])
    }
}
