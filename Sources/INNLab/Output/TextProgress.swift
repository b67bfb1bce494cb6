import Foundation
import INNKit
import Synchronization

/// Shows the progress of fetching a text as one line on standard error that is rewritten; silent when that is no
/// terminal.
package final class TextProgress: Sendable {
    private let isTerminal = isatty(STDERR_FILENO) != 0
    private let state = Mutex((last: ContinuousClock.now, shown: false))

    package init() {}

    package func show(_ progress: CorpusProgress) {
        guard isTerminal else { return }
        let isDue = state.withLock { state in
            guard !state.shown || state.last.duration(to: .now) > .milliseconds(100) else { return false }
            state = (.now, true)
            return true
        }
        guard isDue else { return }
        let done = Self.megabytes(progress.completedBytes)
        let amount =
            progress.totalBytes.map {
                "\(done) of \(Self.megabytes($0)) MB, \(100 * progress.completedBytes / max(1, $0)) %"
            } ?? "\(done) MB"
        StandardError.write("\r\u{1B}[K\(progress.phase) \(progress.item.printable): \(amount)")
    }

    /// Clears the line.
    package func finish() {
        if state.withLock({ $0.shown }) { StandardError.write("\r\u{1B}[K") }
    }

    private static func megabytes(_ bytes: Int) -> String {
        String(format: "%.1f", Double(bytes) / 1e6)
    }
}
