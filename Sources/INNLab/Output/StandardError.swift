import Foundation
import INNKit

/// Lines for people that must not mix with output meant for programs. Where they cannot be written, because a terminal
/// is gone or a disk is full, they are lost and nothing ends.
package enum StandardError {
    package static func print(_ line: String) {
        let plain = line.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(
            separator: "\n")
        write(plain + "\n")
    }

    /// Writes text as it is, for a line that is rewritten.
    static func write(_ text: String) {
        guard takesOutput else { return }
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    /// False when the process was asked to end and nobody reads: what is left to be said must not keep it.
    private static var takesOutput: Bool {
        guard StopRequest.age != nil else { return true }
        var output = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        return poll(&output, 1, Int32(StopRequest.patience.components.seconds) * 1000) > 0
    }
}
