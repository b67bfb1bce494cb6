import Foundation
import INNKit
import INNLab
import Synchronization

/// Prints training without screens: a progress line for people, or one JSON object per report for programs.
///
/// It never waits for the reader of the output, except in ``waitUntilPrinted()``.
final class HeadlessPrinter: TrainingSink {
    enum Style: Sendable { case lines, json }

    private struct State {
        var lastPrint: ContinuousClock.Instant?
        var latest: TrainingReport?
        var validBPC: Double?
    }

    private let style: Style
    private let isTerminal = isatty(STDOUT_FILENO) != 0
    private let state = Mutex(State())
    private let output = OutputQueue()

    /// What losses are counted per.
    private let unit: TextUnit

    init(_ style: Style, _ unit: TextUnit) { (self.style, self.unit) = (style, unit) }

    func receive(_ event: TrainingEvent) {
        switch event {
        case .report(let report): print(report)
        case .mark(let mark), .announced(let mark): print(mark)
        case .sample(let sample) where style == .lines:
            line("step \(sample.step) writes: “\(Self.visible(sample.prompt + sample.text))”")
        default: break
        }
    }

    private func print(_ mark: EventMark) {
        if style == .json {
            printJSON(MarkLine(mark))
        } else if [.notANumber, .lossSpike, .rolledBack, .notice, .bestCheckpoint, .resumed].contains(mark.kind) {
            line("step \(mark.step): \(Self.phrase(mark))")
        }
    }

    /// A network of bytes also writes control characters, which a terminal would obey.
    private static func visible(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "·" : $0 })
        ).harmless
    }

    private static func phrase(_ mark: EventMark) -> String {
        switch mark.kind {
        case .bestCheckpoint: "best so far, checkpoint \(mark.detail)"
        case .resumed: "resumed"
        case .lossSpike: "loss spike, \(mark.detail)"
        case .rolledBack: "rolled back, \(mark.detail)"
        default: mark.detail
        }
    }

    private func print(_ report: TrainingReport) {
        let validBPC = state.withLock { state in
            state.latest = report
            if let value = report.validBPC { state.validBPC = value }
            return state.validBPC
        }
        switch style {
        case .json: printJSON(ReportLine(report, validBPC: validBPC, unit: unit))
        case .lines:
            let isDue = state.withLock { state in
                let pause: Duration = isTerminal ? .milliseconds(200) : .seconds(10)
                if report.validBPC == nil, report.progress < 1, let last = state.lastPrint,
                    last.duration(to: .now) < pause
                {
                    return false
                }
                state.lastPrint = .now
                return true
            }
            if isDue { progressLine(report, validBPC: validBPC) }
        }
    }

    private func progressLine(_ report: TrainingReport, validBPC: Double?) {
        var parts = [
            String(format: "%5.1f %%", report.progress * 100), "step \(report.step)",
            String(format: unit.worded("train %.3f BPC"), report.trainBPC),
        ]
        if let validBPC { parts.append(String(format: unit.worded("valid %.3f BPC"), validBPC)) }
        parts.append(String(format: unit.worded("%.0f chars/s"), report.charsPerSecond))
        if let ranks = report.ranks { parts.append(ranks.phrase) }
        if report.progress < 1 { parts.append(Self.timeLeft(report)) }
        let text = parts.joined(separator: "  ")
        if report.progress < 1 {
            output.write(isTerminal ? "\r\u{1B}[K\(text)" : text + "\n", isPassing: true)
        } else {
            line(text)
        }
    }

    /// Prints a line of its own, also between two rewritten progress lines.
    func line(_ text: String) { output.write(isTerminal ? "\r\u{1B}[K\(text.harmless)\n" : text + "\n") }

    /// Waits until everything is printed. Not named `flush()`: the trainer flushes its sinks before a checkpoint, which
    /// must not wait for a reader.
    func waitUntilPrinted() { output.flush() }

    /// - Throws: as ``OutputQueue/requireWritten()``.
    func requireWritten() throws { try output.requireWritten() }

    /// The last line of a run; waits until it is printed.
    func finish(_ session: TrainingSession, outcome: Trainer.Outcome) {
        let evaluation = session.trainer.finalEvaluation
        let latest = state.withLock { ($0.latest, $0.validBPC) }
        switch style {
        case .json:
            printJSON(DoneLine(session, outcome: outcome, latest: latest.0, validBPC: latest.1))
        case .lines:
            if let evaluation {
                line(
                    String(
                        format: unit.worded(
                            "Validation: %.3f BPC over \(evaluation.characters.formatted()) \(unit.name)s."),
                        evaluation.bitsPerCharacter))
            }
            line(Self.ending(session, outcome))
            if let folder = session.trainer.savedElsewhere {
                line(
                    """
                    Its last checkpoint is in \(folder.path); move it into \(session.folder.checkpoints.url.path) \
                    to go on from there.
                    """
                )
            }
        }
        waitUntilPrinted()
    }

    private static func ending(_ session: TrainingSession, _ outcome: Trainer.Outcome) -> String {
        let steps = session.trainer.stepsDone
        let place = "the run is in \(session.folder.url.path)"
        switch outcome {
        case .finished:
            var repeating = ""
            if case .minutes = session.settings.budget {
                repeating =
                    session.wasChangedByHand
                    ? "; it was changed by hand while it trained, so --steps \(steps) alone does not repeat it"
                    : "; to repeat it, train with --steps \(steps)"
            }
            return "Finished after \(steps) steps; \(place)\(repeating)."
        case .stopped: return "Stopped after \(steps) steps; \(place); --resume \(session.folder.name) continues it."
        case .aborted: return "Aborted after \(steps) steps; \(place), with its last checkpoint if there was one."
        }
    }

    private func printJSON(_ value: some Encodable) {
        if let text = try? JSONText.line(value) { output.write((isTerminal ? text.harmless : text) + "\n") }
    }

    /// The first step takes longer than those that follow, so nothing is said about it.
    private static func timeLeft(_ report: TrainingReport) -> String {
        guard report.step > 1, report.progress > 0 else { return "estimating time" }
        return durationPhrase(report.elapsedSeconds * (1 - report.progress) / report.progress) + " left"
    }
}
