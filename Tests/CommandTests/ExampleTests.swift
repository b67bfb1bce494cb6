import Foundation
import Testing

/// What stands in `Examples/` for people who use the modules or the files from elsewhere.
@Suite struct ExampleTests {
    /// `Examples/TrainAndAblate`: a package of its own that uses INNKit and INNLab; `scripts/check-example` builds it
    /// as such.
    @Test func thePackageTrainsAndAblates() throws {
        let program = try Program()
        let example = URL(fileURLWithPath: Program.executable).deletingLastPathComponent()
            .appendingPathComponent("train-and-ablate").path
        let environment = ProcessInfo.processInfo.environment.merging(
            program.environment.compactMapValues { $0 }
        ) { $1 }
        let result = try Spawn.run([example], environment: environment, in: program.folder)
        try #require(result.ending == .status(0), "\(result.errors)")
        let lines = result.output.split(separator: "\n").map(String.init)
        let losses = lines.dropFirst().prefix(11).map { Double($0.split(separator: " ").last ?? "") }
        try #require(losses.count == 11 && !losses.contains(nil), "\(result.output)")
        // From guessing among 27 characters to what letters alone tell.
        #expect(losses[0]! > 4.5 && losses[10]! < 3.2)
        let intact = try #require(lines.dropFirst(12).first?.split(separator: " ").first.flatMap { Double($0) })
        #expect(abs(intact - losses[10]!) < 0.3)
        let neurons = lines.dropFirst(13).map { $0.split(separator: " ").map(String.init) }
        #expect(Set(neurons.map { $0[0] + " " + $0[1] }) == Set((0..<8).map { "neuron \($0)" }))
        let costs = neurons.compactMap { $0.count > 3 ? Double($0[3]) : nil }
        #expect(costs.count == 8 && costs == costs.sorted(by: >))
    }
}
