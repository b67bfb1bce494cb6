/// Says what a pane waits for.
func renderEmpty(_ lines: [String], _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    let top = max(0, (area.height - lines.count) / 2)
    for (row, line) in lines.enumerated() {
        buffer.writeCentered(line, in: area, row: top + row, row == 0 ? look.theme.dim : look.theme.faint)
    }
}

/// Why a pane about neurons stays empty for a model of another family.
func neuronsMissing(_ state: AppState) -> [String] {
    let name =
        ["lstm": "an LSTM", "mamba": "a Mamba stack", "transformer": "a Transformer"][state.runInfo.modelFamily]
        ?? "this model"
    return ["\(name) has no neurons to look at"]
}

/// What a pane without probes waits for.
func probesMissing(_ state: AppState) -> [String] {
    if state.runInfo.modelFamily != "inn" { return neuronsMissing(state) }
    guard state.isTraining else { return ["this run has stored no probes"] }
    guard let interval = state.runInfo.probeInterval else { return ["waiting for the first probes"] }
    return [
        "waiting for the first probes", "they come at once and often,",
        "later every " + Format.grouped(interval) + " steps",
    ]
}

/// Step and sample size of the probe on display.
func probeNote(_ state: AppState) -> String {
    guard let snapshot = state.probe?.snapshot else { return "" }
    return probeStepNote(state) + " · n " + Format.grouped(snapshot.sampleCount)
}

/// The same where a legend already says the sample size.
func probeStepNote(_ state: AppState) -> String {
    guard let snapshot = state.probe?.snapshot else { return "" }
    let isEarlier = state.probeStep != nil ? "earlier: " : state.baselineProbe != nil ? "ablated: " : ""
    return isEarlier + "step " + Format.grouped(snapshot.step)
}

/// The round on display, when there are several.
func roundNote(_ state: AppState) -> String {
    guard let snapshot = state.probe?.snapshot, snapshot.rounds > 1 else { return "" }
    return "round \(state.shownRound + 1)/\(snapshot.rounds)"
}

/// Joins the parts that are not empty.
func joined(_ parts: String...) -> String {
    parts.filter { !$0.isEmpty }.joined(separator: " · ")
}
