import Foundation
import INNKit
import Testing

/// The baselines through the commands: trained, continued, measured, written with and looked at.
@Suite struct CommandBaselines {
    @Test(arguments: ["lstm", "transformer", "mamba"])
    func aBaselineGoesThroughEveryCommand(_ family: String) throws {
        let program = try Program()
        try program.train("--model", family, "--schedule", "constant", "--steps", "20", "--name", "whole")
        try program.train("--model", family, "--schedule", "constant", "--steps", "10", "--name", "parts")
        try program.resume("parts", steps: 20)
        try expectSameTraining(try RunFiles(program, "parts"), try RunFiles(program, "whole"))

        let measured = try program.run("eval", "whole", "--characters", "4096", "--json")
        #expect(measured.status == 0 && measured.output.contains("\"streamingBPC\""), "\(measured.errors)")
        // Longer than a Transformer's context.
        let written = try program.run("generate", "whole", "--prompt", "the ", "--characters", "200")
        #expect(written.status == 0 && written.output.count == 205, "\(written.errors)")
        let traced = try program.run("generate", "whole", "--characters", "2", "--trace")
        #expect(traced.status == 0 && traced.output.contains("\"next\""), "\(traced.errors)")
        let screen = try program.run("snapshot", "--run", "whole", "--screen", "routing", "--size", "100x30")
        #expect(screen.status == 0 && screen.output.contains("no neurons"), "\(screen.output)")
        let refused = try program.run("ablate", "whole")
        #expect(refused.status == 64 && refused.errors.contains(family))
    }

    @Test func budgetsAreSolvedAndForeignOptionsRefused() throws {
        let program = try Program()
        let counted = try program.run("model", "--model", "lstm", "--params", "1M", "--json")
        let description = try #require(
            try JSONSerialization.jsonObject(with: Data(counted.output.utf8)) as? [String: Any])
        let parameters = try #require(description["parameters"] as? Int)
        #expect(parameters > 990_000 && parameters < 1_010_000)
        let foreign = try program.run("train", "sample", "--model", "lstm", "--gate", "hard")
        #expect(foreign.status == 64 && foreign.errors.contains("--gate does not fit --model lstm"))
        let both = try program.run("model", "--params", "1M", "--width", "32")
        #expect(both.status == 64 && both.errors.contains("--width"))
    }
}
