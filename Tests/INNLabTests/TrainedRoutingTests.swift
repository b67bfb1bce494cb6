import Foundation
import INNKit
import Testing

@testable import INNLab

/// What networks lost that were trained to route in another way: runs beside each other that differ in nothing else.
@Suite struct TrainedRoutingTests {
    private static func settings(
        _ routing: RoutingMode, seed: UInt64, _ change: (inout TrainingSettings) -> Void = { _ in }
    ) -> TrainingSettings {
        var model = INNPreset.tiny.configuration
        model.routing = routing
        var settings = TrainingSettings(model: .inn(model), corpus: "sample", budget: .steps(10), seed: seed)
        change(&settings)
        return settings
    }

    /// A run that ended with a validation loss.
    private static func run(
        _ name: String, _ settings: TrainingSettings, _ loss: Double, in runs: URL, isFinished: Bool = true
    ) throws -> RunFolder {
        let description = RunDescription(model: "inn", preset: "tiny", corpus: "sample", parameters: 1)
        let config = RunConfig(description: description, createdAt: 1, createdBy: "test", settings: settings)
        let folder = try RunFolder.create(named: name, config: config, in: runs)
        let store = try RunStore(folder, version: "1")
        store.receive(
            .report(
                TrainingReport(
                    step: 10, charactersSeen: 10, trainBPC: 2, validBPC: loss, learningRate: 1, gradientNorm: 1,
                    charsPerSecond: 1, elapsedSeconds: 1, progress: 1)))
        store.receive(.mark(EventMark(step: 10, kind: isFinished ? .finished : .stopped)))
        try store.close()
        return folder
    }

    @Test func differencesArePairedBySeed() throws {
        let runs = FileManager.default.temporaryDirectory.appending(path: "inn-test-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: runs) }
        let own = try Self.run("own", Self.settings(.learned, seed: 1), 2.20, in: runs)
        _ = try Self.run("second", Self.settings(.learned, seed: 2), 2.30, in: runs)
        _ = try Self.run("uniform-1", Self.settings(.uniform, seed: 1), 2.21, in: runs)
        _ = try Self.run("uniform-2", Self.settings(.uniform, seed: 2), 2.33, in: runs)
        // No network with learned routing has this seed: it is held against their mean, 2.25.
        _ = try Self.run("off", Self.settings(.off, seed: 3), 2.35, in: runs)
        // Something else is different, or it did not come to its end.
        _ = try Self.run("static-longer", Self.settings(.static, seed: 1) { $0.budget = .steps(20) }, 1, in: runs)
        _ = try Self.run("static-stopped", Self.settings(.static, seed: 1), 1, in: runs, isFinished: false)
        _ = try Self.run("uniform-other", Self.settings(.uniform, seed: 1) { $0.learningRate = 1 }, 1, in: runs)

        let found = try TrainedRouting.besides(own, Self.settings(.learned, seed: 1))
        #expect(Set(found.keys) == [.uniform, .off])
        #expect(found[.uniform]?.runs == ["uniform-1", "uniform-2"])
        #expect(abs((found[.uniform]?.deltaBPC ?? 9) - 0.02) < 1e-9)
        #expect(abs((found[.off]?.deltaBPC ?? 9) - 0.10) < 1e-9)
    }
}
