import INNKit

/// Draws the open window over the screen.
func renderOverlay(_ state: AppState, _ look: Look, _ buffer: inout CellBuffer) {
    guard let overlay = state.overlay else { return }
    if state.isDrawerUnder { renderDrawer(state.interventions.form, state, look, &buffer) }
    switch overlay {
    case .help(let list): renderList("Keys", list, state, look, &buffer)
    case .palette(let list): renderList("Commands", list, state, look, &buffer)
    case .quit: renderDialog("Quit", state, look, &buffer)
    case .abort: renderDialog("No checkpoint", state, look, &buffer)
    case .saving: renderDialog("Not saved", state, look, &buffer)
    case .export: renderDialog("Export", state, look, &buffer)
    case .trash: renderDialog("Delete", state, look, &buffer)
    case .ablation(let form): renderDrawer(form, state, look, &buffer)
    case .input(let input): renderInput(input, look, &buffer)
    case .explanation(let offset): renderExplanation(from: offset, state, look, &buffer)
    case .tour(let tour): renderTour(tour, state, look, &buffer)
    case .bookmarks(let list): renderBookmarks(list, state, look, &buffer)
    case .command(let line): renderCommand(line, look, &buffer)
    }
}

/// What a dialog asks.
func dialogTitle(_ state: AppState) -> [String] {
    switch state.overlay {
    case .quit:
        if state.trainer == .stopping { return ["The trainer is writing its last checkpoint."] }
        return [trainingSentence(state), "What becomes of the run?"]
    case .abort: return ["End now, without a checkpoint?", lossOfAbort(state)]
    case .saving:
        guard case .savingFailed(let message) = state.trainer else { return ["The last checkpoint is being written."] }
        return wrapped(message, width: 78, limit: 4) + ["What becomes of the last checkpoint?"]
    case .trash(let run):
        return trashQuestion(run, state) + ["It stays in .trash beside the runs until you empty it."]
    default: return ["Write this screen to a file as"]
    }
}

/// Names the run so that it can be mistaken for no other one, and says what would go.
private func trashQuestion(_ run: String, _ state: AppState) -> [String] {
    let width = max(1, windowInside(windowFrame(84, 1, in: Rect(x: 0, y: 0, width: state.width, height: 3))).width)
    let question = "Move \(state.runs.form(of: run)) to the trash?"
    var lines = [question]
    if columnCount(question) > width {
        var rest = Array(state.runs.form(of: run, columns: width * max(1, min(4, state.height - 10))).unicodeScalars)
        lines = ["Move this run to the trash?"]
        while !rest.isEmpty {
            lines.append(String(String.UnicodeScalarView(rest.prefix(width))))
            rest.removeFirst(min(width, rest.count))
        }
    }
    guard let summary = state.runs.listings.first(where: { $0.exactName == ExactName(run) }) else { return lines }
    let step = summary.lastReport.map { "at step " + Format.grouped($0.step) } ?? "without a report"
    let size = Format.fixed(Double(summary.bytesOnDisk) / 1e6, 1) + " MB"
    return lines + ["\(summary.model) on \(summary.corpus), \(summary.state.rawValue) \(step), \(size)"]
}

/// Where training is: exactly while it is paused, and otherwise past what it has told last.
private func trainingSentence(_ state: AppState) -> String {
    let step = state.live.lastStep.map(Format.grouped)
    if state.trainer == .paused { return "Training is paused" + (step.map { " at step " + $0 } ?? "") + "." }
    return "Training is going on" + (step.map { ", past step " + $0 } ?? "") + "."
}

/// What an end without a checkpoint costs.
private func lossOfAbort(_ state: AppState) -> String {
    guard let saved = state.live.marks.last(where: { [.checkpoint, .bestCheckpoint].contains($0.kind) }) else {
        return state.live.lastStep ?? 0 > 0
            ? "There is no checkpoint yet: all that was learned is lost." : "Nothing has been learned yet."
    }
    if state.trainer == .paused, saved.step == state.live.lastStep {
        return "The checkpoint at step \(Format.grouped(saved.step)) holds all that was learned."
    }
    return "What was learned since the checkpoint at step \(Format.grouped(saved.step)) is lost."
}

func drawWindow(_ area: Rect, _ title: String, _ look: Look, _ buffer: inout CellBuffer) -> Rect {
    buffer.fill(area, " ", look.theme.text)
    buffer.box(area, look.theme.focusBorder)
    buffer.write(" \(title) ", x: area.x + 2, y: area.y, width: area.width - 4, look.theme.accent)
    return windowInside(area)
}

