import INNKit
import Testing

@testable import INNScreens

/// Characters of two columns, marks on letters, and letters of several bytes.
struct WideTextTests {
    private let style = Style(.terminalDefault)

    @Test func aWideCharacterTakesTwoCells() {
        var buffer = CellBuffer(width: 6, height: 1)
        #expect(buffer.write("a書b", x: 0, y: 0, width: 6, style) == 4)
        #expect(buffer[1, 0].scalar == "書" && buffer[2, 0].scalar == Cell.rightHalf && buffer[3, 0].scalar == "b")
        #expect(buffer.plainText() == "a書b\n" && columnCount("a書b") == 4)
        // What does not fit is cut between characters, never through one.
        var narrow = CellBuffer(width: 3, height: 1)
        #expect(narrow.write("a書b", x: 0, y: 0, width: 3, style) == 3)
        #expect(narrow.plainText() == "a …\n")
    }

    @Test func halfOfAWideCharacterIsNeverLeft() {
        for x in [1, 2] {
            var buffer = CellBuffer(width: 4, height: 1)
            buffer.write("書書", x: 0, y: 0, width: 4, style)
            buffer.put("x", x: x, y: 0, style)
            #expect(buffer.plainText() == (x == 1 ? " x書\n" : "書x\n"))
        }
        var buffer = CellBuffer(width: 4, height: 1)
        buffer.write("書書", x: 0, y: 0, width: 4, style)
        buffer.put("書", x: 1, y: 0, style)
        #expect(buffer.plainText() == " 書\n" && buffer[3, 0].scalar == " ")
    }

    @Test func marksAreDrawnOverTheirLetter() {
        var buffer = CellBuffer(width: 8, height: 1)
        #expect(buffer.write("e\u{301}x\u{200D}क\u{94D}", x: 0, y: 0, width: 8, style) == 3)
        #expect(buffer[0, 0].marks.scalars == ["\u{301}"] && buffer[1, 0].marks == CombiningMarks())
        #expect(buffer.plainText() == "e\u{301}xक\u{94D}\n")
    }

