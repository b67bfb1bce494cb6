/// Draws the open window over the screen.
func renderOverlay(_ state: AppState, _ look: Look, _ buffer: inout CellBuffer) {
    guard let overlay = state.overlay else { return }
    switch overlay {
    case let .help(list): renderList("Keys", list, state, look, &buffer)
    case let .palette(list): renderList("Commands", list, state, look, &buffer)
    case .quit: renderDialog(quitTitle(state), state, look, &buffer)
    case .export: renderDialog(["Write this screen to a file as"], state, look, &buffer)
    case .trash: renderDialog(trashTitle(state), state, look, &buffer)
    case let .ablation(form): renderDrawer(form, state, look, &buffer)
    case let .input(input): renderInput(input, look, &buffer)
    }
}

private func quitTitle(_ state: AppState) -> [String] {
    if state.trainer == .stopping { return ["The trainer is writing its last checkpoint."] }
    let step = state.live.history.latest.map { " at step " + Format.grouped($0.step) } ?? ""
    return ["Training is going on\(step).", "What becomes of the run?"]
}

private func trashTitle(_ state: AppState) -> [String] {
    guard case let .trash(run) = state.overlay else { return [] }
    return ["Move \(run) to the trash?", "It stays in .trash beside the runs until you empty it."]
}

private func window(_ width: Int, _ height: Int, _ title: String, _ look: Look, _ buffer: inout CellBuffer) -> Rect {
    let w = min(width, buffer.width - 2), h = min(height, buffer.height - 2)
    let area = Rect(x: (buffer.width - w) / 2, y: (buffer.height - h) / 2, width: w, height: h)
    buffer.fill(area, " ", look.theme.text)
    buffer.box(area, look.theme.focusBorder)
    buffer.write(" \(title) ", x: area.x + 2, y: area.y, width: area.width - 4, look.theme.accent)
    return area.inset(left: 2, top: 1, right: 2, bottom: 1)
}

private func renderDialog(_ title: [String], _ state: AppState, _ look: Look, _ buffer: inout CellBuffer) {
    let choices = state.listEntries
    let name = switch state.overlay {
    case .quit: "Quit"
    case .trash: "Delete"
    default: "Export"
    }
    let area = window(84, choices.count + title.count + (buffer.height > 12 ? 4 : 2), name, look, &buffer)
    let gap = area.height > choices.count + title.count ? 1 : 0
    var y = area.y + gap
    for line in title where y < area.maxY {
        buffer.write(line, x: area.x, y: y, width: area.width, look.theme.strong)
        y += 1
    }
    if area.maxY - y > choices.count { y += 1 }
    for (index, choice) in choices.enumerated() where y + index < area.maxY {
        let isSelected = index == state.overlaySelection
        let row = Rect(x: area.x, y: y + index, width: area.width, height: 1)
        if isSelected { buffer.fill(row, " ", look.theme.selection) }
        let background = isSelected ? look.theme.selection : look.theme.text
        buffer.write(choice.keys.first?.text ?? "", x: row.x + 1, y: row.y, width: 4, isSelected ? background.with(.bold) : look.theme.key)
        let used = buffer.write(choice.label, x: row.x + 6, y: row.y, width: row.width - 6, background.with(.bold))
        let x = row.x + 6 + max(used, 14) + 1
        buffer.write(choice.help, x: x, y: row.y, width: row.maxX - x, isSelected ? background : look.theme.dim)
    }
}

/// The line being typed, its end in view.
private func renderInput(_ input: Overlay.InputState, _ look: Look, _ buffer: inout CellBuffer) {
    let area = window(92, 6, "Enter takes it, Esc cancels", look, &buffer)
    let isRoomy = area.height >= 3
    if isRoomy { buffer.write(input.title, x: area.x, y: area.y, width: area.width, look.theme.dim) }
    let y = isRoomy ? area.y + 1 : area.y
    let shown = String(input.text.suffix(max(0, area.width - 3)))
    let used = buffer.write(shown, x: area.x, y: y, width: area.width - 1, look.theme.strong)
    buffer.put("▏", x: area.x + used, y: y, look.theme.accent)
    if let problem = input.problem, area.height >= 2 {
        buffer.write(problem, x: area.x, y: area.maxY - 1, width: area.width, look.theme.warning)
    }
}

private func renderList(_ title: String, _ list: Overlay.ListState, _ state: AppState, _ look: Look, _ buffer: inout CellBuffer) {
    let entries = state.listEntries
    let area = window(92, 40, title, look, &buffer)
    guard area.height > 2 else { return }
    var x = area.x + buffer.write("/ ", x: area.x, y: area.y, width: 2, look.theme.key)
    x += buffer.write(list.query, x: x, y: area.y, width: area.width - 4, look.theme.strong)
    buffer.write(list.query.isEmpty ? "type to search" : "▏", x: x, y: area.y, width: area.maxX - x, look.theme.faint)
    buffer.writeRight("\(entries.count)", in: area, row: 0, look.theme.faint)
    let body = area.inset(top: 2)
    if entries.isEmpty {
        buffer.write("nothing matches; Esc closes", x: body.x, y: body.y, width: body.width, look.theme.dim)
        return
    }
    let first = max(0, min(list.selection - body.height / 2, entries.count - body.height))
    let keyWidth = body.width > 60 ? 14 : 9
    for row in 0..<min(body.height, entries.count - first) {
        let entry = entries[first + row], isSelected = first + row == list.selection
        let y = body.y + row
        if isSelected { buffer.fill(Rect(x: body.x, y: y, width: body.width, height: 1), " ", look.theme.selection) }
        let plain = isSelected ? look.theme.selection : look.theme.text
        buffer.write(entry.keyText, x: body.x + 1, y: y, width: keyWidth - 2, isSelected ? plain.with(.bold) : look.theme.key)
        let used = buffer.write(entry.help, x: body.x + keyWidth, y: y, width: body.width - keyWidth, plain)
        let context = entry.context.title
        if keyWidth + used + columnCount(context) + 3 < body.width {
            buffer.writeRight(context + " ", in: body, row: row, isSelected ? plain : look.theme.faint)
        }
    }
}
