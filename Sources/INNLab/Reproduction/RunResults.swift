import Foundation
import INNKit

/// What the runs of a reproduction have come to: read from their folders or, where those are gone, from an earlier
/// report. Runs are too large to be kept with the pages about them; a page's JSON file has all that it says.
struct RunResults: Sendable {
    let folder: URL
    private let runs: [String: ReproducedRun]
    private let studies: [String: NetworkStudy]
    private let recalls: [String: RecallStudy]

    private struct Report: Decodable {
        struct Row: Decodable { let runs: [ReproducedRun] }
        let rows, search: [Row]
        let studies: [NetworkStudy]?
        let recalls: [RecallStudy]?
    }

    /// - Parameter report: the JSON file of an earlier report; one that is not there or of another version says
    ///   nothing.
    init(in folder: URL, report: URL?) {
        self.folder = folder
        let data = report.flatMap { try? SmallFile.bytes(of: $0.path, upTo: 1 << 28) }.map { Data($0) }
        let earlier = data.flatMap { try? JSONDecoder().decode(Report.self, from: $0) }
        let known = (earlier.map { $0.rows + $0.search } ?? []).flatMap(\.runs).filter(\.isFinished)
        runs = Dictionary(known.map { ($0.name, $0) }) { first, _ in first }
        studies = Dictionary((earlier?.studies ?? []).map { ($0.run, $0) }) { first, _ in first }
        recalls = Dictionary((earlier?.recalls ?? []).map { ($0.run, $0) }) { first, _ in first }
    }

    /// nil when the run has not begun.
    subscript(run: PlannedRun) -> ReproducedRun? {
        if let found = ReproducedRun(of: run, in: folder) { return found }
        return runs[run.name].flatMap { $0.command == run.command ? $0 : nil }
    }

    /// nil when the run has not been studied.
    func study(_ run: PlannedRun) -> NetworkStudy? {
        NetworkStudy.kept(run.name, in: folder) ?? (self[run]?.isFinished == true ? studies[run.name] : nil)
    }

    /// nil when the run has not been asked.
    func recall(_ run: PlannedRun) -> RecallStudy? {
        RecallStudy.kept(run.name, in: folder) ?? (self[run]?.isFinished == true ? recalls[run.name] : nil)
    }
}
