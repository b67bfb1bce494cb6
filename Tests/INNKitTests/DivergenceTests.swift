import Foundation
import Synchronization
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNStore
@testable import INNTraining

/// Losses that are not finite, spikes, and going back to good weights.
@Suite struct Divergence {
    /// Keeps all events, and spoils the weights of a trainer right after the reports of given steps.
    private final class Saboteur: TrainingSink, @unchecked Sendable {
        private let events = Mutex<[TrainingEvent]>([])
        private let steps: Set<Int>
        /// Multiplies every weight; 1e37 leaves finite weights whose products are not.
        private let factor: Float
        var trainer: Trainer?

        init(after steps: Set<Int>, factor: Float) { (self.steps, self.factor) = (steps, factor) }

        func receive(_ event: TrainingEvent) {
            events.withLock { $0.append(event) }
            guard case .report(let report) = event, steps.contains(report.step), let trainer else { return }
            for parameter in trainer.network.parameters.parameters {
                for index in 0..<parameter.count { parameter.values[index] *= factor }
            }
            trainer.network.parameters.markChanged()
        }

        var marks: [EventMark] {
            events.withLock { $0.compactMap { if case .mark(let mark) = $0 { mark } else { nil } } }
        }
        var reports: [TrainingReport] {
            events.withLock { $0.compactMap { if case .report(let report) = $0 { report } else { nil } } }
        }
        func steps(of kind: EventMark.Kind) -> [Int] { marks.filter { $0.kind == kind }.map(\.step) }
    }

    private func settings(_ corpus: Corpus, steps: Int, patience: Int, rollbacks: Int) -> TrainingSettings {
        var settings = TrainingSettings(
            model: .inn(INNConfiguration.odd.with { ($0.vocabularySize, $0.carryState) = (27, true) }),
            preset: "custom", corpus: "sample",
            corpusSummary: corpus.summary, alphabet: .text8, corpusFingerprint: corpus.fingerprint, batchSize: 2,
            sequenceLength: 12,
            budget: .steps(steps), learningRate: 3e-3,
            divergence: DivergenceSettings(patience: patience, rollbacks: rollbacks))
        settings.schedule = .constant
        settings.intervals.report = 1
        (settings.intervals.validation, settings.intervals.probes, settings.intervals.sample) = (1000, 1000, 1000)
        settings.intervals.checkpoint = 10
        (settings.intervals.validationCharacters, settings.intervals.finalValidationCharacters) = (48, 48)
        settings.intervals.probeCharacters = 96
        return settings
    }

    private func trainer(
        _ saboteur: Saboteur, steps: Int = 60, patience: Int = 3, rollbacks: Int = 0,
        checkpoints: CheckpointFolder? = nil
    ) throws -> Trainer {
        let corpus = try Corpus(
            name: "words",
            text: String(repeating: "the quick brown fox jumps over the lazy dog and then it rests ", count: 60))
        let settings = settings(corpus, steps: steps, patience: patience, rollbacks: rollbacks)
        let trainer = try Trainer(settings, corpus: corpus, sink: saboteur, team: ThreadTeam(threadCount: 1))
        trainer.checkpoints = checkpoints
        saboteur.trainer = trainer
        return trainer
    }

