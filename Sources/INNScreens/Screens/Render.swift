import INNKit

/// Draws the state into a buffer. Pure; the buffer's size should be the state's.
public func render(_ state: AppState, into buffer: inout CellBuffer) {
    let look = state.look
    if state.isTooSmall {
        renderTooSmall(state, look, &buffer)
    } else {
        let frame = ScreenFrame(state)
        renderChrome(state, frame, look, &buffer)
        let screen = Screens.screen(state.screen)
        for pane in frame.panes where pane.index < screen.panes.count {
            renderPaneFrame(state, screen, pane, frame, look, &buffer)
            if !pane.inner.isEmpty { screen.panes[pane.index].render(state, frame, pane.inner, &buffer) }
        }
        renderOverlay(state, look, &buffer)
    }
    if state.glyphLevel == .ascii {
        buffer.mapCells {
            $0.scalar = $0.scalar == Cell.rightHalf ? " " : asciiStandIn($0.scalar)
            $0.marks = CombiningMarks()
        }
    }
}

extension AppState {
    /// The screen as a new buffer of its own size.
    public func rendered() -> CellBuffer {
        var buffer = CellBuffer(width: width, height: height)
        render(self, into: &buffer)
        return buffer
    }
}

private func renderPaneFrame(
    _ state: AppState, _ screen: AnyScreen, _ pane: ScreenFrame.PaneArea, _ frame: ScreenFrame, _ look: Look,
    _ buffer: inout CellBuffer
) {
    let isFocused = pane.index == state.focusedPane && screen.panes.count > 1
    let border = isFocused ? look.theme.focusBorder : look.theme.border
    let area = pane.outer
    if frame.isBoxed {
        buffer.box(area, border)
    } else {
        for x in area.x..<area.maxX { buffer.put("─", x: x, y: area.y, border) }
        if area.x > frame.body.x {
            for y in area.y..<area.maxY { buffer.put(y == area.y ? "┬" : "│", x: area.x, y: y, look.theme.border) }
        }
    }
    var title = " " + look.unit.worded(screen.panes[pane.index].title) + " "
    if frame.panes.count == 1, screen.panes.count > 1 { title += "\(pane.index + 1)/\(screen.panes.count) " }
    let isPointedAt = isFocused && state.tour != nil
    let x = area.x + 2
    let used = buffer.write(
        isPointedAt ? " ▶" + title : title, x: x, y: area.y, width: area.maxX - 1 - x,
        isPointedAt ? look.theme.selection.with(.bold) : isFocused ? look.theme.accent : look.theme.title)
    let note = screen.panes[pane.index].note(state, frame)
    let room = area.maxX - 2 - (x + used + 1)
    guard !note.isEmpty, room >= min(columnCount(note) + 2, 14) else { return }
    let text = " " + note + " "
    let length = min(columnCount(text), room)
    buffer.write(text, x: area.maxX - 2 - length, y: area.y, width: length, look.theme.dim)
}

private func renderTooSmall(_ state: AppState, _ look: Look, _ buffer: inout CellBuffer) {
    let area = buffer.bounds
    var lines = area.width < 7 ? ["q"] : ["too small:", "30×8 needed", "q quits", statusWord(state).text]
    if case .quit = state.overlay { lines = ["quit?", "s save", "h headless", "a abort", "Esc back"] }
    let top = max(0, (area.height - lines.count) / 2)
    for (row, line) in lines.enumerated() where top + row < area.height {
        buffer.writeCentered(line, in: area, row: top + row, row == 0 ? look.theme.warning : look.theme.text)
    }
}
