import INNKit

/// The ablation drawer: what can be changed and what is changed, at the bottom of the screen; the figures above it move
/// up.
func renderDrawer(_ form: AblationForm, _ state: AppState, _ look: Look, _ buffer: inout CellBuffer) {
    let layout = DrawerLayout(form, in: ScreenFrame(state).drawer)
    let outer = layout.outer
    guard !outer.isEmpty else { return }
    buffer.fill(outer, " ", look.theme.text)
    buffer.box(outer, look.theme.focusBorder)
    let title =
        " Ablation · \(drawerPlace(state, isShort: outer.width < 72))"
        + (state.interventions.isComparing ? " · differences from the baseline" : "") + " "
    let used = buffer.write(title, x: outer.x + 2, y: outer.y, width: outer.width - 4, look.theme.accent)
    for (index, family) in AblationForm.Family.allCases.enumerated() {
        guard let place = layout.place(of: index) else { continue }
        renderFamily(family, form, state, place, hasNote: layout.isFull, look, &buffer)
    }
    if layout.isFull {
        let hint = fitting(
            layout.note.width,
            "its letter, or ↑ ↓ and Enter, makes a change, and again takes it back · Tab another kind · ← → which "
                + "neuron · < > which listener · [ ] round · a all neurons",
            "letter or Enter: make it, again: take it back · Tab kind · ← → neuron · < > listener · [ ] round · a all")
        buffer.write(hint, x: layout.note.x, y: layout.note.y, width: layout.note.width, look.theme.faint)
        renderActive(state, layout.active.inset(left: 1), look, &buffer)
    } else {
        // A name that is cut in its place stands here in full.
        let name = form.intervention(form.family).name
        let place = AblationForm.Family.allCases.firstIndex(of: form.family).flatMap(layout.place)
        let isCut = columnCount(name) + 3 > place?.width ?? 0
        buffer.write(
            (isCut ? name + ": " : "") + familyNote(form.family, form), x: layout.note.x, y: layout.note.y,
            width: layout.note.isEmpty ? 0 : layout.note.width, look.theme.dim)
        let divergence = " " + divergenceText(state) + " "
        let length = columnCount(divergence)
        if length > 2, used + length + 6 <= outer.width {
            buffer.write(divergence, x: outer.maxX - 2 - length, y: outer.y, width: length, look.theme.strong)
        }
    }
    let hint = drawerHint(state, width: outer.width - 4)
    if columnCount(hint) + 4 <= outer.width {
        buffer.write(hint, x: outer.x + 2, y: outer.maxY - 1, width: outer.width - 4, look.theme.faint)
    }
}

/// Keys that go on working while the drawer is open.
private func drawerHint(_ state: AppState, width: Int) -> String {
    let long = state.screen == .generate ? "l h step · L H ten steps · Space plays · " : "0–6 other screens · "
    let short = state.screen == .generate ? "l h step · L H ten · Space play · " : "0–6 screens · "
    return fitting(
        width, " " + long + modeHint(state) + "u undoes · U takes all back · ? all keys ",
        " " + short + modeHint(state) + "U clear · ? all keys ", " " + short + "? all keys ")
}

/// Where the drawer's rows lie: a family per row with what it does where there is room, otherwise short entries in
/// columns.
struct DrawerLayout {
    let outer: Rect
    let isFull: Bool
    /// The families, what is active (when full), and the row of remarks, empty where there is none.
    let families: Rect, active: Rect, note: Rect
    private let columns: Int
    /// Index of the family in the first place.
    private let first: Int

    private static let count = AblationForm.Family.allCases.count
    /// A row per family, a hint and the frame.
    private static let fullRows = count + 3

    /// Rows that the drawer takes of the area between header and status line.
    static func rows(in area: Rect) -> Int {
        if area.height - fullRows >= 34 { return fullRows }
        let columns = columns(area.width)
        return max(3, min((count + columns - 1) / columns + 3, area.height / 2))
    }

    /// Where columns begin, of 78: the names of gates and memories are the longest.
    private static func starts(_ columns: Int) -> [Int] {
        columns == 3 ? [0, 20, 47, 78] : columns == 2 ? [0, 36, 78] : [0, 78]
    }

