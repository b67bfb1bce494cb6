import INNKit

/// Says what a pane waits for.
func renderEmpty(_ lines: [String], _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    // As many rows for each line as the pane has for it.
    let limit = max(1, area.height / max(1, lines.count))
    let own = lines.enumerated().flatMap { index, line in
        wrapped(line, width: area.width, limit: limit).map { (isFirst: index == 0, text: $0) }
    }
    let top = max(0, (area.height - own.count) / 2)
    for (row, line) in own.enumerated() {
        buffer.writeCentered(line.text, in: area, row: top + row, line.isFirst ? look.theme.dim : look.theme.faint)
    }
}

/// Why a pane about neurons stays empty for a model of another family.
func neuronsMissing(_ run: RunState) -> [String] {
    let name =
        ["lstm": "an LSTM", "mamba": "a Mamba stack", "transformer": "a Transformer"][run.runInfo.modelFamily]
        ?? "this model"
    return ["\(name) has no neurons to look at"]
}

/// What a pane without probes waits for.
func probesMissing(_ run: RunState) -> [String] {
    if run.runInfo.modelFamily != "inn" { return neuronsMissing(run) }
    guard run.isGrowing else {
        let isOpen = run.generator == .opening || run.generator == .ready
        return [isOpen ? "the neurons are being measured" : "this run has stored no probes"]
    }
    guard let interval = run.runInfo.probeInterval else { return ["waiting for the first probes"] }
    return [
        "waiting for the first probes", "they come at once and often,",
        "later every " + Format.grouped(interval) + " steps",
    ]
}

/// Step and sample size of the probe on display.
func probeNote(_ run: RunState) -> String {
    guard let snapshot = run.probe?.snapshot else { return "" }
    return probeStepNote(run) + " · n " + Format.grouped(snapshot.sampleCount)
}

/// The same where a legend already says the sample size.
func probeStepNote(_ run: RunState) -> String {
    guard let snapshot = run.probe?.snapshot else { return "" }
    let isEarlier = run.selection.probeStep != nil ? "earlier: " : run.baselineProbe != nil ? "ablated: " : ""
    return isEarlier + "step " + Format.grouped(snapshot.step)
}

/// The round on display, when there are several.
func roundNote(_ run: RunState) -> String {
    guard let snapshot = run.probe?.snapshot, snapshot.rounds > 1 else { return "" }
    return "round \(run.shownRound + 1)/\(snapshot.rounds)"
}

/// Joins the parts that are not empty.
func joined(_ parts: String...) -> String {
    parts.filter { !$0.isEmpty }.joined(separator: " · ")
}