private func renderDialog(_ name: String, _ state: AppState, _ look: Look, _ buffer: inout CellBuffer) {
    let choices = state.listEntries
    let layout = DialogLayout(state, in: buffer.bounds)
    let area = drawWindow(layout.frame, name, look, &buffer)
    for (row, line) in layout.title.enumerated() where layout.titleY + row < area.maxY {
        buffer.write(line, x: area.x, y: layout.titleY + row, width: area.width, look.theme.strong)
    }
    let y = layout.choicesY
    let keyWidth = layout.keyWidth
    for (index, choice) in choices.enumerated() where y + index < area.maxY {
        let isSelected = index == state.overlaySelection
        let row = Rect(x: area.x, y: y + index, width: area.width, height: 1)
        if isSelected { buffer.fill(row, " ", look.theme.selection) }
        let background = isSelected ? look.theme.selection : look.theme.text
        buffer.write(
            choice.keys.first?.text ?? "", x: row.x + 1, y: row.y, width: keyWidth,
            isSelected ? background.with(.bold) : look.theme.key)
        let labelX = row.x + keyWidth + 2
        buffer.write(choice.label, x: labelX, y: row.y, width: row.maxX - labelX, background.with(.bold))
        guard !layout.helpsBelow else { continue }
        let x = labelX + layout.labelWidth + 1
        buffer.write(choice.help, x: x, y: row.y, width: row.maxX - x, isSelected ? background : look.theme.dim)
    }
    guard layout.helpsBelow, choices.indices.contains(state.overlaySelection) else { return }
    let below = area.inset(top: y - area.y + choices.count)
    writeLines(
        wrapped(choices[state.overlaySelection].help, width: below.width, limit: 2).map { ($0, look.theme.dim) }, below,
        &buffer)
}

/// The line being typed, its cursor in view.
private func renderInput(_ input: Overlay.InputState, _ look: Look, _ buffer: inout CellBuffer) {
    let plain = "Enter takes it, Esc cancels"
    let title =
        input.field.isMarked
        ? fitting(min(92, buffer.width) - 8, "Enter takes it, typing replaces it, Esc cancels", plain) : plain
    let area = drawWindow(windowFrame(92, 6, in: buffer.bounds), title, look, &buffer)
    let isRoomy = area.height >= 3
    if isRoomy { buffer.write(input.title, x: area.x, y: area.y, width: area.width, look.theme.dim) }
    drawField(input.field, x: area.x, y: isRoomy ? area.y + 1 : area.y, width: area.width, look, &buffer)
    if let problem = input.problem, area.height >= 2 {
        buffer.write(problem, x: area.x, y: area.maxY - 1, width: area.width, look.theme.warning)
    }
}

/// A text field with its cursor, a reversed cell.
private func drawField(_ field: TextField, x: Int, y: Int, width: Int, _ look: Look, _ buffer: inout CellBuffer) {
    let shown = field.window(width)
    buffer.write(shown.text, x: x, y: y, width: width, field.isMarked ? look.theme.selection : look.theme.strong)
    guard buffer.bounds.contains(x: x + shown.cursor, y: y) else { return }
    let under = shown.cursor < shown.text.count ? buffer[x + shown.cursor, y].scalar : " "
    buffer.put(under, x: x + shown.cursor, y: y, look.theme.strong.with(.reverse))
}

private func renderList(
    _ title: String, _ list: Overlay.ListState, _ state: AppState, _ look: Look, _ buffer: inout CellBuffer
) {
    let entries = state.listEntries
    let layout = ListLayout(state, in: buffer.bounds)
    let area = drawWindow(layout.frame, title, look, &buffer)
    guard area.height > 2 else { return }
    let x = area.x + buffer.write("/ ", x: area.x, y: area.y, width: 2, look.theme.key)
    drawField(list.field, x: x, y: area.y, width: area.width - 8, look, &buffer)
    if list.field.isEmpty {
        buffer.write("type to search", x: x + 2, y: area.y, width: area.maxX - x - 2, look.theme.faint)
    }
    buffer.writeRight("\(entries.count)", in: area, row: 0, look.theme.faint)
    if case .help = state.overlay, let roles = state.run.roles, ![.train, .runs].contains(state.screen) {
        buffer.write(roles.legend, x: area.x, y: area.y + 1, width: area.width, look.theme.dim)
    }
    let body = layout.body
    let first = layout.first
    if entries.isEmpty {
        buffer.write("nothing matches; Esc closes", x: body.x, y: body.y, width: body.width, look.theme.dim)
        return
    }
    let keyWidth = body.width > 60 ? 14 : 9
    for row in 0..<min(body.height, entries.count - first) {
        let entry = entries[first + row]
        let isSelected = first + row == list.selection
        let y = body.y + row
        if isSelected { buffer.fill(Rect(x: body.x, y: y, width: body.width, height: 1), " ", look.theme.selection) }
        let plain = isSelected ? look.theme.selection : look.theme.text
        buffer.write(
            entry.keyText, x: body.x + 1, y: y, width: keyWidth - 2, isSelected ? plain.with(.bold) : look.theme.key)
        let context = entry.context.title + " "
        let contextWidth = body.width > 60 ? columnCount(context) : 0
        buffer.write(entry.help, x: body.x + keyWidth, y: y, width: body.width - keyWidth - contextWidth - 1, plain)
        if contextWidth > 0 { buffer.writeRight(context, in: body, row: row, isSelected ? plain : look.theme.faint) }
    }
}
