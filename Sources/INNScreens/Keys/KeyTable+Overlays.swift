import INNKit

extension KeyTable {
    /// Keys inside the windows. In help and palette every other character goes into the query.
    static let overlayBindings: [KeyBinding<AppState>] =
        listBindings(.help) + listBindings(.palette) + quitBindings + abortBindings + savingBindings + exportBindings
        + inputBindings
        + ablationBindings + trashBindings + explanationBindings + tourBindings
        + bookmarkBindings + commandBindings

    private static func listBindings(_ context: KeyContext) -> [KeyBinding<AppState>] {
        let prefix = context == .help ? "help" : "palette"
        return [
            KeyBinding("\(prefix).up", context, [.up], "up", "entry above", isHint: true) { $0.moveSelection(-1) },
            KeyBinding("\(prefix).down", context, [.down], "down", "entry below", isHint: true) { $0.moveSelection(1) },
            KeyBinding("\(prefix).pageUp", context, [.pageUp], "page up", "ten entries up") { $0.moveSelection(-10) },
            KeyBinding("\(prefix).pageDown", context, [.pageDown], "page down", "ten entries down") {
                $0.moveSelection(10)
            },
            KeyBinding("\(prefix).run", context, [.enter], "run", "run the entry", isHint: true) { $0.runSelected() },
            KeyBinding("\(prefix).close", context, [.escape], "close", "close", isHint: true) { $0.closeOverlay() },
            KeyBinding("\(prefix).redraw", context, [.control("l")], "redraw", "draw the whole screen again") { _ in
                [.terminal(.redrawAll)]
            },
            KeyBinding("\(prefix).interrupt", context, [.control("c")], "interrupt", "quit dialog") { $0.interrupt() },
        ] + editingBindings(prefix, context)
    }

    private static let isNotStopping = Requirement<AppState>("it is stopping already") { $0.trainer != .stopping }

    private static let quitBindings: [KeyBinding<AppState>] = [
        KeyBinding(
            "quit.stop", .quitDialog, [.character("s"), .character("q")], "stop and save",
            "write a checkpoint, then end", isHint: true, when: isNotStopping
        ) { $0.stopAndSave() },
        KeyBinding(
            "quit.headless", .quitDialog, [.character("h")], "leave running",
            "close the screens, go on without; ends a pause", isHint: true, when: isNotStopping
        ) {
            $0.overlay = nil
            return [.terminal(.leaveRunning)]
        },
        KeyBinding(
            "quit.abort", .quitDialog, [.character("a")], "end without saving",
            "stop at once, without a checkpoint; asks again", isHint: true
        ) { $0.askBeforeAbort() },
        KeyBinding("quit.up", .quitDialog, [.up], "up", "choice above") { $0.moveSelection(-1) },
        KeyBinding("quit.down", .quitDialog, [.down, .tab], "down", "choice below") { $0.moveSelection(1) },
        KeyBinding("quit.choose", .quitDialog, [.enter], "choose", "take the marked choice") { $0.runSelected() },
        KeyBinding("quit.back", .quitDialog, [.escape, .character("b")], "back", "back to the screens", isHint: true) {
            $0.closeOverlay()
        },
        KeyBinding(
            "quit.interrupt", .quitDialog, [.control("c")], "interrupt", "stop and save; again: asks before it aborts"
        ) { $0.interrupt() },
    ]

    /// No letter ends training: a text that the terminal does not mark as pasted comes as letters, Tab and Enter.
    private static let abortBindings: [KeyBinding<AppState>] = [
        KeyBinding(
            "abort.no", .abortDialog, [.escape, .character("n")], "back", "go on as before", isHint: true
        ) { $0.closeOverlay() },
        KeyBinding(
            "abort.yes", .abortDialog, [.control("c")], "abort", "end now, without a checkpoint", isHint: true
        ) { $0.abort() },
        KeyBinding("abort.up", .abortDialog, [.up], "up", "choice above") { $0.moveSelection(-1) },
        KeyBinding("abort.down", .abortDialog, [.down], "down", "choice below") { $0.moveSelection(1) },
        KeyBinding("abort.choose", .abortDialog, [.enter], "choose", "take the marked choice") { $0.runSelected() },
    ]

    private static let savingBindings: [KeyBinding<AppState>] = [
        KeyBinding(
            "saving.retry", .savingDialog, [.character("r")], "try again",
            "write it into the run's folder, once space is free", isHint: true
        ) { $0.decideSaving(.trainer(.saving(.retry))) },
        KeyBinding(
            "saving.elsewhere", .savingDialog, [.character("f")], "other folder",
            "write it into a folder on another disk", isHint: true
        ) { $0.askFor(.saveFolder) },
        KeyBinding(
            "saving.giveUp", .savingDialog, [.character("g")], "give up",
            "end without it; earlier checkpoints stay; asks again", isHint: true
        ) { $0.askBeforeAbort() },
        KeyBinding(
            "saving.interrupt", .savingDialog, [.control("c")], "interrupt", "give up: end without it at once"
        ) { $0.abort() },
        KeyBinding("saving.up", .savingDialog, [.up], "up", "choice above") { $0.moveSelection(-1) },
        KeyBinding("saving.down", .savingDialog, [.down, .tab], "down", "choice below") { $0.moveSelection(1) },
        KeyBinding("saving.choose", .savingDialog, [.enter], "choose", "take the marked choice") { $0.runSelected() },
        KeyBinding(
            "saving.back", .savingDialog, [.escape, .character("b")], "back", "back to the screens; q asks again",
            isHint: true
        ) { $0.closeOverlay() },
    ]

