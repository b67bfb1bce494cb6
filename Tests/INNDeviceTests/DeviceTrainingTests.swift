import CEmulatedDevice
import Foundation
import INNKit
import Testing

@testable import INNDevice
@testable import INNTraining

/// Whole runs of the trainer on an emulated device beside the same on the host.
@Suite(.serialized) struct DeviceTrainingTests {
    /// Keeps what a trainer says.
    final class Sink: TrainingSink, @unchecked Sendable {
        var reports: [TrainingReport] = []
        var marks: [EventMark] = []
        func receive(_ event: TrainingEvent) {
            switch event {
            case .report(let report): reports.append(report)
            case .mark(let mark): marks.append(mark)
            default: break
            }
        }
        func flush() throws {}
    }

    static func device(_ precision: Device.Precision = .fp32) throws -> Device {
        try Device(DeviceDriver(table: emulated_driver()), precision: precision)
    }

    static func settings(steps: Int, _ change: (inout TrainingSettings) -> Void = { _ in }) throws -> TrainingSettings {
        let corpus = try SampleCorpus.make()
        var settings = TrainingSettings(
            model: .inn(
                INNConfiguration(
                    neurons: 3, dModel: 8, rounds: 2, heads: 2, stateSize: 4, gate: .hard, gateTarget: 0.3,
                    carryState: true)),
            preset: "custom", corpus: "sample", corpusSummary: corpus.summary, alphabet: corpus.alphabet,
            corpusFingerprint: corpus.fingerprint, batchSize: 2, sequenceLength: 16, budget: .steps(steps),
            learningRate: 8e-3, seed: 3)
        settings.intervals.validationCharacters = 64
        settings.intervals.finalValidationCharacters = 64
        settings.intervals.probeCharacters = 32
        settings.intervals.report = 1
        settings.intervals.validation = 10
        change(&settings)
        return settings
    }

    static func run(_ settings: TrainingSettings, on device: Device?) throws -> (trainer: Trainer, sink: Sink) {
        let sink = Sink()
        let trainer = try Trainer(
            settings, corpus: SampleCorpus.make(), sink: sink, team: ThreadTeam(threadCount: 1), device: device)
        #expect(try trainer.run() == .finished)
        return (trainer, sink)
    }

    /// With gates held at their target, and with a pressure on them.
    @Test(arguments: [nil, 2] as [Float?]) func twentyLossesAreTheHosts(_ pressure: Float?) throws {
        let settings = try Self.settings(steps: 20) { settings in
            settings.accumulation = 2
            guard case .inn(var c) = settings.model else { return }
            c.gatePressure = pressure
            settings.model = .inn(c)
        }
        let host = try Self.run(settings, on: nil)
        let device = try Self.run(settings, on: Self.device())
        #expect(host.sink.reports.count >= 20 && host.sink.reports.count == device.sink.reports.count)
        for (own, theirs) in zip(host.sink.reports, device.sink.reports) {
            #expect(abs(own.trainBPC - theirs.trainBPC) < 1e-4, "step \(own.step)")
            #expect(abs(own.gradientNorm - theirs.gradientNorm) < 1e-3 * own.gradientNorm, "step \(own.step)")
            #expect(abs(own.gatePenalty - theirs.gatePenalty) < 1e-5 && (own.gatePenalty > 0) == (pressure != nil))
        }
        let last = try #require(host.trainer.finalEvaluation)
        #expect(try abs(#require(device.trainer.finalEvaluation).bitsPerCharacter - last.bitsPerCharacter) < 1e-4)
        #expect(device.sink.marks.first?.detail == "Emulated device, fp32 products")
    }

