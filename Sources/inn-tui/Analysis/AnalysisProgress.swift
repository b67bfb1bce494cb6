import Foundation
import Synchronization

/// Percent and time left on standard error: rewritten on a terminal, a line every ten seconds elsewhere.
final class AnalysisProgress: Sendable {
    private let isTerminal = isatty(STDERR_FILENO) != 0
    private let start = ContinuousClock.now
    private let last = Mutex(ContinuousClock.now)

    func show(_ share: Double, _ phase: String) {
        let wait: Duration = isTerminal ? .milliseconds(100) : .seconds(10)
        let isDue = last.withLock { last in
            guard last.duration(to: .now) > wait else { return false }
            last = .now
            return true
        }
        guard isDue else { return }
        let passed = start.duration(to: .now).components
        let elapsed = Double(passed.seconds) + Double(passed.attoseconds) * 1e-18
        let left = share > 0.01 ? "\(HeadlessPrinter.duration(elapsed * (1 - share) / share)) left" : "estimating time"
        let line = String(format: "%3.0f %%  ", 100 * share) + "\(phase)  \(left)"
        FileHandle.standardError.write(Data((isTerminal ? "\r\u{1B}[K\(line)" : line + "\n").utf8))
    }

    func finish() {
        if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
