import Foundation
import INNKit
import INNScreens
import INNTerminal

/// Training behind the live screens: the terminal on this thread, the trainer on its own.
final class LiveTraining {
    private let driver: TerminalDriver
    private let session: TrainingSession
    private let queue: EventQueue
    private let printer = SwitchedPrinter()
    private var state: AppState
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var lastFrame: ContinuousClock.Instant?
    private var isDirty = true
    private var isEnding = false
    private var hasReportedEnd = false

    /// Frames are drawn at most this often, unless a key asks for an answer.
    private static let frameInterval: Duration = .milliseconds(80)

    init(
        _ settings: TrainingSettings, corpus: Corpus, folder: RunFolder?, name: String?, runs: URL, options: ScreenOptions, threads: Int?
    ) throws {
        start = clock.now
        let driver = try TerminalDriver(options: options.terminal)
        self.driver = driver
        queue = EventQueue(waker: driver.waker)
        do {
            session = try TrainingSession(
                settings, corpus: corpus, folder: folder, name: name, runs: runs, sink: FanOutSink(sinks: [queue, printer]), threads: threads)
            let size = driver.size, looks = driver.capabilities
            let description = try session.folder.config(TrainingSettings.self).description
            let info = RunInfo(settings, folder: session.folder, description: description, text: corpus, isLive: true)
            if folder == nil {
                state = AppState(
                    runInfo: info, width: size.width, height: size.height, theme: options.theme, colorLevel: looks.colors, glyphLevel: looks.glyphs)
            } else {
                state = try StoredRun(session.folder.url.path, in: runs).state(
                    width: size.width, height: size.height, theme: options.theme, colors: looks.colors, glyphs: looks.glyphs, isLive: true)
                _ = reduce(&state, .runInfo(info))
            }
        } catch {
            driver.close()
            throw error
        }
    }

    /// Runs until the user leaves or the terminal goes; then prints where the run is.
    func run() throws {
        for notice in session.notices { apply(.message(notice)) }
        draw()
        let waker = driver.waker
        session.start { waker.wake() }
        while !isEnding {
            let events = driver.nextEvents(timeout: pause)
            apply(.tick(now: seconds))
            for event in events { handle(event) }
            for event in queue.drain() { apply(.training(event)) }
            noticeEnd()
            drawWhenDue(answersKey: events.contains { if case .key = $0 { true } else { false } })
        }
        driver.close()
        try sayGoodbye()
    }

    private var seconds: Double { Double(start.duration(to: clock.now).components.seconds) + Double(start.duration(to: clock.now).components.attoseconds) * 1e-18 }

    /// Until the next frame is due, or half a second so that the clock on screen moves.
    private var pause: Duration {
        guard isDirty, let lastFrame else { return .milliseconds(500) }
        return max(.zero, Self.frameInterval - lastFrame.duration(to: clock.now))
    }

    private func handle(_ event: TerminalEvent) {
        switch event {
        case .key(let key): apply(.key(key))
        case .mouse(let mouse): apply(.mouse(mouse))
        case .resized(let width, let height): apply(.resize(width: width, height: height))
        case .interrupt: apply(.key(.control("c")))
        case .terminate: stopAndLeave()
        case .hangup: leaveRunning()
        case .suspendRequested: perform(.suspend)
        case .continued: redraw()
        case .wake: break
        case .logLine(let line): apply(.log(line))
        }
    }

    private func apply(_ action: Action) {
        isDirty = true
        for effect in reduce(&state, action) { perform(effect) }
    }

    private func perform(_ effect: Effect) {
        let control = session.trainer.control
        switch effect {
        case .pauseTraining: control.send(.pause); apply(.trainer(.paused))
        case .resumeTraining: control.send(.resume); apply(.trainer(.training))
        case .checkpointNow: control.send(.checkpoint)
        case .stopAndSave: control.send(.stop); apply(.trainer(.stopping))
        case .leaveRunningHeadless: leaveRunning()
        case .abortTraining: control.send(.abort); isEnding = true
        case .setLearningRate(let factor): control.send(.scaleLearningRate(factor))
        case .quit: isEnding = true
        case .suspend:
            driver.suspend()
            redraw()
        case .redrawAll: redraw()
        case .setMouse(let isOn): driver.setMouse(isOn)
        case .export(let view): export(view)
        }
    }

    private func redraw() {
        driver.redrawAll()
        isDirty = true
    }

    private func export(_ view: ExportedView) {
        let folder = session.folder.url.appending(path: "exports")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let file = folder.appending(path: view.fileName)
            try Data(view.contents.utf8).write(to: file, options: .atomic)
            apply(.message("written: \(file.path)"))
        } catch {
            apply(.message("the view could not be written to \(folder.path); is the disk full or read-only?"))
        }
    }

    /// SIGTERM: a checkpoint, then the end, without asking.
    private func stopAndLeave() {
        session.trainer.control.send(.stop)
        isEnding = true
    }

    /// The screen goes away and training goes on with progress lines.
    private func leaveRunning() {
        printer.turnOn()
        isEnding = true
    }

    private func noticeEnd() {
        if let failure = session.storeFailure { apply(.message("the run's database: \(failure.message)")) }
        guard !hasReportedEnd, let outcome = session.outcome else { return }
        hasReportedEnd = true
        for event in queue.drain() { apply(.training(event)) }
        switch outcome {
        case .success: apply(.trainer(.finished))
        case .failure(let error): apply(.trainer(.failed(message: "\(error)")))
        }
    }

    private func drawWhenDue(answersKey: Bool) {
        guard isDirty else { return }
        if answersKey || lastFrame.map({ $0.duration(to: clock.now) >= Self.frameInterval }) ?? true { draw() }
    }

    private func draw() {
        driver.draw(state.rendered())
        lastFrame = clock.now
        isDirty = false
    }

    /// Waits for the trainer, after the screen is gone, and says where the run is.
    private func sayGoodbye() throws {
        HeadlessSignals.handle(for: session.trainer.control)
        if session.outcome == nil {
            printer.printer.line("Training goes on as \(session.folder.name); Ctrl-C stops it with a checkpoint.")
        }
        let outcome = try session.wait()
        printer.printer.finish(session, outcome: outcome)
        if let failure = session.storeFailure { throw failure }
    }
}
