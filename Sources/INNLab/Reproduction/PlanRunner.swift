import Foundation
import INNKit
import Synchronization

/// Runs what is missing of a plan, some runs at a time on every machine, each in a process of its own with one thread.
final class PlanRunner: Sendable {
    package enum Outcome: Sendable, Equatable {
        case finished
        /// Stopped by a signal; the next call goes on.
        case stopped
        /// With its error message.
        case failed(String)
    }

    private struct State {
        /// What waits for each machine.
        var waiting: [[PlannedRun]] = []
        var children: [String: ChildProgram] = [:]
        /// Characters of every run of the plan, as far as it is known.
        var planned: [String: Int] = [:]
        /// Characters seen by every run under way or done.
        var characters: [String: Int] = [:]
        /// Characters that were there before this call.
        var before = 0
        var outcomes: [String: Outcome] = [:]
        var isStopping = false
        var lastLine: ContinuousClock.Instant?
    }

    let results: RunResults
    private let dataDirectory: String?
    private var folder: URL { results.folder }
    private let start = ContinuousClock.now
    private let state = Mutex(State())
    private let isTerminal = isatty(STDOUT_FILENO) != 0

    init(_ results: RunResults, dataDirectory: String?) {
        self.results = results
        self.dataDirectory = dataDirectory
    }

    func makeFolder() throws {
        do {
            try FileManager.default.createDirectory(
                at: folder.appending(path: "errors"), withIntermediateDirectories: true)
        } catch {
            throw INNError(
                .cannotCreate, "The folder \(folder.path) cannot be created; choose another one with --folder.")
        }
    }

    /// Says what will be asked for, as far as it is known, for the progress. It changes when the learning rates become
    /// known.
    func expect(_ plan: [PlannedRun]) {
        state.withLock { state in
            // What has been trained and is no longer planned counts as work done.
            state.planned = state.characters
            for run in plan {
                state.planned[run.name] = run.characters
                guard state.characters[run.name] == nil else { continue }
                let seen = results[run]?.charactersSeen ?? 0
                state.characters[run.name] = seen
                state.before += seen
            }
        }
    }

    var isStopping: Bool { state.withLock { $0.isStopping } }
    var failures: [String: String] {
        state.withLock { $0.outcomes.compactMapValues { if case .failed(let message) = $0 { message } else { nil } } }
    }

    /// Asks all children to save and end; nothing new is started.
    func stop() {
        state.withLock { state in
            state.isStopping = true
            for child in state.children.values { kill(child.process, SIGINT) }
        }
    }

    /// The lanes with those of their runs that have not come to their end.
    func missing(_ lanes: [PlanLane]) -> [PlanLane] {
        lanes.map { lane in
            var lane = lane
            lane.runs.removeAll { results[$0]?.isFinished == true }
            return lane
        }.filter { !$0.runs.isEmpty }
    }

    /// Runs those that have not come to their end, in order, so many of each lane at a time.
    func run(_ lanes: [PlanLane]) {
        let missing = missing(lanes)
        state.withLock { $0.waiting = missing.map(\.runs) }
        let workers = missing.enumerated().flatMap { index, lane in
            (0..<min(lane.jobs, lane.runs.count)).map { _ in
                let ended = Monitor<Bool>()
                Thread.detachNewThread { [self] in
                    while let run = next(index) { finish(run, train(run, on: lane.machine)) }
                    ended.open()
                }
                return ended
            }
        }
        for worker in workers { worker.pass() }
        if !missing.isEmpty { show(force: true) }
    }

    private func next(_ lane: Int) -> PlannedRun? {
        state.withLock { state in
            state.isStopping || state.waiting[lane].isEmpty ? nil : state.waiting[lane].removeFirst()
        }
    }

    /// Trains a run once no other process holds it: the children of a call that was killed end soon, another call goes
    /// on to the end.
    private func train(_ run: PlannedRun, on machine: PlanMachines.Machine) -> Outcome {
        var attempts = 0
        while true {
            guard waitUntilFree(run) else { return .stopped }
            if results[run]?.isFinished == true { return .finished }
            let isThere = exists(run)
            let child = trainInChild(run, resumes: isThere, machine.options)
            // Somebody was faster between our look and the child's: has locked the run, or has made it.
            let isMade = child.status == INNError.Kind.usage.exitCode && exists(run) != isThere
            let isTaken = child.status == INNError.Kind.temporary.exitCode || isMade
            attempts += 1
            guard isTaken, attempts < 5, !isStopping else { return child.outcome }
        }
    }

