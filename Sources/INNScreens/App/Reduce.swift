import INNKit

/// Applies one action to the state and returns what the outside world must do, in order. Pure.
public func reduce(_ state: inout AppState, _ action: Action) -> [Effect] {
    switch action {
    case .key(let key):
        state.isUntouched = false
        return state.keepingDrawer { reduceKey(&$0, key) }
    case .mouse(let event):
        state.isUntouched = false
        // What was said of the state before says nothing of the one that a click makes.
        if event.kind == .press { state.message = nil }
        return state.keepingDrawer { reduceMouse(&$0, event) }
    case .paste(let pasted): return reducePaste(&state, pasted)
    case .resize(let width, let height):
        state.width = max(0, width)
        state.height = max(0, height)
    case .background(let color): state.receive(background: color)
    case .tick(let now):
        state.now = now
        if state.noticeEnd == nil { state.noticeEnd = now + AppState.noticeSeconds }
        if let message = state.message, now >= message.until { state.message = nil }
        if let alarm = state.alarm, now >= alarm.until { state.alarm = nil }
        state.advanceReplay()
        return state.refreshRuns()
    case .trainer(let status): return reduceTrainer(&state, status)
    case .log(let line):
        state.run.log.append(line)
        if state.run.log.count > RunState.maximumLog {
            state.run.log.removeFirst(state.run.log.count - RunState.maximumLog)
        }
    case .message(let text): state.show(text)
    case .alarm(let text, let lasts): state.alarm = (text, lasts ? .infinity : state.now + 15)
    case .tour: return state.startTour()
    case .course(let course, let use): return state.take(course, for: use)
    case .view(let view):
        state.isUntouched = false
        return state.open(view)
    case .command(let line): state.overlay = .command(line)
    default: return reduceData(&state, action)
    }
    return []
}

/// What a run, a generator or an analysis delivers.
private func reduceData(_ state: inout AppState, _ action: Action) -> [Effect] {
    switch action {
    case .training(let event):
        state.run.live.receive(event)
        switch event {
        case .interventions(let record): return state.run.interventions.follow(trainer: record.set)
        case .mark(let mark) where mark.kind == .paused && state.run.trainer == .training: state.run.trainer = .paused
        case .mark(let mark) where mark.kind == .unpaused && state.run.trainer == .paused: state.run.trainer = .training
        case .mark, .recorded, .announced, .withdrawn, .report, .probes, .sample: break
        }
    case .runInfo(let info): state.run.runInfo = info
    case .generation(let frame): if frame.isConsistent { state.run.generation = frame }
    case .generator(let status): state.run.generator = status
    case .pathCompleted(let typed, let completion, let candidates):
        state.complete(typed: typed, to: completion, candidates: candidates)
    case .pathRefused(let path, let problem): state.refuse(path: path, problem)
    case .playStopped: state.generate.isPlaying = false
    case .interventions(let set): state.run.interventions.follow(network: set)
    case .effect(let effect): state.run.accept(effect)
    case .effectAwaited: state.run.awaitsEffect = true
    case .insight(let insight): if insight.isConsistent { state.run.accept(insight) }
    case .analysing(let progress): state.run.insightProgress = progress
    case .opened(let contents): state.open(contents)
    case .watched(let status): state.run.watch = status
    case .marked(let names):
        state.runs.marked = names.prefix(RunsView.maximumMarked).map(ExactName.init)
        return state.runs.marked.map { .library(.curve($0.text)) }
    case .runs(let listings): return state.runs.receive(listings)
    case .bookmarks(let bookmarks): state.run.bookmarks = bookmarks
    case .runCurve(let name, let reports): state.runs.curves[ExactName(name)] = RunCurve(reports)
    case .key, .mouse, .paste, .resize, .background, .tick, .trainer, .log, .message, .alarm, .tour, .course, .view,
        .command:
        break
    }
    return []
}

private func reduceTrainer(_ state: inout AppState, _ status: TrainerStatus) -> [Effect] {
    switch status {
    case .finished, .failed: break
    case .savingFailed:
        state.run.trainer = status
        state.overlay = .saving(selection: 0)
        return []
    case .training, .paused, .stopping:
        // A status sent before the trainer saw the request to stop must not undo what the user was told.
        if state.run.trainer != .stopping { state.run.trainer = status }
        return []
    }
    state.run.trainer = status
    state.run.interventions.endTraining()
    if [.quitDialog, .abortDialog, .savingDialog].contains(state.overlay?.context) { state.overlay = nil }
    return state.quitsWhenStopped ? [.terminal(.quit)] : []
}

/// A pasted text goes into the line that is being typed and is nothing elsewhere, whatever keys its letters are.
private func reducePaste(_ state: inout AppState, _ pasted: PastedText) -> [Effect] {
    guard state.isTypingLine else {
        state.show("pasted text goes only where a line is typed")
        return []
    }
    if pasted.missing > 0 {
        state.show("pasted without its last \(Format.grouped(pasted.missing)) characters")
    }
    let text = state.keepsLineEnds ? pasted.text : pasted.line
    return state.editLine { $0.insert(text) }
}

func reduceKey(_ state: inout AppState, _ key: Key) -> [Effect] {
    if let binding = KeyTable.binding(for: key, in: state) { return state.run(binding) }
    if case .character(let character) = key, state.isTypingLine {
        return state.editLine { $0.insert(character) }
    }
    if let reason = KeyTable.reasonAgainst(key, in: state) { state.show(reason) }
    return []
}
