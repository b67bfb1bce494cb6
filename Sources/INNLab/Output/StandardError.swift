import Foundation
import INNKit

/// Lines for people that must not mix with output meant for programs. A terminal that is gone loses them and ends
/// nothing.
package enum StandardError {
    package static func print(_ line: String) {
        guard takesOutput else { return }
        let plain = line.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(
            separator: "\n")
        try? FileHandle.standardError.write(contentsOf: Data((plain + "\n").utf8))
    }

    /// False when the process was asked to end and nobody reads: what is left to be said must not keep it.
    private static var takesOutput: Bool {
        guard StopRequest.age != nil else { return true }
        var output = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        return poll(&output, 1, Int32(StopRequest.patience.components.seconds) * 1000) > 0
    }
}