    private func exists(_ run: PlannedRun) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: run.name).path)
    }

    /// - Returns: false when it was told to stop meanwhile.
    private func waitUntilFree(_ run: PlannedRun) -> Bool {
        var isSaid = false
        while !isStopping {
            let opened = try? RunFolder.open(run.name, in: folder)
            guard let owner = opened.flatMap({ RunLock.owner(of: $0) }) else { return true }
            if !isSaid {
                let who = owner.pid > 0 ? "process \(owner.pid) on \(owner.host)" : "another process"
                StandardError.print("inn-tui: \(run.name) is being trained by \(who); waiting for its end.")
            }
            isSaid = true
            Thread.sleep(forTimeInterval: 0.1)
        }
        return false
    }

    /// - Returns: what came of it, and the child's exit status where it was started.
    private func trainInChild(
        _ run: PlannedRun, resumes: Bool, _ machine: [String]
    ) -> (outcome: Outcome, status: Int32?) {
        let errors = folder.appending(path: "errors/\(run.name).txt")
        do {
            let child = try ChildProgram(
                run.arguments(in: folder, resumes: resumes, dataDirectory: dataDirectory, machine: machine),
                errors: errors)
            state.withLock { state in
                state.children[run.name] = child
                // A signal between taking the run and starting it.
                if state.isStopping { kill(child.process, SIGINT) }
            }
            let status = child.run { line in heard(line, from: run) }
            if results[run]?.isFinished == true {
                try? FileManager.default.removeItem(at: errors)
                return (.finished, status)
            }
            if status == 0 || isStopping { return (.stopped, status) }
            let message = (try? String(contentsOf: errors, encoding: .utf8))?.split(separator: "\n").last.map(
                String.init)
            return (.failed(message ?? "it ended with status \(status)"), status)
        } catch {
            return (.failed((error as? INNError)?.message ?? String(describing: error)), nil)
        }
    }

    private struct Line: Decodable { let charactersSeen: Int? }

    private func heard(_ line: Substring, from run: PlannedRun) {
        guard let seen = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)).charactersSeen else { return }
        state.withLock { $0.characters[run.name] = seen }
        show(force: false)
    }

    private func finish(_ run: PlannedRun, _ outcome: Outcome) {
        state.withLock { state in
            state.children[run.name] = nil
            state.outcomes[run.name] = outcome
        }
        if case .failed(let message) = outcome { StandardError.print("inn-tui: \(run.name): \(message)") }
        show(force: !isTerminal)
    }

    /// A line about the whole plan: rewritten on a terminal, elsewhere at most every 30 seconds and at the end of every
    /// run.
    private func show(force: Bool) {
        let text: String? = state.withLock { state in
            let interval: Duration = isTerminal ? .milliseconds(200) : .seconds(30)
            if !force, let last = state.lastLine, last.duration(to: .now) < interval { return nil }
            state.lastLine = .now
            return line(state)
        }
        guard let text else { return }
        StandardOutput.tell((isTerminal ? "\r\u{1B}[K" : "") + text + (isTerminal && !force ? "" : "\n"))
    }

    private func line(_ state: State) -> String {
        let seen = state.characters.values.reduce(0, +)
        let total = state.planned.values.reduce(0, +)
        let elapsed = start.duration(to: .now).components.seconds
        let done = state.outcomes.values.count { $0 == .finished }
        let trained = seen - state.before
        let rate = Double(trained) / Double(max(1, elapsed))
        let left = trained > 0 && seen < total ? durationPhrase(Double(total - seen) / rate) + " left" : ""
        let running = state.children.keys.sorted().joined(separator: ", ")
        return String(format: "%5.1f %%  ", 100 * Double(seen) / Double(max(1, total)))
            + "\(done) run\(done == 1 ? "" : "s") done in this call  \(running)  \(left)"
    }
}
