import INNKit

/// The one table of keys: dispatch, footer, help, palette and the cheatsheet all read it.
public enum KeyTable {
    /// Every binding: global ones, one section per screen, and the windows.
    public static let all: [KeyBinding<AppState>] = globalBindings + Screens.all.flatMap(\.bindings) + overlayBindings

    private static let byContext: [KeyContext: [Key: KeyBinding<AppState>]] = {
        var table: [KeyContext: [Key: KeyBinding<AppState>]] = [:]
        for binding in all {
            for key in binding.keys { table[binding.context, default: [:]][key] = binding }
        }
        return table
    }()

    /// What a key does now, or nil.
    static func binding(for key: Key, in state: AppState) -> KeyBinding<AppState>? {
        candidates(for: key, in: state).first { $0.isEnabled(state) }
    }

    /// Why a key does nothing now, though it would at other times; nil when it never does anything here.
    static func reasonAgainst(_ key: Key, in state: AppState) -> String? {
        guard let binding = candidates(for: key, in: state).first, let reason = binding.requirement.refusal(state)
        else { return nil }
        let named = "\(binding.label): \(reason)"
        return columnCount(named) + 2 <= state.width ? named : reason
    }

    /// What a key means here, the innermost first.
    private static func candidates(for key: Key, in state: AppState) -> [KeyBinding<AppState>] {
        var contexts = state.overlay.map { [$0.context] } ?? []
        if contexts.isEmpty || contexts == [.ablation] { contexts += [.screen(state.screen), .global] }
        return contexts.compactMap { byContext[$0]?[key] }
    }

    /// Bindings that apply on the current screen and can run now, the screen's own first.
    static func available(in state: AppState) -> [KeyBinding<AppState>] {
        (all.filter { $0.context == .screen(state.screen) } + all.filter { $0.context == .global }).filter {
            $0.isEnabled(state)
        }
    }

    /// Those of them that the footer shows.
    static func hints(in state: AppState) -> [KeyBinding<AppState>] {
        (all.filter { $0.context == .screen(state.screen) && $0.isHint }
            + all.filter { $0.context == .global && $0.isHint })
            .filter { $0.isEnabled(state) }
    }

    /// Everything that can be done now: what applies here, what the ablation drawer does, then what other screens do.
    static func everything(in state: AppState) -> [KeyBinding<AppState>] {
        let here = available(in: state)
        let drawer =
            state.canIntervene && state.screen != .runs
            ? ablationBindings.filter { $0.isHint && $0.isEnabled(state) && $0.id != "ablation.close" } : []
        let elsewhere = all.filter { binding in
            guard case .screen(let id) = binding.context, id != state.screen else { return false }
            return !here.contains { $0.label == binding.label && $0.keys == binding.keys } && binding.isEnabled(state)
        }
        return (state.isDrawerUnder ? drawer + here : here + drawer) + elsewhere
    }

    /// What the help lists: everything that has a key.
    static func helpEntries(in state: AppState) -> [KeyBinding<AppState>] {
        everything(in: state).filter { !$0.keys.isEmpty }
    }

    /// The entries that contain every word of the query in key, label, help or context; those whose key is the query
    /// or that have a word beginning with it come first.
    static func matches(_ entries: [KeyBinding<AppState>], _ query: String) -> [KeyBinding<AppState>] {
        let words = query.lowercased().split(separator: " ")
        guard !words.isEmpty else { return entries }
        let found = entries.filter { binding in
            let text = (binding.keyText + " " + binding.label + " " + binding.help + " " + binding.context.title)
                .lowercased()
            return words.allSatisfy { text.contains($0) }
        }
        func rank(_ binding: KeyBinding<AppState>) -> Int {
            if binding.keys.contains(where: { $0.text == query }) { return 0 }
            let starts = (binding.label + " " + binding.help).lowercased().split(separator: " ")
            return starts.contains { $0.hasPrefix(words[0]) } ? 1 : 2
        }
        return (0...2).flatMap { wanted in found.filter { rank($0) == wanted } }
    }

    /// The whole table as Markdown, for the documentation.
    public static func cheatsheet() -> String {
        var text = "# Keys\n\nGenerated from the key table (`KeyTable.cheatsheet()`).\n"
        var contexts: [KeyContext] = []
        for binding in all where !contexts.contains(binding.context) { contexts.append(binding.context) }
        for context in contexts {
            text += "\n## \(context.title)\n\n| Key | Does |\n| --- | --- |\n"
            for binding in all where binding.context == context {
                let keys =
                    binding.keys.isEmpty
                    ? "*palette*" : binding.keys.map { Markdown.code($0.text, inTable: true) }.joined(separator: " ")
                text += "| \(keys) | \(Markdown.escaped(binding.help)) |\n"
            }
        }
        return text
    }
}

extension KeyContext {
    var title: String {
        switch self {
        case .global: "Everywhere"
        case .screen(let id): Screens.screen(id).title
        case .help: "Help"
        case .palette: "Command palette"
        case .quitDialog: "Quit dialog"
        case .abortDialog: "Dialog before training ends without a checkpoint"
        case .savingDialog: "Dialog when the last checkpoint cannot be written"
        case .exportDialog: "Export dialog"
        case .input: "Text entry"
        case .ablation: "Ablation drawer"
        case .trashDialog: "Delete dialog"
        case .explanation: "Explanation of a pane"
        case .tour: "Tour"
        case .bookmarks: "Bookmarks"
        case .command: "Shell line of a view"
        }
    }
}

extension Overlay {
    var context: KeyContext {
        switch self {
        case .help: .help
        case .palette: .palette
        case .quit: .quitDialog
        case .abort: .abortDialog
        case .saving: .savingDialog
        case .export: .exportDialog
        case .input: .input
        case .ablation: .ablation
        case .trash: .trashDialog
        case .explanation: .explanation
        case .tour: .tour
        case .bookmarks: .bookmarks
        case .command: .command
        }
    }
}
