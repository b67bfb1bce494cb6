import INNKit

/// The detail of a neuron: one page, or all of them where there is room.
func renderNeuronPages(_ state: ScreenContext<NeuronsView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    // Without an analysis the pages are one and the same.
    guard area.width >= 110, area.height >= 26, state.view.page != .emergence, state.insight != nil else {
        return renderPage(state.view.page, state, look, area, &buffer)
    }
    let contextRows = min(2 + ContextView.rows, area.height / 3)
    let (top, bottom) = area.splitTop(area.height - contextRows - 4)
    let columns = top.columns(3)
    let (edges, contexts) = bottom.inset(top: 1).splitTop(2)
    renderNeuronDetail(state.run, look, columns[0].inset(right: 3), edges: edges, &buffer)
    renderPage(.rules, state, look, columns[1].inset(right: 3), &buffer)
    renderPage(.worth, state, look, columns[2], &buffer)
    renderPage(.contexts, state, look, contexts.inset(top: 1), &buffer)
}

private func renderPage(
    _ page: NeuronsView.Page, _ state: ScreenContext<NeuronsView>, _ look: Look, _ area: Rect,
    _ buffer: inout CellBuffer
) {
    if page == .emergence { return EmergenceView(state.run, look).render(in: &buffer, area: area) }
    if page == .tuning || page == .worth && state.insight == nil {
        return renderNeuronDetail(state.run, look, area, &buffer)
    }
    guard state.probe != nil || state.insight != nil else {
        return renderEmpty(probesMissing(state.run), look, area, &buffer)
    }
    guard let insight = state.insight else { return renderEmpty(state.insightMissing, look, area, &buffer) }
    let round = min(state.shownRound, insight.network.rounds - 1)
    let neuron = min(state.selection.neuron, insight.network.neurons - 1)
    let unit = insight.unit(round: round, neuron: neuron)
    switch page {
    case .tuning, .emergence: break
    case .worth: WorthView(insight, neuron: neuron).render(look, area, &buffer)
    case .rules:
        writeLines(
            fitted(ruleLines(insight, unit, width: area.width, look), width: area.width, limit: .max), area, &buffer)
    case .contexts: ContextView(unit.contexts, insight.isRed, look).render(in: &buffer, area: area)
    case .effect: renderLesion(insight, neuron, look, area, &buffer)
    }
}

func writeLines(_ lines: [(String, Style)], _ area: Rect, _ buffer: inout CellBuffer) {
    for (row, line) in lines.prefix(area.height).enumerated() {
        buffer.write(line.0, x: area.x, y: area.y + row, width: area.width, line.1)
    }
}

// MARK: Rules

/// When the unit fires: its rules with their scores on the other half of the text, its label and what it tells.
func ruleLines(_ insight: Insight, _ unit: NeuronAnalysis, width: Int, _ look: Look) -> [(String, Style)] {
    let name = insight.network.rounds > 1 ? "neuron \(unit.neuron) in round \(unit.round + 1)" : "neuron \(unit.neuron)"
    var lines = [(name + " fires at " + Format.percent(unit.firing.rate), look.theme.strong)]
    if insight.isRed {
        return lines + [
            ("\(insight.network.neurons) copies of one neuron:", look.theme.bad),
            ("rules and labels are withheld", look.theme.dim),
        ]
    }
    lines +=
        unit.rules.rules.isEmpty
        ? noRuleLines(unit, width, look)
        : unit.rules.rules.flatMap { rule in oneRule(insight, unit, rule, width, look) }
    if !unit.rules.rules.isEmpty {
        let all =
            "all rules P " + Format.share(unit.rules.precision) + " R " + Format.share(unit.rules.recall)
            + ", base rate " + Format.share(unit.rules.baseRate)
        lines.append((all, look.theme.dim))
        lines.append(
            (
                "chance: gain ≤ " + Format.fixed(unit.rules.gainNull, 0) + " bits, \(unit.rules.shifts) shifts",
                look.theme.faint
            ))
    }
    lines.append(("", look.theme.text))
    lines.append(labelLine(insight, unit, look))
    return lines + informationLines(unit, look) + [(insight.note, look.theme.faint)]
}

private func noRuleLines(_ unit: NeuronAnalysis, _ width: Int, _ look: Look) -> [(String, Style)] {
    let reason =
        unit.firing.rate == 0
        ? "it never fires"
        : unit.firing.rate == 1 ? "it always fires" : "of suffixes up to \(SuffixPattern.longest) characters"
    return [("no rule beats chance", look.theme.warning), (reason, look.theme.dim)]
}

private func oneRule(
    _ insight: Insight, _ unit: NeuronAnalysis, _ rule: FiringRule, _ width: Int, _ look: Look
) -> [(String, Style)] {
    let head = (unit.rules.target == .fires ? "fires after " : "silent after ") + "“" + rule.text + "”"
    let figures =
        "P " + Format.share(rule.precision) + " R " + Format.share(rule.recall) + " n " + Format.grouped(rule.support)
    let isClaim = insight.report.claims(rule, of: unit)
    let verdict = insight.report.untrained == nil ? "no untrained control" : isClaim ? "beats untrained" : "not claimed"
    let style = isClaim ? look.theme.good : look.theme.text
    if columnCount(head) + columnCount(figures) + 2 + 18 <= width {
        return [(head + "  " + figures + "  " + verdict, style)]
    }
    return [(head, style), ("  " + figures + (width >= 44 ? "  " + verdict : isClaim ? " ✓" : ""), style)]
}

