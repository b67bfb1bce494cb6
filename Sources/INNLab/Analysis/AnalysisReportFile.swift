import Foundation
import INNKit

/// A report with pictures: an HTML file holds them, a Markdown file has SVG files beside it.
public struct AnalysisReportFile {
    public let url: URL

    /// Minutes of work should not end at a folder that is not there.
    ///
    /// - Throws: ``INNError`` of kind `cannotCreate`.
    public init(_ url: URL) throws {
        try OutputFile.requireWritable(url)
        self.url = url
    }

    /// - Throws: ``INNError`` of kind `cannotCreate` or `inputOutput`.
    public func write(_ report: AnalysisReport) throws {
        let pages = AnalysisPages(report)
        guard url.pathExtension != "html" else { return try OutputFile.write(Data(pages.html().utf8), to: url) }
        let name = url.deletingPathExtension().lastPathComponent
        for picture in pages.pictures {
            let file = url.deletingLastPathComponent().appending(path: "\(name)-\(picture.name).svg")
            try OutputFile.write(Data(picture.standalone.utf8), to: file)
        }
        try OutputFile.write(Data(pages.markdown(pictureNames: "\(name)-").utf8), to: url)
    }
}
