import Foundation
import Testing

@testable import INNScreens

/// Compares text with a stored file, by default in `Snapshots/` beside the tests.
///
/// `INN_RECORD_SNAPSHOTS=1` writes the files instead; look at the difference before committing it.
func expectSnapshot(
    _ text: String, _ name: String, folder: String = "Tests/INNScreensTests/Snapshots",
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let package = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { path, _ in path.deletingLastPathComponent() }
    let file = package.appendingPathComponent(folder).appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["INN_RECORD_SNAPSHOTS"] == "1" {
        try text.write(to: file, atomically: true, encoding: .utf8)
        return
    }
    let stored = try #require(
        try? String(contentsOf: file, encoding: .utf8), "no snapshot \(name): record it with INN_RECORD_SNAPSHOTS=1",
        sourceLocation: sourceLocation)
    guard stored != text else { return }
    let old = stored.split(separator: "\n", omittingEmptySubsequences: false)
    let new = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }
    Issue.record(
        """
        \(name) differs from its snapshot, first in line \((line?.offset ?? min(old.count, new.count)) + 1):
        stored \(line.map { String($0.element.0) } ?? "ends")
        drawn  \(line.map { String($0.element.1) } ?? "ends")
        """, sourceLocation: sourceLocation)
}
