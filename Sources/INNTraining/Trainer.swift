import Foundation
import INNCore
import INNData
import INNDevice
import INNEvaluation
import INNStore

/// Trains a model on the thread that calls ``run()``; everybody else talks to it through its ``control`` and its sink.
public final class Trainer {
    public let settings: TrainingSettings
    public let network: any LanguageModel
    public let corpus: Corpus
    /// Commands from other threads.
    public let control = TrainerControl()

    package let optimizer: AdamW
    private var gateControl: GateControl?
    /// Where checkpoints go; nil keeps none. Set before ``run()``.
    public var checkpoints: CheckpointFolder?
    /// Asked on the training thread when the last checkpoint cannot be written; nil gives up. Set before ``run()``.
    public var whenSavingFails: ((INNError) -> SavingDecision)?
    /// Where the last checkpoint went instead of into ``checkpoints``, if so.
    public internal(set) var savedElsewhere: URL?
    /// Step of the last checkpoint that the stored metrics reach.
    var lastRecordedCheckpoint: Int?
    /// Where the run's folder was at the last checkpoint.
    var lastFolder: URL?
    /// Why the last checkpoint or its metrics could not be written, so that a reason is said once.
    package var savingProblems: (checkpoint: String?, metrics: String?)
    package let sink: any TrainingSink
    package let memory: CarriedMemory?
    package var progress = TrainingProgress()
    package let batches: TrainingBatches
    /// What is changed in the network, see `Trainer+Interventions.swift`.
    package var interventions = ActiveInterventions()
    let engine: any UpdateEngine
    /// Whether a device trains, which may be lost.
    package let usesDevice: Bool
    /// Step of the weights that the host has. A device or a rank that is lost takes newer ones with it.
    package private(set) var weightsStep = 0
    private var looks: LookBudget
    package let inspector: ModelInspector
    package var meter = ReportMeter()
    /// Updates that went wrong, see `Trainer+Divergence.swift`.
    package var divergence = DivergenceMemory()
    private var isPaused = false

    /// - Parameters:
    ///   - sink: receives everything worth knowing, on the training thread.
    ///   - device: what trains instead of this computer's cores.
    ///   - ranks: the processes that train together, of which this is the first; nil for this one alone.
    /// - Throws: ``INNError`` when the settings are impossible or take more memory than there is, or the text is too
    ///   short for the batch shape, in another alphabet, or not the one that the settings name.
    public init(
        _ settings: TrainingSettings, corpus: Corpus, sink: any TrainingSink, team: ThreadTeam = ThreadTeam(),
        device: Device? = nil, ranks: Ranks? = nil
    ) throws {
        try settings.validate()
        try ranks?.require(settings)
        guard corpus.alphabet == settings.alphabet else {
            throw INNError(
                .data,
                """
                \(corpus.name) is read as \(corpus.alphabet.name), but the run's alphabet is \
                \(settings.alphabet.name)\
                \(corpus.alphabet.name == settings.alphabet.name ? " with other characters" : "").
                """
            )
        }
        // Settings that were never written to a file need not name their text.
        if !settings.corpusFingerprint.isEmpty { try corpus.require(fingerprint: settings.corpusFingerprint) }
        var settings = settings
        settings.corpusFingerprint = corpus.fingerprint
        self.settings = settings
        self.corpus = corpus
        self.sink = sink
        batches = try TrainingBatches(settings, corpus: corpus)
        if device == nil {
            try settings.memory.require(.usage, "Training with these settings")
        } else {
            try DeviceEngine.require(settings)
            try settings.lookMemory.require(.usage, "Looking at this network while a device trains it")
        }
        network = try settings.model.makeModel(seed: settings.seed)
        let workspace = Workspace()
        optimizer = try settings.makeOptimizer(network, team: team)
        looks = LookBudget(share: device == nil ? nil : 0.1)
        gateControl = GateControl(
            network, frozen: settings.frozenNeurons ?? [], revives: settings.revivesGates ?? false)
        if let set = settings.interventions { _ = try network.compile(set, averages: nil) }
        memory = settings.makeMemory(network)
        usesDevice = device != nil
        if let device {
            engine = try DeviceEngine(network, optimizer, memory: memory, batches: batches, settings, on: device)
        } else {
            let host = HostEngine(
                network, optimizer, memory: memory, batches: batches, workspace: workspace, team: team)
            engine =
                try ranks.map { [control] in
                    try RankedEngine(host, settings, $0) { control.send(.stop) }
                } ?? host
        }
        inspector = try ModelInspector(network, corpus: corpus, settings: settings, workspace: workspace, team: team)
    }

    /// The same with settings that a file states: what is impossible about them is then the file's fault.
    ///
    /// - Parameter file: its name, for messages.
    public convenience init(
        stored settings: TrainingSettings, in file: String, corpus: Corpus, sink: any TrainingSink,
        team: ThreadTeam = ThreadTeam(), device: Device? = nil, ranks: Ranks? = nil
    ) throws {
        // What a device cannot do is no fault of the file.
        if device != nil { try DeviceEngine.require(settings) }
        try ranks?.require(settings)
        do {
            try self.init(settings, corpus: corpus, sink: sink, team: team, device: device, ranks: ranks)
        } catch let error as INNError where error.kind == .usage {
            throw INNError(
                .data,
                """
                The file '\(file)' asks for what cannot be (\(error.message.dropLast())); restore it or train \
                under another name.
                """
            )
        }
    }

