import Foundation

/// Writes the metrics and texts of a run as an event file that TensorBoard reads.
public enum TensorBoardExport {
    /// Writes `FOLDER/RUN/events.out.tfevents.…`; the folder is what `tensorboard --logdir` is given. Writing again replaces the file.
    ///
    /// Scalars are `bitsPerCharacter/train`, `bitsPerCharacter/valid`, `gatePenalty`, `learningRate`, `gradientNorm` and `charsPerSecond`, at the steps of the
    /// reports; the texts are under `sample`. The wall time of a step is the start of the first session plus the seconds trained since,
    /// so that pauses between sessions leave no gaps.
    ///
    /// - Parameter startedAt: where no session was recorded, seconds since 1970.
    /// - Returns: the file.
    /// - Throws: ``INNError`` when the run cannot be read or the file cannot be written.
    public static func write(_ folder: RunFolder, startedAt: Double, to logFolder: URL) throws -> URL {
        let history = try RunHistory(folder)
        let reports = try history.reports()
        guard !reports.isEmpty else { throw INNError(.noInput, "The run '\(folder.name)' has no metrics to export yet; train it first.") }
        let start = try history.sessions().first?.startedAt ?? startedAt
        var events = TensorBoardEvents(startedAt: start)
        for report in reports { append(report, start: start, to: &events) }
        for sample in try history.samples() {
            let seconds = reports.last { $0.step <= sample.step }?.elapsedSeconds ?? 0
            events.append(text: markdown(sample), tag: "sample", step: sample.step, wallTime: start + seconds)
        }
        let target = logFolder.appending(path: folder.name)
        do {
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        } catch {
            throw INNError(.cannotCreate, "The folder '\(target.path)' cannot be made; choose another one with --tensorboard.")
        }
        let file = target.appending(path: String(format: "events.out.tfevents.%010.0f.inn-tui", start))
        try AtomicFile.write(Data(events.bytes), to: file)
        return file
    }

    private static func append(_ report: TrainingReport, start: Double, to events: inout TensorBoardEvents) {
        let values: [(String, Double?)] = [
            ("bitsPerCharacter/train", report.trainBPC), ("bitsPerCharacter/valid", report.validBPC), ("gatePenalty", report.gatePenalty),
            ("learningRate", report.learningRate), ("gradientNorm", report.gradientNorm), ("charsPerSecond", report.charsPerSecond),
        ]
        for case (let tag, let value?) in values {
            events.append(scalar: value, tag: tag, step: report.step, wallTime: start + report.elapsedSeconds)
        }
    }

    /// Indented, so that Markdown shows the characters as they are.
    private static func markdown(_ sample: TextSample) -> String {
        let text = (sample.prompt + sample.text).split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
        return text.joined(separator: "\n")
    }
}
