import Testing

@testable import INNScreens

/// The line editor, alone and through its keys.
struct TextFieldTests {
    @Test func editsInTheMiddleAndStopsAtTheEnds() {
        var field = TextField("the sea")
        field.move(-3)
        field.insert("a")
        #expect(field.text == "the asea" && field.cursor == 5)
        field.deleteBack()
        field.deleteForward()
        #expect(field.text == "the ea" && field.cursor == 4)
        field.moveToStart()
        field.deleteBack()
        field.move(-1)
        #expect(field.text == "the ea" && field.cursor == 0)
        field.moveToEnd()
        field.deleteForward()
        field.move(1)
        #expect(field.text == "the ea" && field.cursor == 6)
    }

    @Test func erasesWordsAndBothSides() {
        var field = TextField("once upon  a ")
        field.deleteWord()
        #expect(field.text == "once upon  ")
        field.deleteWord()
        #expect(field.text == "once " && field.cursor == 5)
        field = TextField("once upon")
        field.move(-4)
        field.deleteToStart()
        #expect(field.text == "upon" && field.cursor == 0)
        field.move(2)
        field.deleteToEnd()
        #expect(field.text == "up" && field.cursor == 2)
    }

    /// A suggestion is replaced by what is typed, and edited once the cursor moves.
    @Test func aSuggestionGivesWay() {
        func edited(_ edit: (inout TextField) -> Void) -> String {
            var field = TextField("position 70", isMarked: true)
            edit(&field)
            #expect(!field.isMarked)
            return field.text
        }
        #expect(edited { $0.insert("x") } == "x")
        #expect(edited { $0.insert("a name") } == "a name")
        #expect(edited { $0.deleteBack() }.isEmpty && edited { $0.deleteForward() }.isEmpty)
        #expect(edited { $0.deleteWord() }.isEmpty && edited { $0.deleteToStart() }.isEmpty)
        #expect(edited { $0.deleteToEnd() }.isEmpty)
        #expect(
            edited {
                $0.moveToEnd()
                $0.insert("!")
            } == "position 70!")
        #expect(
            edited {
                $0.move(-2)
                $0.deleteBack()
            } == "position70")
        #expect(!TextField("", isMarked: true).isMarked)
    }

    @Test func theCursorStaysInView() {
        var field = TextField(String(repeating: "x", count: 30))
        #expect(field.window(10).cursor == 9 && field.window(10).text.count == 9)
        field.moveToStart()
        #expect(field.window(10) == (String(repeating: "x", count: 10), 0))
        #expect(field.window(0) == ("", 0))
    }

    /// A text that is pasted comes key by key where the terminal does not mark it; a copy of the line for each would
    /// take time with the square of its length.
    @Test(arguments: [Overlay.InputState.Purpose.prompt, .find, .textFile, .runFilter])
    func typingNeverCopiesTheLine(purpose: Overlay.InputState.Purpose) {
        var state = SyntheticRun(steps: 10).state()
        state.overlay = .input(.init(purpose: purpose, text: "ab"))
        expectNoCopies(&state) { overlay in
            guard case .input(let input)? = overlay else { return nil }
            return input.field
        }
        #expect(purpose != .runFilter || state.runs.filter.count == 2 + Self.pasted)
    }

    @Test(arguments: [false, true]) func searchingNeverCopiesTheLine(isPalette: Bool) {
        var state = SyntheticRun(steps: 10).state()
        state.overlay = isPalette ? .palette(.init(query: "ab")) : .help(.init(query: "ab"))
        expectNoCopies(&state) { overlay in
            switch overlay {
            case .help(let list)?, .palette(let list)?: list.field
            default: nil
            }
        }
    }

    private static let pasted = 4096

    private func expectNoCopies(
        _ state: inout AppState, sourceLocation: SourceLocation = #_sourceLocation, _ field: (Overlay?) -> TextField?
    ) {
        // In the middle of the line as well.
        _ = reduce(&state, .key(.left))
        var moves = 0
        var place = field(state.overlay)?.storage
        for _ in 0..<Self.pasted {
            _ = reduce(&state, .key(.character("x")))
            let now = field(state.overlay)?.storage
            if now != place { moves += 1 }
            place = now
        }
        #expect(field(state.overlay)?.count == 2 + Self.pasted, sourceLocation: sourceLocation)
        // An array that grows moves once for every doubling.
        #expect(moves <= 16, "the line was copied \(moves) times", sourceLocation: sourceLocation)
    }

    @Test func keysEditThePromptAndTheSearch() {
        var state = SyntheticRun(steps: 10).state()
        state.overlay = .input(.init(purpose: .prompt, text: "a cat"))
        for key in [Key.left, .left, .left, .character("w"), .control("a"), .delete, .control("e"), .character("s")] {
            _ = reduce(&state, .key(key))
        }
        guard case .input(let input) = state.overlay else { return #expect(Bool(false)) }
        #expect(input.text == " wcats")
        state.overlay = .help(.init(query: "zoom", selection: 2))
        _ = reduce(&state, .key(.left))
        guard case .help(let list) = state.overlay else { return #expect(Bool(false)) }
        #expect(list.query == "zoom" && list.selection == 2, "moving searches nothing new")
        _ = reduce(&state, .key(.backspace))
        guard case .help(let edited) = state.overlay else { return #expect(Bool(false)) }
        #expect(edited.query == "zom" && edited.selection == 0)
    }
}

extension TextField {
    /// Where the characters before the cursor lie in memory.
    fileprivate var storage: UInt { before.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) } }
}
