import INNKit

/// The notice, over what the panes have drawn.
func renderBanner(_ state: AppState, _ frame: ScreenFrame, _ look: Look, _ buffer: inout CellBuffer) {
    for (row, line) in ScreenFrame.bannerLines(state).prefix(frame.banner.height).enumerated() {
        buffer.fill(Rect(x: 0, y: frame.banner.y + row, width: frame.banner.width, height: 1), " ", look.theme.banner)
        buffer.write(line, x: 1, y: frame.banner.y + row, width: frame.banner.width - 2, look.theme.banner)
    }
}

/// Header, status line and footer.
func renderChrome(_ state: AppState, _ frame: ScreenFrame, _ look: Look, _ buffer: inout CellBuffer) {
    renderHeader(state, frame, look, &buffer)
    renderInterventions(state, frame.interventions, look, &buffer)
    renderStatus(state, frame.status, look, &buffer)
    if !frame.footer.isEmpty { renderFooter(state, frame.footer, look, &buffer) }
}

/// What is changed, and at the right end what that costs.
private func renderInterventions(_ state: AppState, _ row: Rect, _ look: Look, _ buffer: inout CellBuffer) {
    guard let line = interventionLine(state) else { return }
    let effect = effectText(state, width: row.width)
    let length = columnCount(effect)
    let room = row.width - 2 - (length > 0 ? length + 3 : 0)
    // Of half a name nobody has anything; the drawer lists them all.
    let known = room < 30 && length > 0 ? "✖ \(state.interventions.active.count) active" : line
    let used = buffer.write(known, x: 1, y: row.y, width: room, look.theme.warning)
    guard length > 0, used > 0 else { return }
    buffer.write(" · ", x: 1 + used, y: row.y, width: 3, look.theme.faint)
    buffer.write(effect, x: 4 + used, y: row.y, width: length, look.theme.strong)
}

private func renderHeader(_ state: AppState, _ frame: ScreenFrame, _ look: Look, _ buffer: inout CellBuffer) {
    let light = lightText(state, isShort: state.width < 76)
    let lightWidth = columnCount(light.text)
    var x = 0
    for tab in frame.tabs where tab.x + columnCount(tab.text) < state.width - 2 {
        let isCurrent = tab.id == state.screen
        x =
            tab.x
            + buffer.write(
                tab.text, x: tab.x, y: 0, width: state.width - tab.x, isCurrent ? look.theme.selection : look.theme.dim)
    }
    let lightX = max(x + 1, state.width - lightWidth - 1)
    buffer.write(light.text, x: lightX, y: 0, width: state.width - lightX, light.style(look.theme))
    let name = state.runs.form(of: state.runInfo.name)
    let room = lightX - x - 5
    if room >= 4 {
        buffer.write("▸ ", x: x + 2, y: 0, width: 2, look.theme.faint)
        buffer.write(name, x: x + 4, y: 0, width: room, look.theme.title)
    }
}

/// The degeneracy light in words, for every screen: of the network without interventions where that is known, since a
/// lesion must not improve it.
func lightText(_ state: AppState, isShort: Bool) -> (text: String, style: (Theme) -> Style) {
    guard let probe = state.baselineProbe ?? state.probe else {
        return (isShort ? "○ no probes" : "○ no probes yet", { $0.faint })
    }
    let neurons = probe.snapshot.neurons
    let control = state.insight?.untrainedDynamism
    switch probe.light == .red ? .red : DegeneracyLight(probe.variety, untrained: control) {
    case .red:
        let text = neurons > 1 ? "● \(neurons) copies of one neuron" : "● one neuron only"
        return (isShort && neurons > 1 ? "● \(neurons) copies" : text, { $0.bad })
    case .amber:
        let isKnown = probe.variety.dynamism != nil
        let text = isKnown ? "● routing nearly uniform" : "● uniform on average"
        return (isShort ? "● near uniform" : text, { $0.warning })
    case .green:
        if probe.variety.isUniformOnAverage {
            let long = "● routing uniform on average, differs per character"
            return (isShort ? "● differs per char" : state.width < 150 ? "● differs per character" : long, { $0.good })
        }
        let effective = probe.snapshot.effectiveNeurons.last ?? .nan
        return (
            "● " + (isShort ? "" : "neurons differ · ") + "N_eff " + Format.fixed(Double(effective), 1) + "/\(neurons)",
            { $0.good }
        )
    }
}

