import INNKit

/// Applies one action to the state and returns what the outside world must do, in order. Pure.
public func reduce(_ state: inout AppState, _ action: Action) -> [Effect] {
    switch action {
    case let .key(key): return state.keepingDrawer { reduceKey(&$0, key) }
    case let .mouse(event): return state.keepingDrawer { reduceMouse(&$0, event) }
    case let .resize(width, height):
        state.width = max(0, width)
        state.height = max(0, height)
    case let .tick(now):
        state.now = now
        if state.noticeEnd == nil { state.noticeEnd = now + AppState.noticeSeconds }
        if let message = state.message, now >= message.until { state.message = nil }
        return state.refreshRuns()
    case let .trainer(status): return reduceTrainer(&state, status)
    case let .log(line):
        state.log.append(line)
        if state.log.count > 300 { state.log.removeFirst(state.log.count - 300) }
    case let .message(text): state.show(text)
    default: return reduceData(&state, action)
    }
    return []
}

/// What a run, a generator or an analysis delivers.
private func reduceData(_ state: inout AppState, _ action: Action) -> [Effect] {
    switch action {
    case let .training(event):
        state.live.receive(event)
        if case let .interventions(record) = event { state.interventions.active = record.set }
    case let .runInfo(info): state.runInfo = info
    case let .generation(frame): if frame.isConsistent { state.generation = frame }
    case let .generator(status): state.generator = status
    case let .pathCompleted(typed, completion, candidates): state.complete(typed: typed, to: completion, candidates: candidates)
    case let .pathRefused(path, problem): state.refuse(path: path, problem)
    case .playStopped: state.generate.isPlaying = false
    case let .interventions(set): state.interventions.active = set
    case let .ablatedProbes(snapshot): state.ablated = snapshot.flatMap { ProbeEntry.isConsistent($0) ? ProbeEntry($0) : nil }
    case let .insight(insight): if insight.isConsistent { state.live.insight = insight }
    case let .analysing(progress): state.insightProgress = progress
    case let .opened(contents): state.open(contents)
    case let .watched(status): state.watch = status
    case let .marked(names):
        state.runs.marked = Array(names.prefix(RunsView.maximumMarked))
        return state.runs.marked.map { .loadRunCurve($0) }
    case let .runs(listings): return state.runs.receive(listings)
    case let .runCurve(name, reports): state.runs.curves[name] = RunCurve(reports)
    case .key, .mouse, .resize, .tick, .trainer, .log, .message: break
    }
    return []
}

private func reduceTrainer(_ state: inout AppState, _ status: TrainerStatus) -> [Effect] {
    switch status {
    case .finished, .failed: break
    case .savingFailed:
        state.trainer = status
        state.overlay = .saving(selection: 0)
        return []
    case .training, .paused, .stopping:
        // A status sent before the trainer saw the request to stop must not undo what the user was told.
        if state.trainer != .stopping { state.trainer = status }
        return []
    }
    state.trainer = status
    if [.quitDialog, .savingDialog].contains(state.overlay?.context) { state.overlay = nil }
    return state.quitsWhenStopped ? [.quit] : []
}

func reduceKey(_ state: inout AppState, _ key: Key) -> [Effect] {
    if let binding = KeyTable.binding(for: key, in: state) { return binding.run(&state) }
    guard case let .character(character) = key else { return [] }
    return state.editLine { $0.insert(character) }
}
