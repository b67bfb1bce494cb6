import INNKit

/// What is going on, how far it is, and the loss: as much of it as there is room for, the least important left out
/// first, and no number without its name.
func renderStatus(_ state: AppState, _ area: Rect, _ look: Look, _ buffer: inout CellBuffer) {
    let line = Rect(x: area.x + 1, y: area.y, width: max(0, area.width - 2), height: area.height)
    if let message = state.message {
        buffer.write(message.text, x: line.x, y: line.y, width: line.width, look.theme.accent)
        return
    }
    if let alarm = state.alarm {
        buffer.write(alarm.text, x: line.x, y: line.y, width: line.width, look.theme.warning)
        return
    }
    if let hint = firstKeys(state, line.width) {
        buffer.write(hint, x: line.x, y: line.y, width: line.width, look.theme.accent)
        return
    }
    let head = headParts(state, look)
    guard let report = state.data.history.latest else {
        write(head + knownParts(state, look), line, look, &buffer)
        return
    }
    let form = StatusForm.allCases.first { form in
        let parts = head + reportParts(state, report, form, look)
        return width(of: parts) + 2 + columnCount(progressText(state, report, form)) <= line.width
    }
    let chosen = form ?? .least
    let used = write(head + reportParts(state, report, chosen, look), line, look, &buffer)
    renderProgress(state, report, progressText(state, report, chosen), from: line.x + used, line, look, &buffer)
}

/// What to press first, for somebody who sees the generate screen for the first time; nil once a key was pressed.
private func firstKeys(_ state: AppState, _ width: Int) -> String? {
    guard state.isUntouched, state.screen == .generate, state.overlay == nil, state.generator == .ready,
        !state.runInfo.isLive
    else { return nil }
    guard state.runInfo.modelFamily == "inn" else {
        return fitting(
            width, "→ writes the next character · Space goes on writing · ? all keys", "→ writes · ? all keys")
    }
    return fitting(
        width, "press → to write the next letter · ↑ ↓ to choose a neuron · b to switch it off · F1 for the tour",
        "→ writes a letter · ↑ ↓ neuron · b switches it off · F1 tour",
        "→ writes a letter · b switches a neuron off · F1 tour", "→ next letter · b ablates · F1 tour")
}

/// From all that can be said to the least.
private enum StatusForm: CaseIterable {
    case full, shortSpeed, noSpeed, noTime, noUnit, oneLoss, least

    var hasSpeed: Bool { self == .full || self == .shortSpeed }
    var hasTime: Bool { hasSpeed || self == .noSpeed }
    var hasUnit: Bool { hasTime || self == .noTime }
}

private typealias StatusPart = (text: String, style: Style)

private func headParts(_ state: AppState, _ look: Look) -> [StatusPart] {
    let word = statusWord(state)
    var parts: [StatusPart] = [
        state.frozen == nil ? (word.text, word.style(look.theme)) : ("display frozen", look.theme.warning)
    ]
    if let pin = state.pin { parts.append(("pinned: " + pin.title, look.theme.accent)) }
    if let step = state.selection.probeStep {
        parts.append(((state.isReplaying ? "replay" : "shown") + ": step " + Format.grouped(step), look.theme.accent))
    }
    return parts
}

private func reportParts(
    _ state: AppState, _ report: TrainingReport, _ form: StatusForm, _ look: Look
) -> [StatusPart] {
    let step = state.isPaused ? max(report.step, state.live.lastStep ?? 0) : report.step
    var parts: [StatusPart] = [((form == .least ? "" : "step ") + Format.grouped(step), look.theme.text)]
    // Of two steps the one that is looked at says more.
    if form == .least, state.selection.probeStep != nil { parts = [] }
    let valid = state.data.history.lastValidation
    let unit = form.hasUnit ? look.unit.worded(" BPC") : ""
    let isShort = form == .oneLoss || form == .least
    if !isShort || valid == nil {
        let isNumber = report.trainBPC.isFinite
        let train = isNumber ? Format.fixed(report.trainBPC, 3) : "not finite"
        parts.append(("train " + train + (valid == nil ? unit : ""), isNumber ? look.theme.smooth : look.theme.bad))
    }
    if let valid {
        parts.append(("valid " + Format.fixed(valid, isShort ? 2 : 3) + unit, look.theme.validation))
    }
    // A speed is of what goes on.
    if form.hasSpeed, !state.isPaused {
        let speed = max(0, Int(bounded: report.charsPerSecond))
        parts.append(
            (
                form == .full
                    ? Format.grouped(speed) + look.unit.worded(" chars/s") : Format.short(report.charsPerSecond) + "/s",
                look.theme.text
            ))
    }
    return parts
}

/// What is said of a network while there are no reports about it.
private func knownParts(_ state: AppState, _ look: Look) -> [StatusPart] {
    guard !state.runInfo.isLive else { return [("waiting for the first report", look.theme.dim)] }
    let info = state.runInfo
    var parts: [StatusPart] = []
    if let step = state.data.probes.latest?.snapshot.step {
        parts.append(("step " + Format.grouped(step), look.theme.text))
    }
    if info.parameterCount > 0 { parts.append((Format.grouped(info.parameterCount) + " parameters", look.theme.text)) }
    return parts + [(info.corpus.isEmpty ? "no reports stored" : info.corpus, look.theme.dim)]
}

private func width(of parts: [StatusPart]) -> Int {
    parts.reduce(0) { $0 + columnCount($1.text) + 3 } - 3
}

/// - Returns: the columns used.
@discardableResult
private func write(_ parts: [StatusPart], _ line: Rect, _ look: Look, _ buffer: inout CellBuffer) -> Int {
    var x = line.x
    for part in parts {
        if x > line.x {
            guard x + 3 < line.maxX else { break }
            x += buffer.write(" · ", x: x, y: line.y, width: 3, look.theme.faint)
        }
        let room = line.maxX - x
        x += buffer.write(shortened(part.text, room), x: x, y: line.y, width: room, part.style)
    }
    return x - line.x
}

/// What stands in a line of remarks: all of it, or what comes before the first bracket where there is no more room.
private func shortened(_ text: String, _ room: Int) -> String {
    guard columnCount(text) > room, let bracket = text.firstIndex(of: "("), bracket > text.startIndex else {
        return text
    }
    let short = text[..<bracket]
    return String(short.hasSuffix(" ") ? short.dropLast() : short)
}

private func progressText(_ state: AppState, _ report: TrainingReport, _ form: StatusForm) -> String {
    let share = Format.percent(report.progress)
    guard form.hasTime else { return share }
    if let left = state.data.history.secondsLeft, state.isTraining {
        return share + "  " + Format.duration(left) + " left"
    }
    return share + "  " + Format.duration(report.elapsedSeconds) + " elapsed"
}

/// How far the training is, at the right end, with a bar where there is room.
private func renderProgress(
    _ state: AppState, _ report: TrainingReport, _ text: String, from x: Int, _ line: Rect, _ look: Look,
    _ buffer: inout CellBuffer
) {
    let textX = line.maxX - columnCount(text)
    guard textX > x + 1 else { return }
    buffer.write(text, x: textX, y: line.y, width: line.maxX - textX, look.theme.text)
    let width = min(40, textX - 1 - (x + 2))
    guard width >= 6 else { return }
    Bars.drawHorizontal(
        report.progress, in: &buffer, row: Rect(x: textX - 1 - width, y: line.y, width: width, height: 1),
        look.theme.bar, empty: look.theme.barEmpty, look: look)
}
