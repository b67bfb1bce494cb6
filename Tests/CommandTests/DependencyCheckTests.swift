import Foundation
import Testing

/// The script that checks what the compiler does not, on small projects made for the purpose.
@Suite struct DependencyCheckTests {
    /// Runs the script on a project with these files below `Sources`.
    private func check(_ files: [String: String]) throws -> (status: Int32, lines: [String]) {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, text) in files {
            let file = root.appendingPathComponent("Sources/" + path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let script = Process()
        script.executableURL = project.appendingPathComponent("scripts/check-dependencies")
        script.arguments = [root.path]
        let output = Pipe()
        script.standardOutput = output
        script.standardError = Pipe()
        try script.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        script.waitUntilExit()
        return (script.terminationStatus, text.split(separator: "\n").map(String.init))
    }

    @Test func aSoundProjectPasses() throws {
        let result = try check([
            "INNCore/Tensor/Tensor.swift": "import Foundation\npublic struct Tensor {}\n// import INNScreens",
            "INNAnalysis/Lens.swift": "import INNCore\nimport func Foundation.log2\nlet text = \"\\nimport GRDB\"",
            "INNScreens/Charts.swift": "import INNKit\nimport func Glibc.log10",
            "INNTerminal/Driver.swift": "import CNcurses\nimport INNScreens",
            "inn-tui/main.swift": "import INNTerminal\nimport ArgumentParser",
        ])
        #expect(result.lines == ["The rules of the house hold."])
        #expect(result.status == 0)
    }

    @Test func everyKindOfViolationIsNamedWithItsLine() throws {
        let result = try check([
            "INNAnalysis/Lens.swift": "import Foundation\nfunc lens() {}",
            "INNScreens/Charts.swift": "import INNKit\n  import Foundation\n/* */\nimport CNcurses",
            "INNLab/Say.swift": "func print(_ text: String) {}\n// print(1)\nprint(\"a\")\nOther.print(1)",
            "inn-tui/main.c": "#include <ncurses.h>\n",
            "inn-tui/main.swift": String(repeating: "\n", count: 401),
            "inn-tui/wide.swift": "// " + String(repeating: "é", count: 118),
        ])
        #expect(result.status == 1)
        #expect(
            Set(result.lines) == [
                "Sources/INNAnalysis/Lens.swift:1: INNAnalysis may not import Foundation",
                "Sources/INNScreens/Charts.swift:2: INNScreens may not import Foundation",
                "Sources/INNScreens/Charts.swift:4: INNScreens may not import CNcurses",
                "Sources/INNLab/Say.swift:3: print writes to a terminal as it is; use StandardOutput.print",
                "Sources/inn-tui/main.c:1: inn-tui may not include ncurses.h",
                "Sources/inn-tui/main.swift:401: the file has 401 lines, more than 400",
                "Sources/inn-tui/wide.swift:1: the line has 121 characters, more than 120",
            ])
    }
}
