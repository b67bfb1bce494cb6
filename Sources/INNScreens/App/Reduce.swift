import INNKit

/// Applies one action to the state and returns what the outside world must do, in order. Pure.
public func reduce(_ state: inout AppState, _ action: Action) -> [Effect] {
    switch action {
    case let .key(key): return reduceKey(&state, key)
    case let .mouse(event): return reduceMouse(&state, event)
    case let .resize(width, height):
        state.width = max(0, width)
        state.height = max(0, height)
        return []
    case let .tick(now):
        state.now = now
        if let message = state.message, now >= message.until { state.message = nil }
        return state.refreshRuns()
    case let .training(event):
        state.live.receive(event)
        if case let .interventions(record) = event { state.interventions.active = record.set }
        return []
    case let .runInfo(info):
        state.runInfo = info
        return []
    case let .generation(frame):
        if frame.isConsistent { state.generation = frame }
        return []
    case let .generator(status):
        state.generator = status
        return []
    case let .pathCompleted(typed, completion, candidates):
        state.complete(typed: typed, to: completion, candidates: candidates)
        return []
    case .playStopped:
        state.generate.isPlaying = false
        return []
    case let .interventions(set):
        state.interventions.active = set
        return []
    case let .ablatedProbes(snapshot):
        state.ablated = snapshot.flatMap { ProbeEntry.isConsistent($0) ? ProbeEntry($0) : nil }
        return []
    case let .opened(contents):
        state.open(contents)
        return []
    case let .watched(status):
        state.watch = status
        return []
    case let .marked(names):
        state.runs.marked = Array(names.prefix(RunsView.maximumMarked))
        return state.runs.marked.map { .loadRunCurve($0) }
    case let .runs(listings): return state.runs.receive(listings)
    case let .runCurve(name, reports):
        state.runs.curves[name] = RunCurve(reports)
        return []
    case let .trainer(status): return reduceTrainer(&state, status)
    case let .log(line):
        state.log.append(line)
        if state.log.count > 300 { state.log.removeFirst(state.log.count - 300) }
        return []
    case let .message(text):
        state.show(text)
        return []
    }
}

private func reduceTrainer(_ state: inout AppState, _ status: TrainerStatus) -> [Effect] {
    let hasEnded: Bool
    switch status {
    case .finished, .failed: hasEnded = true
    case .training, .paused, .stopping: hasEnded = false
    }
    // A status sent before the trainer saw the request to stop must not undo what the user was told.
    if hasEnded || state.trainer != .stopping { state.trainer = status }
    guard hasEnded else { return [] }
    if case .quit = state.overlay { state.overlay = nil }
    return state.quitsWhenStopped ? [.quit] : []
}

func reduceKey(_ state: inout AppState, _ key: Key) -> [Effect] {
    if let binding = KeyTable.binding(for: key, in: state) { return binding.run(&state) }
    guard case let .character(character) = key else { return [] }
    return state.editLine { $0.insert(character) }
}
