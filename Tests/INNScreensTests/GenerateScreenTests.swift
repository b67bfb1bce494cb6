import INNKit
import Testing

@testable import INNScreens

struct GenerateScreenTests {
    private func opened(ablated: Bool = false, ahead: Int = 0, width: Int = 160, height: Int = 50) -> AppState {
        var state = SyntheticRun(steps: 400, probes: 2, info: SyntheticRun.info(isLive: false)).state(
            .generate, width: width, height: height)
        _ = reduce(&state, .generator(.ready))
        _ = reduce(&state, .generation(SyntheticGeneration.frame(ablated: ablated, ahead: ahead)))
        return state
    }

    private func press(_ state: inout AppState, _ keys: Key...) -> [Effect] {
        keys.flatMap { reduce(&state, .key($0)) }
    }

    private func type(_ state: inout AppState, _ text: String) {
        for character in text { _ = press(&state, .character(character)) }
    }

    @Test func arrowsAndLettersStep() {
        var state = opened()
        #expect(
            press(&state, .right, .character("l"), .character("L"), .pageDown) == [
                .generator(.step(1)), .generator(.step(1)), .generator(.step(10)), .generator(.step(10)),
            ])
        #expect(
            press(&state, .left, .character("h"), .character("H"), .pageUp) == [
                .generator(.step(-1)), .generator(.step(-1)), .generator(.step(-10)), .generator(.step(-10)),
            ])
    }

    /// A column of the raster right under each character of the line that the cursor is in; without colours its sign
    /// says in which rounds the gate is open.
    @Test func theRasterStandsUnderItsText() throws {
        var state = opened()
        (state.colorLevel, state.theme) = (.mono, .mono)
        let frame = try #require(state.run.generation)
        _ = press(&state, .character("]"))
        let buffer = state.rendered()
        func row(_ y: Int) -> [Unicode.Scalar] { (0..<buffer.width).map { buffer[$0, y].scalar } }
        func find(_ text: String) throws -> Int {
            try #require((0..<buffer.height).first { String(String.UnicodeScalarView(row($0))).contains(text) })
        }
        let top = try #require(ScreenFrame(state).panes.first { $0.index == 6 }).inner.y + 1
        let textRow = try find("the history of the world")
        let left = try #require(
            (0..<buffer.width).first { String(String.UnicodeScalarView(row(textRow)[$0...])).hasPrefix("the history") })
        let width = try #require((left..<buffer.width).first { buffer[$0, textRow].scalar == "│" }) - left
        let first = 89 / width * width
        let cursor = try #require((0..<buffer.width).first { buffer[$0, top - 1].attributes.contains(.reverse) })
        #expect(cursor == left + 89 - first, "over the present character's column")
        for neuron in 0..<16 {
            #expect(row(top + neuron)[..<left].contains(Unicode.Scalar(UInt8(48 + neuron % 10))), "\(neuron)")
            for index in first..<90 {
                let gates = (frame.text[index].gates[neuron], frame.text[index].gates[16 + neuron])
                let glyph: Unicode.Scalar =
                    switch (gates.0 > 0.5, gates.1 > 0.5) {
                    case (true, true): "■"
                    case (true, false): "▴"
                    case (false, true): "▾"
                    case (false, false): max(gates.0, gates.1) < 0.05 ? " " : "·"
                    }
                #expect(buffer[left + index - first, top + neuron].scalar == glyph, "neuron \(neuron) at \(index)")
            }
        }
        // Lanes of both rounds.
        let heard = row(top + 17)
        for index in first..<90 {
            let speaker = frame.text[index].heard[1]
            let digit = speaker.map { Unicode.Scalar(UInt8($0 < 10 ? 48 + $0 : 87 + $0)) } ?? " "
            #expect(heard[left + index - first] == digit)
        }
        _ = press(&state, .character("v"))
        #expect(!state.rendered().plainText().contains("Who fires "))
    }

    @Test func jumpsGoToTheEndOfThePromptAndToTheLastCharacterRead() {
        var state = opened(ahead: 12)
        #expect(press(&state, .character("g")) == [.generator(.step(-(90 - 15)))])
        #expect(press(&state, .character("G")) == [.generator(.step(12))])
    }

    @Test func playingFollowsTheSpeedAndAStepPausesIt() {
        var state = opened()
        #expect(press(&state, .character(" ")) == [.generator(.play(8))])
        #expect(press(&state, .character(">")) == [.generator(.play(16))])
        #expect(state.rendered().plainText().contains("▸ 16 chars/s"))
        #expect(press(&state, .left) == [.generator(.play(nil)), .generator(.step(-1))])
        #expect(press(&state, .character("<")).isEmpty)
        #expect(press(&state, .character(" "), .character(" ")) == [.generator(.play(8)), .generator(.play(nil))])
        _ = press(&state, .character(" "))
        _ = reduce(&state, .playStopped)
        #expect(!state.generate.isPlaying)
    }

    @Test func thePromptIsEditedInItsLine() {
        var state = opened()
        _ = press(&state, .character("i"))
        #expect(state.rendered().plainText().contains("the history of"))
        _ = press(&state, .control("u"))
        type(&state, "once upon q?")
        #expect(press(&state, .backspace, .enter) == [.generator(.prompt("once upon q"))])
        #expect(state.overlay == nil)
        _ = press(&state, .character("i"))
        #expect(press(&state, .escape).isEmpty && state.overlay == nil)
    }

    @Test func temperatureTopKAndSeedAreCheckedBeforeTheyAreTaken() {
        var state = opened()
        _ = press(&state, .character("T"), .control("u"))
        type(&state, "warm")
        #expect(press(&state, .enter).isEmpty)
        #expect(state.rendered().plainText().contains("type a number from 0 to 100"))
        _ = press(&state, .control("u"))
        type(&state, "1.25")
        #expect(press(&state, .enter) == [.generator(.sampling(SamplingChoice(temperature: 1.25, topK: nil, seed: 3)))])
        _ = press(&state, .character("K"))
        type(&state, "5")
        #expect(press(&state, .enter) == [.generator(.sampling(SamplingChoice(temperature: 0.8, topK: 5, seed: 3)))])
        _ = press(&state, .character("S"), .control("u"))
        type(&state, "-1")
        #expect(press(&state, .enter).isEmpty && state.overlay != nil)
        _ = press(&state, .escape)
        #expect(
            press(&state, .character("r")) == [
                .generator(.sampling(SamplingChoice(temperature: 0.8, topK: nil, seed: 4)))
            ])
    }

    @Test func aTextFileIsNamed() {
        var state = opened()
        _ = press(&state, .character("R"))
        #expect(press(&state, .enter).isEmpty)
        type(&state, "my book.txt")
        #expect(press(&state, .enter) == [.generator(.read(path: "my book.txt"))])
    }

    @Test func aPathThatCannotBeReadStaysInItsEntry() {
        var state = opened()
        _ = press(&state, .character("R"))
        type(&state, "no such")
        _ = press(&state, .enter)
        _ = reduce(&state, .pathRefused(path: "no such", problem: "no such cannot be read"))
        #expect(state.rendered().plainText().contains("no such cannot be read"))
        #expect(press(&state, .backspace, .enter) == [.generator(.read(path: "no suc"))])
    }

    @Test func aLongJumpIsStopped() {
        for key in [Key.escape, .character(" ")] {
            var state = opened()
            var frame = SyntheticGeneration.frame()
            frame.goal = 99_999
            _ = reduce(&state, .generation(frame))
            #expect(state.rendered().plainText().contains("reading on to 99,999, Esc stops"))
            #expect(press(&state, key) == [.generator(.play(nil))])
        }
    }

    @Test func smallProbabilitiesAreToldFromNone() {
        #expect(["0", "<.01", "<.01", "0.01", "0.50"] == [0, 1e-9, 0.0049, 0.005, 0.5].map(Format.probability))
        let lines = opened(ablated: true).rendered().plainText().split(separator: "\n")
        #expect(lines.contains { $0.contains("    p drawn     Δp") })
    }

    @Test func nothingStepsWithoutANetwork() {
        var state = SyntheticRun(steps: 400).state(.generate)
        #expect(press(&state, .right, .character(" "), .character("i")).isEmpty)
        #expect(state.rendered().plainText().contains("waiting for the weights of the next step"))
        var stored = SyntheticRun(steps: 400, info: SyntheticRun.info(isLive: false)).state(.generate)
        #expect(press(&stored, .right, .character(" "), .character("i")).isEmpty)
        #expect(stored.rendered().plainText().contains("inn-tui explore opens one"))
    }

    @Test func theTextIsColouredBySurprisalGateOrDivergence() throws {
        var state = opened(ablated: true)
        state.generate.raster = false
        let area = try #require(ScreenFrame(state).panes.first).inner
        func backgrounds() -> [CellColor] {
            let buffer = state.rendered()
            return (0..<60).map { buffer[area.x + $0, area.y].background }
        }
        let surprisal = backgrounds()
        _ = press(&state, .character("c"), .down)
        let gate = backgrounds()
        #expect(surprisal != gate && state.rendered().plainText().contains("gate of neuron 1"))
        // Half of the text was read before anything was changed: it has no divergence.
        _ = press(&state, .character("c"))
        #expect(backgrounds()[0] == .terminalDefault && backgrounds()[50] != .terminalDefault)
    }

    @Test func whatLiesAheadIsFaint() throws {
        var state = opened(ahead: 8)
        state.generate.raster = false
        let area = try #require(ScreenFrame(state).panes.first).inner
        let buffer = state.rendered()
        let faint = state.look.theme.faint.foreground
        #expect(
            buffer[area.x + 90, area.y].foreground == faint
                && buffer[area.x + 90, area.y].background == .terminalDefault)
        #expect(buffer[area.x + 89, area.y].attributes.contains(.reverse))
    }

    @Test func theTwinShowsDivergenceAndWhatChanged() {
        let text = opened(ablated: true).rendered().plainText()
        #expect(
            text.contains("KL 0.1834 bits") && text.contains("Δ surprisal of") && text.contains("over 45 characters")
                && text.contains("most changed next"))
        #expect(opened().rendered().plainText().contains("nothing is switched off: KL 0"))
    }

    @Test func framesThatDoNotFitAreRefused() {
        var state = opened()
        var frame = SyntheticGeneration.frame()
        let before = state.run.generation
        frame.routing.removeLast()
        _ = reduce(&state, .generation(frame))
        #expect(state.run.generation == before)
        frame = SyntheticGeneration.frame()
        frame.position = frame.text.count + 1
        _ = reduce(&state, .generation(frame))
        #expect(state.run.generation == before)
    }

    /// The first screen says in one line what to press, uncut at every size, until something is pressed.
    @Test(arguments: [(160, 50), (120, 40), (80, 24), (60, 20), (40, 12)])
    func theFirstScreenSaysWhatToPress(_ width: Int, _ height: Int) {
        var state = opened(width: width, height: height)
        func status() -> Substring {
            let rows = state.rendered().plainText().split(separator: "\n", omittingEmptySubsequences: false)
            return rows[height - 2]
        }
        #expect(status().contains("→") && status().contains("b ") && status().contains("F1"))
        #expect(!status().contains("…"), "\(status())")
        _ = press(&state, .right)
        #expect(!status().contains("F1") && status().contains("exploring"))
    }
}
