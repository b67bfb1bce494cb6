import Foundation
import INNKit
import INNScreens
import Synchronization

/// Analyses a network on a thread of its own and sends what it finds to the screens.
///
/// Beside training the thread has the lowest priority, and what is repeated rests after it so that all of it stays
/// below ``share`` of the machine, unless somebody asks for something by selecting another neuron. An analysis that
/// somebody waits for gives way to the screens alone.
package final class InsightWorker: @unchecked Sendable {
    /// Of the time of all cores, what is repeated takes at most so much, and never more than a twelfth of one core.
    package static let share = 0.006
    private static let shortestRest = 2.0

    private struct State {
        var isStopped = false
        /// The neuron that the screens show in detail.
        var selected = 0
    }

    private let queue: ActionQueue
    private let state = Monitor(State())
    private let lastPercent = Mutex(-1)
    private let ended = Monitor<Bool>()

    /// Starts the thread.
    ///
    /// - Parameter priority: how far it gives way to other threads.
    package init(
        queue: ActionQueue, priority: BackgroundPriority = .lowest,
        work: @escaping @Sendable (InsightWorker) throws -> Void
    ) {
        self.queue = queue
        let thread = Thread { [self] in
            priority.apply()
            do {
                try work(self)
            } catch {
                if !(error is CancellationError) {
                    send(.log("no analysis: \((error as? INNError)?.message ?? "\(error)")"))
                }
            }
            send(.analysing(nil))
            ProcessMemory.returnFreeBlocks()
            ended.open()
        }
        thread.name = "insight"
        thread.stackSize = 16 << 20
        thread.start()
    }

    /// Ends the work as soon as possible; nothing is sent from now on.
    package func stop() { state.update { $0.isStopped = true } }

    /// Ends the work and waits for the thread: a process that exits takes the tables of BLAS away from those that still
    /// compute.
    package func finish() {
        stop()
        ended.pass()
    }

    var isRunning: Bool { state.read { !$0.isStopped } }

    /// The neuron that the screens show in detail is measured first, and soon.
    package func select(_ neuron: Int) {
        guard selectedNeuron != neuron else { return }
        state.update { $0.selected = neuron }
    }

    package var selectedNeuron: Int { state.read { $0.selected } }

    package func send(_ action: Action) {
        if isRunning { queue.send(action) }
    }

    /// Tells the screens how far the work is, once per percent.
    package func report(_ share: Double, _ phase: String) {
        let percent = Int(bounded: 100 * share)
        let isNews = lastPercent.withLock { last in
            defer { last = percent }
            return last != percent
        }
        if isNews { send(.analysing(InsightProgress(share: share, phase: phase))) }
    }

    /// Does something and then rests in proportion to the time it took on a core, or until another neuron is selected.
    ///
    /// - Parameter isOver: asked every second; ends the rest.
    func paced(until isOver: () -> Bool = { false }, _ work: () throws -> Void) rethrows {
        let (start, selected) = (BackgroundPriority.threadSeconds, selectedNeuron)
        try work()
        ProcessMemory.returnFreeBlocks()
        rest(Self.restSeconds(after: BackgroundPriority.threadSeconds - start), whileSelected: selected, until: isOver)
    }

    func rest(_ seconds: Double, whileSelected selected: Int, until isOver: () -> Bool = { false }) {
        let end = Date(timeIntervalSinceNow: seconds)
        pause(Self.shortestRest)
        while Date() < end, !isOver() {
            let isDisturbed = state.wait(until: min(end, Date(timeIntervalSinceNow: 1))) {
                $0.isStopped || $0.selected != selected ? true : nil
            }
            if isDisturbed == true { return }
        }
    }

    /// How long to rest after so many seconds on one of the cores.
    static func restSeconds(after work: Double, cores: Int = ThreadTeam.coreCount) -> Double {
        max(shortestRest, max(11, 1 / (share * Double(cores)) - 1) * work)
    }

    /// Waits, unless it is told to stop.
    package func pause(_ seconds: Double) {
        state.wait(until: Date(timeIntervalSinceNow: seconds)) { $0.isStopped ? () : nil }
    }
}

/// What makes a thread give way to others.
package enum BackgroundPriority: Sendable {
    /// To everything on the machine.
    case lowest
    /// To screens and generation; beside programs of other people it gets a share.
    case low

    func apply() {
        #if os(Linux)
        // On Linux this concerns the calling thread alone.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, self == .lowest ? 19 : 5)
        #else
        pthread_set_qos_class_self_np(self == .lowest ? QOS_CLASS_BACKGROUND : QOS_CLASS_UTILITY, 0)
        #endif
    }

    /// Time that the calling thread has spent on a core.
    static var threadSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