    /// What the arithmetic is done by, as the mark of a start says it.
    package var machineSummary: String { engine.summary }

    /// Totals, for the message at the end of a run.
    public var stepsDone: Int { progress.step }
    public var elapsedSeconds: Double { progress.elapsedSeconds }
    public var charactersSeen: Int { progress.charactersSeen }
    /// The evaluation over the larger slice at the end, once ``run()`` has finished.
    public private(set) var finalEvaluation: Evaluation?

    /// Why ``run()`` returned.
    public enum Outcome: String, Sendable { case finished, stopped, aborted }

    /// Trains until the budget is spent or a command ends it.
    ///
    /// - Throws: ``INNError`` when a checkpoint cannot be written or the loss stays not finite.
    public func run() throws -> Outcome {
        try adopt()
        mark(progress.step == 0 ? .started : .resumed, engine.summary)
        if progress.step > 0 {
            sink.receive(.interventions(InterventionRecord(step: progress.step, set: interventions.set)))
        }
        if progress.step == 0, let set = settings.interventions { intervene(set) }
        if progress.step == 0 { try looks.measure { _ = try probe(0) } }
        while !isComplete {
            if let outcome = try obeyCommands() { return outcome }
            if isPaused { continue }
            try step()
            try afterStep()
        }
        try finish(.finished)
        return .finished
    }

    /// Whether the budget is spent, so that ``run()`` would have nothing to do.
    public var isComplete: Bool { share >= 1 }

    /// How much of the budget is spent, 0…1.
    package var share: Double {
        switch settings.budget {
        case .steps(let steps): min(1, Double(progress.step) / Double(steps))
        case .minutes(let minutes): min(1, progress.elapsedSeconds / (minutes * 60))
        case .epochs(let epochs): min(1, batches.sampler.epoch(after: progress.step * settings.accumulation) / epochs)
        }
    }

    /// Schedule values of the next update. A schedule that follows the clock is sampled at 10,000 positions per run.
    private var scheduled: LearningRateSchedule.Value {
        let total: Double
        let position: Double
        switch settings.budget {
        case .steps(let steps): (total, position) = (Double(steps), Double(progress.step))
        case .minutes: (total, position) = (10_000, share * 9_999)
        case .epochs(let epochs):
            total = (Double(batches.sampler.batchesPerEpoch) * epochs / Double(settings.accumulation)).rounded(.up)
            position = Double(progress.step)
        }
        var value = settings.schedule.value(at: position, of: total, peak: settings.learningRate)
        value.learningRate *= progress.learningRateScale
        return value
    }

    // MARK: One update

    private func step() throws {
        let start = DispatchTime.now().uptimeNanoseconds
        let loss = try engine.compute(step: progress.step)
        let value = scheduled
        if loss.nats.isFinite && loss.norm.isFinite {
            var values = AdamW.Settings(
                learningRate: value.learningRate, beta2: settings.beta2, weightDecay: settings.weightDecay)
            if let beta1 = value.beta1 { values.beta1 = beta1 }
            gateControl?.remember()
            try engine.update(
                values,
                gradientScale: AdamW.clippingScale(norm: loss.norm, limit: settings.clipNorm) / batches.divisor)
            try controlGates(loss.gates)
            try judge(nats: loss.nats)
        } else {
            try skipUpdate()
        }
        progress.step += 1
        if engine.keepsHostCurrent { weightsStep = progress.step }
        progress.charactersSeen += settings.charactersPerStep
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
        progress.elapsedSeconds += seconds
        meter.add(
            nats: loss.nats, penalty: loss.penalty, norm: loss.norm, learningRate: value.learningRate,
            characters: settings.charactersPerStep, seconds: seconds)
    }

    private func controlGates(_ gates: [[Float]]) throws {
        guard let gateControl, !gates.isEmpty else { return }
        let revived = try engine.moveGates { gateControl.apply(gates, step: progress.step) }
        network.parameters.markChanged()
        guard !revived.isEmpty else { return }
        let names = revived.map { "neuron \($0.neuron) in round \($0.round + 1)" }
        mark(.notice, "Gates that never changed were moved: \(names.joined(separator: ", ")).")
    }

    // MARK: Between updates

    private func afterStep() throws {
        try endMemoryResets()
        // The end has a validation, report, probe, sample and checkpoint of its own.
        guard !isComplete else { return }
        let step = progress.step
        let every = settings.intervals
        var validBPC: Double?
        var isBest = false
        if step % every.validation == 0 { (validBPC, isBest) = try validate(inspector.validation) }
        if validBPC != nil || step % every.report == 0 || step == 1 { report(validBPC: validBPC) }
        if Self.isDue(step, every: every.probes), looks.isAffordable(progress.elapsedSeconds) {
            try looks.measure { _ = try probe(step) }
        }
        if step % every.sample == 0 || step == Self.firstSampleStep, looks.isAffordable(progress.elapsedSeconds) {
            try looks.measure { try sample(step) }
        }
        if isBest || (step % every.checkpoint == 0 && divergence.isSound) { try checkpointIfPossible(isBest: isBest) }
    }

