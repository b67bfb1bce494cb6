import INNKit

/// Divergence from the baseline after the same characters, and what comes next instead.
func renderTwin(_ state: ScreenContext<GenerateView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    guard let frame = state.generation else { return renderEmpty(generationMissing(state.run), look, area, &buffer) }
    guard frame.neurons > 0 else { return renderEmpty(neuronsMissing(state.run), look, area, &buffer) }
    guard let twin = frame.twin else {
        let lines = [
            fitting(
                area.width, "nothing is switched off: KL 0 bits · b switches neurons or routing off",
                "nothing is switched off: KL 0 bits · b does that", "nothing is switched off: KL 0"),
            "then this shows how far the guesses move from those of an untouched twin",
        ]
        return writeLines(lines.map { ($0, look.theme.dim) }, area, &buffer)
    }
    var parts = ["KL " + Format.fixed(Double(twin.divergence), 4) + " bits"]
    if let difference = twin.surprisalDifference, let current = frame.current {
        parts.append(
            "Δ surprisal of \(frame.symbols[frame.text[current].symbol]) " + signed(Double(difference), 3) + " bits")
    }
    parts.append(
        "mean KL " + Format.fixed(Double(twin.meanDivergence), 4) + " over " + Format.counted(twin.count, "character"))
    var measured = packed(parts, separator: " · ", width: area.width)
    if measured.count > max(1, area.height - 1) {
        // Over how many characters is the first thing to go.
        parts[parts.count - 1] = "mean KL " + Format.fixed(Double(twin.meanDivergence), 4)
        measured = packed(parts, separator: " · ", width: area.width)
    }
    let style = twin.divergence == 0 ? look.theme.text : look.theme.accent
    let next = packed(nextChanges(frame, twin), separator: "  ", width: area.width)
    writeLines(
        measured.prefix(max(1, area.height - 1)).map { ($0, style) } + next.map { ($0, look.theme.text) }, area, &buffer
    )
}

/// The characters whose probabilities have changed most, with both.
private func nextChanges(_ frame: GenerationFrame, _ twin: BaselineTwin) -> [String] {
    let changed = frame.symbols.indices.map { (symbol: $0, change: frame.probabilities[$0] - twin.probabilities[$0]) }
        .filter { abs($0.change) > 0 }.sorted { (abs($0.change), $1.symbol) > (abs($1.change), $0.symbol) }
    guard !changed.isEmpty else { return ["the next character is as likely as without"] }
    let shown = changed.prefix(24).compactMap { entry -> String? in
        let before = Format.fixed(Double(twin.probabilities[entry.symbol]), 3)
        let after = Format.fixed(Double(frame.probabilities[entry.symbol]), 3)
        return before == after ? nil : "\(frame.symbols[entry.symbol]) " + before + "→" + after
    }
    return shown.isEmpty ? ["no character next is by .001 more or less likely"] : ["most changed next"] + shown
}