    @Test func lossesThatAreNotFiniteEndTrainingAtTheLastGoodCheckpoint() throws {
        try withTemporaryFolder { folder in
            let checkpoints = CheckpointFolder(folder.appending(path: "checkpoints"))
            let saboteur = Saboteur(after: [20], factor: 1e37)
            let error = #expect(throws: INNError.self) { _ = try trainer(saboteur, checkpoints: checkpoints).run() }
            #expect(saboteur.steps(of: .notANumber) == [21, 22, 23])
            #expect(saboteur.reports.map(\.step) == Array(1...22))
            // The checkpoint of step 20 holds spoilt weights, so it is not the last good one.
            let kept = try checkpoints.list()
            #expect(kept.map(\.step) == [10])
            #expect(error?.message.contains("3 updates in a row up to step 23") == true, "\(error?.message ?? "")")
            #expect(
                error?.message.contains("step 10: continue with --resume and a --learning-rate below 0.003") == true,
                "\(error?.message ?? "")")
        }
    }

    @Test func aRollbackRestoresGoodWeightsAtHalfTheRateAndGoesOnWithTheFollowingText() throws {
        try withTemporaryFolder { folder in
            let checkpoints = CheckpointFolder(folder.appending(path: "checkpoints"))
            let saboteur = Saboteur(after: [24], factor: 1e37)
            let trainer = try trainer(saboteur, rollbacks: 1, checkpoints: checkpoints)
            #expect(try trainer.run() == .finished)
            #expect(saboteur.steps(of: .notANumber) == [25, 26, 27])
            #expect(saboteur.steps(of: .rolledBack) == [27])
            #expect(
                saboteur.marks.first { $0.kind == .rolledBack }?.detail.contains(
                    "weights of step 20, learning rate × 0.5 (1 of 1)") == true)
            #expect(saboteur.reports.map(\.step) == Array(1...60))
            #expect(saboteur.reports.last?.learningRate == 1.5e-3)
            #expect(saboteur.reports.filter { !$0.trainBPC.isFinite }.map(\.step) == [25, 26, 27])
        }
    }

    @Test func aSecondBreakdownEndsTrainingWhenOnlyOneRollbackIsAllowed() throws {
        try withTemporaryFolder { folder in
            let checkpoints = CheckpointFolder(folder.appending(path: "checkpoints"))
            let saboteur = Saboteur(after: [24, 44], factor: 1e37)
            #expect(throws: INNError.self) { _ = try trainer(saboteur, rollbacks: 1, checkpoints: checkpoints).run() }
            #expect(saboteur.steps(of: .rolledBack) == [27])
            let kept = try checkpoints.list()
            #expect(kept.last?.step == 40)
        }
    }

    /// A rollback is part of what a resumed run repeats: stopped inside the bad updates or after them, the end has the
    /// same bits.
    @Test(arguments: [26, 33]) func resumingAroundARollbackIsExact(stop: Int) throws {
        try withTemporaryFolder { folder in
            let whole = CheckpointFolder(folder.appending(path: "whole"))
            let parts = CheckpointFolder(folder.appending(path: "parts"))
            _ = try trainer(Saboteur(after: [24], factor: 1e37), steps: 50, rollbacks: 1, checkpoints: whole).run()
            let first = Saboteur(after: [24], factor: 1e37)
            let interrupted = try trainer(first, steps: stop, rollbacks: 1, checkpoints: parts)
            _ = try interrupted.run()
            let resumed = try trainer(Saboteur(after: [], factor: 1), steps: 50, rollbacks: 1, checkpoints: parts)
            try resumed.restore(try parts.latest().checkpoint)
            _ = try resumed.run()
            let expected = try whole.latest().checkpoint
            let found = try parts.latest().checkpoint
            for group in Checkpoint.Group.allCases {
                for name in expected.names(group) {
                    #expect(
                        try found.tensor(group, name).floats() == expected.tensor(group, name).floats(),
                        "\(group.rawValue)\(name)")
                }
            }
            #expect(found.state.extra["divergence"] == expected.state.extra["divergence"])
            #expect(found.state.extra["learningRateScale"] == "0.5")
        }
    }

    /// Weights four times too large give finite losses that stay up.
    @Test func aLossThatStaysUpIsMarkedOnceAndRolledBack() throws {
        try withTemporaryFolder { folder in
            let checkpoints = CheckpointFolder(folder.appending(path: "checkpoints"))
            let saboteur = Saboteur(after: [44], factor: 4)
            _ = try trainer(saboteur, steps: 70, rollbacks: 1, checkpoints: checkpoints).run()
            #expect(saboteur.steps(of: .lossSpike) == [45])
            #expect(saboteur.steps(of: .rolledBack) == [47])
            let losses = Dictionary(uniqueKeysWithValues: saboteur.reports.map { ($0.step, $0.trainBPC) })
            #expect(losses[48]! < losses[46]!)
        }
    }

    @Test func anOrdinaryTrainingMarksNothing() throws {
        let saboteur = Saboteur(after: [], factor: 1)
        _ = try trainer(saboteur, steps: 250).run()
        #expect(saboteur.marks.allSatisfy { [.started, .finished].contains($0.kind) }, "\(saboteur.marks)")
    }
}

@Suite struct SpikeDetectorTests {
    /// A loss curve: a steep fall from 4.75 bits to a slow one, with noise.
    private func curve(_ steps: Int, noise: Double, seed: UInt64) -> [Double] {
        var random = RandomSource(seed: seed)
        func uniform() -> Double { Double(random.next() >> 11) / Double(1 << 53) }
        return (0..<steps).map { step in
            let gaussian = (-2 * log(max(uniform(), 1e-12))).squareRoot() * cos(2 * .pi * uniform())
            return 1.8 + 2.95 * exp(-Double(step) / 60) + 0.4 * exp(-Double(step) / 900) + noise * gaussian
        }
    }

    private func marked(_ losses: [Double], patience: Int = 10) -> [Int] {
        var detector = SpikeDetector()
        return losses.enumerated().compactMap { step, loss in
            if case .spike = detector.judge(loss, patience: patience) { step } else { nil }
        }
    }

    @Test(arguments: [0.02, 0.08, 0.2], 1...10) func noiseIsNoSpike(noise: Double, seed: Int) {
        #expect(marked(curve(3000, noise: noise, seed: UInt64(seed))).isEmpty)
    }

    @Test(arguments: [0.02, 0.08, 0.2], 1...10) func plantedSpikesAreFoundWhereTheyAre(noise: Double, seed: Int) {
        var losses = curve(3000, noise: noise, seed: UInt64(seed))
        let planted = [300, 700, 701, 702, 1500, 2900]
        for step in planted { losses[step] += max(1, 9 * noise) }
        #expect(marked(losses) == [300, 700, 1500, 2900])
    }

    @Test func smallJumpsAreNoSpikesHoweverQuietTheCurve() {
        var losses = curve(1000, noise: 0.001, seed: 1)
        losses[800] += 0.45
        #expect(marked(losses).isEmpty)
        losses[900] += 0.6
        #expect(marked(losses) == [900])
    }

    @Test func aNewLevelBecomesNormal() {
        var detector = SpikeDetector()
        var verdicts: [SpikeDetector.Verdict] = []
        for step in 0..<200 { verdicts.append(detector.judge(step < 100 ? 2 : 4, patience: 5)) }
        #expect(verdicts[99] == .normal)
        #expect(verdicts[100] == .spike(mean: 2, deviation: 0))
        #expect(verdicts[101...103].allSatisfy { $0 == .continues })
        #expect(verdicts[104] == .lasting)
        #expect(verdicts[105...].allSatisfy { $0 == .normal })
    }
}