    /// What a run's folder would hold.
    static func checkpoints() throws -> (folder: URL, checkpoints: CheckpointFolder) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "device-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return (folder, CheckpointFolder(folder))
    }

    @Test(arguments: [(true, false), (false, true), (true, true)])
    func aCheckpointGoesOnOnTheOtherSide(_ sides: (first: Bool, second: Bool)) throws {
        let whole = try Self.run(Self.settings(steps: 12), on: nil)
        let (folder, checkpoints) = try Self.checkpoints()
        defer { try? FileManager.default.removeItem(at: folder) }
        let settings = try Self.settings(steps: 12)
        // Stopped half-way, as its schedule is that of the whole.
        let first = try Trainer(
            settings, corpus: SampleCorpus.make(), sink: StopSink(after: 6), team: ThreadTeam(threadCount: 1),
            device: sides.first ? Self.device() : nil)
        first.checkpoints = checkpoints
        (first.sink as? StopSink)?.control = first.control
        #expect(try first.run() == .stopped)
        let sink = Sink()
        let second = try Trainer(
            settings, corpus: SampleCorpus.make(), sink: sink, team: ThreadTeam(threadCount: 1),
            device: sides.second ? Self.device() : nil)
        try second.restore(#require(checkpoints.latest(before: 100)))
        #expect(second.stepsDone == 6)
        #expect(try second.run() == .finished)
        let own = try #require(whole.trainer.finalEvaluation?.bitsPerCharacter)
        #expect(try abs(#require(second.finalEvaluation?.bitsPerCharacter) - own) < 2e-4)
        for (mine, theirs) in zip(whole.trainer.network.parameters.parameters, second.network.parameters.parameters)
        // The bias of the keys changes no softmax: its gradient is noise, which AdamW makes large.
        where !mine.name.hasSuffix("inBias") {
            #expect(DeviceNetworkTests.relative(mine.array, theirs.array) < 1e-3, "\(mine.name)")
        }
    }

    @Test func sameBitsOnEveryRunAndInBothOrdersOfWorkItems() throws {
        let settings = try Self.settings(steps: 3)
        func weights(reversed: Bool) throws -> [[Float]] {
            emulator_reverse(reversed ? 1 : 0)
            defer { emulator_reverse(0) }
            let trainer = try Self.run(settings, on: Self.device()).trainer
            return withExtendedLifetime(trainer) { trainer.network.parameters.parameters.map(\.array) }
        }
        let forwards = try weights(reversed: false)
        for (again, name) in [(try weights(reversed: false), "same"), (try weights(reversed: true), "reversed")] {
            for (index, values) in forwards.enumerated() {
                #expect(values == again[index], "\(name) order, parameter \(index): a barrier is missing")
            }
        }
    }

    @Test func memoryIsGivenBack() throws {
        let before = emulator_allocated()
        _ = try Self.run(Self.settings(steps: 1), on: Self.device())
        #expect(emulator_allocated() == before)
    }

    @Test func tooLittleMemoryIsSaidBeforeTraining() throws {
        emulator_limit_memory(1 << 20)
        defer { emulator_limit_memory(0) }
        let error = try #require(throws: INNError.self) {
            try Trainer(
                Self.settings(steps: 1) { $0.batchSize = 64 }, corpus: SampleCorpus.make(), sink: Sink(),
                device: Self.device())
        }
        #expect(error.kind == .unavailable)
        #expect(error.message.contains("make the batch, the sequence or the network smaller"))
    }

    @Test func aLostCardEndsInOneSentence() throws {
        let trainer = try Trainer(
            Self.settings(steps: 20), corpus: SampleCorpus.make(), sink: Sink(), team: ThreadTeam(threadCount: 1),
            device: Self.device())
        emulator_fail_after(900)
        defer { emulator_fail_after(0) }
        let error = try #require(throws: INNError.self) { try trainer.run() }
        #expect(error.kind == .unavailable)
        #expect(error.message.contains("Emulated device") && error.message.contains("unspecified launch failure"))
    }

    @Test(arguments: [
        (["scores": "identity"], "--scores"), (["topK": "2"], "--top-k"), (["groups": "1"], "--groups"),
        (["neurons": "100"], "100 neurons"), (["frozen": "0"], "--freeze-neuron"), (["silent": "1"], "--skip-silent"),
    ])
    func whatADeviceCannotDoIsRefused(_ options: [String: String], _ word: String) throws {
        let settings = try Self.settings(steps: 1) { settings in
            guard case .inn(var c) = settings.model else { return }
            if options["scores"] != nil { c.scores = ScoreOptions(hasIdentity: true) }
            c.topK = options["topK"].flatMap(Int.init)
            c.groups = options["groups"].flatMap(Int.init)
            c.neurons = options["neurons"].flatMap(Int.init) ?? c.neurons
            settings.model = .inn(c)
            settings.frozenNeurons = options["frozen"].map { _ in [0] }
            if options["silent"] != nil { settings.interventions = InterventionSet([.memory(.skipWhenSilent)]) }
        }
        let error = try #require(throws: INNError.self) {
            try Trainer(settings, corpus: SampleCorpus.make(), sink: Sink(), device: Self.device())
        }
        #expect(error.kind == .usage && error.message.contains(word))
    }

    @Test func interventionsAreRefusedWhileADeviceTrains() throws {
        let sink = Sink()
        let trainer = try Trainer(
            Self.settings(steps: 2), corpus: SampleCorpus.make(), sink: sink, team: ThreadTeam(threadCount: 1),
            device: Self.device())
        trainer.control.send(.intervene(InterventionSet([.gate(.open, neuron: 0)])))
        #expect(try trainer.run() == .finished)
        #expect(sink.marks.contains { $0.kind == .notice && $0.detail.contains("trains without interventions") })
    }

    @Test func aRunWithInterventionsStaysOnTheProcessor() throws {
        let (folder, checkpoints) = try Self.checkpoints()
        defer { try? FileManager.default.removeItem(at: folder) }
        let sink = StopSink(after: 2)
        let first = try Trainer(
            Self.settings(steps: 4), corpus: SampleCorpus.make(), sink: sink, team: ThreadTeam(threadCount: 1))
        first.checkpoints = checkpoints
        sink.control = first.control
        first.control.send(.intervene(InterventionSet([.gate(.open, neuron: 0)])))
        #expect(try first.run() == .stopped)
        let second = try Trainer(
            Self.settings(steps: 4), corpus: SampleCorpus.make(), sink: Sink(), device: Self.device())
        let error = try #require(throws: INNError.self) {
            try second.restore(#require(checkpoints.latest(before: 100)))
        }
        #expect(error.kind == .usage && error.message.contains("resume it without --device"))
    }

    @Test func theHostsEvaluatorReadsTheTrainedWeights() throws {
        let settings = try Self.settings(steps: 3)
        let trainer = try Self.run(settings, on: Self.device()).trainer
        let own = try #require(trainer.finalEvaluation?.bitsPerCharacter)
        // Windows of another shape than the batch's go to the host.
        let windows = try ValidationWindows(
            corpus: SampleCorpus.make(), batchSize: settings.batchSize, sequenceLength: settings.sequenceLength,
            maximumCharacters: settings.intervals.finalValidationCharacters)
        #expect(abs(trainer.inspector.evaluate(windows).bitsPerCharacter - own) < 1e-4)
        let short = try ValidationWindows(
            corpus: SampleCorpus.make(), batchSize: 1, sequenceLength: settings.sequenceLength, maximumCharacters: 32)
        #expect(try trainer.engine.evaluate(short, carriesState: true) == nil)
    }

    @Test func looksAreLimited() throws {
        var looks = LookBudget(share: 0.1)
        #expect(looks.isAffordable(0))
        looks.measure {}
        #expect(looks.isAffordable(1_000) && !looks.isAffordable(0))
        #expect(LookBudget(share: nil).isAffordable(0))
    }

    @Test func devicesAreNamed() throws {
        #expect(try DeviceChoice.named("auto", precision: nil) == nil)
        #expect(try DeviceChoice.named("cpu", precision: nil) == nil)
        #expect(try DeviceChoice.named("cuda", precision: nil) == DeviceChoice(ordinal: 0, precision: .tf32))
        #expect(try DeviceChoice.named("cuda:3", precision: .fp32) == DeviceChoice(ordinal: 3, precision: .fp32))
        for name in ["gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1:2", ""] {
            #expect(throws: INNError.self) { try DeviceChoice.named(name, precision: nil) }
        }
        #expect(try DeviceChoice.named("cuda", precision: .bf16) == DeviceChoice(ordinal: 0, precision: .bf16))
        for precision in [Device.Precision.tf32, .bf16] {
            let error = try #require(throws: INNError.self) { try DeviceChoice.named("cpu", precision: precision) }
            #expect(error.kind == .usage && error.message.contains("--precision \(precision.rawValue) is for a device"))
        }
        #expect(try DeviceChoice.named("cpu", precision: .fp32) == nil)
        #expect(throws: INNError.self) { try Device(DeviceDriver(table: emulated_driver()), ordinal: 1) }
    }
}

/// Stops a trainer once it has reported a step.
final class StopSink: TrainingSink, @unchecked Sendable {
    let step: Int
    var control: TrainerControl?
    init(after step: Int) { self.step = step }
    func receive(_ event: TrainingEvent) {
        if case .report(let report) = event, report.step == step { control?.send(.stop) }
    }
    func flush() throws {}
}
