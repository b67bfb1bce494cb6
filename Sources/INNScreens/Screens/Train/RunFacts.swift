import INNKit

/// What is trained, on what, and how far it is; of a network that came without its training what is known of it.
func renderRunFacts(_ state: ScreenContext<TrainView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    let info = state.runInfo
    let hasTraining = state.isGrowing || state.data.history.stepRange != nil
    var facts: [(String, String)] = [
        (hasTraining ? "run" : "name", info.name), ("model", "\(info.modelFamily) \(info.preset)"),
        ("parameters", Format.grouped(info.parameterCount)), ("corpus", info.corpus), ("seed", String(info.seed)),
    ]
    facts += hasTraining ? trainingFacts(state) : networkFacts(state.run, look)
    facts.append(("folder", info.path))
    let used = writeFacts(facts.map { ($0, $1) }, indent: 13, look, area, &buffer)
    // The notice stays here after it has left the other screens.
    let below = area.inset(top: used + 1)
    let notice = wrapped(info.notice ?? "", width: area.width, limit: max(1, below.height))
    writeLines(notice.map { ($0, look.theme.warning) }, below, &buffer)
    guard !hasTraining else { return }
    writeLines(
        withoutTrainingLines(state.run, width: area.width, look),
        below.inset(top: notice.isEmpty ? 0 : notice.count + 1), &buffer)
}

private func trainingFacts(_ state: ScreenContext<TrainView>) -> [(String, String)] {
    let info = state.runInfo
    let history = state.data.history
    var facts: [(String, String)] = []
    if let steps = info.plannedSteps { facts.append(("planned", Format.grouped(steps) + " steps")) }
    if let minutes = info.plannedMinutes { facts.append(("planned", Format.short(minutes) + " minutes")) }
    if let report = history.latest {
        facts.append(("seen", Format.short(Double(report.charactersSeen)) + " characters"))
        facts.append(("epoch", Format.fixed(report.epoch, 3)))
        facts.append(("elapsed", Format.duration(report.elapsedSeconds)))
        if report.gatePenalty != 0 { facts.append(("gate penalty", Format.compact(report.gatePenalty) + " nats")) }
    }
    if let device = history.latest?.device { facts += deviceFacts(device) }
    if let best = history.best {
        facts.append(("best valid", Format.fixed(best.bpc, 3) + " at step " + Format.grouped(best.step)))
    }
    if let left = history.secondsLeft, state.isTraining { facts.append(("left", Format.duration(left))) }
    return facts
}

/// What trains instead of the processor.
private func deviceFacts(_ device: DeviceReport) -> [(String, String)] {
    let share = device.productShare.map { [("products", Format.percent($0) + " of its limit")] } ?? []
    return [("device", "\(device.name), \(device.precision)")] + share + [
        ("memory", "\(gigabytes(device.bytes)) of its \(gigabytes(device.totalBytes)) GB")
    ]
}

private func gigabytes(_ bytes: Int) -> String {
    let value = Double(bytes) / 1e9
    return Format.fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0)
}

/// What was measured of the network.
private func networkFacts(_ run: RunState, _ look: Look) -> [(String, String)] {
    var facts: [(String, String)] = []
    if let s = run.data.probes.latest?.snapshot {
        facts += [
            ("trained for", Format.counted(s.step, "step")),
            (
                "neurons",
                "\(s.neurons), " + Format.counted(s.rounds, "round") + ", " + Format.counted(s.heads, "head")
            ),
        ]
        for round in 0..<s.rounds {
            let rates = s.firingRate[round * s.neurons..<(round + 1) * s.neurons].filter(\.isFinite)
            guard !rates.isEmpty else { continue }
            let mean = Double(rates.reduce(0, +)) / Double(rates.count)
            facts.append(
                (
                    "fires",
                    "\(Format.percent(mean)) of neurons at a character in round \(round + 1), n "
                        + Format.grouped(s.sampleCount)
                ))
        }
    }
    if let network = run.insight?.network, let bits = network.bitsPerCharacter {
        facts.append(
            (
                "held-out",
                Format.fixed(bits, 3) + look.unit.worded(" bits per character") + ", n "
                    + Format.grouped(network.characters)
            ))
    } else if let note = [run.analysingNote].first(where: { !$0.isEmpty }) {
        facts.append(("held-out", note))
    }
    return facts
}

/// Why there are no curves, and how to get some.
private func withoutTrainingLines(_ run: RunState, width: Int, _ look: Look) -> [(String, Style)] {
    var lines = wrapped(
        "These weights came without the history of their training, so there are no curves to draw.", width: width,
        limit: 3
    ).map { ($0, look.theme.text) }
    let commands = [
        ("inn-tui train text8", "trains a network and draws its curves here"),
        ("inn-tui attach RUN", "shows those of a run, also while it trains"),
        ("inn-tui tour", "shows what can be done with this one"),
    ]
    lines.append(("", look.theme.text))
    for (command, use) in commands {
        let line = command + String(repeating: " ", count: max(1, 22 - columnCount(command))) + use
        lines +=
            columnCount(line) <= width
            ? [(line, look.theme.dim)] : [(command, look.theme.key), ("  " + use, look.theme.dim)]
    }
    return lines
}
