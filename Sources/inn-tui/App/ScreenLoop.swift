import Foundation
import INNKit
import INNLab
import INNScreens
import INNTerminal

/// What stands behind the screens: a trainer, a generator, a run that somebody else trains.
protocol ScreenBackend: AnyObject {
    var library: RunLibrary { get }
    func perform(_ command: TrainerCommand)
    func perform(_ command: GeneratorCommand)
    /// Puts interventions in force in the network.
    func intervene(_ set: InterventionSet, replays: Bool)
    /// Puts another run on display.
    func open(_ name: String, _ screens: ScreenLoop)
    /// Leaves the screens for training to go on without them.
    func leaveRunning(_ screens: ScreenLoop)
    /// Looks after its threads; called after every wait for events.
    func update(_ screens: ScreenLoop)
    /// SIGTERM.
    func terminate(_ screens: ScreenLoop)
    /// The terminal is gone.
    func hangUp(_ screens: ScreenLoop)
    /// Where exported views are written.
    var exportFolder: URL { get }
}

/// The screens on a terminal: keys and data in, frames out, on the thread that made it.
final class ScreenLoop {
    let driver: TerminalDriver
    let queue: ActionQueue
    private let recording: ScreenRecording?
    private(set) var state: AppState
    private var printed: [String] = []
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var lastFrame: ContinuousClock.Instant?
    private var isDirty = true
    private var isEnding = false

    /// Frames are drawn at most this often, unless a key asks for an answer.
    private static let frameInterval: Duration = .milliseconds(80)

    /// - Parameters:
    ///   - alternative: what the user can do where there is no terminal, for the error.
    ///   - makeState: is given the size and looks of the terminal; the terminal is given back when it throws.
    init(
        _ options: LiveScreenOptions, alternative: String, trains: Bool = false,
        makeState: (TerminalDriver, ActionQueue) throws -> AppState
    ) throws {
        start = clock.now
        let file = try options.record.map { try AppendedFile($0) }
        driver = try TerminalDriver(options: options.terminal(alternative, trains: trains))
        queue = ActionQueue(wake: driver.waker.wake)
        do {
            state = try makeState(driver, queue)
            recording = if let file { ScreenRecording(file, of: state, queue: queue) } else { nil }
        } catch {
            driver.close()
            throw error
        }
    }

    /// Runs until the user leaves or ``end()`` is called, then gives the terminal back.
    func run(_ backend: some ScreenBackend) {
        // A terminal that answers does so at once, before anything is drawn on a paper that does not suit it.
        driver.askForBackground()
        for event in driver.nextEvents(timeout: .milliseconds(100)) { handle(event, backend) }
        draw()
        while !isEnding {
            let events = driver.nextEvents(timeout: pause)
            apply(.tick(now: seconds), backend)
            for event in events { handle(event, backend) }
            for action in queue.drain() { apply(action, backend) }
            backend.update(self)
            drawWhenDue(answersKey: events.contains(where: \.isTyped))
        }
        driver.close()
        // What was printed under the screens, such as why they end, is read after them.
        for line in printed { StandardError.print(line) }
        recording?.finish()
        queue.close()
    }

    /// Leaves the screens after the present round of events.
    func end() { isEnding = true }

    func apply(_ action: Action, _ backend: some ScreenBackend) {
        isDirty = true
        for effect in reduce(&state, action) { perform(effect, backend) }
    }

    private var seconds: Double {
        let elapsed = start.duration(to: clock.now).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    }

    /// Until the next frame is due, or half a second so that the clock on screen moves.
    private var pause: Duration {
        guard isDirty, let lastFrame else { return .milliseconds(state.isReplaying ? 100 : 500) }
        return max(.zero, Self.frameInterval - lastFrame.duration(to: clock.now))
    }

    private func handle(_ event: TerminalEvent, _ backend: some ScreenBackend) {
        switch event {
        case .key(let key): apply(.key(key), backend)
        case .mouse(let mouse): apply(.mouse(mouse), backend)
        case .paste(let pasted): apply(.paste(pasted), backend)
        case .resized(let width, let height): apply(.resize(width: width, height: height), backend)
        case .interrupt: apply(.key(.control("c")), backend)
        case .terminate: backend.terminate(self)
        case .hangup: backend.hangUp(self)
        case .suspendRequested: perform(TerminalEffect.suspend, backend)
        case .continued: redraw(backend)
        case .background(let color): apply(.background(color), backend)
        case .wake: break
        case .logLine(let line):
            printed = (printed + [line]).suffix(20)
            apply(.log(line), backend)
        }
    }

    private func perform(_ effect: Effect, _ backend: some ScreenBackend) {
        switch effect {
        case .terminal(let effect): perform(effect, backend)
        case .trainer(let command): backend.perform(command)
        case .generator(let command): backend.perform(command)
        case .library(let command): backend.library.perform(command)
        case .intervene(let set, let replays): backend.intervene(set, replays: replays)
        case .open(let name): backend.open(name, self)
        }
    }

    private func perform(_ effect: TerminalEffect, _ backend: some ScreenBackend) {
        switch effect {
        case .quit: isEnding = true
        case .suspend:
            guard driver.suspend() else { return apply(.message("other ranks cannot wait for rank 0"), backend) }
            redraw(backend)
        case .redrawAll: redraw(backend)
        case .setMouse(let isOn): driver.setMouse(isOn)
        case .export(let view): export(view, backend)
        case .leaveRunning: backend.leaveRunning(self)
        }
    }

    /// Repaints every cell, in the size that the screen has by now: a change while the shell had it was told to the
    /// shell.
    private func redraw(_ backend: some ScreenBackend) {
        driver.redrawAll()
        let size = driver.size
        apply(.resize(width: size.width, height: size.height), backend)
    }

    private func export(_ view: ExportedView, _ backend: some ScreenBackend) {
        let folder = backend.exportFolder
        do {
            apply(.message("written: \(try view.write(into: folder).path)"), backend)
        } catch {
            apply(.message("the view could not be written to \(folder.path); is the disk full or read-only?"), backend)
        }
    }

    private func drawWhenDue(answersKey: Bool) {
        guard isDirty else { return }
        if answersKey || lastFrame.map({ $0.duration(to: clock.now) >= Self.frameInterval }) ?? true { draw() }
    }

    private func draw() {
        let frame = state.rendered().painted(on: state.paper)
        let isShown = driver.draw(frame)
        if isShown { recording?.add(frame) }
        lastFrame = clock.now
        // A terminal that is still busy with the frame before gets this one in its turn.
        isDirty = !isShown && driver.isOnScreen
    }
}

extension AppState {
    /// The screens of a run on a terminal.
    init(_ contents: RunContents, driver: TerminalDriver, theme: ThemeName?) {
        let size = driver.size
        let looks = driver.capabilities
        self.init(
            contents, width: size.width, height: size.height, theme: theme, colorLevel: looks.colors,
            glyphLevel: looks.glyphs)
    }
}