    private static func columns(_ width: Int) -> Int { width >= 72 ? 3 : width >= 48 ? 2 : 1 }

    init(_ form: AblationForm, in outer: Rect) {
        self.outer = outer
        isFull = outer.height >= Self.fullRows
        let area = outer.inset(left: isFull ? 2 : 1, top: 1, right: isFull ? 2 : 1, bottom: 1)
        columns = isFull ? 1 : Self.columns(outer.width)
        let rows = min(area.height, (Self.count + columns - 1) / columns)
        let (upper, lower) = area.splitTop(rows)
        (families, active) = upper.splitLeft(isFull && area.width >= 70 ? area.width * 58 / 100 : area.width)
        note = lower
        let capacity = max(1, rows * columns)
        let selected = AblationForm.Family.allCases.firstIndex(of: form.family) ?? 0
        first = max(0, min(selected - capacity / 2, Self.count - capacity))
    }

    /// The place of the family with this index, filled column by column; nil when it is scrolled out.
    func place(of index: Int) -> Rect? {
        let slot = index - first
        guard families.height > 0, slot >= 0, slot < families.height * columns else { return nil }
        let column = slot / families.height
        let starts = Self.starts(columns).map { families.width * $0 / 78 }
        return Rect(
            x: families.x + starts[column], y: families.y + slot % families.height,
            width: starts[column + 1] - starts[column], height: 1)
    }
}

/// The family of interventions under the mouse.
func drawerFamily(_ form: AblationForm, _ state: AppState, x: Int, y: Int) -> AblationForm.Family? {
    let layout = DrawerLayout(form, in: ScreenFrame(state).drawer)
    return AblationForm.Family.allCases.enumerated().first {
        layout.place(of: $0.offset)?.contains(x: x, y: y) ?? false
    }?.element
}

private func renderFamily(
    _ family: AblationForm.Family, _ form: AblationForm, _ state: AppState, _ row: Rect, hasNote: Bool, _ look: Look,
    _ buffer: inout CellBuffer
) {
    let intervention = form.intervention(family)
    let isSelected = family == form.family
    let isActive = state.interventions.active.contains(intervention)
    if isSelected { buffer.fill(row, " ", look.theme.selection) }
    let plain = isSelected ? look.theme.selection : look.theme.text
    let key = KeyTable.ablationBindings.first { $0.id == "ablation.\(family.rawValue)" }?.keys.first?.text ?? ""
    buffer.put(isActive ? "✖" : " ", x: row.x, y: row.y, isSelected ? plain : look.theme.warning)
    let keyX = row.x + (hasNote ? 2 : 1)
    let nameX = keyX + 2
    buffer.write(key, x: keyX, y: row.y, width: 2, isSelected ? plain.with(.bold) : look.theme.key)
    let used = buffer.write(
        intervention.name, x: nameX, y: row.y, width: row.maxX - nameX, isActive ? plain.with(.bold) : plain)
    let note = familyNote(family, form)
    let noteX = nameX + used + 2
    let room = row.maxX - noteX - 1
    guard hasNote, !note.isEmpty, room > 12 else { return }
    buffer.write(note, x: noteX, y: row.y, width: room, isSelected ? plain : look.theme.faint)
}

/// What the change does, in a few words.
private func familyNote(_ family: AblationForm.Family, _ form: AblationForm) -> String {
    switch family {
    case .neuron:
        switch form.neuronChange {
        case .mute: "nobody hears it; it still listens and is read"
        case .lesion: "taken out: nobody hears it, and it is not read"
        case .mean: "says the same everywhere: its average"
        case .resample: "says what it said elsewhere in the text"
        }
    case .edge:
        form.edgeChange == .cut
            ? "\(form.listener) hears the others instead of \(form.speaker)"
            : "\(form.listener) no longer hears \(form.speaker), nor others instead"
    case .gate: joined(gateNote(form.intervention(.gate)), targetNote(form))
    case .routing:
        switch form.routingChange {
        case .off: "no neuron hears any other"
        case .uniform: "every neuron hears all others equally"
        case .static: "who hears whom stays as it is on average"
        case .learned: "who hears whom is as it was trained"
        }
    case .memory: joined(memoryNote(form.intervention(.memory)), targetNote(form))
    case .head: "what neurons hear through this head is 0"
    }
}

