import Foundation

/// Text that arrives from a file descriptor on a thread of its own, and that a test can wait for.
final class Transcript: @unchecked Sendable {
    private let condition = NSCondition()
    private var bytes = Data()
    private var ended = false
    private let stopper: Int32

    /// Takes the descriptor over and closes it at the end.
    init(descriptor: Int32) {
        var stop: [Int32] = [-1, -1]
        precondition(pipe(&stop) == 0)
        stopper = stop[1]
        _ = fcntl(stop[0], F_SETFD, FD_CLOEXEC)
        _ = fcntl(stop[1], F_SETFD, FD_CLOEXEC)
        let stopped = stop[0]
        Thread.detachNewThread { [self] in
            while Self.waits(descriptor, stopped), readSome(descriptor) {}
            close(descriptor)
            close(stopped)
            condition.lock()
            ended = true
            condition.broadcast()
            condition.unlock()
        }
    }

    deinit { close(stopper) }

    /// Waits for the end of the text, which comes when all its writers are gone; returns the text.
    func whole() -> String {
        let deadline = Date(timeIntervalSinceNow: TestDeadline.seconds)
        condition.lock()
        while !ended, condition.wait(until: deadline) {}
        condition.unlock()
        return text
    }

    /// Stops reading; the descriptor is closed when this returns.
    func stop() {
        _ = write(stopper, [0], 1)
        condition.lock()
        defer { condition.unlock() }
        while !ended { condition.wait() }
    }

    /// Returns false when reading is to stop.
    private static func waits(_ descriptor: Int32, _ stopped: Int32) -> Bool {
        var sources = [descriptor, stopped].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while poll(&sources, 2, -1) < 0 && errno == EINTR {}
        return sources[1].revents == 0
    }

    /// Returns false at the end of file.
    private func readSome(_ descriptor: Int32) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = read(descriptor, &chunk, chunk.count)
        guard count > 0 else { return count < 0 && errno == EINTR }
        condition.lock()
        bytes.append(contentsOf: chunk[..<count])
        condition.broadcast()
        condition.unlock()
        return true
    }

    /// What has arrived so far.
    var text: String {
        condition.lock()
        defer { condition.unlock() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Waits until the text, from the offset on, contains a phrase; returns the offset after it, or nil when the
    /// text ended or the deadline passed without it.
    func wait(for phrase: String, from offset: Int = 0) -> Int? {
        let deadline = Date(timeIntervalSinceNow: TestDeadline.seconds)
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let found = bytes.range(of: Data(phrase.utf8), in: min(offset, bytes.count)..<bytes.count) {
                return found.upperBound
            }
            if ended || !condition.wait(until: deadline) { return nil }
        }
    }
}

/// How long a test waits for what must happen; generous, since it is only reached by a failure.
enum TestDeadline {
    static let seconds: TimeInterval = 60
}