    /// Widths as terminals have them.
    @Test(
        arguments: [
            ("a", 1), ("é", 1), ("я", 1), ("ا", 1), ("क", 1), ("─", 1), ("█", 1), ("⠿", 1), ("✖", 1), ("書", 2),
            ("あ", 2),
            ("한", 2), ("，", 2), ("😺", 2), ("☕", 2), ("𠀀", 2), ("🇩", 1), ("♥", 1),
        ] as [(Unicode.Scalar, Int)])
    func columnsOfCharacters(_ scalar: Unicode.Scalar, _ width: Int) { #expect(columns(of: scalar) == width) }

    // MARK: Texts of symbols

    private func letters(_ alphabet: Alphabet, _ text: String) -> [String] {
        let names = alphabet.encode(text).map { alphabet.symbols[Int($0)] }
        return TextGlyph.glyphs(of: names).map(\.letters)
    }

    @Test func theBytesOfALetterAreOneGlyph() {
        #expect(letters(.bytes, "aé書😺\n") == ["a", "é", "書", "😺", "␊"])
        let names = Alphabet.bytes.encode("é書").map { Alphabet.bytes.symbols[Int($0)] }
        #expect(TextGlyph.glyphs(of: names).map(\.range) == [0..<2, 2..<5])
        // Cut off, out of place and overlong: their values.
        func shown(_ bytes: [UInt8]) -> [String] {
            TextGlyph.glyphs(of: bytes.map { Alphabet.bytes.symbols[Int($0)] }).map(\.letters)
        }
        #expect(shown([0xC3]) == ["C3"] && shown([0xA9, 0x61]) == ["A9", "a"])
        #expect(shown([0xC0, 0x80]) == ["C0", "80"] && shown([0xED, 0xA0, 0x80]) == ["ED", "A0", "80"])
        #expect(shown([0xE6, 0x9B, 0x20]) == ["E6", "9B", " "] && shown([0xFF]) == ["FF"])
        // A control character of two bytes is none on screen.
        #expect(shown([0xC2, 0x9B]) == ["·"] && shown([0x1B, 0x5B]) == ["␛", "["])
    }

    @Test func marksJoinTheLetterBeforeThem() throws {
        let alphabet = Alphabet.unicode(
            try CharacterTable([" ", "e", "\u{301}", "क", "\u{94D}", "👩", "\u{200D}", "💻", "\u{93F}"]))
        #expect(letters(alphabet, "e\u{301}क\u{94D}क\u{93F}") == ["e\u{301}", "क\u{94D}", "क", "\u{93F}"])
        #expect(letters(alphabet, "👩\u{200D}💻") == ["👩", "💻"])
        #expect(letters(alphabet, "\u{301}e \u{301}") == ["◌\u{301}", "e", " ", "◌\u{301}"])
        let bytes = letters(.bytes, "e\u{301}")
        #expect(bytes == ["e\u{301}"])
    }

    // MARK: Screens

    /// A generate screen with a text in an alphabet, all of it read.
    private func screen(_ alphabet: Alphabet, _ text: String, width: Int, height: Int) -> AppState {
        var info = SyntheticRun.info(isLive: false)
        info.unit = alphabet.unit
        var state = SyntheticRun(steps: 400, probes: 2, info: info).state(.generate, width: width, height: height)
        var frame = SyntheticGeneration.frame(ablated: true)
        let ids = alphabet.encode(text)
        frame.symbols = alphabet.symbols
        frame.text = ids.map { id in
            GenerationCharacter(
                symbol: Int(id), origin: .prompt, surprisal: 1,
                gates: [Float](repeating: 0.5, count: frame.rounds * frame.neurons))
        }
        frame.position = ids.count
        let even = [Float](repeating: 1 / Float(alphabet.vocabularySize), count: alphabet.vocabularySize)
        (frame.probabilities, frame.drawn) = (even, even)
        frame.twin?.probabilities = even
        _ = reduce(&state, .generator(.ready))
        _ = reduce(&state, .generation(frame))
        return state
    }

    @Test(arguments: [(80, 24), (160, 50)])
    func byteModelsShowLettersAndNoRawControl(width: Int, height: Int) {
        var state = screen(.bytes, "Grüße aus 東京 \u{1B}[31m \u{9B}x 😺!", width: width, height: height)
        let shown = state.rendered()
        #expect(shown.plainText().contains("Grüße aus 東京 ␛[31m ·x 😺!"))
        let isSound = shown.cells.allSatisfy { $0.scalar == Cell.rightHalf || !(0..<0x20).contains($0.scalar.value) }
        #expect(isSound)
        #expect(state.generation?.text.count == 34, "more bytes than columns")
        // The prompt is edited as text.
        _ = reduce(&state, .key(.character("i")))
        #expect(state.rendered().plainText().contains("Grüße aus"))
    }

    /// A click on either half of a wide character goes behind all of its bytes.
    @Test func clicksHitWholeLetters() throws {
        var state = screen(.bytes, "a東京b", width: 80, height: 24)
        let lines = state.rendered().plainText().split(separator: "\n", omittingEmptySubsequences: false)
        let y = try #require(lines.firstIndex { $0.contains("a東京") })
        let buffer = state.rendered()
        let x = try #require((0..<buffer.width).first { buffer[$0, y].scalar == "東" })
        for half in [0, 1] {
            let effects = reduce(&state, .mouse(MouseEvent(kind: .press, x: x + half, y: y)))
            #expect(effects.contains(.generator(.step(4 - 8))), "\(effects)")
        }
    }

    @Test(arguments: ScreenID.allCases, [(160, 50), (80, 24), (56, 16)])
    func bytesAreNeverCalledCharacters(_ screen: ScreenID, _ size: (Int, Int)) {
        var state = self.screen(.bytes, "Grüße", width: size.0, height: size.1)
        SyntheticRuns.fill(&state)
        state.screen = screen
        let text = state.rendered().plainText()
        for label in ["BPC", "its per character", "bits/char"] where !(screen == .runs && label != "BPC") {
            #expect(!text.contains(label), "\(screen) says \(label)")
        }
        if screen == .train || screen == .overview { #expect(text.contains("per byte") || text.contains("BPB")) }
    }
}
