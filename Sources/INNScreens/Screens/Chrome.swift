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
    var x = 0
    for tab in frame.tabs where tab.x + columnCount(tab.text) < state.width - 2 {
        let isCurrent = tab.id == state.screen
        x =
            tab.x
            + buffer.write(
                tab.text, x: tab.x, y: 0, width: state.width - tab.x, isCurrent ? look.theme.selection : look.theme.dim)
    }
    let name = state.runs.form(of: state.runInfo.name)
    let light = lightText(state)
    // The light in as many words as leave room for the run's name.
    let room = state.width - x - 6 - min(columnCount(name), 24)
    let text = light.forms.first { columnCount($0) <= room } ?? light.forms.last ?? ""
    let lightX = max(x + 1, state.width - columnCount(text) - 1)
    buffer.write(text, x: lightX, y: 0, width: state.width - lightX, light.style(look.theme))
    let nameRoom = lightX - x - 5
    if nameRoom >= 4 {
        buffer.write("▸ ", x: x + 2, y: 0, width: 2, look.theme.faint)
        buffer.write(name, x: x + 4, y: 0, width: nameRoom, look.theme.title)
    }
}

/// The degeneracy light in words, the most first, for every screen: of the network without interventions where that is
/// known, since a lesion must not improve it.
func lightText(_ state: AppState) -> (forms: [String], style: (Theme) -> Style) {
    guard let probe = state.baselineProbe ?? state.probe else {
        return (["○ no probes yet", "○ no probes"], { $0.faint })
    }
    let neurons = probe.snapshot.neurons
    let control = state.insight?.untrainedDynamism
    switch probe.light == .red ? .red : DegeneracyLight(probe.variety, untrained: control) {
    case .red:
        return (
            neurons > 1 ? ["● \(neurons) copies of one neuron", "● \(neurons) copies"] : ["● one neuron only"],
            { $0.bad }
        )
    case .amber:
        let isKnown = probe.variety.dynamism != nil
        return ([isKnown ? "● routing nearly uniform" : "● uniform on average", "● near uniform"], { $0.warning })
    case .green:
        if probe.variety.isUniformOnAverage {
            return (
                [
                    "● routing uniform on average, differs per character", "● differs per character",
                    "● differs per char",
                ], { $0.good }
            )
        }
        let effective = Format.fixed(Double(probe.snapshot.effectiveNeurons.last ?? .nan), 1)
        return (
            [
                "● neurons differ · effective number \(effective) of \(neurons)",
                "● neurons differ · N_eff \(effective)/\(neurons)", "● N_eff \(effective)/\(neurons)",
            ], { $0.good }
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
    var hints = KeyTable.hints(in: state)
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
