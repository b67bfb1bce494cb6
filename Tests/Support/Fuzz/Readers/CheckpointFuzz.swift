import Foundation
import INNKit

/// A checkpoint: container, state, configurations, the network with its weights, and the trainer that continues.
final class CheckpointFuzz: FuzzReader {
    static let name = "checkpoint"
    let seeds: [[UInt8]]
    private let file: URL
    private let trained: Trainer

    init(scratch: URL) throws {
        file = scratch.appending(path: "step-00000003.safetensors")
        trained = try Self.trainer(scratch)
        _ = try trained.run()
        let own = try [UInt8](
            Data(contentsOf: CheckpointFolder(scratch.appending(path: "checkpoints")).list().last!.url))
        let networks: [any LanguageModel] = [
            try FuzzModels.network(.own, gate: .hard), try FuzzModels.network(.conv, gate: .off),
            try FuzzModels.network(.all, gate: .off, routing: .static),
            try IntelligentNeuralNetwork(
                INNConfiguration(neurons: 4, dModel: 8, rounds: 1, heads: 2, memory: .none, topK: 2, groups: 2), seed: 1
            ),
            try MambaModel(MambaConfiguration(dModel: 8, layers: 2, stateSize: 4, convKernel: 3), seed: 1),
            try LSTMModel(LSTMConfiguration(embeddingWidth: 5, hidden: 6, layers: 2), seed: 1),
            try TransformerModel(
                TransformerConfiguration(dModel: 8, layers: 1, heads: 2, feedForward: 12, contextLength: 8), seed: 1),
        ]
        seeds =
            try [own]
            + networks.map { network in
                try FuzzModels.bytes(in: scratch) {
                    try Checkpoint.writeWeights(of: network, importedFrom: "somewhere", to: $0)
                }
            }
    }

    private static func trainer(_ scratch: URL) throws -> Trainer {
        let corpus = try Corpus(
            name: "text", text: String(repeating: "the sea is wide and a small boat sails over long waves ", count: 40))
        var settings = TrainingSettings(
            model: .inn(INNConfiguration(neurons: 3, dModel: 8, rounds: 1, heads: 2, stateSize: 4, carryState: true)),
            corpus: "text", batchSize: 2, sequenceLength: 8,
            budget: .steps(3), learningRate: 1e-3)
        settings.intervals.finalValidationCharacters = 32
        settings.intervals.probeCharacters = 32
        let trainer = try Trainer(settings, corpus: corpus, sink: Silence(), team: ThreadTeam(threadCount: 1))
        trainer.checkpoints = CheckpointFolder(scratch.appending(path: "checkpoints"))
        return trainer
    }

    private struct Silence: TrainingSink {
        func receive(_ event: TrainingEvent) {}
    }

    func mutated(_ mutator: inout Mutator) -> [UInt8] { SafetensorsMutation.mutated(seeds, &mutator) }

    func read(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: file)
        let checkpoint = try Checkpoint(file)
        for group in Checkpoint.Group.allCases { _ = checkpoint.names(group) }
        FuzzModels.use(try checkpoint.makeModel())
        guard try checkpoint.trainingSettings() != nil else { return }
        try trained.restore(checkpoint)
    }
}
