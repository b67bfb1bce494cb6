import ArgumentParser
import Foundation
import INNKit
import INNLab
import Synchronization

/// What a hang-up of the terminal does to training.
enum HangupChoice: String, ExpressibleByArgument, CaseIterable {
    case goOn = "continue"
    case stop
}

/// Without screens: the first TERM, INT, HUP or XCPU stops gracefully with a checkpoint, which is no failure (exit code
/// 0); a second one ends at once with 128 + its number, except for XCPU, which the system repeats every second. Under
/// nohup hang-ups are ignored.
enum HeadlessSignals {
    /// Where the handler reports; a dispatch source would lose a signal that comes before it is registered.
    nonisolated(unsafe) private static var reports: Int32 = -1
    private static let count = Atomic<Int>(0)

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
        count.store(0, ordering: .relaxed)
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
        let earlier = count.wrappingAdd(1, ordering: .relaxed).oldValue
        if earlier > 0 {
            if number == SIGXCPU { return }
            _exit(128 + number)
        }
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(reports, &byte, 1)
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