private func gateNote(_ intervention: Intervention) -> String {
    guard case .gate(let change, _, _) = intervention else { return "" }
    return switch change {
    case .closed: "never speaks"
    case .open: "always speaks"
    case .frozen: "always as loud as it is on average"
    case .hard: "speaks fully or not at all"
    case .off: "speaks as if it had no gate"
    case .loudest(let count): "only the \(count) loudest speak"
    }
}

private func memoryNote(_ intervention: Intervention) -> String {
    guard case .memory(let change, _, _) = intervention else { return "" }
    return switch change {
    case .reset: "forgets once what it has read"
    case .resetEvery(1): "forgets after every character"
    case .resetEvery(let count): "forgets every \(count) characters"
    case .freeze: "remembers nothing new"
    case .skipWhenSilent: "rests while it is silent"
    }
}

/// Which neurons a change of gates or memory is for, and the key that says so.
private func targetNote(_ form: AblationForm) -> String {
    form.isForAll ? "all neurons (a: one)" : "one neuron (a: all)"
}

private func renderActive(_ state: AppState, _ area: Rect, _ look: Look, _ buffer: inout CellBuffer) {
    guard !area.isEmpty else { return }
    let list = state.interventions.active.list
    let title = list.isEmpty ? "nothing is switched off or changed yet" : "in force"
    buffer.write(
        joined(title, divergenceText(state), effectText(state, width: 0)), x: area.x, y: area.y, width: area.width,
        look.theme.strong)
    for (row, intervention) in list.suffix(max(0, area.height - 1)).enumerated() {
        buffer.write("✖ " + intervention.name, x: area.x, y: area.y + 1 + row, width: area.width, look.theme.warning)
    }
}

/// How far what comes next differs from the baseline's; empty while nothing is changed.
private func divergenceText(_ state: AppState) -> String {
    state.generation?.twin.map { "KL " + Format.fixed(Double($0.divergence), 4) + " bits" } ?? ""
}

/// The active interventions in one line; it never leaves the screen while there are any.
func interventionLine(_ state: AppState) -> String? {
    let active = state.interventions.active
    guard !active.isEmpty else { return nil }
    return "✖ \(active.count) active, \(interventionPlace(state)): " + active.names.joined(separator: " · ")
}

/// Where interventions act: in a training, in what is shown of it, in the text of a network that is open, or in what
/// another process trains.
private func interventionPlace(_ state: AppState) -> String {
    switch state.interventions.reach {
    case .training: return "in this training"
    case .display: return state.isTraining ? "only in what is shown" : "in what is shown"
    case .text: break
    }
    if state.generator == .ready { return state.interventions.modeName }
    return state.isGrowing ? "as the run trains" : "as the run was trained"
}

/// The same for the title of the drawer, which says what the next key will change.
private func drawerPlace(_ state: AppState, isShort: Bool) -> String {
    switch state.interventions.reach {
    case .training:
        return isShort
            ? "training" : "changes training itself" + (state.trainer == .paused ? ", also while it is paused" : "")
    case .display: return isShort ? "only shown" : "changes only what is shown" + trainedWith(state)
    case .text:
        guard state.generator == .ready else { return interventionPlace(state) }
        if isShort { return state.interventions.modeName }
        return state.interventions.replays
            ? "replay: the whole text is read again" : "from now: acts on what is read next"
    }
}

/// What training goes on with while changes are only shown.
private func trainedWith(_ state: AppState) -> String {
    guard state.isTraining else { return "" }
    let set = state.live.interventions
    return set.isEmpty ? "; training stays as it is" : "; training keeps \(Format.counted(set.count, "change"))"
}

private func modeHint(_ state: AppState) -> String {
    switch state.interventions.reach {
    case .training: "w only what is shown · "
    case .display: state.isTraining ? "w training itself · " : ""
    case .text: state.interventions.replays ? "w from now · " : "w whole text · "
    }
}
