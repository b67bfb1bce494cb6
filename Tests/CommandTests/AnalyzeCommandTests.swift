import Foundation
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

/// `analyze` on a network that was trained for a few steps.
@Suite struct AnalyzeCommandTests {
    private let small = ["--characters", "4096", "--effect-characters", "256", "--edges", "2"]

    @Test func reportIsOneObjectWithItsControl() throws {
        let program = try Program()
        try program.train("--steps", "3", "--name", "seen")
        let result = try program.run(["analyze", "seen", "--json", "--report", "out.html"] + small)
        try #require(result.status == 0, "\(result.errors)")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let trained = try #require(report["trained"] as? [String: Any]), untrained = try #require(report["untrained"] as? [String: Any])
        #expect((trained["units"] as? [Any])?.count == 16 && (untrained["units"] as? [Any])?.count == 16)
        #expect((trained["routing"] as? [Any])?.count == 2 && trained["causal"] != nil && trained["memory"] != nil)
        #expect((report["subject"] as? [String: Any])?["isHeldOut"] as? Bool == true)

        let page = try String(contentsOf: program.folder.appending(path: "out.html"), encoding: .utf8)
        #expect(page.contains("<svg") && page.contains("prefers-color-scheme:dark") && page.hasSuffix("</html>\n"))
        // One file: nothing is fetched from elsewhere.
        #expect(!page.contains("http") && !page.contains("src=") && !page.contains("<script"))
    }

    @Test func markdownHasItsPicturesBesideIt() throws {
        let program = try Program()
        try program.train("--steps", "3", "--name", "seen")
        let result = try program.run(["analyze", "seen", "--report", "out.md", "--no-control"] + small)
        try #require(result.status == 0, "\(result.errors)")
        let page = try String(contentsOf: program.folder.appending(path: "out.md"), encoding: .utf8)
        let pictures = page.components(separatedBy: "](").dropFirst().compactMap { $0.split(separator: ")").first }.filter { $0.hasSuffix(".svg") }
        #expect(pictures.count >= 6)
        for picture in pictures {
            let data = try Data(contentsOf: program.folder.appending(path: String(picture)))
            #expect(XMLParser(data: data).parse(), "\(picture)")
        }
        #expect(result.output.contains("no untrained control was measured"))
    }

    @Test func errorsSayWhatToDo() throws {
        let program = try Program()
        try program.train("--steps", "1", "--name", "seen")
        let neuron = try program.run(["analyze", "seen", "--neuron", "99"] + small)
        #expect(neuron.status == 64 && neuron.errors.contains("0 to 7"))
        let ending = try program.run(["analyze", "seen", "--report", "out.pdf"] + small)
        #expect(ending.status == 64 && ending.errors.contains(".html or .md"))
        let folder = try program.run(["analyze", "seen", "--report", "nowhere/out.html"] + small)
        #expect(folder.status == 73 && folder.output.isEmpty && folder.errors.contains("nowhere"))
        let missing = try program.run(["analyze", "absent"] + small)
        #expect(missing.status == 66)
    }
}
