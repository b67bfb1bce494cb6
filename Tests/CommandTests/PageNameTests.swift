import Foundation
import INNKit
import Testing

/// Names of files and runs in the pages that commands write.
@Suite struct PageNames {
    /// Everything that means something in Markdown or HTML and may be in the name of a file.
    private static let hostile = "a|b `c` *d* _e_ <i>f & [g](h) #1.txt"

    private func text(_ program: Program) throws -> String {
        let file = program.folder.appendingPathComponent(Self.hostile)
        try FileManager.default.copyItem(atPath: program.book, toPath: file.path)
        return file.path
    }

    /// Cells of a row, by the bars that are not escaped.
    private func columns(_ row: Substring) -> Int { row.replacing("\\|", with: "").count { $0 == "|" } - 1 }

    private func expectTables(_ page: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
        var tables = 0
        for (index, line) in lines.enumerated() where line.hasPrefix("| ---") {
            tables += 1
            let rows = [lines[index - 1]] + lines[index...].prefix { $0.hasPrefix("|") }
            #expect(Set(rows.map(columns)).count == 1, "\(rows)", sourceLocation: sourceLocation)
        }
        #expect(tables > 0, sourceLocation: sourceLocation)
    }

    @Test func theReproduction() throws {
        let program = try Program()
        let file = try text(program)
        let result = try program.run(
            "reproduce", file, "--scale", "smoke", "--characters", "1024", "--seeds", "1", "--table", "ablation",
            "--folder", "again", "--jobs", "2")
        #expect(result.status == 0, "\(result.errors)")
        let page = try String(
            contentsOf: program.folder.appendingPathComponent("again/REPRODUCTION.md"), encoding: .utf8)
        expectTables(page)
        #expect(page.contains("* Text: a\\|b \\`c\\` \\*d\\* \\_e\\_ \\<i\\>f \\& \\[g\\]"))
        #expect(page.contains("| ``inn-tui train ") && page.contains("a\\|b `c` *d*"))
    }

    @Test func theAnalysis() throws {
        let program = try Program()
        let file = try text(program)
        let trained = try program.run(
            "train", file, "--preset", "tiny", "--steps", "2", "--headless", "--name", "a_b=c")
        #expect(trained.status == 0, "\(trained.errors)")
        for name in ["re port (1).md", "report.html"] {
            let result = try program.run(
                "analyze", "a_b=c", file, "--split", "all", "--characters", "1024", "--no-effects", "--no-control",
                "--report", name)
            #expect(result.status == 0, "\(result.errors)")
        }
        let page = try String(contentsOf: program.folder.appendingPathComponent("re port (1).md"), encoding: .utf8)
        expectTables(page)
        #expect(page.contains("a\\|b \\`c\\` \\*d\\* \\_e\\_ \\<i\\>f \\& \\[g\\]"))
        #expect(page.contains("](re%20port%20%281%29-"))
        let html = try String(contentsOf: program.folder.appendingPathComponent("report.html"), encoding: .utf8)
        #expect(
            html.contains("&lt;i&gt;f &amp; [g]") && !html.contains("<i>f")
                && html.contains("<code>inn-tui analyze a_b=c"))
    }
}
