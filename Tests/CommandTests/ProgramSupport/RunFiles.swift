import Foundation
import INNKit
import Testing

/// What a run has written, as values that can be compared bit by bit.
struct RunFiles {
    /// Every tensor of the last checkpoint: weights, both moments, carried memory; as bit patterns.
    let weights: [String: [UInt32]]
    let lastStep: Int
    /// Metrics without what the clock says; validation of the last step only, since a run is also judged where it
    /// stopped.
    let metrics: [String]

    init(_ program: Program, _ name: String) throws {
        let folder = try RunFolder.open(name, in: program.runs)
        (weights, lastStep) = try Self.read(folder.checkpoints)
        let reports = try RunHistory(folder).reports()
        metrics =
            reports.map { report in
                """
                \(report.step) \(report.charactersSeen) \(report.trainBPC) \(report.learningRate) \
                \(report.gradientNorm)
                """
            } + ["\(String(describing: reports.last?.validBPC))"]
    }

    /// Checkpoints without a run.
    init(_ checkpoints: CheckpointFolder) throws {
        (weights, lastStep) = try Self.read(checkpoints)
        metrics = []
    }

    private static func read(_ checkpoints: CheckpointFolder) throws -> (weights: [String: [UInt32]], step: Int) {
        let checkpoint = try checkpoints.latest().checkpoint
        var weights: [String: [UInt32]] = [:]
        for group in Checkpoint.Group.allCases {
            for name in checkpoint.names(group) {
                weights[group.rawValue + name] = try checkpoint.tensor(group, name).floats().map(\.bitPattern)
            }
        }
        return (weights, checkpoint.state.step)
    }
}

/// The tensors of both last checkpoints have the same bits and the metrics the same values.
func expectSameTraining(_ first: RunFiles, _ second: RunFiles, sourceLocation: SourceLocation = #_sourceLocation) throws
{
    #expect(first.lastStep == second.lastStep, sourceLocation: sourceLocation)
    try #require(!first.weights.isEmpty, sourceLocation: sourceLocation)
    #expect(Set(first.weights.keys) == Set(second.weights.keys), sourceLocation: sourceLocation)
    let different = first.weights.keys.filter { first.weights[$0] != second.weights[$0] }.sorted()
    #expect(different.isEmpty, "tensors that differ", sourceLocation: sourceLocation)
    #expect(first.metrics == second.metrics, sourceLocation: sourceLocation)
}