    /// Has the engine take over weights, moments and memory from the host.
    func adopt() throws {
        try engine.adopt()
        weightsStep = progress.step
    }

    /// Brings the host's weights up to date; with `everything`, moments and memory as well.
    func publish(everything: Bool) throws {
        try engine.publish(everything: everything)
        weightsStep = progress.step
    }

    /// The first text comes early, so that there is something to see.
    public static let firstSampleStep = 25

    /// Early steps change most, so probes come often at first.
    private static func isDue(_ step: Int, every interval: Int) -> Bool {
        step % interval == 0 || [5, 10, 20, 40, 70].contains(step)
    }

    private func sample(_ step: Int) throws {
        try publish(everything: false)
        sink.receive(.sample(inspector.sample(step: step, seed: settings.seed)))
    }

    private func evaluate(_ windows: ValidationWindows) throws -> Evaluation {
        let carries = network.modelConfiguration.carryState
        if let evaluation = try engine.evaluate(windows, carriesState: carries) { return evaluation }
        try publish(everything: false)
        return inspector.evaluate(windows)
    }

    private func validate(_ windows: ValidationWindows) throws -> (bpc: Double, isBest: Bool) {
        let value = try evaluate(windows).bitsPerCharacter
        let isBest = value < progress.bestValidBPC ?? .infinity
        if isBest { progress.bestValidBPC = value }
        return (value, isBest)
    }

    private func report(validBPC: Double?) {
        var report = meter.report(
            step: progress.step, charactersSeen: progress.charactersSeen,
            epoch: batches.sampler.epoch(after: progress.step * settings.accumulation),
            validBPC: validBPC, elapsedSeconds: progress.elapsedSeconds, progress: share)
        report.ranks = engine.takeRankReport()
        report.device = engine.deviceReport(charsPerSecond: report.charsPerSecond)
        sink.receive(.report(report))
    }

    @discardableResult
    private func probe(_ step: Int) throws -> ProbeSnapshot? {
        try publish(everything: false)
        let snapshot = inspector.probe(step: step)
        if let snapshot { sink.receive(.probes(snapshot)) }
        return snapshot
    }

    /// Says how many gates never change on held-out text.
    private func tellStillGates(_ snapshot: ProbeSnapshot) {
        guard case .inn(let model) = settings.model, model.hasGates, model.gate == .hard else { return }
        let closed = snapshot.firingRate.count { $0 == 0 }
        let open = snapshot.firingRate.count { $0 == 1 }
        guard closed + open > 0 else { return }
        mark(
            .notice,
            """
            Of \(snapshot.firingRate.count) gates \(closed) never open and \(open) never close on held-out text\
            \(settings.revivesGates == true ? "" : "; with --gate-target, --revive-gates moves such gates").
            """)
    }

    package func mark(_ kind: EventMark.Kind, _ detail: String = "") {
        sink.receive(.mark(EventMark(step: progress.step, kind: kind, detail: detail)))
    }

    private func obeyCommands() throws -> Outcome? {
        for command in control.take(waits: isPaused) {
            switch command {
            case .pause where !isPaused:
                isPaused = true
                mark(.paused)
            case .resume where isPaused:
                isPaused = false
                mark(.unpaused)
            // An answer that comes too late decides nothing.
            case .pause, .resume, .saving: break
            case .checkpoint: try checkpointIfPossible(isBest: false)
            case .scaleLearningRate(let factor):
                progress.learningRateScale *= factor
                mark(.learningRateChanged, "× \(progress.learningRateScale.formatted())")
            case .intervene(let set): intervene(set)
            case .copyWeights(let request):
                try publish(everything: false)
                request.fulfil(NetworkWeights(network, step: progress.step))
            case .stop:
                try finish(.stopped)
                return .stopped
            case .abort:
                try? publish(everything: false)
                mark(.stopped, "aborted without a checkpoint")
                return .aborted
            }
        }
        return nil
    }

    /// Last validation, sample, checkpoint and mark.
    private func finish(_ outcome: Outcome) throws {
        guard progress.step > 0 else { return mark(.stopped) }
        var isBest = false
        if outcome == .finished {
            // A run that ends at the same step as it stopped before was judged then.
            let evaluation = try evaluate(inspector.finalValidation)
            finalEvaluation = evaluation
            isBest = evaluation.bitsPerCharacter < progress.bestValidBPC ?? .infinity
            if isBest { progress.bestValidBPC = evaluation.bitsPerCharacter }
            report(validBPC: evaluation.bitsPerCharacter)
            if let snapshot = try probe(progress.step) { tellStillGates(snapshot) }
            try sample(progress.step)
        }
        try publish(everything: true)
        try checkpointAtTheEnd(
            isBest: isBest,
            ending: EventMark(
                step: progress.step, kind: outcome == .finished ? .finished : .stopped,
                detail: "after \(progress.step) steps"))
    }
}
