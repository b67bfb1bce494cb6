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
        if frame.comparison != nil, let pin = state.pin {
            renderPinned(pin, state, frame, look, &buffer)
            renderDifference(pin, state, frame, look, &buffer)
        }
        renderBanner(state, frame, look, &buffer)
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
    var title = screen.panes[pane.index].heading(state)
    let note = screen.panes[pane.index].note(state, frame)
    let isFocused: Bool
    if let comparison = frame.comparison {
        title = comparison.title("Here", title, .here, note: min(20, columnCount(note)))
        isFocused = state.comparison == .here
    } else {
        let panes = state.panesWithContent
        if frame.panes.count == 1, let place = panes.firstIndex(of: pane.index), panes.count > 1 {
            title += " \(place + 1)/\(panes.count)"
        }
        isFocused = pane.index == state.focusedPane && panes.count > 1
    }
    renderTitle(
        title, note: note, pane.outer, frame, isFocused: isFocused, isPointedAt: isFocused && state.tour != nil, look,
        &buffer)
}

/// The frame of a pane, or its title line where there is little room.
///
/// - Parameter isPointedAt: whether the tour speaks of it.
func renderTitle(
    _ title: String, note: String, _ area: Rect, _ frame: ScreenFrame, isFocused: Bool, isPointedAt: Bool = false,
    _ look: Look, _ buffer: inout CellBuffer
) {
    let border = isFocused ? look.theme.focusBorder : look.theme.border
    if frame.isBoxed {
        buffer.box(area, border)
    } else {
        for x in area.x..<area.maxX { buffer.put("─", x: x, y: area.y, border) }
        if area.x > frame.body.x {
            for y in area.y..<area.maxY { buffer.put(y == area.y ? "┬" : "│", x: area.x, y: y, look.theme.border) }
        }
    }
    let x = area.x + 2
    let used = buffer.write(
        (isPointedAt ? " ▶ " : " ") + title + " ", x: x, y: area.y, width: area.maxX - 1 - x,
        isPointedAt ? look.theme.selection.with(.bold) : isFocused ? look.theme.accent : look.theme.title)
    let room = area.maxX - 2 - (x + used + 1)
    let note = fittingNote(note, room - 2)
    guard !note.isEmpty, room >= min(columnCount(note) + 2, 14) else { return }
    let text = " " + note + " "
    let length = min(columnCount(text), room)
    buffer.write(text, x: area.maxX - 2 - length, y: area.y, width: length, look.theme.dim)
}

/// A note without the remarks at its end that find no room, but for its first.
private func fittingNote(_ note: String, _ room: Int) -> String {
    var text = note
    while columnCount(text) > room, let last = text.ranges(of: " · ").last { text = String(text[..<last.lowerBound]) }
    return text
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
