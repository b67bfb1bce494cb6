import Foundation
import INNKit
import INNLab
import INNScreens
import INNTerminal

/// The screens over a stored run or checkpoint: with its network to step through, or only watching what another process
/// trains.
final class Explorer: ScreenBackend {
    private let runs: URL
    private let dataDirectory: String?
    private let start: GenerationStart
    let library: RunLibrary
    private let screens: ScreenLoop
    /// What the workers behind the present subject send. A subject has a queue of its own, so that nothing of one that
    /// was left reaches the next.
    private var events: ActionQueue
    private var generator: GeneratorThread?
    private var follower: RunFollower?
    private var insight: InsightWorker?
    private var folder: URL
    private let isWatching: Bool
    private var shelf: BookmarkShelf?

    /// - Throws: ``INNError`` when there is nothing to open, before the terminal is touched.
    init(
        _ subject: ExplorerSubject, runs: URL, dataDirectory: String?, start: GenerationStart,
        options: LiveScreenOptions
    ) throws {
        self.runs = runs
        self.dataDirectory = dataDirectory
        self.start = start
        let opened = try OpenedSubject(subject, runs: runs)
        let first = try opened.firstAction(at: start.place)
        screens = try ScreenLoop(options, alternative: "draw a screen with inn-tui snapshot") { driver, _ in
            var state = AppState(opened.contents, driver: driver, theme: options.looks.theme)
            state.screen = opened.screen
            return state
        }
        library = RunLibrary(runs, queue: screens.queue)
        events = ActionQueue(wake: screens.driver.waker.wake)
        folder = opened.folder
        isWatching = if case .watched = subject { true } else { false }
        show(opened)
        if let first { screens.apply(first, self) }
        if case .comparison(let names) = subject { screens.apply(.marked(runs: names), self) }
    }

    func run() {
        screens.run(self)
        events.close()
        insight?.finish()
        generator?.finish()
        // An explorer that cannot write there is left like any other.
        if let shelf, let course = generator?.lastCourse {
            try? shelf.keepSession(Viewpoint(course: course, choices: screens.state.choices))
        }
    }

    /// In the run, or where the program was started when the run is gone: a folder without a run must not appear under
    /// its name.
    var exportFolder: URL {
        let isThere = FileManager.default.fileExists(atPath: folder.path)
        return (isThere ? folder : URL(fileURLWithPath: ".")).appending(path: "exports")
    }

    /// Ends what stands behind the present subject, and forgets what it has sent.
    private func leave() {
        generator?.send(.stop)
        follower?.stop()
        insight?.stop()
        (generator, follower, insight) = (nil, nil, nil)
        events.close()
        events = ActionQueue(wake: screens.driver.waker.wake)
    }

    /// Starts what stands behind a subject.
    private func show(_ opened: OpenedSubject) {
        folder = opened.folder
        let queue = events
        shelf = opened.shelf
        library.open(shelf)
        if let model = opened.model {
            for notice in model.notices { screens.apply(.message(notice), self) }
            screens.apply(.generator(.opening), self)
            generator = GeneratorThread(exploring: model, start, dataDirectory: dataDirectory, queue: queue)
            insight = .exploring(model, dataDirectory: dataDirectory, queue: queue)
        } else if let run = opened.run {
            screens.apply(
                .generator(
                    .absent(reason: "attach only watches: inn-tui explore \(run.folder.name) opens the network")), self)
            follower = RunFollower(run, from: opened.cursor, queue: queue)
            if isWatching { insight = .watching(run, dataDirectory: dataDirectory, queue: queue) }
        }
    }

    private func open(_ name: String) {
        do {
            let opened = try OpenedSubject(isWatching ? .watched(name) : .network(name, best: false), runs: runs)
            leave()
            screens.apply(.opened(opened.contents), self)
            screens.apply(.watched(nil), self)
            show(opened)
            screens.apply(.message("opened \(name)"), self)
        } catch {
            screens.apply(.message((error as? INNError)?.message ?? "\(error)"), self)
        }
    }

    /// Nobody trains here.
    func perform(_: TrainerCommand) {}

    func perform(_ command: GeneratorCommand) { generator?.send(command) }

    func intervene(_ set: InterventionSet, replays: Bool) { generator?.send(.intervene(set, replays: replays)) }

    func open(_ name: String, _ screens: ScreenLoop) { open(name) }

    func leaveRunning(_ screens: ScreenLoop) { screens.end() }

    func update(_ screens: ScreenLoop) {
        for action in events.drain() { screens.apply(action, self) }
        insight?.select(screens.state.selection.neuron)
    }
    func terminate(_ screens: ScreenLoop) { screens.end() }
    func hangUp(_ screens: ScreenLoop) { screens.end() }
}
