import Dispatch
import Synchronization

/// The tasks of a stretch of work, as one thread did them one after the other, and how long other numbers of cores
/// would take if they were handed out as ``ThreadTeam`` does.
///
/// Each core is taken to be as fast as the one that was measured: memory and caches that cores share, and clocks that
/// fall when all work, are not in it.
public struct TaskSchedule: Sendable, Equatable {
    /// Seconds of the tasks of each call of ``ThreadTeam/run(_:_:)``, in order.
    public let regions: [[Double]]
    /// Seconds outside of all tasks, which one core spends while the others wait.
    public let serial: Double

    public init(regions: [[Double]], serial: Double) {
        self.regions = regions
        self.serial = serial
    }

    /// Seconds on one core.
    public var total: Double { serial + regions.joined().reduce(0, +) }

    /// Seconds on `cores` cores: each takes the next task as soon as it has ended its last one.
    ///
    /// - Parameter start: seconds that it takes to set several cores to work on one call and to wait for them.
    public func seconds(cores: Int, start: Double = 0) -> Double {
        regions.reduce(serial) { sum, tasks in
            sum + Self.makespan(tasks, cores: cores) + (min(cores, tasks.count) > 1 ? start : 0)
        }
    }

    /// How much of `cores` cores' time is work: one core's time : `cores` × their time.
    public func efficiency(cores: Int, start: Double = 0) -> Double {
        total / (Double(cores) * seconds(cores: cores, start: start))
    }

    /// Seconds until the last of these tasks has ended.
    static func makespan(_ tasks: [Double], cores: Int) -> Double {
        guard tasks.count > cores else { return tasks.max() ?? 0 }
        var ends = [Double](repeating: 0, count: max(1, cores))
        for task in tasks {
            let next = ends.indices.min { ends[$0] < ends[$1] }!
            ends[next] += task
        }
        return ends.max()!
    }
}

/// Times the tasks of a ``ThreadTeam`` of one thread.
public final class TaskRecorder: Sendable {
    private let recorded = Mutex<[[Double]]>([])

    public init() {}

    /// What was recorded since the last call, in the course of so many seconds.
    public func take(ofSeconds seconds: Double) -> TaskSchedule {
        let regions = recorded.withLock { recorded in
            defer { recorded = [] }
            return recorded
        }
        return TaskSchedule(regions: regions, serial: max(0, seconds - regions.joined().reduce(0, +)))
    }

    func run(_ tasks: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
        var seconds = [Double](repeating: 0, count: tasks)
        for task in 0..<tasks {
            let start = DispatchTime.now().uptimeNanoseconds
            body(task, 0)
            seconds[task] = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
        }
        recorded.withLock { $0.append(seconds) }
    }
}
