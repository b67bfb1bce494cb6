import Foundation
import INNKit

/// The processes of one training that a launcher (`mpirun`, `srun`) started, seen from one of them.
package final class JoinedRanks: Sendable {
    package let ranks: Ranks
    private let transport: MPITransport
    private let watch: RankWatch
    private let lost: LostRank

    /// Meets the other ranks.
    ///
    /// - Returns: nil when no launcher of MPI started this process.
    /// - Throws: ``INNError`` of kind `unavailable` without plug-in, `usage` when ranks would compute different bits.
    package static func join() throws -> JoinedRanks? {
        guard LauncherTerminal.isLaunched else { return nil }
        guard let plugIn = MPIPlugIn.url else {
            throw INNError(
                .unavailable,
                """
                A launcher of MPI started this process, but the plug-in \(MPIPlugIn.name) is not there: build it with \
                make mpi, or name it in \(MPIPlugIn.variable).
                """)
        }
        return try JoinedRanks(MPITransport(plugIn: plugIn))
    }

    private init(_ transport: MPITransport) throws {
        self.transport = transport
        do {
            ranks = try Ranks(transport, RankMember(version: programVersion))
        } catch {
            transport.leave()
            guard transport.rank == 0 else { Self.endSilently() }
            throw error
        }
        let lost = LostRank(transport, ranks)
        self.lost = lost
        watch = try RankWatch(transport) { lost.report($0) }
    }

    /// Threads per rank when nobody says how many: the cores of this computer are shared by its ranks.
    private var threads: Int {
        max(1, min(ThreadTeam.coreCount, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) / transport.hostSize))
    }

    /// What must be said about them.
    private var notice: String? {
        guard !watch.unwatched.isEmpty else { return nil }
        let ranks = watch.unwatched.map(String.init).joined(separator: ", ")
        return "Nobody would notice if one of the ranks \(ranks) hung, since they cannot reach rank 0 by TCP."
    }

    /// Whether rank 0 has a terminal for the screens; says what to do where it nearly has.
    package func findTerminal() -> Bool {
        if LauncherTerminal.finding == .read {
            StandardError.print(
                "inn-tui: The launcher reads the keys; with < /dev/null at the end of its command there are screens.")
        }
        return LauncherTerminal.isThere
    }

    /// A run without shards gets as many as there are ranks, where they can be.
    package func dealt(_ settings: TrainingSettings) -> TrainingSettings {
        var settings = settings
        if settings.shards == nil, ranks.size > 1, ranks.size.nonzeroBitCount == 1 { settings.shards = ranks.size }
        return settings
    }

    /// The same machine with the other ranks and this rank's share of the cores.
    package func machine(_ machine: TrainingMachine) -> TrainingMachine {
        var machine = machine
        machine.ranks = ranks
        machine.threads = machine.threads ?? threads
        return machine
    }

    /// Works for rank 0 until it says that training is over; for the other ranks.
    package func work(
        threads: Int?, corpus: @escaping (TrainingSettings) throws -> Corpus
    ) throws {
        let team = ThreadTeam(threadCount: threads ?? self.threads)
        do {
            try RankWorker(transport, team: team, wantsToStop: { StopRequest.age != nil }, corpus: corpus).run()
            end()
        } catch {
            if lost.explains(error) { Self.endSilently() }
            throw error
        }
    }

    /// Runs rank 0's part and sends the others home.
    ///
    /// When a rank is gone, this one ends without leaving MPI, which would wait for it: the launcher then ends the
    /// others, and those that see the connection close end by themselves.
    package func lead(_ body: () throws -> Void) throws {
        if let notice { StandardError.print("inn-tui: \(notice)") }
        do {
            try body()
        } catch {
            if lost.explains(error) { Self.endSilently() }
            end(after: error)
            throw error
        }
        end()
    }

    /// Ends a rank when what there is to say was said.
    private static func endSilently() -> Never { exit(INNError.Kind.unavailable.exitCode) }

    /// Leaves in good order; for all ranks.
    ///
    /// - Parameter error: what ended the work, which nobody has told yet.
    private func end(after error: (any Error)? = nil) {
        if ranks.isFirst { ranks.dismiss() }
        guard !lost.isKnown else { return }
        watch.end()
        lost.limitLeaving(after: error as? INNError) { transport.leave() }
    }
}

/// Whether a rank is gone; says so at once, since the launcher may end this one at any moment.
private final class LostRank: Sendable {
    private let transport: MPITransport
    private let ranks: Ranks
    private let gate = Monitor<Bool>()

    /// How long a rank may take to end by itself, so that it closes its files.
    private static let patience: DispatchTimeInterval = .seconds(8)
    /// How long all may take to leave.
    private static let leavingPatience: DispatchTimeInterval = .seconds(15)

    init(_ transport: MPITransport, _ ranks: Ranks) { (self.transport, self.ranks) = (transport, ranks) }

    var isKnown: Bool { gate.hasOpened() }

    /// Whether a loss is behind an error; MPI may have noticed it a moment before.
    func explains(_ error: any Error) -> Bool {
        if (error as? INNError)?.kind == .unavailable { gate.pass(until: Date(timeIntervalSinceNow: 2)) }
        return isKnown
    }

    /// MPI takes leave of all ranks together, and would wait for ever for one that hangs by now.
    func limitLeaving(after error: INNError?, _ leave: () -> Void) {
        let hasLeft = Monitor<Bool>()
        let isFirst = transport.rank == 0
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.leavingPatience) {
            guard !hasLeft.hasOpened() else { return }
            if isFirst {
                let hangs = "One of the other ranks hangs and does not leave; nothing of the run is lost."
                StandardError.print("inn-tui: " + (error?.message ?? hangs))
            }
            _exit((error?.kind ?? .unavailable).exitCode)
        }
        leave()
        hasLeft.open()
    }

    /// - Parameter rank: nil where rank 0 ends because another is gone, and has said so.
    func report(_ rank: Int?) {
        ranks.noteLoss()
        // Of those that miss rank 0, one says so.
        if let rank, transport.rank <= 1 {
            StandardError.print(
                """
                inn-tui: Training ended because \(ranks.name(rank)) is gone or hangs; --resume goes on from the last \
                checkpoint, with any number of ranks that divides the shards.
                """)
        }
        gate.open()
        transport.interrupt()
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) {
            _exit(INNError.Kind.unavailable.exitCode)
        }
    }
}

/// The plug-in that `make mpi` builds.
package enum MPIPlugIn {
    package static let name = "libinn-mpi.so", variable = "INN_MPI_PLUGIN"

    /// Where it is: named in the environment, beside the program, or where `make install` would put it.
    package static var url: URL? {
        if let named = ProcessInfo.processInfo.environment[variable], !named.isEmpty {
            return URL(fileURLWithPath: named)
        }
        guard let program = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent() else {
            return nil
        }
        return [program.appending(path: name), program.appending(path: "../lib/inn-tui/\(name)")].first {
            FileManager.default.fileExists(atPath: $0.path)
        }
    }

    /// For `doctor`.
    package static var summary: String {
        guard let url else { return "no plug-in; make mpi builds it for training on several computers" }
        return FileManager.default.fileExists(atPath: url.path)
            ? "plug-in \(url.path)" : "the plug-in \(url.path), named in \(variable), is not there"
    }
}
