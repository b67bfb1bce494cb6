import Dispatch
import Foundation
import INNKit
import INNLab
import INNScreens
import INNTerminal
import Synchronization

/// Training behind the live screens: the terminal on this thread, the trainer on its own.
final class LiveTraining: ScreenBackend {
    private let screens: ScreenLoop
    private let session: TrainingSession
    let library: RunLibrary
    private let printer: SwitchedPrinter
    private var insight: InsightWorker?
    private let generator: LiveGenerator
    private let onHangup: HangupChoice
    private var hasReportedEnd = false
    private var ignoresHangups = false
    /// Whether the screens were left for training to go on without them.
    private var goesOn = false, saidFailure: INNError?
    private let presence = ScreenPresence()
    private let retrySaving: Double

    init(
        _ settings: TrainingSettings, corpus: Corpus, in place: RunPlace, options: LiveScreenOptions,
        machine: TrainingMachine, onHangup: HangupChoice?, retrySaving: Double
    ) throws {
        self.retrySaving = retrySaving
        self.onHangup = onHangup ?? .goOn
        // Asked for by name, it also holds once the screens are left.
        ignoresHangups = onHangup == .goOn
        let printer = SwitchedPrinter(corpus.alphabet.unit)
        var opened: TrainingSession?
        screens = try ScreenLoop(options, alternative: "use --headless", trains: true) { driver, queue in
            let session = try TrainingSession(
                settings, corpus: corpus, in: place, sink: FanOutSink(sinks: [queue, printer]), machine: machine)
            opened = session
            return try Self.state(
                session, corpus: corpus, isResumed: place.existing != nil, runs: place.runs, driver: driver,
                theme: options.looks.theme)
        }
        self.printer = printer
        session = opened!
        generator = LiveGenerator(session, queue: screens.queue)
        library = RunLibrary(place.runs, queue: screens.queue)
    }

    private static func state(
        _ session: TrainingSession, corpus: Corpus, isResumed: Bool, runs: URL, driver: TerminalDriver,
        theme: ThemeName?
    ) throws -> AppState {
        let description = try session.folder.trainingConfig().description
        let info = RunInfo(
            session.settings, folder: session.folder, description: description, text: corpus, isLive: true)
        var contents =
            isResumed
            ? try StoredRun(session.folder.url.path, in: runs).contents(isLive: true) : RunContents(info: info)
        contents.info = info
        return AppState(contents, driver: driver, theme: theme)
    }

    /// Runs until the user leaves or the terminal goes; then prints where the run is.
    func run() throws {
        if !session.notices.isEmpty { screens.apply(.message(session.notices.joined(separator: " ")), self) }
        // A pass over 90 million characters must not hold up the first frame.
        let queue = screens.queue
        let info = screens.state.runInfo
        let text = session.corpus
        DispatchQueue.global(qos: .utility).async { queue.send(.runInfo(info.withEntropies(of: text))) }
        let waker = screens.driver.waker
        session.start(whenSavingFails: askWhenSavingFails(), whenMetricsFail: patience().decide) { waker.wake() }
        insight = .following(session, queue: screens.queue)
        screens.run(self)
        presence.end()
        // The thread of the analysis has the lowest priority: waiting for it can wait until training has come to its
        // end.
        insight?.stop()
        generator.finish()
        defer { insight?.finish() }
        try sayGoodbye()
    }

    /// Asks on the screens while there are any, and else goes on trying for a while.
    private func askWhenSavingFails() -> @Sendable (INNError) -> SavingDecision {
        let control = session.trainer.control
        let queue = screens.queue
        let patience = patience()
        return { [presence] error in
            guard presence.areThere else { return patience.decide(error) }
            queue.send(.trainer(.savingFailed(message: error.message)))
            let decision = control.waitForSaving { presence.areThere }
            if decision != nil { queue.send(.trainer(.stopping)) }
            return decision ?? patience.decide(error)
        }
    }

