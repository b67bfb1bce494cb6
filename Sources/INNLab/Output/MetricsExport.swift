import Foundation
import INNKit

/// What `export --json` and `--csv` write, piece by piece: a run of millions of reports takes no more memory than one
/// of thousands.
package struct MetricsExport {
    private let folder: RunFolder
    private let history: RunHistory
    /// Of the reports without a validation only every n-th is written.
    private let stride: Int

    /// - Throws: ``INNError`` when the run has no metrics or they cannot be read.
    package init(_ folder: RunFolder, every stride: Int) throws {
        (self.folder, self.stride) = (folder, stride)
        history = try RunHistory(folder)
    }

    package func writeCSV(to write: @escaping (String) throws -> Void) throws {
        try write(MetricsTable.header + "\n")
        try history.forEachPieceOfReports(every: stride) { reports in
            try write(reports.map { MetricsTable.line($0) + "\n" }.joined())
        }
    }

    /// One object, its keys in order: the run's settings and all that was recorded besides probe snapshots.
    package func writeJSON(to write: @escaping (String) throws -> Void) throws {
        struct Intervened: Encodable {
            let step: Int
            let set: InterventionSet
        }
        var output = JSONObjectWriter(JSONText.encoder(.prettyPrinted), write)
        try output.value(folder.trainingConfig(), "config")
        try output.value(history.interventions().map { Intervened(step: $0.step, set: $0.set) }, "interventions")
        try output.list("marks") { item in try history.forEachPieceOfMarks(item) }
        try output.value(folder.name, "name")
        try output.list("reports") { item in try history.forEachPieceOfReports(every: stride, item) }
        try output.list("samples") { item in try history.forEachPieceOfSamples(item) }
        try output.value(history.sessions(), "sessions")
        try output.finish()
    }
}
