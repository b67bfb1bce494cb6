import Testing

@testable import INNScreens

/// The free-running view, finding, and going to a position.
struct FreeRunScreenTests {
    private func opened(_ run: FreeRunText?, width: Int = 160, height: Int = 50) -> AppState {
        var state = SyntheticRun(steps: 400, probes: 2, info: SyntheticRun.info(isLive: false)).state(
            .generate, width: width, height: height)
        _ = reduce(&state, .generator(.ready))
        var frame = SyntheticGeneration.frame(ablated: true)
        frame.freeRun = run
        _ = reduce(&state, .generation(frame))
        return state
    }

    private func ids(_ text: String) -> [Int] {
        text.map { letter in SyntheticGeneration.symbols.firstIndex(of: letter == " " ? "␣" : String(letter)) ?? 0 }
    }

    private var run: FreeRunText {
        FreeRunText(
            baseline: ids("the old man and the sea "), changed: ids("the old mad dog in a box"),
            divergences: Array(repeating: 0.25, count: 11), parting: 10,
            length: 24)
    }

    @Test(arguments: [(160, 50), (80, 24)])
    func bothTextsAndTheirPartingAreShown(width: Int, height: Int) {
        var state = opened(nil, width: width, height: height)
        #expect(reduce(&state, .key(.character("d"))) == [.generator(.freeRun(true))])
        var frame = SyntheticGeneration.frame(ablated: true)
        frame.freeRun = run
        _ = reduce(&state, .generation(frame))
        let text = state.rendered().plainText()
        #expect(text.contains("Free-running"), "a pane of its own")
        #expect(text.contains("they part after 10 characters: d instead of n · mean KL 0.2500 bits until then"))
        #expect(text.contains("the old man and the sea") && text.contains("the old mad dog in a box"))
        #expect(reduce(&state, .key(.character("d"))) == [.generator(.freeRun(false))])
        #expect(!state.rendered().plainText().contains("they part"))
    }

    @Test func equalTextsSaySo() {
        var same = run
        (same.changed, same.parting, same.divergences) = (same.baseline, nil, Array(repeating: 0, count: 24))
        var state = opened(same)
        _ = reduce(&state, .key(.character("d")))
        #expect(state.rendered().plainText().contains("the same text for 24 characters · nothing differs: KL 0"))
    }

    /// Without a change both are one network: the key says so, and so does the pane when the last change is taken back.
    @Test(arguments: [(160, 50), (80, 24)]) func withoutAChangeThereIsNothingToCompare(_ width: Int, _ height: Int) {
        var state = opened(nil, width: width, height: height)
        _ = reduce(&state, .generation(SyntheticGeneration.frame()))
        #expect(reduce(&state, .key(.character("d"))).isEmpty && !state.generate.isFreeRunning)
        #expect(state.message?.text == "free run: nothing is switched off yet; b does it")
        state.generate.isFreeRunning = true
        var frame = SyntheticGeneration.frame()
        frame.freeRun = run
        _ = reduce(&state, .generation(frame))
        let text = state.rendered().plainText()
        #expect(text.contains("Nothing is switched off, so both networks are the same"))
        #expect(text.contains("b switches something off") && !text.contains("the old man"))
        // Off it goes without a question.
        #expect(reduce(&state, .key(.character("d"))) == [.generator(.freeRun(false))])
    }

    @Test func thePartingStaysInView() {
        let long = String(repeating: "abcdefghij", count: 60)
        var state = opened(
            FreeRunText(
                baseline: ids(long), changed: ids(long.dropLast(100) + String(repeating: "z", count: 100)),
                divergences: Array(repeating: 0.1, count: 501),
                parting: 500, length: 600))
        _ = reduce(&state, .key(.character("d")))
        #expect(state.rendered().plainText().contains("zzzzzzzzzzzzzzz"))
    }

    @Test func runsThatDoNotFitAreRefused() {
        var broken = run
        broken.changed.removeLast()
        #expect(opened(broken).generation == nil)
        broken = run
        broken.parting = 24
        #expect(opened(broken).generation == nil)
    }

    @Test func findingRemembersWhatWasWanted() {
        var state = opened(nil)
        #expect(reduce(&state, .key(.character("n"))).isEmpty)
        _ = reduce(&state, .key(.character("/")))
        #expect(reduce(&state, .key(.enter)).isEmpty && state.overlay != nil, "nothing to look for")
        for letter in "war" { _ = reduce(&state, .key(.character(letter))) }
        #expect(reduce(&state, .key(.enter)) == [.generator(.find("war", backwards: false))])
        #expect(reduce(&state, .key(.character("n"))) == [.generator(.find("war", backwards: false))])
        #expect(reduce(&state, .key(.character("N"))) == [.generator(.find("war", backwards: true))])
        _ = reduce(&state, .key(.character("p")))
        for letter in "0x" { _ = reduce(&state, .key(.character(letter))) }
        #expect(reduce(&state, .key(.enter)).isEmpty)
        _ = reduce(&state, .key(.control("u")))
        for letter in "1200" { _ = reduce(&state, .key(.character(letter))) }
        #expect(reduce(&state, .key(.enter)) == [.generator(.goTo(1200))])
    }

    @Test func earlierPromptsComeBackAndPathsAreCompleted() {
        var state = opened(nil)
        for prompt in ["one", "two"] {
            _ = reduce(&state, .key(.character("i")))
            _ = reduce(&state, .key(.control("u")))
            for letter in prompt { _ = reduce(&state, .key(.character(letter))) }
            #expect(reduce(&state, .key(.enter)) == [.generator(.prompt(prompt))])
        }
        _ = reduce(&state, .key(.character("R")))
        for letter in "bo" { _ = reduce(&state, .key(.character(letter))) }
        #expect(reduce(&state, .key(.tab)) == [.library(.complete("bo"))])
        _ = reduce(&state, .pathCompleted(typed: "bo", completion: "books/", candidates: 1))
        #expect(state.rendered().plainText().contains("books/"))
        _ = reduce(&state, .pathCompleted(typed: "bo", completion: "bottle", candidates: 1))
        #expect(state.rendered().plainText().contains("books/"), "an answer that comes late changes nothing")
        for key in [Key.up, .up, .down] { _ = reduce(&state, .key(key)) }
        #expect(reduce(&state, .key(.enter)) == [.generator(.read(path: "two"))])
    }
}
