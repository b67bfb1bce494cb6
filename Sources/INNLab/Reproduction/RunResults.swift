import Foundation
import INNKit

/// What the runs of a reproduction have come to: read from their folders or, where those are gone, from an earlier
/// report. Runs are too large to be kept with the pages about them; a page's JSON file has all that it says.
struct RunResults: Sendable {
    let folder: URL
    private let runs: [String: ReproducedRun]
    private let studies: [String: NetworkStudy]
    private let recalls: [String: RecallStudy]
    /// Of the earlier report: characters per second by family, the cost of many neurons, and where both were measured.
    let measured: Measured?

    struct Measured: Decodable {
        let machine: String
        let speeds: [String: Double]
        let scaling: [ScalingRow]
    }

    private struct Report: Decodable {
        struct Row: Decodable { let runs: [ReproducedRun] }
        let rows, search: [Row]
        let studies: [NetworkStudy]?
        let recalls: [RecallStudy]?
        let measured: Measured

        private enum CodingKeys: CodingKey { case rows, search, studies, recalls }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            rows = try values.decode([Row].self, forKey: .rows)
            search = try values.decode([Row].self, forKey: .search)
            studies = try values.decodeIfPresent([NetworkStudy].self, forKey: .studies)
            recalls = try values.decodeIfPresent([RecallStudy].self, forKey: .recalls)
            measured = try Measured(from: decoder)
        }
    }

    /// - Parameter report: the JSON file of an earlier report, if there is one.
    /// - Throws: ``INNError`` of kind `data` when it cannot be read: the new report would take its place, and the
    ///   figures of runs that are gone would be lost.
    init(in folder: URL, report: URL?) throws {
        self.folder = folder
        let earlier = try report.flatMap(Self.read)
        measured = earlier?.measured
        let known = (earlier.map { $0.rows + $0.search } ?? []).flatMap(\.runs).filter(\.isFinished)
        runs = Dictionary(known.map { ($0.name, $0) }) { first, _ in first }
        studies = Dictionary((earlier?.studies ?? []).map { ($0.run, $0) }) { first, _ in first }
        recalls = Dictionary((earlier?.recalls ?? []).map { ($0.run, $0) }) { first, _ in first }
    }

    private static func read(_ report: URL) throws -> Report? {
        guard FileManager.default.fileExists(atPath: report.path) else { return nil }
        let bytes = try SmallFile.bytes(of: report.path, upTo: 1 << 28)
        do {
            return try JSONDecoder().decode(Report.self, from: Data(bytes))
        } catch {
            throw INNError(
                .data,
                """
                The file '\(report.path)' is no report of inn-tui reproduce, and a new one would replace it: move it \
                away, or name another page with --output.
                """)
        }
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
