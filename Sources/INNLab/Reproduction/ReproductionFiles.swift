import Foundation
import INNKit

/// Writes the report: a Markdown page, the same as JSON, and pictures of learning curves in `images` beside it.
package struct ReproductionFiles {
    package let report: ReproductionReport

    package init(_ report: ReproductionReport) { self.report = report }

    /// - Throws: ``INNError`` of kind `cannotCreate` or `inputOutput` when a file cannot be written.
    package func write(to page: URL) throws {
        let parent = page.deletingLastPathComponent()
        let stem = page.deletingPathExtension().lastPathComponent.lowercased()
        let images = parent.appending(path: "images")
        do {
            try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
        } catch {
            throw INNError(
                .cannotCreate, "The report cannot be written to \(parent.path); choose another place with --output.")
        }
        var pictures: [ReproductionTable: String] = [:]
        for (table, svg) in curves() {
            let name = "\(stem)-\(table.rawValue).svg"
            try OutputFile.write(Data(svg.utf8), to: images.appending(path: name))
            pictures[table] = "images/\(name)"
        }
        let markdown = ReproductionMarkdown(report: report, pictures: pictures).text
        try OutputFile.write(Data(markdown.utf8), to: page)
        try OutputFile.write(
            Data(JSONText.pretty(report).utf8), to: page.deletingPathExtension().appendingPathExtension("json"))
    }

    private func curves() -> [(ReproductionTable, String)] {
        let drawn: [(ReproductionTable, String, (String, Double)?)] = [
            (.text8, "Validation loss by characters", nil),
            (.ablation, "Ablations: validation loss by characters", nil),
            (.batchAxis, "Two stacks of Mamba blocks", ("bigram entropy", report.text.bigram)),
        ]
        return drawn.compactMap { table, title, reference in
            let rows = report.rows(table).filter { !$0.model.hasSuffix("at-paper-rate") }
            return LearningCurves(rows: rows, reference: reference).svg(title: "\(title), bits per character").map {
                (table, $0)
            }
        }
    }
}
