/// Where a key means what it means.
public enum KeyContext: Hashable, Sendable {
    /// On every screen, unless a window is open.
    case global
    case screen(ScreenID)
    case help, palette, quitDialog, abortDialog, savingDialog, exportDialog, input, ablation, trashDialog
    case explanation, tour, bookmarks, command
}

/// One row of the key table: what a key does, and how it is called in the footer, the help, the palette and the
/// documentation.
///
/// `State` is what the key may touch: the whole state for keys of the window, or one screen's ``ScreenContext``.
public struct KeyBinding<State: Sendable>: Sendable {
    /// Unique name, for example `routing.order`.
    public let id: String
    public let context: KeyContext
    /// Keys that run it; none for commands that only the palette offers.
    public let keys: [Key]
    /// One or two words for the footer.
    public let label: String
    /// One phrase for the help.
    public let help: String
    /// Whether the footer shows it; earlier rows of the table come first.
    let isHint: Bool
    /// What has to be so for it to run; the table does not offer it otherwise.
    let requirement: Requirement<State>
    /// What is said when it was run and nothing came of it, one phrase for the status line.
    let idle: String
    let run: @Sendable (inout State) -> [Effect]

    init(
        _ id: String, _ context: KeyContext, _ keys: [Key], _ label: String, _ help: String, isHint: Bool = false,
        when requirement: Requirement<State> = .none, idle: String = "it is so already",
        run: @escaping @Sendable (inout State) -> [Effect]
    ) {
        self.id = id
        self.context = context
        self.keys = keys
        self.label = label
        self.help = help
        self.isHint = isHint
        (self.requirement, self.idle) = (requirement, idle)
        self.run = run
    }

    /// Whether it can be run now.
    func isEnabled(_ state: State) -> Bool { requirement.holds(state) }

    /// The keys as people write them, for example `↑ k`.
    public var keyText: String { keys.map(\.text).joined(separator: " ") }
}

extension KeyBinding {
    /// A screen's key as a row of the whole table.
    func lifted<View: Sendable>(
        _ view: WritableKeyPath<AppState, View> & Sendable
    ) -> KeyBinding<AppState> where State == ScreenContext<View> {
        let run = run
        return KeyBinding<AppState>(
            id, context, keys, label, help, isHint: isHint, when: requirement.lifted(view), idle: idle
        ) { $0.change(view, run) }
    }
}

extension Key {
    /// The key as people write it.
    public var text: String {
        switch self {
        case .character(" "): "Space"
        case .character(let character): String(character)
        case .control(let character): "Ctrl-" + character.uppercased()
        case .up: "↑"
        case .down: "↓"
        case .left: "←"
        case .right: "→"
        case .pageUp: "PgUp"
        case .pageDown: "PgDn"
        case .home: "Home"
        case .end: "End"
        case .enter: "Enter"
        case .escape: "Esc"
        case .tab: "Tab"
        case .backTab: "S-Tab"
        case .backspace: "Backspace"
        case .delete: "Del"
        case .f1: "F1"
        }
    }
}
