import Foundation
import INNKit

/// A report with pictures: an HTML file holds them, a Markdown file has SVG files beside it.
public struct AnalysisReportFile {
    public let url: URL

    /// Minutes of work should not end at a folder that is not there.
    ///
    /// - Throws: ``INNError`` of kind `cannotCreate`.
    public init(_ url: URL) throws {
        let folder = url.deletingLastPathComponent().path
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw INNError(
                .cannotCreate,
                "The report cannot be written to \(folder): there is no such folder, or it is not writable.")
        }
        self.url = url
    }

    /// - Throws: ``INNError`` of kind `cannotCreate`.
    public func write(_ report: AnalysisReport) throws {
        let pages = AnalysisPages(report)
        guard url.pathExtension != "html" else { return try write(pages.html(), to: url) }
        let name = url.deletingPathExtension().lastPathComponent
        for picture in pages.pictures {
            let file = url.deletingLastPathComponent().appending(path: "\(name)-\(picture.name).svg")
            try write(picture.standalone, to: file)
        }
        try write(pages.markdown(pictureNames: "\(name)-"), to: url)
    }

    private func write(_ text: String, to url: URL) throws {
        do {
            try Data(text.utf8).write(to: url, options: .atomic)
        } catch {
            throw INNError(
                .cannotCreate,
                "The report \(url.path) cannot be written; check that its folder exists and the disk has room.")
        }
    }
}
