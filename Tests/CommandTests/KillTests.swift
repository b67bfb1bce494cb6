import Foundation
import Testing

/// The short form of `scripts/check-kills`.
@Suite struct KillTests {
    @Test func killedTrainingsContinueExactly() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let script = root.appendingPathComponent("scripts/check-kills").path
        let options = ["--program", Program.executable, "--kills", "4", "--writing-kills", "2", "--steps", "300"]
        let result = try Spawn.run(
            ["/usr/bin/env", "python3", script] + options, environment: ProcessInfo.processInfo.environment,
            in: FileManager.default.temporaryDirectory)
        #expect(result.ending == .status(0), "\(result.errors)")
        #expect(result.output.contains("During training: 4 kills with 4 exact continuations"))
        #expect(result.output.contains("Inside a checkpoint: 2 kills with 2 exact continuations"))
    }
}
