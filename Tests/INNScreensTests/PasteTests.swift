import INNKit
import Testing

@testable import INNScreens

/// A pasted text goes into the line that is being typed, and nowhere else.
struct PasteTests {
    private static let text = "quality paper\nDyq\u{1B}[31m"

    private func pasted(
        _ text: String, into overlay: Overlay?, after key: Key? = nil
    ) -> (
        state: AppState, effects: [Effect]
    ) {
        var state = ScreenSnapshotTests.state(.trained)
        state.overlay = overlay
        if let key { _ = reduce(&state, .key(key)) }
        let effects = reduce(&state, .paste(PastedText(text)))
        return (state, effects)
    }

    @Test(arguments: [
        (Overlay.InputState.Purpose.prompt, "x two\nlines\n"), (.find, "x two\nlines\n"), (.textFile, "x two lines"),
        (.runFilter, "x two lines"), (.saveFolder, "x two lines"), (.seed, "x two lines"),
    ])
    func anEditorTakesIt(purpose: Overlay.InputState.Purpose, expected: String) {
        let (state, effects) = pasted("two\r\nlines\r", into: .input(.init(purpose: purpose, text: "x ")), after: .end)
        guard case .input(let input) = state.overlay else { return #expect(Bool(false), "the entry was closed") }
        #expect(effects.isEmpty)
        #expect(input.text == expected)
        #expect(purpose != .runFilter || state.runs.filter == expected)
    }

    @Test func itReplacesASuggestion() {
        let (state, _) = pasted("two", into: .input(.init(purpose: .prompt, text: "x ")))
        guard case .input(let input) = state.overlay else { return #expect(Bool(false)) }
        #expect(input.text == "two")
    }

    @Test func itGoesToTheCursor() {
        var state = ScreenSnapshotTests.state(.trained)
        state.overlay = .input(.init(purpose: .prompt, text: "one three"))
        for _ in 0..<5 { _ = reduce(&state, .key(.left)) }
        _ = reduce(&state, .paste(PastedText("two ")))
        _ = reduce(&state, .key(.character("+")))
        guard case .input(let input) = state.overlay else { return #expect(Bool(false)) }
        #expect(input.text == "one two +three")
    }

    @Test(arguments: [false, true]) func searchesTakeIt(isPalette: Bool) {
        let (state, _) = pasted("zoom\n", into: isPalette ? .palette(.init()) : .help(.init()))
        switch state.overlay {
        case .help(let list), .palette(let list): #expect(list.query == "zoom")
        default: #expect(Bool(false), "the window was closed")
        }
    }

    @Test func elsewhereItDoesNothing() {
        let drawer = AblationForm()
        let windows: [Overlay?] = [
            nil, .quit(selection: 0), .abort(selection: 1), .saving(selection: 2), .export(selection: 0),
            .trash(run: "one"), .ablation(drawer),
        ]
        for overlay in windows {
            for screen in ScreenID.allCases {
                var before = ScreenSnapshotTests.state(.trained)
                before.overlay = overlay
                before.screen = screen
                var after = before
                #expect(reduce(&after, .paste(PastedText(Self.text))).isEmpty)
                #expect(after.message?.text == "pasted text goes only where a line is typed")
                after.message = before.message
                #expect("\(after)" == "\(before)", "\(String(describing: overlay)) on \(screen)")
            }
        }
    }

    /// What was copied from a coloured or old terminal, or from another system.
    @Test(arguments: [
        ("a\r\nb\rc\nd", "a\nb\nc\nd", "a b c d"), ("\r\n\r\n", "\n\n", ""), ("\ta\tb", "\ta\tb", "a b"),
        ("a\u{0}\u{8}\u{7F}\u{9B}b\u{1B}", "ab", "ab"), ("书 道 é 👩‍👧", "书 道 é 👩‍👧", "书 道 é 👩‍👧"), ("", "", ""),
    ])
    func onlyTextIsKept(pasted: String, text: String, line: String) {
        #expect(PastedText(pasted).text == text)
        #expect(PastedText(pasted).line == line)
    }

    @Test func aTextWithoutEndIsCutAndSaysSo() {
        let long = PastedText(String(repeating: "a", count: PastedText.longest + 12))
        #expect(long.text.unicodeScalars.count == PastedText.longest && long.missing == 12)
        let (state, _) = pasted(
            String(repeating: "a", count: PastedText.longest + 12), into: .input(.init(purpose: .prompt)))
        #expect(state.message?.text == "pasted without its last 12 characters")
    }
}
