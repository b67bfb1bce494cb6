import Dispatch
import Foundation
import INNKit
import Synchronization

/// Standard output behind a thread of its own: lines come out in order and none is lost, and whoever sends them never
/// waits for a reader that is slow, such as a pager or a terminal that was stopped with Ctrl-S.
///
/// A reader that went away ends the printing, never the work. On a full disk it is tried again. Where it can never be
/// written, that is said at once, the work goes on, and ``requireWritten()`` throws.
package final class OutputQueue: Sendable {
    private struct Line {
        let text: String
        let isPassing: Bool
    }

    private struct State {
        var waiting: [Line] = []
        var isOpen = true
        /// What ended the printing, besides a reader that went away.
        var failure: INNError?
    }

    private let state = Mutex(State())
    private let writer = DispatchQueue(label: "output")
    private let descriptor: Int32
    /// Whether the disk has no space for what is to be written.
    private let isHeldUp = Atomic(false)
    /// Seconds between two tries on a full disk.
    private static let pause = 0.5

    package init(_ descriptor: Int32 = STDOUT_FILENO) { self.descriptor = descriptor }

    /// - Parameter isPassing: nobody misses it once there is a newer one of its kind, which takes its place while it
    ///   waits.
    package func write(_ text: String, isPassing: Bool = false) {
        let isFirst = state.withLock { state in
            guard state.isOpen else { return false }
            if isPassing, state.waiting.last?.isPassing == true { state.waiting.removeLast() }
            state.waiting.append(Line(text: text, isPassing: isPassing))
            return state.waiting.count == 1
        }
        if isFirst { writer.async { self.pass() } }
    }

    /// Waits until everything is written. Once somebody has asked the program to end, a reader that does not read is
    /// not waited for any longer.
    package func flush() {
        guard state.withLock({ $0.isOpen }) else { return }
        let written = DispatchSemaphore(value: 0)
        writer.async {
            self.pass()
            written.signal()
        }
        let start = ContinuousClock.now
        while written.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
            let waited = start.duration(to: .now)
            if isHeldUp.load(ordering: .relaxed), waited > .seconds(10) { return }
            guard let age = StopRequest.age, min(age, waited) > StopRequest.patience else { continue }
            return state.withLock { $0 = State(isOpen: false) }
        }
    }

    /// Runs on the writer only.
    private func pass() {
        let lines = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        guard !lines.isEmpty else { return }
        var rest = Array(lines.map(\.text).joined().utf8)[...]
        var hasWaited = false
        while !rest.isEmpty, state.withLock({ $0.isOpen }) {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress!, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if [ENOSPC, EDQUOT].contains(errno), isFile {
                if !hasWaited, descriptor != STDERR_FILENO {
                    StandardError.print("inn-tui: The disk is full, so the output waits until there is space.")
                }
                hasWaited = true
                isHeldUp.store(true, ordering: .relaxed)
                Thread.sleep(forTimeInterval: Self.pause)
            } else if errno == EAGAIN {
                // Somebody else made the output non-blocking.
                var output = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&output, 1, 100)
            } else if errno != EINTR {
                give(up: errno)
            }
        }
        isHeldUp.store(false, ordering: .relaxed)
    }

    /// Whether space may come back.
    private var isFile: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    private func give(up code: Int32) {
        let failure = StandardOutput.isReaderGone(code) ? nil : StandardOutput.problem(code)
        state.withLock { $0 = State(isOpen: false, failure: failure) }
        guard let failure, descriptor != STDERR_FILENO else { return }
        StandardError.print("inn-tui: \(failure.message) The work goes on without it.")
    }

    /// To be called after ``flush()``. Nothing is written any more when it throws.
    ///
    /// - Throws: ``INNError`` of kind `inputOutput` when something could not be written.
    package func requireWritten() throws {
        if let failure = state.withLock({ $0.failure }) {
            throw INNError(failure.kind, "\(failure.message) What was to be printed is lost from there on.")
        }
        guard isHeldUp.load(ordering: .relaxed) else { return }
        state.withLock { $0 = State(isOpen: false) }
        throw INNError(.inputOutput, "The output cannot be written because the disk is full; it ends in the middle.")
    }
}
