import INNKit

extension RunState {
    /// Communities of the round on display; nil when none were found, or the light is red.
    var communities: CommunityAnalysis? {
        guard let insight, !insight.isRed, shownRound < insight.network.rounds else { return nil }
        let found = insight.network.routing[shownRound].communities
        return found.isFound ? found : nil
    }
}

/// What the matrix on display waits for.
func figureMissing(_ run: RunState) -> [String] {
    if run.probe == nil { return probesMissing(run) }
    if run.insight != nil { return ["no causal effect was estimated for this network"] }
    return ["the causal effect of edges is not known yet"] + run.insightMissing
}

/// Puts a tick into the cells of edges that were really cut; all others are estimates.
func markMeasured(_ figure: RoutingFigure, _ layout: HeatmapLayout, _ look: Look, _ buffer: inout CellBuffer) {
    guard let causal = figure.causal, layout.halfRows > 1, !layout.isPooled else { return }
    for edge in causal.edges {
        guard let row = figure.order.firstIndex(of: edge.listener),
            let column = figure.order.firstIndex(of: edge.speaker)
        else { continue }
        let x = layout.x(ofColumn: column) + layout.cellWidth - 1
        let y = layout.y(ofRow: row) + layout.halfRows / 2 - 1
        guard layout.grid.contains(x: x, y: y), buffer.bounds.contains(x: x, y: y) else { continue }
        let background = buffer[x, y].background
        buffer.put("✓", x: x, y: y, Style(background.ink(look), on: background, .bold))
    }
}

/// What cutting one edge does: measured with its interval, or estimated.
func causalLines(
    _ causal: CausalAnalysis, _ matrix: RoutingMatrix, _ i: Int, _ j: Int, _ look: Look
) -> [(String, Style)] {
    let estimate = causal.estimates[i * matrix.neurons + j]
    guard let edge = causal.edges.first(where: { $0.listener == i && $0.speaker == j }) else {
        return [
            ("KL " + Format.compact(estimate) + look.unit.worded(" bits/char"), look.theme.text),
            ("estimated, n " + Format.grouped(causal.estimateCharacters), look.theme.warning),
        ]
    }
    let range = Format.compact(edge.divergence.low) + "…" + Format.compact(edge.divergence.high)
    return [
        ("KL " + Format.compact(edge.divergence.mean) + look.unit.worded(" bits/char"), look.theme.text),
        ("✓ measured, 95 % " + range, look.theme.good),
        ("n " + Format.grouped(causal.characters) + ", estimate was " + Format.compact(estimate), look.theme.dim),
        (look.unit.worded("Δ BPC ") + signed(edge.deltaBPC.mean, 4), look.theme.text),
    ]
}

/// How far weight, flow and causal effect agree on the order of the edges.
func correlationLines(_ run: RunState, _ entry: ProbeEntry, _ look: Look) -> [(String, Style)] {
    guard entry.light != .red else { return [] }
    let heading = [("rank correlation of edges", look.theme.strong)]
    func line(_ name: String, _ value: Double) -> (String, Style) {
        ("  " + name.padding(12) + signed(value, 2), look.theme.text)
    }
    guard let causal = run.insight?.network.causal else {
        let values = weightAndFlow(entry)
        return heading + [
            line("a–flow", RankCorrelation.spearman(values.weights, values.flow)),
            ("  causal: " + (run.insightProgress == nil ? "not estimated" : "being estimated"), look.theme.dim),
            ("", look.theme.text),
        ]
    }
    let n = run.insight?.network.neurons ?? 0
    let edges = causal.estimates.count { $0 > 0 }
    let hearsItself = (0..<n).contains { causal.estimates[$0 * n + $0] > 0 }
    var lines =
        heading + intactLines(run, look) + [
            line("a–flow", causal.weightFlow), line("a–causal", causal.weightCausal),
            line("flow–causal", causal.flowCausal),
        ]
    if !causal.edges.isEmpty {
        lines.append(
            (
                "  \(causal.edges.count) edges cut (✓): " + signed(causal.estimateMeasured, 2) + " with estimate",
                look.theme.text
            ))
    }
    let possible = hearsItself ? n * n : n * (n - 1)
    lines.append(
        ("  \(edges) of \(possible) edges, n " + Format.grouped(causal.estimateCharacters), look.theme.faint))
    if causal.edges.isEmpty { lines.append(("  causal: all estimated", look.theme.warning)) }
    return lines + [("", look.theme.text)]
}

/// Means over rounds of weight and flow of every open edge.
private func weightAndFlow(_ entry: ProbeEntry) -> (weights: [Double], flow: [Double]) {
    let s = entry.snapshot
    let size = s.neurons * s.neurons
    func mean(_ values: [Float]) -> [Double] {
        (0..<size).map { edge in (0..<s.rounds).reduce(0.0) { $0 + Double(values[$1 * size + edge]) } }
    }
    let weights = mean(entry.meanRouting)
    let flow = mean(s.flow)
    let open = weights.indices.filter { weights[$0] > 0 }
    return (open.map { weights[$0] }, open.map { flow[$0] })
}