private func labelLine(_ insight: Insight, _ unit: NeuronAnalysis, _ look: Look) -> (String, Style) {
    if let label = unit.label {
        return (
            "label " + categoryText(label, untrained: insight.report.untrainedF1(of: unit)) + ", chance "
                + Format.share(unit.categoryNull),
            insight.report.claimsLabel(of: unit) ? look.theme.good : look.theme.text
        )
    }
    let best = unit.categories.first.map { ": best is " + $0.name + " F1 " + Format.share($0.f1) } ?? ""
    return ("unlabelled" + best + ", chance " + Format.share(unit.categoryNull), look.theme.dim)
}

private func informationLines(_ unit: NeuronAnalysis, _ look: Look) -> [(String, Style)] {
    let known = unit.information
    func line(_ name: String, _ value: Double, _ null: NullDistribution, _ exceeds: Bool) -> (String, Style) {
        (
            name + Format.fixed(value, 3) + " bits, null 95 % " + Format.fixed(null.percentile95, 3),
            exceeds ? look.theme.text : look.theme.dim
        )
    }
    return [
        line("tells of x(t)  ", known.present, known.presentNull, known.tellsPresent),
        line("predicts x(t+1) ", known.next, known.nextNull, known.predicts),
    ]
}

// MARK: Logit effect

/// What removing the neuron does to each next character.
private func renderLesion(_ insight: Insight, _ neuron: Int, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    guard let lesion = insight.lesions[neuron] else {
        return renderEmpty(["neuron \(neuron) has not been removed yet"], look, area, &buffer)
    }
    let range = Format.compact(lesion.divergence.low) + "…" + Format.compact(lesion.divergence.high)
    let heads: [(String, Style)] = [
        ("without neuron \(neuron): Δ logit, nats", look.theme.strong),
        (
            "KL " + Format.compact(lesion.divergence.mean) + look.unit.worded(" bits/char (") + range + ")",
            look.theme.text
        ),
        (
            look.unit.worded("Δ BPC ") + signed(lesion.deltaBPC.mean, 4) + ", n " + Format.grouped(lesion.characters)
                + ", step "
                + Format.grouped(lesion.step), look.theme.dim
        ),
    ]
    let lines = fitted(heads, width: area.width, limit: .max)
    writeLines(lines, area, &buffer)
    let names = insight.network.symbols
    let largest = lesion.logitEffect.map { abs($0) }.max() ?? 0
    let bars = SignedBars(
        rows: names.indices.map { (TuningFigure.name(names[$0]), lesion.logitEffect[$0]) },
        decimals: largest < 0.05 ? 4 : largest < 0.5 ? 3 : 2)
    let body = area.inset(top: lines.count, bottom: area.height > 8 ? 1 : 0)
    let shown = bars.render(in: &buffer, area: body, look: look)
    guard area.height > 8 else { return }
    let all = shown == names.count ? "all \(names.count) characters" : "the \(shown) largest of \(names.count)"
    buffer.write(
        "− it promoted, + it held back · " + all, x: area.x, y: area.maxY - 1, width: area.width, look.theme.faint)
}

// MARK: Tables

/// The numbers of the page on display.
func neuronPageCSV(_ state: ScreenContext<NeuronsView>) -> String? {
    if state.view.page == .emergence { return emergenceCSV(state.run) }
    guard let insight = state.insight else { return nil }
    switch state.view.page {
    case .tuning, .emergence: return nil
    case .worth: return CausalFigure(insight, isGrouped: false)?.csv
    case .rules:
        var text =
            "step,characters,roundFrom1,neuron,target,pattern,precision,recall,lift,support,"
            + "gain,gainNull,untrainedGain,isFinding\n"
        for unit in insight.network.units {
            for rule in unit.rules.rules {
                let control = insight.report.untrainedRule(rule, of: unit).map { "\($0.gain)" } ?? ""
                let claim = insight.report.untrained == nil ? "" : "\(insight.report.claims(rule, of: unit))"
                text += "\(insight.step),\(insight.network.characters),\(unit.round + 1),\(unit.neuron),"
                text += "\(unit.rules.target.rawValue),\(quoted(rule.text)),\(rule.precision),\(rule.recall),"
                text += "\(rule.lift),\(rule.support),\(rule.gain),\(unit.rules.gainNull),\(control),\(claim)\n"
            }
        }
        return text
    case .contexts:
        var text = "step,roundFrom1,neuron,kind,gate,context\n"
        for unit in insight.network.units {
            for (kind, contexts) in [
                ("top", unit.contexts.top), ("random", unit.contexts.random), ("bottom", unit.contexts.bottom),
            ] {
                for context in contexts {
                    text += "\(insight.step),\(unit.round + 1),\(unit.neuron),\(kind),"
                    text += "\(context.gates.last ?? .nan),\(quoted(context.text.joined()))\n"
                }
            }
        }
        return text
    case .effect:
        var text = "step,characters,neuron,symbol,deltaLogitNats\n"
        for (neuron, lesion) in insight.lesions.sorted(by: { $0.key < $1.key }) {
            for (symbol, value) in lesion.logitEffect.enumerated() {
                let name = quoted(insight.network.symbols[symbol])
                text += "\(lesion.step),\(lesion.characters),\(neuron),\(name),\(value)\n"
            }
        }
        return text
    }
}