    private static let exportBindings: [KeyBinding<AppState>] = [
        exportBinding("s", .svg, "picture (SVG)"), exportBinding("a", .ansi, "text with colours (ANSI)"),
        exportBinding("t", .text, "plain text"), exportBinding("c", .csv, "numbers (CSV)"),
        KeyBinding("export.up", .exportDialog, [.up], "up", "choice above") { $0.moveSelection(-1) },
        KeyBinding("export.down", .exportDialog, [.down, .tab], "down", "choice below") { $0.moveSelection(1) },
        KeyBinding("export.choose", .exportDialog, [.enter], "choose", "take the marked choice") { $0.runSelected() },
        KeyBinding("export.back", .exportDialog, [.escape], "back", "back to the screens", isHint: true) {
            $0.closeOverlay()
        },
        KeyBinding("export.interrupt", .exportDialog, [.control("c")], "interrupt", "quit dialog") { $0.interrupt() },
    ]

    private static let trashBindings: [KeyBinding<AppState>] = [
        KeyBinding(
            "trash.yes", .trashDialog, [.character("y")], "move to trash",
            "move the run into the trash folder beside the runs", isHint: true
        ) { state in
            guard case .trash(let run) = state.overlay else { return [] }
            state.overlay = nil
            return [.library(.trash(run))]
        },
        KeyBinding(
            "trash.no", .trashDialog, [.escape, .character("n"), .character("q")], "keep", "keep the run", isHint: true
        ) { $0.closeOverlay() },
        KeyBinding(
            "trash.interrupt", .trashDialog, [.control("c")], "interrupt", "quit, or the quit dialog while training"
        ) { $0.interrupt() },
    ]

    private static func exportBinding(
        _ key: Character, _ format: ExportedView.Format, _ help: String
    ) -> KeyBinding<AppState> {
        KeyBinding("export.\(format.rawValue)", .exportDialog, [.character(key)], format.rawValue, help, isHint: true) {
            state in
            state.overlay = nil
            return [.terminal(.export(exportView(state, format)))]
        }
    }

    /// The choices of a dialog, in the order of its list.
    static func choices(_ overlay: Overlay) -> [KeyBinding<AppState>] {
        switch overlay {
        case .quit: quitBindings.filter(\.isHint)
        case .abort: abortBindings.filter(\.isHint)
        case .saving: savingBindings.filter(\.isHint)
        case .export: exportBindings.filter(\.isHint)
        case .trash: trashBindings.filter(\.isHint)
        case .help, .palette, .input, .ablation, .explanation, .tour, .bookmarks, .command: []
        }
    }
}

extension AppState {
    /// The entries of the list on top, filtered by its query.
    var listEntries: [KeyBinding<AppState>] {
        switch overlay {
        case .help(let list): KeyTable.matches(KeyTable.helpEntries(in: self), list.query)
        case .palette(let list): KeyTable.matches(KeyTable.everything(in: self), list.query)
        case .some(let dialog): KeyTable.choices(dialog).filter { $0.isEnabled(self) }
        case .none: []
        }
    }

    mutating func moveSelection(_ delta: Int) -> [Effect] {
        let last = max(0, listEntries.count - 1)
        func moved(_ selection: Int) -> Int { max(0, min(last, selection + delta)) }
        switch overlay {
        case .help(var list):
            list.selection = moved(list.selection)
            overlay = .help(list)
        case .palette(var list):
            list.selection = moved(list.selection)
            overlay = .palette(list)
        case .quit(let selection): overlay = .quit(selection: moved(selection))
        case .abort(let selection): overlay = .abort(selection: moved(selection))
        case .saving(let selection): overlay = .saving(selection: moved(selection))
        case .export(let selection): overlay = .export(selection: moved(selection))
        case .input, .ablation, .trash, .explanation, .tour, .bookmarks, .command, .none: break
        }
        return []
    }

    var overlaySelection: Int {
        switch overlay {
        case .help(let list), .palette(let list): list.selection
        case .quit(let selection), .abort(let selection), .saving(let selection), .export(let selection): selection
        case .input, .ablation, .trash, .explanation, .tour, .bookmarks, .command, .none: 0
        }
    }

    mutating func runSelected() -> [Effect] {
        let entries = listEntries
        let index = overlaySelection
        guard index < entries.count else { return [] }
        let binding = entries[index]
        if case .screen(let id) = binding.context { screen = id }
        switch overlay {
        case .help, .palette:
            overlay = nil
            if binding.context == .ablation { comeToDrawer() }
        case .quit, .abort, .saving, .export, .input, .ablation, .trash, .explanation, .tour, .bookmarks, .command,
            .none:
            break
        }
        return binding.run(&self)
    }

    /// Opens the drawer, or takes it out from under the window that was open over it.
    private mutating func comeToDrawer() {
        guard isDrawerUnder else {
            _ = openDrawer()
            return
        }
        (overlay, isDrawerUnder) = (.ablation(run.interventions.form), false)
    }

    mutating func askAboutSaving() -> [Effect] {
        overlay = .saving(selection: 0)
        return []
    }

    fileprivate mutating func decideSaving(_ effect: Effect) -> [Effect] {
        overlay = nil
        run.trainer = .stopping
        return [effect]
    }

    mutating func closeOverlay() -> [Effect] {
        overlay = nil
        return []
    }
}
