extension KeyTable {
    /// Keys that edit a line of text, those of the shell; every character without a binding goes into the line.
    static func editingBindings(_ prefix: String, _ context: KeyContext) -> [KeyBinding] {
        func edit(_ name: String, _ keys: [Key], _ help: String, _ change: @escaping @Sendable (inout TextField) -> Void) -> KeyBinding {
            KeyBinding("\(prefix).\(name)", context, keys, name, help) { $0.editLine(change) }
        }
        return [
            edit("left", [.left, .control("b")], "cursor left") { $0.move(-1) },
            edit("right", [.right, .control("f")], "cursor right") { $0.move(1) },
            edit("start", [.home, .control("a")], "cursor to the start of the line") { $0.moveToStart() },
            edit("end", [.end, .control("e")], "cursor to the end of the line") { $0.moveToEnd() },
            edit("erase", [.backspace], "erase the character before the cursor") { $0.deleteBack() },
            edit("delete", [.delete, .control("d")], "erase the character at the cursor") { $0.deleteForward() },
            edit("eraseWord", [.control("w")], "erase the word before the cursor") { $0.deleteWord() },
            edit("eraseStart", [.control("u")], "erase all before the cursor") { $0.deleteToStart() },
            edit("eraseEnd", [.control("k")], "erase all behind the cursor") { $0.deleteToEnd() },
        ]
    }
}

extension AppState {
    /// Edits the line that the user types in the open window, if it has one.
    mutating func editLine(_ edit: (inout TextField) -> Void) -> [Effect] {
        func changed(_ list: Overlay.ListState) -> Overlay.ListState {
            let before = list.query
            var list = list
            edit(&list.field)
            if list.field.text != before { list.selection = 0 }
            return list
        }
        switch overlay {
        case let .help(list): overlay = .help(changed(list))
        case let .palette(list): overlay = .palette(changed(list))
        case var .input(input):
            edit(&input.field)
            input.problem = nil
            overlay = .input(input)
            if input.purpose == .runFilter { runs.filter = input.text }
        case .quit, .saving, .export, .ablation, .trash, .none: break
        }
        return []
    }
}
