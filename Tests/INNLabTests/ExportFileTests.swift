import Foundation
import Testing

@testable import INNLab
@testable import INNScreens

/// Exported views as files.
struct ExportFileTests {
    @Test func laterViewsDoNotReplaceEarlierOnes() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + "/exports")
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        var names: [String] = []
        for (number, name) in [(1, "a-b-step-5.svg"), (2, "a-b-step-5.svg"), (3, "a-b-step-5.svg"), (4, "plain.txt")] {
            var view = ExportedView(format: .svg, fileName: name, contents: "")
            view.contents = "view \(number)"
            names.append(try view.write(into: folder).lastPathComponent)
        }
        #expect(names == ["a-b-step-5.svg", "a-b-step-5-2.svg", "a-b-step-5-3.svg", "plain.txt"])
        for (number, name) in names.enumerated() {
            #expect(try String(contentsOf: folder.appending(path: name), encoding: .utf8) == "view \(number + 1)")
        }
    }

    @Test func nothingIsLeftWhereNothingCanBeWritten() throws {
        let blocked = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data().write(to: blocked)
        defer { try? FileManager.default.removeItem(at: blocked) }
        let view = ExportedView(format: .text, fileName: "a.txt", contents: "text")
        #expect(throws: (any Error).self) { try view.write(into: blocked) }
    }
}
