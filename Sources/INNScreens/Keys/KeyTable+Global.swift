import INNKit

extension KeyTable {
    /// Keys that mean the same on every screen.
    static let globalBindings: [KeyBinding<AppState>] =
        screenBindings + [explainBinding, tourBinding] + keepingBindings + [
            KeyBinding(
                "ablation", .global, [.character("b")], "ablate",
                "ablation drawer: switch neurons, edges, gates, routing and memory", isHint: true,
                when: Requirement { whyNothingCanBeChanged($0) }
            ) {
                $0.openDrawer()
            },
            KeyBinding(
                "pane.next", .global, [.tab], "pane", "next pane", isHint: true,
                when: Requirement("this is the only pane") { $0.panesWithContent.count > 1 }
            ) { $0.moveFocus(1) },
            KeyBinding(
                "pane.previous", .global, [.backTab], "pane back", "previous pane",
                when: Requirement("this is the only pane") { $0.panesWithContent.count > 1 }
            ) { $0.moveFocus(-1) },
            KeyBinding(
                "pane.maximise", .global, [.character("z")], "zoom pane",
                "give the focused pane the whole screen, or back", isHint: true,
                when: Requirement { $0.whyNotZoomed }
            ) {
                $0.isMaximised.toggle()
                return []
            },
            KeyBinding(
                "pane.pin", .global, [.character("P")], "pin",
                "pin the focused pane; again: the pin, what is there now and their difference; again: let it go",
                when: Requirement { $0.whyNotPinned }
            ) {
                $0.advancePin()
            },
            KeyBinding(
                "display.freeze", .global, [.character("f")], "freeze",
                "freeze the display while training goes on, or let it run again", isHint: true,
                when: Requirement("nothing changes here") { $0.isGrowing || $0.frozen != nil }
            ) {
                $0.run.frozen = $0.run.frozen == nil ? $0.run.live : nil
                return []
            },
            KeyBinding(
                "display.theme", .global, [.character("t")], "theme", "next theme: dark, light, mono",
                when: Requirement("this terminal shows no colours") { $0.colorLevel != .mono }
            ) {
                $0.theme = $0.theme.next
                $0.isThemeChosen = true
                return [.terminal(.redrawAll)]
            },
            KeyBinding(
                "display.mouse", .global, [.character("m")], "mouse",
                "mouse off, so that the terminal selects text, or on again"
            ) {
                $0.isMouseOn.toggle()
                $0.show($0.isMouseOn ? "mouse on" : "mouse off: select text as usual, m turns it on")
                return [.terminal(.setMouse($0.isMouseOn))]
            },
            KeyBinding(
                "display.export", .global, [.character("x")], "export",
                "write this screen to a file: SVG, ANSI, text, or its numbers as CSV"
            ) {
                $0.overlay = .export(selection: 0)
                return []
            },
            KeyBinding("display.redraw", .global, [.control("l")], "redraw", "draw the whole screen again") { _ in
                [.terminal(.redrawAll)]
            },
            KeyBinding(
                "help", .global, [.character("?")], "help", "searchable list of keys; Enter runs the entry",
                isHint: true
            ) {
                $0.overlay = .help(.init())
                return []
            },
            KeyBinding("palette", .global, [.character(":"), .control("p")], "commands", "command palette") {
                $0.overlay = .palette(.init())
                return []
            },
            KeyBinding("suspend", .global, [.control("z")], "suspend", "suspend to the shell; fg comes back") { _ in
                [.terminal(.suspend)]
            },
            KeyBinding(
                "back", .global, [.escape], "back",
                "unwind one level: notice, pin, jump, cursor, filter, comparison, maximised, frozen, earlier probe",
                idle: "there is nothing to take back"
            ) { $0.unwind() },
            KeyBinding(
                "interrupt", .global, [.control("c")], "interrupt",
                "quit dialog; again: stop and save; a third and fourth time: abort"
            ) { $0.interrupt() },
            KeyBinding(
                "quit", .global, [.character("q")], "quit", "quit; while training it asks what becomes of the run",
                isHint: true
            ) { $0.requestQuit() },
        ]

    private static func whyNothingCanBeChanged(_ state: AppState) -> String? {
        if state.screen == .runs { return "here are runs; 0 to 5 show a network" }
        if state.run.canIntervene { return nil }
        if state.runInfo.modelFamily != "inn" { return "this family has no neurons to change" }
        if state.isTraining { return "nothing is measured yet" }
        if state.generator == .opening { return "the network is still being opened" }
        return "no network is open: inn-tui explore"
    }

