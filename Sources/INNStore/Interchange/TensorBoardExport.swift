import Foundation
import INNCore

/// Writes the metrics and texts of a run as an event file that TensorBoard reads.
public enum TensorBoardExport {
    /// Writes `FOLDER/RUN/events.out.tfevents.…`; the folder is what `tensorboard --logdir` is given. Writing again
    /// replaces the file.
    ///
    /// Scalars are `bitsPerCharacter/train`, `bitsPerCharacter/valid` (`bitsPerByte/…` of a run on bytes),
    /// `gatePenalty`, `learningRate`, `gradientNorm` and `charsPerSecond`, at the steps of the reports; the texts are
    /// under `sample`. The wall time of a step is the start of the first session plus the seconds trained since, so
    /// that pauses between sessions leave no gaps.
    ///
    /// - Parameters:
    ///   - startedAt: where no session was recorded, seconds since 1970.
    ///   - stride: of the reports without a validation only every n-th is written.
    /// - Returns: the file.
    /// - Throws: ``INNError`` when the run cannot be read or the file cannot be written.
    public static func write(
        _ folder: RunFolder, startedAt: Double, every stride: Int = 1, to logFolder: URL
    ) throws -> URL {
        let history = try RunHistory(folder)
        guard try history.latestReport() != nil else {
            throw INNError(.noInput, "The run '\(folder.name)' has no metrics to export yet; train it first.")
        }
        let start = try history.sessions().first?.startedAt ?? startedAt
        let target = logFolder.appending(path: folder.name)
        do {
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        } catch {
            throw INNError(
                .cannotCreate, "The folder '\(target.path)' cannot be made; choose another one with --tensorboard.")
        }
        let file = target.appending(path: String(format: "events.out.tfevents.%010.0f.inn-tui", start))
        let unit = try folder.unit()
        let output = try OutputFile(file.path)
        var events = TensorBoardEvents(startedAt: start)
        func put() throws { try events.takeBytes().withUnsafeBytes { try output.write($0) } }
        try history.forEachPieceOfReports(every: stride) { reports in
            for report in reports { append(report, unit, start: start, to: &events) }
            try put()
        }
        try history.forEachPieceOfSamples { samples in
            for sample in samples {
                let seconds = try history.report(at: sample.step)?.elapsedSeconds ?? 0
                events.append(text: markdown(sample), tag: "sample", step: sample.step, wallTime: start + seconds)
            }
            try put()
        }
        try put()
        try output.finish()
        return file
    }

    private static func append(
        _ report: TrainingReport, _ unit: TextUnit, start: Double, to events: inout TensorBoardEvents
    ) {
        let group = unit == .byte ? "bitsPerByte" : "bitsPerCharacter"
        let values: [(String, Double?)] = [
            ("\(group)/train", report.trainBPC), ("\(group)/valid", report.validBPC),
            ("gatePenalty", report.gatePenalty),
            ("learningRate", report.learningRate), ("gradientNorm", report.gradientNorm),
            ("charsPerSecond", report.charsPerSecond),
        ]
        for case (let tag, let value?) in values {
            events.append(scalar: value, tag: tag, step: report.step, wallTime: start + report.elapsedSeconds)
        }
    }

    /// Indented, so that Markdown shows the characters as they are.
    private static func markdown(_ sample: TextSample) -> String {
        // Every line end counts: “\r\n” is one character, and Markdown ends a line at “\r” too.
        let lines = (sample.prompt + sample.text).split(omittingEmptySubsequences: false) {
            ["\n", "\r\n", "\r"].contains($0)
        }
        return lines.map { "    \($0)" }.joined(separator: "\n")
    }
}
