import Foundation
import Synchronization
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNStore
@testable import INNTraining

/// Interventions while training: between steps, recorded, and exact after resuming.
@Suite struct TrainerInterventions {
    /// Keeps all events, and steers the trainer at given steps.
    private final class Script: TrainingSink {
        private let state = Mutex<(events: [TrainingEvent], control: TrainerControl?)>(([], nil))
        private let commands: [Int: [TrainerCommand]]

        init(_ commands: [Int: [TrainerCommand]]) { self.commands = commands }

        func attach(_ trainer: Trainer) { state.withLock { $0.control = trainer.control } }

        func receive(_ event: TrainingEvent) {
            state.withLock { state in
                state.events.append(event)
                guard case .report(let report) = event else { return }
                for command in commands[report.step] ?? [] { state.control?.send(command) }
            }
        }

        var events: [TrainingEvent] { state.withLock { $0.events } }
        var reports: [TrainingReport] { events.compactMap { if case .report(let report) = $0 { report } else { nil } } }
        var marks: [EventMark] { events.compactMap { if case .mark(let mark) = $0 { mark } else { nil } } }
        var records: [InterventionRecord] {
            events.compactMap { if case .interventions(let record) = $0 { record } else { nil } }
        }
    }

    private func settings(_ corpus: Corpus, steps: Int) -> TrainingSettings {
        var settings = TrainingSettings(
            model: .inn(INNConfiguration.odd.with { ($0.vocabularySize, $0.carryState) = (27, true) }),
            preset: "custom", corpus: "sample",
            corpusSummary: corpus.summary, alphabet: .text8, corpusFingerprint: corpus.fingerprint, batchSize: 2,
            sequenceLength: 12,
            budget: .steps(steps), learningRate: 3e-3)
        settings.schedule = .constant
        settings.intervals.report = 1
        settings.intervals.validation = 1000
        settings.intervals.probes = 1000
        settings.intervals.sample = 1000
        settings.intervals.checkpoint = 1000
        settings.intervals.validationCharacters = 48
        settings.intervals.finalValidationCharacters = 48
        settings.intervals.probeCharacters = 96
        return settings
    }

    private func corpus() throws -> Corpus {
        try Corpus(
            name: "words",
            text: String(repeating: "the quick brown fox jumps over the lazy dog and then it rests ", count: 60))
    }

    private func train(
        _ commands: [Int: [TrainerCommand]] = [:], steps: Int = 12, checkpoints: CheckpointFolder? = nil,
        from: Checkpoint? = nil
    ) throws -> (Trainer, Script) {
        let corpus = try corpus()
        let script = Script(commands)
        let trainer = try Trainer(
            settings(corpus, steps: steps), corpus: corpus, sink: script, team: ThreadTeam(threadCount: 1))
        trainer.checkpoints = checkpoints
        if let from { try trainer.restore(from) }
        script.attach(trainer)
        _ = try trainer.run()
        return (trainer, script)
    }

    private func weights(_ trainer: Trainer) -> [[Float]] { trainer.network.parameters.parameters.map(\.array) }

