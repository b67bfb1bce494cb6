import Foundation
import INNKit

/// The terminal in which a launcher of MPI was started on this computer, for the screens of rank 0: launchers lead the
/// input of rank 0 through a pipe, but draw nothing themselves.
///
/// It can be had where the launcher stands in the foreground of its terminal and does not read the keys itself:
/// `mpirun … < /dev/null`.
package enum LauncherTerminal {
    /// What a launcher has to do with its terminal.
    enum Finding: Equatable {
        /// It has none, is in its background, or its output goes elsewhere.
        case none
        /// It would take a part of the keys.
        case read
        case free(device: String)
    }

    /// Where a process tells that its launcher speaks MPI: Open MPI, those with the process manager interface of MPICH
    /// or PMIx, such as `srun`.
    private static let variables = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMI_RANK", "PMIX_RANK"]

    /// Whether such a launcher started this process.
    package static let isLaunched = variables.contains { ProcessInfo.processInfo.environment[$0] != nil }

    /// Whether this process has a terminal of its own, as `srun --pty` gives it.
    private static let hasOwn = isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0

    static let finding: Finding = isLaunched && !hasOwn ? find(from: getppid()) : .none

    /// What the screens can be drawn on; nil where this process has a terminal itself, or there is none.
    package static var device: String? {
        guard case .free(let device) = finding else { return nil }
        return device
    }

    /// Whether there can be screens on rank 0.
    static var isThere: Bool { hasOwn || device != nil }

    /// Looks at a process and its parents for the one that stands in the foreground of a terminal. Between it and a
    /// rank there may be helpers without terminal, and scripts.
    private static func find(from first: pid_t) -> Finding {
        var process = first
        for _ in 0..<16 where process > 1 {
            guard let status = ProcessStatus(process) else { return .none }
            guard status.isInForeground else {
                process = status.parent
                continue
            }
            // The standard output says where the terminal is, if that is where it leads.
            guard let device = terminal(behind: 1, of: process, number: status.terminal) else { return .none }
            return terminal(behind: 0, of: process, number: status.terminal) == nil ? .free(device: device) : .read
        }
        return .none
    }

    /// The terminal that a descriptor of another process leads to.
    private static func terminal(behind descriptor: Int, of process: pid_t, number: dev_t) -> String? {
        var status = stat()
        let link = "/proc/\(process)/fd/\(descriptor)"
        guard stat(link, &status) == 0, status.st_mode & S_IFMT == S_IFCHR, status.st_rdev == number else { return nil }
        return try? FileManager.default.destinationOfSymbolicLink(atPath: link)
    }
}

/// What Linux says of a process in `/proc`; elsewhere it cannot be made.
private struct ProcessStatus {
    let parent: pid_t, terminal: dev_t
    /// Whether keys of its terminal go to its process group.
    let isInForeground: Bool

    init?(_ process: pid_t) {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(process)/stat"),
            case let text = String(decoding: bytes, as: UTF8.self),
            // The name of the program stands in brackets and may hold anything.
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[end...].split(separator: " ").dropFirst(2).prefix(5).compactMap { Int($0) }
        guard fields.count == 5 else { return nil }
        let (group, foreground) = (fields[1], fields[4])
        (parent, terminal) = (pid_t(fields[0]), dev_t(truncatingIfNeeded: fields[3]))
        isInForeground = terminal != 0 && group == foreground
    }
}
