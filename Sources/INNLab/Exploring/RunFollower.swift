import Dispatch
import Foundation
import INNKit
import INNScreens

/// Looks every second what another process has recorded in a run and sends it to the screens. It only reads.
package final class RunFollower: @unchecked Sendable {
    private let run: StoredRun
    private let queue: ActionQueue
    private let worker = DispatchQueue(label: "follower")
    private let timer: any DispatchSourceTimer
    private let whereabouts: FolderWhereabouts
    /// Used on the worker only, once the timer runs.
    private var cursor: HistoryCursor
    private var lastStatus: WatchStatus?
    private var lastProblem: String?
    private var isFirstLook = true

    /// - Parameter cursor: how far the screens know the run.
    package init(_ run: StoredRun, from cursor: HistoryCursor, queue: ActionQueue) {
        self.run = run
        self.cursor = cursor
        self.queue = queue
        whereabouts = FolderWhereabouts(run.folder)
        timer = DispatchSource.makeTimerSource(queue: worker)
        timer.schedule(deadline: .now(), repeating: .seconds(1), leeway: .milliseconds(100))
        timer.setEventHandler { [weak self] in self?.look() }
        timer.activate()
    }

    /// What is changed in the network that trains at present.
    private func sendInterventions() throws {
        queue.send(.interventions(try run.history.interventions().last?.set ?? .none))
    }

    package func stop() { timer.cancel() }

    private var status: WatchStatus {
        let name = run.folder.name
        switch whereabouts.place {
        case .unchanged:
            return RunLock.owner(of: run.folder).map { .training(process: Int($0.pid), host: $0.host) } ?? .ended
        case .gone: return .moved("\(name) was deleted")
        case .moved(let path):
            let url = URL(fileURLWithPath: path)
            let parent = url.deletingLastPathComponent()
            if parent.lastPathComponent == ".trash" { return .moved("\(name) was deleted: it is now \(path)") }
            return .moved("\(name) was renamed: attach \(url.lastPathComponent) watches it")
        }
    }

    private func look() {
        let present = status
        if present != lastStatus { queue.send(.watched(present)) }
        lastStatus = present
        // Another run may have the name by now, and the two must not be mixed.
        if case .moved = present { return }
        do {
            let changes = try run.history.changes(since: &cursor)
            if changes.isRestart {
                var fresh = HistoryCursor()
                queue.send(.opened(try run.contents(since: &fresh)))
                cursor = fresh
                queue.send(.watched(present))
                return try sendInterventions()
            }
            if isFirstLook || changes.marks.contains(where: { $0.kind == .intervention }) { try sendInterventions() }
            isFirstLook = false
            for report in changes.reports { queue.send(.training(.report(report))) }
            for mark in changes.marks { queue.send(.training(.mark(mark))) }
            if let snapshot = changes.snapshot { queue.send(.training(.probes(snapshot))) }
            for sample in changes.samples { queue.send(.training(.sample(sample))) }
            lastProblem = nil
        } catch {
            let problem = (error as? INNError)?.message ?? "\(error)"
            if problem != lastProblem { queue.send(.alarm(problem)) }
            lastProblem = problem
        }
    }
}
