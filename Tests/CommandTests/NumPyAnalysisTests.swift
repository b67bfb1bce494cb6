import Foundation
import INNKit
import Testing

/// The figures of `analyze`, effects included, computed again by scripts/check-analysis from an exported trace.
@Suite struct NumPyAnalysis {
    @Test(
        .enabled(if: NumPySnippet.python != nil, "no python3 with NumPy was found; run make deps"),
        arguments: [
            ["--neurons", "3", "--width", "16", "--rounds", "2"],
            ["--neurons", "4", "--width", "8", "--rounds", "1", "--gate", "off", "--self-edges", "true"],
        ])
    func everyFigureAgrees(model: [String]) throws {
        let program = try Program()
        let trained = try program.run(
            ["train", program.book, "--preset", "tiny", "--headless", "--steps", "30", "--name", "small"] + model)
        try #require(trained.status == 0, "\(trained.errors)")
        let script = NumPySnippet.project.appendingPathComponent("scripts/check-analysis").path
        let result = try Spawn.run(
            [
                "/usr/bin/env", try #require(NumPySnippet.python), script, Program.executable, "small",
                "--characters", "3072", "--effect-characters", "1024", "--edges", "4",
                "--no-control",
            ],
            environment: ProcessInfo.processInfo.environment.merging(program.environment.compactMapValues { $0 }) {
                $1
            },
            in: program.folder)
        #expect(result.ending == .status(0), "\(result.output) \(result.errors)")
        // Each kind of figure was compared, not only some.
        for kind in [
            "firing", "tuning", "information", "null", "categories", "routing", "flow", "hubs", "effects",
            "causal tuning",
        ] {
            #expect(result.output.contains("\(kind): "), "\(kind)")
        }
    }
}
