import INNKit

/// The curves of a run, each bounded in size.
public struct ReportHistory: Equatable, Sendable {
    public private(set) var train = BoundedSeries()
    public private(set) var validation = BoundedSeries()
    public private(set) var learningRate = BoundedSeries()
    public private(set) var gradientNorm = BoundedSeries()
    public private(set) var charsPerSecond = BoundedSeries()
    public private(set) var latest: TrainingReport?
    public private(set) var firstStep: Int?
    /// The lowest validation loss and where it was.
    public private(set) var best: (step: Int, bpc: Double)?
    /// The last validation loss measured.
    public private(set) var lastValidation: Double?

    public init() {}

    public static func == (a: ReportHistory, b: ReportHistory) -> Bool {
        a.train == b.train && a.validation == b.validation && a.latest == b.latest
    }

    public mutating func append(_ report: TrainingReport) {
        let x = Double(report.step)
        train.append(x: x, y: report.trainBPC)
        learningRate.append(x: x, y: report.learningRate)
        gradientNorm.append(x: x, y: report.gradientNorm)
        charsPerSecond.append(x: x, y: report.charsPerSecond)
        if let valid = report.validBPC {
            validation.append(x: x, y: valid)
            lastValidation = valid
            if valid.isFinite, valid < (best?.bpc ?? .infinity) { best = (report.step, valid) }
        }
        if firstStep == nil { firstStep = report.step }
        latest = report
    }

    /// The steps covered, at least one wide; nil before the first report.
    var stepRange: ClosedRange<Double>? {
        guard let firstStep, let latest else { return nil }
        let first = Double(min(firstStep, latest.step))
        let last = Double(latest.step)
        return first...max(first + 1, last)
    }

    /// Seconds of training that are left at the pace so far.
    var secondsLeft: Double? {
        guard let latest, latest.progress > 0.002, latest.progress < 1, latest.elapsedSeconds > 0 else { return nil }
        return latest.elapsedSeconds * (1 - latest.progress) / latest.progress
    }
}
