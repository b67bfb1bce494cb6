import ArgumentParser
import Foundation
import INNKit
import INNLab
import Synchronization

/// What a hang-up of the terminal does to training.
enum HangupChoice: String, ExpressibleByArgument, CaseIterable {
    case goOn = "continue", stop
}

/// Without screens: the first TERM, INT, HUP or XCPU stops gracefully with a checkpoint, which is no failure (exit code
/// 0); a second one ends at once with 128 + its number, except for XCPU, which the system repeats every second. What
/// comes within half a second of the first is the same request: `timeout` signals its child and then the whole group.
/// Under nohup hang-ups are ignored.
enum HeadlessSignals {
    /// Where the handler reports; a dispatch source would lose a signal that comes before it is registered.
    nonisolated(unsafe) private static var reports: Int32 = -1
    /// When the first request came, in nanoseconds of the monotonic clock; 0 before.
    private static let first = Atomic<UInt64>(0)
    private static let samePressNanoseconds: UInt64 = 500_000_000

    /// Sends the requests to a trainer from now on.
    static func handle(for control: TrainerControl, ignoresHangups: Bool) {
        handle(ignoresHangups: ignoresHangups) {
            control.send(.stop)
            StandardError.print("inn-tui: stopping after this step and saving; once more ends at once.")
        }
    }

    /// Calls `stop` for every request from now on, on a thread of its own.
    static func handle(ignoresHangups: Bool, _ stop: @escaping @Sendable () -> Void) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        reports = ends[1]
        first.store(0, ordering: .relaxed)
        let requests = ends[0]
        Thread.detachNewThread { pass(requests, to: stop) }
        for number in [SIGINT, SIGTERM, SIGHUP, SIGXCPU] {
            if number == SIGHUP, ignoresHangups {
                signal(number, SIG_IGN)
                continue
            }
            let before = signal(number) { number in HeadlessSignals.receive(number) }
            if number == SIGHUP, unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
                signal(number, SIG_IGN)
            }
        }
    }

    /// Runs inside the signal handler.
    private static func receive(_ number: Int32) {
        let now = clock()
        let earlier = first.compareExchange(expected: 0, desired: now, ordering: .relaxed)
        guard earlier.exchanged else {
            if number == SIGXCPU || now < earlier.original + samePressNanoseconds { return }
            _exit(128 + number)
        }
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(reports, &byte, 1)
    }

    private static func clock() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec) + 1
    }

    private static func pass(_ requests: Int32, to stop: @Sendable () -> Void) {
        var byte: UInt8 = 0
        while true {
            let amount = read(requests, &byte, 1)
            if amount < 0, errno == EINTR { continue }
            guard amount == 1 else { return }
            StopRequest.note()
            stop()
        }
    }
}
