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

    @Test func theCursorStaysInView() {
        var field = TextField(String(repeating: "x", count: 30))
        #expect(field.window(10).cursor == 9 && field.window(10).text.count == 9)
        field.moveToStart()
        #expect(field.window(10) == (String(repeating: "x", count: 10), 0))
        #expect(field.window(0) == ("", 0))
    }

    @Test func keysEditThePromptAndTheSearch() {
        var state = SyntheticRun(steps: 10).state()
        state.overlay = .input(.init(purpose: .prompt, text: "a cat"))
        for key in [Key.left, .left, .left, .character("w"), .control("a"), .delete, .control("e"), .character("s")] { _ = reduce(&state, .key(key)) }
        guard case let .input(input) = state.overlay else { return #expect(Bool(false)) }
        #expect(input.text == " wcats")
        state.overlay = .help(.init(query: "zoom", selection: 2))
        _ = reduce(&state, .key(.left))
        guard case let .help(list) = state.overlay else { return #expect(Bool(false)) }
        #expect(list.query == "zoom" && list.selection == 2, "moving searches nothing new")
        _ = reduce(&state, .key(.backspace))
        guard case let .help(edited) = state.overlay else { return #expect(Bool(false)) }
        #expect(edited.query == "zom" && edited.selection == 0)
    }
}