/// Whether neurons that hear much of each other form groups.
func communityLines(_ run: RunState, _ entry: ProbeEntry, _ look: Look) -> [(String, Style)] {
    guard let insight = run.insight, entry.light != .red, !insight.isRed else { return [] }
    let found = insight.network.routing[min(run.shownRound, insight.network.rounds - 1)].communities
    let z = "z " + Format.fixed(found.zScore, 1)
    let evidence = "\(found.shuffles) shuffles"
    guard found.isFound else {
        return [("communities: none (\(z) < 2)", look.theme.strong)] + intactLines(run, look) + [
            ("  " + evidence, look.theme.faint), ("", look.theme.text),
        ]
    }
    var lines = [("communities: \(found.count), \(z)", look.theme.strong)] + intactLines(run, look)
    for community in 0..<found.count {
        let members = found.labels.indices.filter { found.labels[$0] == community }.map(String.init).joined(
            separator: " ")
        lines.append(("  " + groupLetter(community) + "  " + members, look.theme.group(community)))
    }
    return lines + [
        ("  modularity " + Format.fixed(found.modularity, 2) + ", " + evidence, look.theme.faint),
        ("", look.theme.text),
    ]
}

/// Under the heading of what was measured in the network as it was trained.
private func intactLines(_ run: RunState, _ look: Look) -> [(String, Style)] {
    run.intactNote.isEmpty ? [] : [("  " + run.intactNote, look.theme.warning)]
}

/// The speakers that are heard most, with intervals; the word hub only where they allow it.
func hubLines(_ run: RunState, _ insight: Insight, round: Int, _ look: Look) -> [(String, Style)] {
    let routing = insight.network.routing[min(round, insight.network.rounds - 1)]
    let scores = routing.listenedTo
    var lines = [("listened to: k (mean 1), 95 %", look.theme.strong)] + intactLines(run, look)
    for neuron in scores.indices.sorted(by: { (scores[$0].mean, $1) > (scores[$1].mean, $0) }).prefix(5) {
        let score = scores[neuron]
        let isHub = routing.hubs.contains(neuron)
        let range = Format.fixed(score.low, 2) + "–" + Format.fixed(score.high, 2)
        lines.append(
            (
                Format.right(String(neuron), 4) + "  " + Format.fixed(score.mean, 2) + "  " + range
                    + (isHub ? "  hub" : ""), isHub ? look.theme.validation : look.theme.text
            ))
    }
    if routing.hubs.isEmpty { lines.append(("no hub: none above 1.5", look.theme.dim)) }
    lines.append(
        (
            "  \(routing.blocks) blocks of " + Format.grouped(routing.blockLength) + ", step "
                + Format.grouped(insight.step), look.theme.faint
        ))
    return lines
}

/// How sharply the listeners of a round choose: by their mean rows and, apart from that, at a character.
func sharpnessLines(_ entry: ProbeEntry, round: Int, _ look: Look) -> [(String, Style)] {
    let sharpness = RoundSharpness(entry.snapshot, round: round, rows: entry.meanRouting)
    func line(_ name: String, _ value: Float?, _ places: Int, _ style: Style) -> (String, Style)? {
        value.map { (name.padding(21) + Format.right(Format.fixed(Double($0), places), 5), style) }
    }
    return [
        line("entropy of mean row", sharpness.meanEntropy, 3, look.theme.text),
        line("  of row per char.", sharpness.characterEntropy, 3, look.theme.text),
        line("neurons heard, mean", sharpness.meanDegree, 1, look.theme.text),
        line("  per character", sharpness.characterDegree, 1, look.theme.text),
        line("dynamism", sharpness.dynamism, 3, look.theme.text),
    ].compactMap { $0 }
}

/// Every edge with what cutting it does.
func causalCSV(_ causal: CausalAnalysis, _ matrix: RoutingMatrix, step: Int) -> String {
    var text = "step,listener,speaker,estimate,measured,low,high,deltaBPC,source\n"
    let n = matrix.neurons
    for edge in 0..<(n * n) where !matrix.isAbsent(edge / n, edge % n) {
        let measured = causal.edges.first { $0.listener == edge / n && $0.speaker == edge % n }
        let values =
            measured.map {
                "\($0.divergence.mean),\($0.divergence.low),\($0.divergence.high),\($0.deltaBPC.mean),measured"
            } ?? ",,,,estimated"
        text += "\(step),\(edge / n),\(edge % n),\(causal.estimates[edge]),\(values)\n"
    }
    return text
}

extension String {
    /// Filled up with spaces on the right.
    fileprivate func padding(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - columnCount(self)))
    }
}