    /// Goes on trying without asking, and says so where it can be seen.
    private func patience() -> SavingPatience {
        let queue = screens.queue
        let printer = printer.printer
        return SavingPatience(seconds: retrySaving, control: session.trainer.control) { [presence] line in
            if presence.areThere { queue.send(.alarm(line)) } else { printer.line(line) }
        }
    }

    var exportFolder: URL { session.folder.url.appending(path: "exports") }

    func perform(_ command: TrainerCommand) { session.trainer.control.send(command) }

    func perform(_ command: GeneratorCommand) { generator.send(command) }

    func intervene(_ set: InterventionSet, replays: Bool) { generator.send(.intervene(set, replays: replays)) }

    func open(_ name: String, _ screens: ScreenLoop) {
        screens.apply(.message("inn-tui explore \(name) opens it; this screen shows the training run"), self)
    }

    func leaveRunning(_ screens: ScreenLoop) { leave(screens) }

    func update(_ screens: ScreenLoop) {
        if session.hasLostRank { return terminate(screens) }
        insight?.select(screens.state.selection.neuron)
        generator.watch(screens.state.showsGeneration)
        if let failure = session.storeFailure, failure != saidFailure {
            saidFailure = failure
            screens.apply(.alarm("the run's database: \(failure.message)", lasts: true), self)
        }
        guard !hasReportedEnd, let outcome = session.outcome else { return }
        hasReportedEnd = true
        for action in screens.queue.drain() { screens.apply(action, self) }
        switch outcome {
        case .success:
            screens.apply(.trainer(.finished), self)
            if let folder = session.trainer.savedElsewhere {
                screens.apply(.message("the checkpoint is saved in \(folder.path)"), self)
            }
        case .failure(let error): screens.apply(.trainer(.failed(message: "\(error)")), self)
        }
    }

    /// A checkpoint, then the end, without asking.
    func terminate(_ screens: ScreenLoop) {
        presence.end()
        StopRequest.note()
        session.trainer.control.send(.stop)
        screens.end()
    }

    /// The terminal is gone. A shell that ends with it sends its jobs a second hang-up, which must not stop what is to
    /// go on.
    func hangUp(_ screens: ScreenLoop) {
        guard onHangup == .goOn else { return terminate(screens) }
        ignoresHangups = true
        leave(screens)
    }

    /// The screen goes away and training goes on with progress lines, also when it was paused: nobody could continue
    /// it.
    private func leave(_ screens: ScreenLoop) {
        goesOn = true
        presence.end()
        session.trainer.control.send(.resume)
        if ignoresHangups { screens.driver.ignoreHangups() }
        printer.turnOn()
        screens.end()
    }

    /// Waits for the trainer, after the screen is gone, and says where the run is.
    private func sayGoodbye() throws {
        HeadlessSignals.handle(for: session.trainer.control, ignoresHangups: ignoresHangups)
        defer { printer.printer.waitUntilPrinted() }
        if goesOn, session.outcome == nil {
            printer.printer.line("Training goes on as \(session.folder.name); Ctrl-C stops it with a checkpoint.")
        }
        let outcome = try session.wait()
        printer.printer.finish(session, outcome: outcome)
        if let failure = session.storeFailure { throw failure }
        try printer.printer.requireWritten()
    }
}

/// Whether there are screens on which somebody can be asked; the trainer's thread wants to know.
private final class ScreenPresence: Sendable {
    private let isOn = Mutex(true)

    var areThere: Bool { isOn.withLock { $0 } }

    func end() { isOn.withLock { $0 = false } }
}

/// A printer that is silent until the screens are left.
final class SwitchedPrinter: TrainingSink {
    let printer: HeadlessPrinter
    private let isOn = Mutex(false)

    init(_ unit: TextUnit) { printer = HeadlessPrinter(.lines, unit) }

    func turnOn() { isOn.withLock { $0 = true } }

    func receive(_ event: TrainingEvent) {
        if isOn.withLock({ $0 }) { printer.receive(event) }
    }
}
