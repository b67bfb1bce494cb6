import Foundation
import Synchronization
import Testing

@testable import INNCore
@testable import INNData
@testable import INNStore
@testable import INNTraining

/// Trainings with shards, in one process or on ranks that are threads.
enum ShardBench {
    static let families: [BaselineCase] = [
        BaselineCase(
            name: "inn",
            configuration: .inn(
                INNConfiguration.odd.with {
                    ($0.vocabularySize, $0.carryState, $0.gate, $0.gateTarget) = (27, true, .hard, 0.3)
                })),
        BaselineCase(
            name: "inn without memory", configuration: .inn(INNConfiguration.odd.with { $0.memory = .none })),
        BaselineCase(
            name: "lstm", configuration: .lstm(LSTMConfiguration(hidden: 15, layers: 2, carryState: true))),
        BaselineCase(
            name: "transformer",
            configuration: .transformer(
                TransformerConfiguration(dModel: 15, layers: 2, heads: 3, feedForward: 19, contextLength: 16))),
        BaselineCase(
            name: "mamba",
            configuration: .mamba(
                MambaConfiguration(dModel: 15, layers: 2, stateSize: 5, convKernel: 3, carryState: true))),
    ].map { named in
        var configuration = named.configuration
        configuration.options.vocabularySize = 27
        return BaselineCase(name: named.name, configuration: configuration)
    }

    static func corpus(
        _ words: String = "the quick brown fox jumps over the lazy dog and then it rests "
    ) throws -> Corpus {
        try Corpus(name: "words", text: String(repeating: words, count: 60))
    }

    static func settings(
        _ model: BaselineCase = families[0], shards: Int? = 4, steps: Int = 6, dropout: Float = 0.2,
        _ change: (inout TrainingSettings) -> Void = { _ in }
    ) throws -> TrainingSettings {
        let corpus = try corpus()
        var settings = TrainingSettings(
            model: model.with(dropout: dropout).configuration, preset: "custom", corpus: "words",
            corpusSummary: corpus.summary, alphabet: .text8, corpusFingerprint: corpus.fingerprint, batchSize: 8,
            sequenceLength: 12, accumulation: 2, budget: .steps(steps), learningRate: 3e-3)
        settings.schedule = .constant
        settings.shards = shards
        settings.intervals.report = 1
        (settings.intervals.validation, settings.intervals.probes, settings.intervals.sample) = (1000, 1000, 1000)
        settings.intervals.checkpoint = 1000
        (settings.intervals.validationCharacters, settings.intervals.finalValidationCharacters) = (96, 96)
        settings.intervals.probeCharacters = 96
        change(&settings)
        return settings
    }

    /// Keeps what a trainer says, and steers it after the reports of given steps.
    final class Script: TrainingSink {
        private let state = Mutex<(reports: [TrainingReport], marks: [EventMark], trainer: Unchecked?)>(([], [], nil))
        private let actions: [Int: @Sendable (Trainer) -> Void]

        struct Unchecked: @unchecked Sendable { let trainer: Trainer }

        init(_ actions: [Int: @Sendable (Trainer) -> Void] = [:]) { self.actions = actions }

        func attach(_ trainer: Trainer) {
            let trainer = Unchecked(trainer: trainer)
            state.withLock { $0.trainer = trainer }
        }

        func receive(_ event: TrainingEvent) {
            switch event {
            case .report(let report):
                let trainer = state.withLock { state in
                    state.reports.append(report)
                    return state.trainer
                }
                if let trainer { actions[report.step]?(trainer.trainer) }
            case .mark(let mark): state.withLock { $0.marks.append(mark) }
            default: break
            }
        }

        var reports: [TrainingReport] { state.withLock { $0.reports } }
        var marks: [EventMark] { state.withLock { $0.marks } }
        /// What does not depend on the clock.
        var figures: [[Double]] {
            reports.map { [Double($0.step), $0.trainBPC, $0.gradientNorm, $0.gatePenalty, $0.validBPC ?? -1] }
        }
    }

    /// Everything that has to be the same.
    struct Outcome: Equatable {
        var weights: [String: [UInt32]] = [:]
        var memory: [UInt32] = []
        var figures: [[Double]] = []
        var marks: [EventMark] = []
    }

    static func outcome(_ trainer: Trainer, _ script: Script) -> Outcome {
        var outcome = Outcome(figures: script.figures)
        for (index, parameter) in trainer.network.parameters.parameters.enumerated() {
            func bits(_ values: UnsafeMutablePointer<Float>) -> [UInt32] {
                (0..<parameter.count).map { values[$0].bitPattern }
            }
            outcome.weights[parameter.name] = bits(parameter.values)
            outcome.weights["m " + parameter.name] = bits(trainer.optimizer.firstMoments[index])
            outcome.weights["v " + parameter.name] = bits(trainer.optimizer.secondMoments[index])
        }
        outcome.memory = trainer.memory?.values().map(\.bitPattern) ?? []
        // What it was trained on is said at the start.
        outcome.marks = script.marks.filter { ![.started, .resumed].contains($0.kind) }
        return outcome
    }

    /// Trains in one process.
    static func train(
        _ settings: TrainingSettings, threads: Int = 1, script: Script = Script(), checkpoints: CheckpointFolder? = nil,
        from: Checkpoint? = nil
    ) throws -> Outcome {
        let trainer = try Trainer(
            settings, corpus: corpus(), sink: script, team: ThreadTeam(threadCount: threads))
        return try run(trainer, script, checkpoints, from)
    }

    private static func run(
        _ trainer: Trainer, _ script: Script, _ checkpoints: CheckpointFolder?, _ from: Checkpoint?
    ) throws -> Outcome {
        trainer.checkpoints = checkpoints
        if let from { try trainer.restore(from) }
        script.attach(trainer)
        _ = try trainer.run()
        return outcome(trainer, script)
    }

    /// Trains on ranks, each a thread of its own.
    ///
    /// - Parameters:
    ///   - text: of a rank.
    ///   - member: what a rank says of itself.
    ///   - prepare: sees the transports first.
    static func train(
        _ settings: TrainingSettings, ranks count: Int, script: Script = Script(), checkpoints: CheckpointFolder? = nil,
        from: Checkpoint? = nil, text: @escaping @Sendable (Int) throws -> Corpus = { _ in try corpus() },
        member: @escaping @Sendable (Int) -> RankMember = { _ in RankMember(version: "1") },
        wantsToStop: @escaping @Sendable (Int) -> Bool = { _ in false }, prepare: ([LocalTransport]) -> Void = { _ in }
    ) throws -> Outcome {
        let local = LocalRanks(count)
        let transports = local.transports()
        prepare(transports)
        let ended = Monitor(0)
        for transport in transports.dropFirst() {
            let thread = Thread {
                let rank = transport.rank
                if (try? INNTraining.Ranks(transport, member(rank))) != nil {
                    try? RankWorker(
                        transport, team: ThreadTeam(threadCount: 1), wantsToStop: { wantsToStop(rank) },
                        corpus: { _ in try text(rank) }
                    ).run()
                }
                ended.update { $0 += 1 }
            }
            thread.stackSize = 16 << 20
            thread.start()
        }
        let ranks = try INNTraining.Ranks(transports[0], member(0))
        defer {
            ranks.dismiss()
            ended.wait { $0 == count - 1 ? () : nil }
        }
        let trainer = try Trainer(
            settings, corpus: corpus(), sink: script, team: ThreadTeam(threadCount: 1), ranks: ranks)
        return try run(trainer, script, checkpoints, from)
    }
}
