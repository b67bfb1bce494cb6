import Foundation
import INNKit
import INNLab
import Synchronization

/// Percent and time left on standard error: rewritten on a terminal, a line every ten seconds elsewhere.
final class MeasurementProgress: Sendable {
    private let start = ContinuousClock.now
    private let isTerminal = isatty(STDERR_FILENO) != 0
    private let last = Mutex(ContinuousClock.now)

    /// - Parameter share: of the work that is done, 0…1.
    func show(_ share: Double, _ phase: String) {
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
        FileHandle.standardError.write(Data((isTerminal ? "\r\u{1B}[K\(line)" : line + "\n").utf8))
    }

    /// - Parameter what: is measured, in the plural.
    func show(_ done: Int, of total: Int, _ what: String) {
        show(Double(done) / Double(max(1, total)), "\(done) of \(total) \(what) measured")
    }

    func finish() {
        if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