/// One word for what is going on.
func statusWord(_ state: AppState) -> (text: String, style: (Theme) -> Style) {
    if !state.runInfo.isLive {
        switch (state.watch, state.generator) {
        case (.training(let process, let host)?, _):
            let text = "watching process \(process) on \(host)"
            return state.live.isPaused ? (text + ", paused", { $0.warning }) : (text, { $0.good })
        case (.moved(let what)?, _): return (what, { $0.bad })
        case (_, .ready): return ("exploring", { $0.accent })
        default: return ("stored run", { $0.dim })
        }
    }
    switch state.trainer {
    case .training: return ("▸ training", { $0.good })
    case .paused: return ("paused", { $0.warning })
    case .stopping: return ("stopping: writing the checkpoint", { $0.warning })
    case .savingFailed: return ("not saved: q asks what to do", { $0.bad })
    case .finished: return ("finished", { $0.accent })
    case .failed(let message): return ("failed: " + message, { $0.bad })
    }
}

private func renderStatus(_ state: AppState, _ area: Rect, _ look: Look, _ buffer: inout CellBuffer) {
    var x = area.x + 1
    func segment(_ text: String, _ style: Style) {
        if x > area.x + 1 {
            guard x + 3 < area.maxX else { return }
            buffer.write(" · ", x: x, y: area.y, width: 3, look.theme.faint)
            x += 3
        }
        let room = area.maxX - 1 - x
        x += buffer.write(shortened(text, room), x: x, y: area.y, width: room, style)
    }
    if let message = state.message {
        buffer.write(message.text, x: x, y: area.y, width: area.width - 2, look.theme.accent)
        return
    }
    if let hint = firstKeys(state, area.width - 2) {
        buffer.write(hint, x: x, y: area.y, width: area.width - 2, look.theme.accent)
        return
    }
    let word = statusWord(state)
    segment(
        state.frozen == nil ? word.text : "display frozen",
        state.frozen == nil ? word.style(look.theme) : look.theme.warning)
    if let pin = state.pin { segment("pinned: " + pin.title, look.theme.accent) }
    if let step = state.selection.probeStep {
        segment((state.isReplaying ? "replay" : "shown") + ": step " + Format.grouped(step), look.theme.accent)
    }
    guard let report = state.data.history.latest else {
        renderKnown(of: state, segment, look)
        return
    }
    let isNarrow = area.width < 100
    let isTiny = area.width < 60
    let step = state.isPaused ? max(report.step, state.live.lastStep ?? 0) : report.step
    segment((isTiny ? "" : "step ") + Format.grouped(step), look.theme.text)
    let valid = state.data.history.lastValidation
    if isTiny {
        segment(Format.fixed(valid ?? report.trainBPC, 2) + look.unit.worded(" BPC"), look.theme.strong)
    } else {
        let train = report.trainBPC.isFinite ? Format.fixed(report.trainBPC, 3) : "not finite"
        segment((isNarrow ? "" : "train ") + train, report.trainBPC.isFinite ? look.theme.smooth : look.theme.bad)
        if let valid { segment("valid " + Format.fixed(valid, 3), look.theme.validation) }
        buffer.write(look.unit.worded(" BPC"), x: x, y: area.y, width: max(0, area.maxX - 1 - x), look.theme.dim)
        x += 4
    }
    // A speed is of what goes on.
    if !state.isPaused {
        segment(
            isNarrow
                ? Format.short(report.charsPerSecond) + "/s"
                : Format.grouped(max(0, Int(bounded: report.charsPerSecond))) + look.unit.worded(" chars/s"),
            look.theme.text)
    }
    renderProgress(state, report, from: x, area, look, &buffer)
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

/// What the status line says of a network while there are no reports about it.
private func renderKnown(of state: AppState, _ segment: (String, Style) -> Void, _ look: Look) {
    guard !state.runInfo.isLive else { return segment("waiting for the first report", look.theme.dim) }
    let info = state.runInfo
    if let step = state.data.probes.latest?.snapshot.step { segment("step " + Format.grouped(step), look.theme.text) }
    if info.parameterCount > 0 { segment(Format.grouped(info.parameterCount) + " parameters", look.theme.text) }
    segment(info.corpus.isEmpty ? "no reports stored" : info.corpus, look.theme.dim)
}

/// What stands in a line of remarks: all of it, or what comes before the first bracket where there is no more room.
private func shortened(_ text: String, _ room: Int) -> String {
    guard columnCount(text) > room, let bracket = text.firstIndex(of: "("), bracket > text.startIndex else {
        return text
    }
    let short = text[..<bracket]
    return String(short.hasSuffix(" ") ? short.dropLast() : short)
}

private func renderProgress(
    _ state: AppState, _ report: TrainingReport, from x: Int, _ area: Rect, _ look: Look, _ buffer: inout CellBuffer
) {
    var text = Format.percent(report.progress)
    if let left = state.data.history.secondsLeft, state.isTraining {
        text += "  " + Format.duration(left) + " left"
    } else {
        text += "  " + Format.duration(report.elapsedSeconds) + " elapsed"
    }
    let textWidth = columnCount(text)
    let textX = area.maxX - 1 - textWidth
    guard textX > x + 2 else {
        let short = Format.percent(report.progress)
        let shortX = area.maxX - 1 - columnCount(short)
        if shortX > x + 1 { buffer.write(short, x: shortX, y: area.y, width: area.maxX - shortX, look.theme.text) }
        return
    }
    buffer.write(text, x: textX, y: area.y, width: textWidth, look.theme.text)
    let width = min(40, textX - 1 - (x + 2))
    if width >= 6 {
        Bars.drawHorizontal(
            report.progress, in: &buffer, row: Rect(x: textX - 1 - width, y: area.y, width: width, height: 1),
            look.theme.bar,
            empty: look.theme.barEmpty, look: look)
    }
}

/// A key in the footer, and where it stands.
struct FooterHint {
    let area: Rect
    /// What is drawn: the keys that share a name, and the name.
    let keys: String, label: String
    /// What a click on it runs.
    let key: Key
}

/// What the footer shows in the room there is; quit and help keep their place, because a lost user looks for them,
/// and so do the keys that take a change back and close the drawer.
func footerHints(_ state: AppState, _ area: Rect) -> [FooterHint] {
    guard !area.isEmpty else { return [] }
    var hints = KeyTable.available(in: state).filter(\.isHint)
    if let overlay = state.overlay {
        let help = hints.filter { $0.id == "help" && overlay.context == .ablation }
        hints = KeyTable.all.filter { $0.context == overlay.context && $0.isHint && $0.isEnabled(state) } + help
    }
    let last = hints.filter { ["quit", "help", "ablation.undo", "ablation.close"].contains($0.id) }
    let reserve = last.reduce(0) { $0 + columnCount($1.keys.first?.text ?? "") + 1 + columnCount($1.label) + 2 }
    var others = hints.filter { hint in !last.contains { $0.id == hint.id } }
    // Where only one pane fits, the key that reaches the others matters most.
    if area.width < 60, let tab = others.firstIndex(where: { $0.id == "pane.next" }) {
        others.insert(others.remove(at: tab), at: 0)
    }
    var x = area.x + 1
    var shown: [FooterHint] = []
    func add(_ bindings: ArraySlice<KeyBinding<AppState>>, isForced: Bool = false) {
        let keys = bindings.compactMap { $0.keys.first?.text }.joined(separator: " ")
        let label = bindings.first?.label ?? ""
        let width = columnCount(keys) + 1 + columnCount(label)
        guard let key = bindings.last?.keys.first, isForced || x + width + reserve < area.maxX else { return }
        shown.append(
            FooterHint(area: Rect(x: x, y: area.y, width: width, height: 1), keys: keys, label: label, key: key))
        x += width + 2
    }
    var index = 0
    while index < others.count {
        // Neighbours with one name, such as [ and ], share an entry.
        let end = others[index...].firstIndex { $0.label != others[index].label } ?? others.count
        add(others[index..<end])
        index = end
    }
    for hint in last { add([hint], isForced: true) }
    return shown
}

private func renderFooter(_ state: AppState, _ area: Rect, _ look: Look, _ buffer: inout CellBuffer) {
    for hint in footerHints(state, area) {
        let used = buffer.write(hint.keys, x: hint.area.x, y: area.y, width: area.maxX - hint.area.x, look.theme.key)
        let x = hint.area.x + used + 1
        buffer.write(hint.label, x: x, y: area.y, width: area.maxX - x, look.theme.dim)
    }
}
