import INNKit
import Testing

@testable import INNScreens

/// Work per character on the generate screen, and the keys that limit it.
struct WorkBudgetTests {
    private func opened(work: Float?, width: Int = 120, height: Int = 40) -> AppState {
        var state = SyntheticRun(steps: 400, probes: 2, info: SyntheticRun.info(isLive: false)).state(
            .generate, width: width, height: height)
        var frame = SyntheticGeneration.frame(ablated: true)
        for index in frame.text.indices { frame.text[index].work = work }
        frame.twin?.cost = 0.125
        _ = reduce(&state, .generator(.ready))
        _ = reduce(&state, .generation(frame))
        return state
    }

    private func press(_ state: inout AppState, _ key: Character) -> [Effect] { reduce(&state, .key(.character(key))) }

    @Test(arguments: [(120, 40), (160, 50)]) func everyCharacterHasABarOfItsWork(width: Int, height: Int) {
        let text = opened(work: 0.5, width: width, height: height).rendered().plainText()
        let plain = opened(work: nil, width: width, height: height).rendered().plainText()
        #expect(text.count { $0 == "▄" } - plain.count { $0 == "▄" } >= 60)
        #expect(text.contains("▄ at work 50%"))
        #expect(!plain.contains("▄ at work"))
        #expect(text.contains("ΔBPC +0.125"))
    }

    @Test func keysSetTheBudgetAndTakeItBack() {
        var state = opened(work: 1)
        let one = InterventionSet([.gate(.loudest(15))])
        let two = InterventionSet([.gate(.loudest(14))])
        #expect(press(&state, "-") == [.intervene(one, replays: false)])
        #expect(press(&state, "-") == [.intervene(two, replays: false)])
        #expect(press(&state, "+") == [.intervene(one, replays: false)])
        #expect(press(&state, "+") == [.intervene(.none, replays: false)])
        #expect(press(&state, "+").isEmpty)
        for _ in 0..<20 { _ = press(&state, "-") }
        #expect(state.run.interventions.active == InterventionSet([.gate(.loudest(1))]))
        #expect(
            press(&state, "s") == [
                .intervene(InterventionSet([.gate(.loudest(1)), .memory(.skipWhenSilent)]), replays: false)
            ])
        #expect(press(&state, "s") == [.intervene(InterventionSet([.gate(.loudest(1))]), replays: false)])
    }
}
