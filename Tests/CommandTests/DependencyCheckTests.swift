import Foundation
import Testing

/// The script that checks the dependency direction, on small projects made for the purpose.
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
            "INNKit/Tensor/Tensor.swift": "import Foundation\npublic struct Tensor {}\nprivate struct Report {}",
            "INNKit/Training/TrainingReport.swift":
                "public struct TrainingReport {}\npublic final class Trainer { let t: Tensor }",
            "INNKit/Store/Store.swift": """
            import GRDB
            /* Trainer /* nested */ Trainer */
            struct RunStore<Report> { var reports: [TrainingReport]; let name = "Trainer \\(Tensor()) \\"Trainer" }
            // Trainer
            let value = Other.Trainer
            """,
            "INNScreens/Charts.swift": "import INNKit\nimport func Glibc.log10",
            "INNTerminal/Driver.swift": "import CNcurses\nimport INNScreens",
            "inn-tui/main.swift": "import INNTerminal\nimport ArgumentParser",
        ])
        #expect(result.lines == ["The dependency arrows hold."])
        #expect(result.status == 0)
    }

    @Test func everyKindOfViolationIsNamedWithItsLine() throws {
        let result = try check([
            "INNKit/Tensor/Tensor.swift": "struct Tensor {}\n\nlet probe: Layer? = nil",
            "INNKit/Layers/Layer.swift": "struct Layer {}\nlet text = \"\\(Model())\"",
            "INNKit/Models/Model.swift": "import INNScreens\nstruct Model {}",
            "INNKit/Training/Trainer.swift": "final class Trainer {\n    let store: Box<RunStore>\n}",
            "INNKit/Store/RunStore.swift": "final class RunStore {}\n\nfunc f(_ t: Trainer) {}",
            "INNKit/Analysis/Lens.swift": "func lens(_ m: Model) {}",
            "INNKit/Else/Else.swift": "struct Else {}",
            "INNScreens/Charts.swift": "import INNKit\n  import Foundation\nimport CNcurses",
            "inn-tui/main.c": "#include <ncurses.h>\n",
            "inn-tui/main.swift": String(repeating: "\n", count: 501),
            "inn-tui/wide.swift": "// " + String(repeating: "é", count: 118),
        ])
        #expect(result.status == 1)
        #expect(
            Set(result.lines) == [
                "Sources/INNKit/Tensor/Tensor.swift:3: Tensor may not use Layer of Layers",
                "Sources/INNKit/Layers/Layer.swift:2: Layers may not use Model of Models",
                "Sources/INNKit/Models/Model.swift:1: INNKit may not import INNScreens",
                "Sources/INNKit/Training/Trainer.swift:2: Training may not use RunStore of Store",
                "Sources/INNKit/Store/RunStore.swift:3: Store may not use Trainer of Training",
                "Sources/INNKit/Analysis/Lens.swift:1: Analysis may not use Model of Models",
                """
                Sources/INNKit/Else/Else.swift:1: the file is in no known folder of INNKit; add the folder to \
                scripts/check-dependencies
                """,
                "Sources/INNScreens/Charts.swift:2: INNScreens may not import Foundation",
                "Sources/INNScreens/Charts.swift:3: INNScreens may not import CNcurses",
                "Sources/inn-tui/main.c:1: inn-tui may not include ncurses.h",
                "Sources/inn-tui/main.swift:501: the file has 501 lines, more than 430",
                "Sources/inn-tui/wide.swift:1: the line has 121 characters, more than 120",
            ])
    }
}