    @Test func aLesionActsAtOnceAndIsRecorded() throws {
        let lesion = InterventionSet([.neuron(1, .lesion)])
        let (plain, plainScript) = try train()
        let (changed, script) = try train([5: [.intervene(lesion)], 8: [.intervene(.none)]])
        let before = plainScript.reports.map(\.trainBPC)
        let after = script.reports.map(\.trainBPC)
        #expect(after[..<5] == before[..<5], "the same up to step 5")
        #expect(after[5] > before[5], "a lesion costs something at the very next step")
        #expect(weights(changed) != weights(plain))
        #expect(
            script.marks.filter { $0.kind == .intervention } == [
                EventMark(step: 5, kind: .intervention, detail: "neuron 1 lesion"),
                EventMark(step: 8, kind: .intervention, detail: "no interventions"),
            ])
        #expect(script.records == [InterventionRecord(step: 5, set: lesion), InterventionRecord(step: 8, set: .none)])
        // A lesioned neuron does not learn: only its moments decay while it is away.
        #expect(changed.interventions.compiled == nil)
    }

    @Test func anImpossibleInterventionIsRefused() throws {
        let (plain, _) = try train()
        let (trainer, script) = try train([3: [.intervene(InterventionSet([.neuron(7, .mute)]))]])
        #expect(script.marks.contains { $0.kind == .notice && $0.detail.contains("its neurons are 0 to 2") })
        #expect(script.records == [InterventionRecord(step: 3, set: .none)], "whoever asked hears what really holds")
        #expect(weights(trainer) == weights(plain))
        let lesion = InterventionSet([.neuron(1, .lesion)])
        let loop = InterventionSet([.edge(listener: 0, speaker: 0, .cut)])
        let (_, kept) = try train([3: [.intervene(lesion)], 5: [.intervene(loop)]])
        #expect(kept.records.last == InterventionRecord(step: 5, set: lesion))
    }

    /// A run continues only with its own text and batches.
    @Test func otherBatchesAreNotContinued() throws {
        try withTemporaryFolder { folder in
            _ = try train(steps: 3, checkpoints: CheckpointFolder(folder))
            let found = try CheckpointFolder(folder).latest().checkpoint
            let text = try corpus()
            func restored(_ corpus: Corpus, _ change: (inout TrainingSettings) -> Void = { _ in }) throws {
                var settings = settings(text, steps: 9)
                change(&settings)
                try Trainer(settings, corpus: corpus, sink: Script([:]), team: ThreadTeam(threadCount: 1)).restore(
                    found)
            }
            try restored(text)
            let other = try Corpus(
                name: "words",
                text: String(repeating: "the quick brown fox jumps over the lazy cat and then it rests ", count: 60))
            let error = #expect(throws: INNError.self) { try restored(other) }
            #expect(error?.kind == .data && error?.message.contains("another text") == true)
            for change: (inout TrainingSettings) -> Void in [
                { $0.batchSize = 3 }, { $0.sequenceLength = 10 }, { $0.order = .random }, { $0.seed = 5 },
            ] {
                let error = #expect(throws: INNError.self) { try restored(text, change) }
                #expect(error?.message.contains("contiguous batches of 2 × 12 and seed 1") == true)
            }
        }
    }

    @Test func aMemoryResetHappensOnce() throws {
        let (plain, _) = try train()
        let (trainer, script) = try train([4: [.intervene(InterventionSet([.memory(.reset()), .head(1)]))]])
        #expect(script.records.map(\.set.count) == [2, 1])
        #expect(script.records.last == InterventionRecord(step: 5, set: InterventionSet([.head(1)])))
        #expect(weights(trainer) != weights(plain))
    }

    /// Stopped in the middle and continued, with interventions that need averages of held-out text.
    @Test(arguments: [
        InterventionSet([.neuron(1, .mean), .gate(.frozen, neuron: 0), .routing(.static, round: 1)]),
        InterventionSet([.neuron(2, .resample), .memory(.resetEvery(7))]), InterventionSet([.neuron(0, .lesion)]),
    ])
    func resumingIsExact(_ set: InterventionSet) throws {
        try withTemporaryFolder { folder in
            let (whole, _) = try train([4: [.intervene(set)]])
            _ = try train([4: [.intervene(set)], 7: [.stop]], checkpoints: CheckpointFolder(folder))
            let found = try CheckpointFolder(folder).latest().checkpoint
            #expect(found.state.step == 7)
            let (resumed, script) = try train(from: found)
            #expect(weights(resumed) == weights(whole))
            #expect(script.records == [InterventionRecord(step: 7, set: set)], "said again to whoever follows")
            #expect(resumed.interventions.averages == whole.interventions.averages)
        }
    }

    @Test func interventionsAreStored() throws {
        try withTemporaryFolder { folder in
            let description = RunDescription(model: "inn", preset: "tiny", corpus: "words", parameters: 1)
            let run = try RunFolder.create(
                config: RunConfig(description: description, createdAt: 0, createdBy: "test", settings: 1), in: folder)
            let lock = try run.lock()
            let store = try RunStore(run, version: "test")
            defer { lock.release() }
            let records = [
                InterventionRecord(
                    step: 3, set: InterventionSet([.neuron(3, .lesion), .memory(.resetEvery(64), round: 1)])),
                InterventionRecord(step: 9, set: .none),
            ]
            for record in records { store.receive(.interventions(record)) }
            try store.flush()
            #expect(try RunHistory(run).interventions() == records)
            try store.resume(from: 5)
            #expect(try RunHistory(run).interventions() == [records[0]])
            try store.close()
        }
    }
}
