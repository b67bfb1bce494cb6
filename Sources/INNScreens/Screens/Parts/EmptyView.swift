/// Says what a pane waits for.
func renderEmpty(_ lines: [String], _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    let top = max(0, (area.height - lines.count) / 2)
    for (row, line) in lines.enumerated() {
        buffer.writeCentered(line, in: area, row: top + row, row == 0 ? look.theme.dim : look.theme.faint)
    }
}

/// Why a pane about neurons stays empty for a model of another family.
func neuronsMissing(_ state: AppState) -> [String] {
    let name = ["lstm": "an LSTM", "mamba": "a Mamba stack", "transformer": "a Transformer"][state.runInfo.modelFamily] ?? "this model"
    return ["\(name) has no neurons to look at"]
}

/// What a pane without probes waits for.
func probesMissing(_ state: AppState) -> [String] {
    if state.runInfo.modelFamily != "inn" { return neuronsMissing(state) }
    guard state.isTraining else { return ["this run has stored no probes"] }
    if let interval = state.runInfo.probeInterval {
        let step = state.live.history.latest?.step ?? 0
        let next = (step / max(1, interval) + 1) * max(1, interval)
        return ["first probes at step " + Format.grouped(next), "now at step " + Format.grouped(step)]
    }
    return ["waiting for the first probes"]
}

/// Step and sample size of the probe on display.
func probeNote(_ state: AppState) -> String {
    guard let snapshot = state.probe?.snapshot else { return "" }
    let isEarlier = state.probeStep != nil ? "earlier: " : state.baselineProbe != nil ? "ablated: " : ""
    return isEarlier + "step " + Format.grouped(snapshot.step) + " · n " + Format.grouped(snapshot.sampleCount)
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
