import INNCore

/// The metrics of a run as comma-separated values (RFC 4180): a header with the names of ``TrainingReport``, then a
/// line per report.
///
/// What was not measured is empty; what is not a number is `nan`.
public enum MetricsTable {
    /// The first line, without its end.
    public static let header = columns.map(\.name).joined(separator: ",")

    /// The line of a report, without its end.
    public static func line(_ report: TrainingReport) -> String {
        columns.map { $0.value(report) }.joined(separator: ",")
    }

    public static func csv(_ reports: [TrainingReport]) -> String {
        ([header] + reports.map(line)).joined(separator: "\n") + "\n"
    }

    private static let columns: [(name: String, value: @Sendable (TrainingReport) -> String)] = [
        ("step", { "\($0.step)" }), ("charactersSeen", { "\($0.charactersSeen)" }), ("epoch", { "\($0.epoch)" }),
        ("trainBPC", { "\($0.trainBPC)" }), ("validBPC", { $0.validBPC.map { "\($0)" } ?? "" }),
        ("gatePenalty", { "\($0.gatePenalty)" }),
        ("learningRate", { "\($0.learningRate)" }), ("gradientNorm", { "\($0.gradientNorm)" }),
        ("charsPerSecond", { "\($0.charsPerSecond)" }),
        ("elapsedSeconds", { "\($0.elapsedSeconds)" }), ("progress", { "\($0.progress)" }),
    ]
}
