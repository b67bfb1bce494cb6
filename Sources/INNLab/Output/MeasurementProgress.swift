import Foundation
import Synchronization

/// Percent and time left on standard error: rewritten on a terminal, a line every ten seconds elsewhere.
package final class MeasurementProgress: Sendable {
    private let start = ContinuousClock.now
    private let isTerminal = isatty(STDERR_FILENO) != 0
    private let last = Mutex(ContinuousClock.now)

    package init() {}

    /// - Parameter share: of the work that is done, 0…1.
    package func show(_ share: Double, _ phase: String) {
        let pause: Duration = isTerminal ? .milliseconds(100) : .seconds(10)
        let isDue = last.withLock { last in
            guard last.duration(to: .now) > pause else { return false }
            last = .now
            return true
        }
        guard isDue else { return }
        let passed = start.duration(to: .now).components
        let elapsed = Double(passed.seconds) + Double(passed.attoseconds) * 1e-18
        let left = share > 0.01 ? "\(durationPhrase(elapsed * (1 - share) / share)) left" : "estimating time"
        let line = String(format: "%3.0f %%  ", 100 * share) + "\(phase.printable)  \(left)"
        StandardError.write(isTerminal ? "\r\u{1B}[K\(line)" : line + "\n")
    }

    /// - Parameter what: is measured, in the plural.
    package func show(_ done: Int, of total: Int, _ what: String) {
        show(Double(done) / Double(max(1, total)), "\(done) of \(total) \(what) measured")
    }

    package func finish() {
        if isTerminal { StandardError.write("\r\u{1B}[K") }
    }
}
