import Foundation
import Synchronization
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNStore
@testable import INNTraining

/// Copies of weights that a trainer hands out between two steps.
@Suite struct NetworkWeightsTests {
    /// Asks for the weights when a step has been reported.
    private final class Asking: TrainingSink {
        let request = WeightRequest()
        let step: Int
        private let control = Mutex<TrainerControl?>(nil)

        init(step: Int) { self.step = step }

        func attach(_ trainer: Trainer) { control.withLock { $0 = trainer.control } }

        func receive(_ event: TrainingEvent) {
            guard case .report(let report) = event, report.step == step else { return }
            control.withLock { $0 }?.send(.copyWeights(request))
        }
    }

    private func trainer(steps: Int, sink: any TrainingSink) throws -> Trainer {
        let corpus = try Corpus(
            name: "words",
            text: String(repeating: "the quick brown fox jumps over the lazy dog and then it rests ", count: 60))
        var settings = TrainingSettings(
            model: .inn(INNConfiguration.odd.with { $0.vocabularySize = 27 }), preset: "custom", corpus: "sample",
            corpusSummary: corpus.summary,
            alphabet: .text8, corpusFingerprint: corpus.fingerprint, batchSize: 2, sequenceLength: 12,
            budget: .steps(steps), learningRate: 3e-3)
        settings.schedule = .constant
        settings.intervals.report = 1
        settings.intervals.finalValidationCharacters = 48
        settings.intervals.probeCharacters = 96
        return try Trainer(settings, corpus: corpus, sink: sink, team: ThreadTeam(threadCount: 1))
    }

    private func values(_ weights: NetworkWeights, like trainer: Trainer) throws -> [[Float]] {
        let network = try trainer.settings.model.makeModel(seed: 99)
        try weights.load(into: network)
        return network.parameters.parameters.map(\.array)
    }

    @Test func theCopyIsThatOfTheStepAndStaysAsItIs() throws {
        let sink = Asking(step: 3)
        let trainer = try trainer(steps: 8, sink: sink)
        sink.attach(trainer)
        #expect(try trainer.run() == .finished)
        let copy = try #require(sink.request.wait(seconds: 0))
        #expect(copy.step == 3)
        let three = try self.trainer(steps: 3, sink: Asking(step: -1))
        _ = try three.run()
        let expected = three.network.parameters.parameters.map(\.array)
        #expect(try values(copy, like: trainer) == expected)
        #expect(trainer.network.parameters.parameters.map(\.array) != expected)
    }

    @Test func copyingChangesNoBitOfTheTraining() throws {
        let sink = Asking(step: 2)
        let asked = try trainer(steps: 6, sink: sink)
        let left = try trainer(steps: 6, sink: Asking(step: -1))
        sink.attach(asked)
        _ = try asked.run()
        _ = try left.run()
        #expect(asked.network.parameters.parameters.map(\.array) == left.network.parameters.parameters.map(\.array))
    }

    @Test func anUnansweredRequestEndsItsWait() { #expect(WeightRequest().wait(seconds: 0.01) == nil) }

    @Test func weightsOfAnotherModelAreRefused() throws {
        let small = try IntelligentNeuralNetwork(.odd, seed: 1)
        let other = try IntelligentNeuralNetwork(INNPreset.tiny.configuration, seed: 1)
        #expect(throws: INNError.self) { try NetworkWeights(small, step: 0).load(into: other) }
    }
}
