import Dispatch
import Foundation
import Synchronization

/// Runs independent tasks on a fixed number of threads.
///
/// Tasks are handed out dynamically, so each must write only to places of its own: then the bits of a result do not
/// depend on the schedule or on the number of threads.
public final class ThreadTeam: Sendable {
    public let threadCount: Int
    /// Times every task, of a team of one thread; nil nearly always.
    private let recorder: TaskRecorder?

    /// - Parameter threadCount: threads to use, at least 1; by default one per core.
    public init(threadCount: Int = ThreadTeam.coreCount) {
        self.threadCount = max(1, threadCount)
        recorder = nil
        LinearAlgebra.prepare()
    }

    /// A team of one thread whose tasks are timed.
    public init(recording recorder: TaskRecorder) {
        threadCount = 1
        self.recorder = recorder
        LinearAlgebra.prepare()
    }

    public static var coreCount: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

    /// Calls `body(task, worker)` for every task, `worker` being below ``threadCount`` and never used twice at a time.
    public func run(_ tasks: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
        let workers = min(threadCount, tasks)
        guard workers > 1 else {
            if let recorder { return recorder.run(tasks, body) }
            for task in 0..<tasks { body(task, 0) }
            return
        }
        let next = Atomic<Int>(0)
        withoutActuallyEscaping(body) { escapable in
            nonisolated(unsafe) let body = escapable
            DispatchQueue.concurrentPerform(iterations: workers) { worker in
                while true {
                    let task = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard task < tasks else { return }
                    body(task, worker)
                }
            }
        }
    }
}
