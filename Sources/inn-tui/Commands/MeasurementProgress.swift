import Foundation

/// Percent and time left on standard error: rewritten on a terminal, a line every ten seconds elsewhere.
final class MeasurementProgress {
    private let start = ContinuousClock.now
    private let what: String
    private let isTerminal = isatty(STDERR_FILENO) != 0
    private var last = ContinuousClock.now

    /// - Parameter what: is measured, in the plural.
    init(_ what: String) { self.what = what }

    func show(_ done: Int, of total: Int) {
        guard isTerminal || last.duration(to: .now) > .seconds(10) else { return }
        last = .now
        let elapsed = Double(start.duration(to: .now).components.seconds)
        let left =
            done > 0
            ? "\(HeadlessPrinter.duration(elapsed * Double(total - done) / Double(done))) left" : "estimating time"
        let line = "\(100 * done / max(1, total)) %  \(done) of \(total) \(what) measured  \(left)"
        FileHandle.standardError.write(Data((isTerminal ? "\r\u{1B}[K\(line)" : line + "\n").utf8))
    }

    func finish() {
        if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
