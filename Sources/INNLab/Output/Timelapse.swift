import Foundation
import INNKit
import INNScreens

/// A screen of a stored run as it looked at each of its probe snapshots, from the first to the last.
///
/// Rows keep the order that they have at the end, so that one can be followed.
package struct Timelapse {
    private let run: StoredRun
    private let start: AppState
    private let keys: [Key]
    /// Ascending.
    private let steps: [Int]

    /// More moments than these are thinned evenly. A picture holds all of them at once.
    private static let mostMoments = 120, mostInPicture = 16
    /// Seconds that the whole takes, and that the last moment stays.
    private static let length = 12.0, rest = 3.0

    /// Says what it wants where that is not given.
    package static let incomplete = INNError(
        .usage, "--timelapse draws a stored run into files: give it --run NAME and --output.")

    /// - Parameters:
    ///   - screens: size, looks and screen; what it holds of a run is not used.
    ///   - keys: typed at the first moment.
    /// - Throws: ``INNError`` when the run cannot be read, or has stored nothing that could be shown over time.
    package init(_ run: StoredRun, _ screens: AppState, keys: [Key]) throws {
        (self.run, start, self.keys) = (run, screens, keys)
        var steps = try run.history.snapshotSteps()
        if steps.isEmpty { steps = try run.history.reports().map(\.step) }
        guard !steps.isEmpty else {
            throw INNError(.noInput, "The run '\(run.folder.name)' has stored nothing that could be shown over time.")
        }
        self.steps = steps
    }

    /// Of the steps at most so many, always with the first and the last.
    private func moments(_ most: Int) -> [Int] {
        let count = min(steps.count, most)
        return (0..<count).map { steps[count > 1 ? $0 * (steps.count - 1) / (count - 1) : 0] }
    }

    /// Writes it: one file of a recording or of an animated picture, or one file per moment.
    ///
    /// - Parameters:
    ///   - path: ends with `.cast` for an ``Asciicast`` and with `.svg` for an animated picture; all else names a
    ///     folder, which must not exist or be empty.
    ///   - format: what was asked for, and its name; its view is nil for a recording.
    /// - Throws: ``INNError`` of kind `usage` when the format is not that of the path.
    package func write(_ format: (view: ExportedView.Format?, name: String)?, to path: String) throws {
        let isRecording = path.hasSuffix(".cast"), isPicture = path.hasSuffix(".svg")
        if let format, isRecording != (format.view == nil) || isPicture && format.view != .svg {
            throw INNError(
                .usage,
                """
                --output is “\(path)”, but --format is \(format.name): a recording's name ends with .cast and that of \
                an animated picture with .svg; all else names a folder.
                """)
        }
        let moments = moments(isPicture ? Self.mostInPicture : Self.mostMoments)
        let pace = min(0.5, max(0.1, Self.length / Double(moments.count)))
        let end = Double(moments.count) * pace + Self.rest
        if isRecording {
            var recording = RecordedText(start)
            try forEach(moments) { recording.add($0, at: Double($1) * pace) }
            let text = recording.ended(at: end)
            try OutputFile.write(Data(text.utf8), to: URL(fileURLWithPath: path))
        } else if isPicture {
            var picture = AnimatedPicture(theme: Theme(start.theme, level: start.colorLevel))
            try forEach(moments) { picture.add($0.rendered(), at: Double($1) * pace) }
            let text = picture.svg(until: end)
            try OutputFile.write(Data(text.utf8), to: URL(fileURLWithPath: path))
        } else {
            try writeFolder(format?.view ?? .svg, moments, URL(fileURLWithPath: path, isDirectory: true))
        }
    }

    private static func noFolder(_ path: String) -> INNError {
        INNError(
            .cannotCreate,
            """
            A folder for the pictures cannot be made at '\(path)'; name another one, or a file that ends with .cast or \
            .svg.
            """)
    }

    private func writeFolder(_ format: ExportedView.Format, _ moments: [Int], _ folder: URL) throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), !isFolder.boolValue {
            throw Self.noFolder(folder.path)
        }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw Self.noFolder(folder.path)
        }
        guard try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty else {
            throw INNError(.cannotCreate, "The folder '\(folder.path)' holds files already; name another one.")
        }
        try forEach(moments) { state, index in
            let view = exportView(state, format, hasWindows: !keys.isEmpty)
            let number = String(format: "%03d", index + 1)
            try OutputFile.write(Data(view.contents.utf8), to: folder.appending(path: "\(number)-\(view.fileName)"))
        }
    }

    /// Calls `body` with the screens at each moment, and its number from 0.
    private func forEach(_ moments: [Int], _ body: (AppState, Int) throws -> Void) throws {
        var state = start
        state.keepOrder(of: try run.history.snapshot())
        var events = try history()
        for (index, step) in moments.enumerated() {
            while let next = events.last, next.step <= step {
                _ = reduce(&state, .training(next.event))
                events.removeLast()
            }
            if let snapshot = try run.history.snapshot(at: step) { _ = reduce(&state, .training(.probes(snapshot))) }
            if index == 0 { for key in keys { _ = reduce(&state, .key(key)) } }
            try body(state, index)
        }
    }

    /// What the run has stored besides probes, the last first.
    private func history() throws -> [(step: Int, event: TrainingEvent)] {
        let reports = try run.history.reports().map { (step: $0.step, event: TrainingEvent.report($0)) }
        let marks = try run.history.marks().map { (step: $0.step, event: TrainingEvent.mark($0)) }
        let samples = try run.history.samples().map { (step: $0.step, event: TrainingEvent.sample($0)) }
        let all = reports + marks + samples
        return all.indices.sorted { (all[$0].step, $0) > (all[$1].step, $1) }.map { all[$0] }
    }
}
