import INNKit

extension KeyTable {
    /// Keys on every screen that keep a view and write it down.
    static let keepingBindings: [KeyBinding<AppState>] = [
        KeyBinding(
            "bookmarks", .global, [.character("B")], "bookmarks",
            "bookmarks: keep this view with everything that is chosen, return to one, delete one",
            when: AppState.canKeep
        ) { $0.openBookmarks() },
        KeyBinding(
            "copyCommand", .global, [.character("C")], "command",
            "the shell line that draws this view, which is written to a file unless it is a bookmark",
            when: AppState.canKeep
        ) { _ in [.generator(.tellCourse(.command))] },
    ]

    private static let hasBookmark = Requirement<AppState>("nothing is kept yet; n keeps this view") {
        !$0.run.bookmarks.isEmpty
    }

    static let bookmarkBindings: [KeyBinding<AppState>] =
        [
            KeyBinding(
                "bookmarks.new", .bookmarks, [.character("n"), .character("B")], "keep this view",
                "keep the present view under a name", isHint: true
            ) { $0.askFor(.bookmarkName, $0.suggestedName) },
            KeyBinding(
                "bookmarks.open", .bookmarks, [.enter], "return", "return to the selected view", isHint: true,
                when: hasBookmark
            ) { $0.openSelectedBookmark() },
            KeyBinding(
                "bookmarks.delete", .bookmarks, [.character("d"), .character("D"), .delete], "delete",
                "delete the selected one; asks for the key once more", isHint: true, when: hasBookmark
            ) { $0.deleteSelectedBookmark() },
            KeyBinding(
                "bookmarks.close", .bookmarks, [.escape, .character("q")], "close", "close the list", isHint: true
            ) { $0.closeOverlay() },
            KeyBinding("bookmarks.redraw", .bookmarks, [.control("l")], "redraw", "draw the whole screen again") { _ in
                [.terminal(.redrawAll)]
            },
            KeyBinding(
                "bookmarks.interrupt", .bookmarks, [.control("c")], "interrupt",
                "quit, or the quit dialog while training"
            ) { $0.interrupt() },
        ]
        + movement("bookmarks", .bookmarks, vertical: "selection", horizontal: nil) { state, _, dy in
            state.moveBookmark(dy)
        }

    static let commandBindings: [KeyBinding<AppState>] = [
        KeyBinding(
            "command.close", .command, [.escape, .enter, .character("C"), .character("q")], "close", "close the window",
            isHint: true
        ) { $0.closeOverlay() },
        KeyBinding("command.redraw", .command, [.control("l")], "redraw", "draw the whole screen again") { _ in
            [.terminal(.redrawAll)]
        },
        KeyBinding(
            "command.interrupt", .command, [.control("c")], "interrupt", "quit, or the quit dialog while training"
        ) { $0.interrupt() },
    ]
}
