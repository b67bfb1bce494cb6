import ArgumentParser
import Foundation
import INNKit

/// Ends a program together with the one that started it.
///
/// The starter holds the writing end of a pipe that is this program's standard input, and the system closes it however
/// the starter ends, SIGKILL included. That works everywhere, and no matter which of the starter's threads did the
/// starting.
struct InputEndOptions: ParsableArguments {
    @Flag(
        name: .long,
        help: """
            End, a training with a checkpoint, as soon as standard input ends: for a program that starts this one and \
            may be \
            killed.
            """)
    var endWithInput = false

    /// Calls `end` once, on a thread of its own, when standard input has ended; never without the option.
    func watch(_ end: @escaping @Sendable () -> Void) {
        guard endWithInput else { return }
        Thread.detachNewThread {
            var bytes = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(STDIN_FILENO, &bytes, bytes.count)
                if count > 0 || (count < 0 && errno == EINTR) { continue }
                return end()
            }
        }
    }
}
