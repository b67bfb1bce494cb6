import INNKit

/// Rows of the open drawer with its frame: a row per family and a hint.
let drawerRows = AblationForm.Family.allCases.count + 3

/// The ablation drawer: what can be changed and what is changed, at the bottom of the screen so that the figures stay in view.
func renderDrawer(_ form: AblationForm, _ state: AppState, _ look: Look, _ buffer: inout CellBuffer) {
    let families = AblationForm.Family.allCases
    guard let layout = DrawerLayout(form, in: buffer.bounds) else { return }
    let (outer, left, right, first) = (layout.outer, layout.families, layout.active, layout.first)
    buffer.fill(outer, " ", look.theme.text)
    buffer.box(outer, look.theme.focusBorder)
    let title = " Ablation · \(state.interventions.modeName)" + (state.interventions.isComparing ? " · comparing" : "") + " "
    buffer.write(title, x: 2, y: outer.y, width: outer.width - 4, look.theme.accent)
    for row in 0..<min(left.height, families.count - first) {
        renderFamily(families[first + row], form, state, Rect(x: left.x, y: left.y + row, width: left.width - 1, height: 1), look, &buffer)
    }
    if left.height > families.count {
        let hint = "letter or Enter: make it, again: take it back · Tab: kind · ←→ target · [ ] round"
        buffer.write(hint, x: left.x, y: left.y + families.count, width: left.width - 1, look.theme.faint)
    }
    renderActive(state, right.inset(left: 1), look, &buffer)
}

/// Where the drawer's rows lie; nil where there is no room for it.
private struct DrawerLayout {
    let outer: Rect, families: Rect, active: Rect
    /// Index of the family in the first row.
    let first: Int

    init?(_ form: AblationForm, in bounds: Rect) {
        let height = min(drawerRows, bounds.height - 3), count = AblationForm.Family.allCases.count
        guard height >= 3, bounds.width >= 24 else { return nil }
        outer = Rect(x: 0, y: bounds.height - 2 - height, width: bounds.width, height: height)
        let area = outer.inset(left: 2, top: 1, right: 2, bottom: 1)
        (families, active) = area.splitLeft(area.width >= 70 ? area.width * 58 / 100 : area.width)
        let selected = AblationForm.Family.allCases.firstIndex(of: form.family) ?? 0
        first = max(0, min(selected - families.height / 2, count - families.height))
    }
}

/// The family of interventions under the mouse.
func drawerFamily(_ form: AblationForm, in bounds: Rect, x: Int, y: Int) -> AblationForm.Family? {
    guard let layout = DrawerLayout(form, in: bounds), layout.families.contains(x: x, y: y) else { return nil }
    let families = AblationForm.Family.allCases, index = layout.first + y - layout.families.y
    return index < families.count ? families[index] : nil
}

private func renderFamily(_ family: AblationForm.Family, _ form: AblationForm, _ state: AppState, _ row: Rect, _ look: Look, _ buffer: inout CellBuffer) {
    let intervention = form.intervention(family)
    let isSelected = family == form.family, isActive = state.interventions.active.contains(intervention)
    if isSelected { buffer.fill(row, " ", look.theme.selection) }
    let plain = isSelected ? look.theme.selection : look.theme.text
    let key = KeyTable.ablationBindings.first { $0.id == "ablation.\(family.rawValue)" }?.keys.first?.text ?? ""
    buffer.put(isActive ? "✖" : " ", x: row.x, y: row.y, isSelected ? plain : look.theme.warning)
    buffer.write(key, x: row.x + 2, y: row.y, width: 2, isSelected ? plain.with(.bold) : look.theme.key)
    let used = buffer.write(intervention.name, x: row.x + 4, y: row.y, width: row.width - 4, isActive ? plain.with(.bold) : plain)
    let note = familyNote(family, form)
    let room = row.width - 4 - used - 2
    guard !note.isEmpty, room > 12 else { return }
    buffer.write(note, x: row.x + 4 + used + 2, y: row.y, width: room, isSelected ? plain : look.theme.faint)
}

/// What the change does, in a few words.
private func familyNote(_ family: AblationForm.Family, _ form: AblationForm) -> String {
    switch family {
    case .neuron:
        switch form.neuronChange {
        case .mute: "its gate is 0; it still listens and is read out"
        case .lesion: "nobody hears it, and it leaves the readout"
        case .mean: "says its average over held-out text"
        case .resample: "says what it said elsewhere"
        }
    case .edge: form.edgeChange == .cut ? "\(form.listener) cannot hear \(form.speaker); renormalised" : "weight 0; the mass is lost"
    case .gate: form.isForAll ? "all neurons" : "a: all neurons"
    case .routing:
        switch form.routingChange {
        case .off: "no messages"
        case .uniform: "everyone hears everyone alike"
        case .static: "the average routing, frozen"
        case .learned: "as trained"
        }
    case .memory: form.isForAll ? "all neurons" : "a: all neurons"
    case .head: "this head hears nothing"
    }
}

private func renderActive(_ state: AppState, _ area: Rect, _ look: Look, _ buffer: inout CellBuffer) {
    guard !area.isEmpty else { return }
    let list = state.interventions.active.list
    var title = list.isEmpty ? "nothing is changed" : "active"
    if let twin = state.generation?.twin { title += " · KL " + Format.fixed(Double(twin.divergence), 4) + " bits" }
    buffer.write(title, x: area.x, y: area.y, width: area.width, look.theme.strong)
    for (row, intervention) in list.suffix(max(0, area.height - 1)).enumerated() {
        buffer.write("✖ " + intervention.name, x: area.x, y: area.y + 1 + row, width: area.width, look.theme.warning)
    }
}

/// The active interventions in one line; it never leaves the screen while there are any.
func interventionLine(_ state: AppState) -> String? {
    let active = state.interventions.active
    guard !active.isEmpty else { return nil }
    return "✖ \(active.count) active, \(state.interventions.modeName): " + active.names.joined(separator: " · ")
}