    private static let screenBindings: [KeyBinding<AppState>] = ScreenID.allCases.enumerated().map { index, id in
        KeyBinding(
            "screen.\(id.rawValue)", .global, [.character(Character(String(index)))], id.rawValue,
            "\(id.rawValue) screen", idle: "it is the one on display"
        ) {
            $0.show(id)
        }
    }
}

extension AppState {
    mutating func moveFocus(_ delta: Int) -> [Effect] {
        if isComparingPin {
            moveComparisonFocus(delta)
            return []
        }
        let panes = panesWithContent
        guard let place = panes.firstIndex(of: focusedPane) else { return [] }
        focus[screen] = panes[(place + delta + panes.count) % panes.count]
        return []
    }

    /// Why the focused pane has the whole screen anyway.
    var whyNotZoomed: String? {
        if panesWithContent.count < 2, !isComparingPin { return "this is the only pane" }
        var other = self
        other.isMaximised.toggle()
        let (frame, changed) = (ScreenFrame(self), ScreenFrame(other))
        // A pane that the layout has no room for has the whole screen when Tab reaches it.
        let isSame = !isComparingPin && frame.panes.map(\.outer) == changed.panes.map(\.outer)
        return frame.holdsOnePane || isSame ? "the pane has all of it already" : nil
    }

    /// The panes of the screen that have, or will have, something to show of this run.
    var panesWithContent: [Int] {
        let screen = Screens.screen(screen)
        return screen.panes.indices.filter { screen.hasContent($0, self) }
    }

    /// Index of the pane that keys go to.
    var focusedPane: Int {
        let panes = panesWithContent
        let wanted = focus[screen] ?? 0
        return panes.contains(wanted) ? wanted : panes.first ?? 0
    }

    /// Goes to a screen.
    mutating func show(_ id: ScreenID) -> [Effect] {
        screen = id
        isMaximised = false
        comparison = nil
        if id == .runs, case .ablation = overlay { overlay = nil }
        return refreshRuns()
    }

    /// Asks for the list of runs when it is on display and has not been asked for lately.
    mutating func refreshRuns() -> [Effect] {
        guard screen == .runs, now - runs.askedAt >= RunsView.refreshInterval else { return [] }
        runs.askedAt = now
        return [.library(.list)]
    }

    /// Shows a message in the status line for a few seconds.
    mutating func show(_ text: String) { message = (text, now + 4) }

    /// Esc: closes the innermost thing that is open.
    mutating func unwind() -> [Effect] {
        if alarm != nil {
            alarm = nil
        } else if isNoticeShown {
            isNoticeDismissed = true
        } else if isComparingPin {
            return endComparison()
        } else if let effects = Screens.screen(screen).unwind(&self) {
            return effects
        } else if run.interventions.isComparing {
            run.interventions.isComparing = false
        } else if isMaximised {
            isMaximised = false
        } else if run.frozen != nil {
            run.frozen = nil
        } else if run.selection.probeStep != nil {
            (run.selection.probeStep, run.selection.isReplaying) = (nil, false)
        } else {
            pin = nil
        }
        return []
    }

    mutating func requestQuit() -> [Effect] {
        guard run.isTraining else { return [.terminal(.quit)] }
        if case .savingFailed = run.trainer { return askAboutSaving() }
        overlay = .quit(selection: 0)
        return []
    }

    /// Ctrl-C: the dialog, then a graceful stop, then the question before an abort, then the abort.
    mutating func interrupt() -> [Effect] {
        guard run.isTraining else { return [.terminal(.quit)] }
        if case .savingFailed = run.trainer { return askAboutSaving() }
        if run.trainer == .stopping { return askBeforeAbort() }
        if case .quit = overlay { return stopAndSave() }
        overlay = .quit(selection: 0)
        return []
    }

    mutating func stopAndSave() -> [Effect] {
        overlay = nil
        quitsWhenStopped = true
        guard run.trainer != .stopping else { return [] }
        run.trainer = .stopping
        return [.trainer(.stop)]
    }

    mutating func askBeforeAbort() -> [Effect] {
        overlay = .abort(selection: 0)
        return []
    }

    /// Ends without the checkpoint, after the user was asked.
    mutating func abort() -> [Effect] {
        overlay = nil
        if case .savingFailed = run.trainer {
            run.trainer = .stopping
            return [.trainer(.saving(.giveUp))]
        }
        return [.trainer(.abort), .terminal(.quit)]
    }
}
