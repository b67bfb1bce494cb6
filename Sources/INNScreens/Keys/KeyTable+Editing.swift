extension KeyTable {
    /// Keys that edit a line of text, those of the shell; every character without a binding goes into the line.
    static func editingBindings(_ prefix: String, _ context: KeyContext) -> [KeyBinding<AppState>] {
        func edit(
            _ name: String, _ keys: [Key], _ help: String, _ change: @escaping @Sendable (inout TextField) -> Void
        ) -> KeyBinding<AppState> {
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
    /// Whether a window is open into whose line characters go.
    var isTypingLine: Bool { [.input, .help, .palette].contains(overlay?.context) }

    /// Whether line ends belong to the line that is being typed: to a text for the network they do.
    var keepsLineEnds: Bool {
        guard case .input(let input) = overlay else { return false }
        return [.prompt, .find].contains(input.purpose)
    }

    /// Edits the line that the user types in the open window, if it has one.
    ///
    /// The window is taken out of the state meanwhile: with a second owner of the line every key would copy it, and a
    /// long text that is pasted, which comes key by key, would take time with the square of its length. (One `if` per
    /// window, since a `switch` keeps what it looks at.)
    mutating func editLine(_ edit: (inout TextField) -> Void) -> [Effect] {
        if case .input(var input) = overlay {
            overlay = nil
            let before = input.field.count
            edit(&input.field)
            input.problem = nil
            if input.purpose == .runFilter { filterRuns(by: input.field, lengthBefore: before) }
            overlay = .input(input)
        } else if case .help(var list) = overlay {
            overlay = nil
            list.edit(edit)
            overlay = .help(list)
        } else if case .palette(var list) = overlay {
            overlay = nil
            list.edit(edit)
            overlay = .palette(list)
        }
        return []
    }

    /// The filter follows the line that is being typed.
    private mutating func filterRuns(by field: TextField, lengthBefore: Int) {
        // Not the whole line again for every key of a text that is pasted.
        if field.count == lengthBefore + 1, let last = field.last {
            runs.filter.append(last)
        } else {
            runs.filter = field.text
        }
    }
}

extension Overlay.ListState {
    /// Edits the query; another one begins at its first match.
    fileprivate mutating func edit(_ edit: (inout TextField) -> Void) {
        let before = field.count
        edit(&field)
        if field.count != before { selection = 0 }
    }
}
