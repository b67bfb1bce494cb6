/// What the mouse does. Everything here can be done with keys as well.
func reduceMouse(_ state: inout AppState, _ event: MouseEvent) -> [Effect] {
    guard !state.isTooSmall else { return [] }
    let scroll = state.overlay == nil ? Screens.screen(state.screen).scroll : (up: Key.up, down: Key.down)
    switch event.kind {
    case .release: return []
    case .scrollUp: return reduceKey(&state, scroll.up)
    case .scrollDown: return reduceKey(&state, scroll.down)
    case .drag:
        return state.overlay == nil && Screens.screen(state.screen).followsDrag
            ? click(&state, event, isDrag: true) : []
    case .press: return click(&state, event, isDrag: false)
    }
}

private func click(_ state: inout AppState, _ event: MouseEvent, isDrag: Bool) -> [Effect] {
    let frame = ScreenFrame(state)
    if !isDrag, let hint = footerHints(state, frame.footer).first(where: { $0.area.contains(x: event.x, y: event.y) }) {
        return reduceKey(&state, hint.key)
    }
    if let overlay = state.overlay, overlay.context != .ablation || frame.drawer.contains(x: event.x, y: event.y) {
        return isDrag ? [] : click(&state, overlay, event)
    }
    if !isDrag, let id = frame.tab(atX: event.x, y: event.y) { return state.show(id) }
    if let part = frame.comparison?.parts.first(where: { $0.outer.contains(x: event.x, y: event.y) })?.part {
        state.comparison = part
    }
    guard let pane = frame.panes.first(where: { $0.outer.contains(x: event.x, y: event.y) }) else { return [] }
    let wasFocused = state.focusedPane == pane.index
    state.focus[state.screen] = pane.index
    // A click on the title of the focused pane gives it the whole screen, or back.
    if event.y == pane.outer.y {
        if wasFocused, !isDrag { state.isMaximised.toggle() }
        return []
    }
    return Screens.screen(state.screen).click(&state, pane.index, pane.inner, event.x, event.y)
}

private func click(_ state: inout AppState, _ overlay: Overlay, _ event: MouseEvent) -> [Effect] {
    let bounds = Rect(x: 0, y: 0, width: state.width, height: state.height)
    switch overlay {
    case .help, .palette:
        let layout = ListLayout(state, in: bounds)
        guard layout.frame.contains(x: event.x, y: event.y) else { return reduceKey(&state, .escape) }
        guard let index = layout.index(atY: event.y) else { return [] }
        _ = state.moveSelection(index - state.overlaySelection)
        return state.runSelected()
    case .quit, .abort, .saving, .export, .trash:
        let layout = DialogLayout(state, in: bounds)
        guard layout.frame.contains(x: event.x, y: event.y) else { return reduceKey(&state, .escape) }
        guard let index = layout.index(atY: event.y), let key = state.listEntries[index].keys.first else { return [] }
        return reduceKey(&state, key)
    case .ablation(let form):
        guard let family = drawerFamily(form, state, x: event.x, y: event.y) else { return [] }
        if family == form.family { return reduceKey(&state, .enter) }
        return state.editForm { form, _ in form.family = family }
    case .explanation:
        let frame = ExplanationLayout(state, in: bounds).frame
        return frame.contains(x: event.x, y: event.y) ? [] : reduceKey(&state, .escape)
    case .tour: return reduceKey(&state, .enter)
    case .bookmarks(let list):
        let layout = BookmarkLayout(state, list, in: bounds)
        guard layout.frame.contains(x: event.x, y: event.y) else { return reduceKey(&state, .escape) }
        guard let index = layout.index(atY: event.y) else { return [] }
        if index == list.selection { return reduceKey(&state, .enter) }
        state.moveBookmark(index - list.selection)
        return []
    case .command: return reduceKey(&state, .escape)
    case .input: return []
    }
}
