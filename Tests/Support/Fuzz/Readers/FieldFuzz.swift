import Foundation
import INNKit
import INNScreens

/// A run folder whose `config.json` and checkpoint are well-formed, with valid checksums, and contradict themselves or
/// each other: single fields are changed. What is accepted goes on as in `train --resume`, `eval` and `explore`, down
/// to the screens.
final class FieldFuzz: FuzzReader {
    static let name = "fields"
    let seeds: [[UInt8]]
    private let folder: RunFolder
    private let step: URL
    private let text = String(repeating: "the sea is wide and a small boat sails over long waves ", count: 60)
    private static let team = ThreadTeam(threadCount: 1)

    init(scratch: URL) throws {
        let corpus = try Corpus(name: "text", text: text)
        let models: [(ModelConfiguration, BatchOrder)] = [
            (
                .inn(
                    INNConfiguration(
                        neurons: 3, dModel: 8, rounds: 1, heads: 2, stateSize: 4, gateTarget: 0.3, carryState: true)),
                .contiguous
            ),
            (
                .inn(
                    INNConfiguration(
                        neurons: 4, dModel: 8, rounds: 2, heads: 2, stateSize: 2, dtRank: .fixed(3), sharing: .all,
                        gate: .hard, topK: 1, groups: 2)), .random
            ),
            (
                .inn(INNConfiguration(neurons: 2, dModel: 4, rounds: 1, heads: 1, memory: .none, routing: .static)),
                .contiguous
            ),
            (.lstm(LSTMConfiguration(embeddingWidth: 5, hidden: 6, layers: 2, carryState: true)), .contiguous),
            (
                .transformer(
                    TransformerConfiguration(dModel: 8, layers: 1, heads: 2, feedForward: 12, contextLength: 8)),
                .random
            ),
            (
                .mamba(
                    MambaConfiguration(
                        dModel: 8, layers: 1, stateSize: 4, convKernel: 3, dtRank: .fixed(2), carryState: true)),
                .contiguous
            ),
        ]
        var seeds: [[UInt8]] = []
        for (index, (model, order)) in models.enumerated() {
            seeds.append(try Self.seed(model, order, index: index, corpus, in: scratch))
        }
        self.seeds = seeds
        folder = try RunFolder.open("seed-0", in: scratch)
        step = try folder.checkpoints.list().last!.url
    }

    /// A short training with everything that settings can say.
    private static func seed(
        _ model: ModelConfiguration, _ order: BatchOrder, index: Int, _ corpus: Corpus, in scratch: URL
    ) throws -> [UInt8] {
        var settings = TrainingSettings(
            model: model, corpus: "text", corpusSummary: corpus.summary, corpusFingerprint: corpus.fingerprint,
            batchSize: 2, sequenceLength: 8, order: order,
            budget: [.steps(3), .epochs(0.05)][index % 2], learningRate: 1e-3,
            schedule: index % 2 == 0 ? .warmupCosine(warmup: .share(0.05)) : .constant)
        settings.intervals.finalValidationCharacters = 32
        settings.intervals.validationCharacters = 32
        settings.intervals.probeCharacters = 32
        if index == 0 {
            settings.frozenNeurons = [1]
            settings.interventions = InterventionSet([.neuron(1, .lesion)])
        }
        let description = RunDescription(
            model: model.family.rawValue, preset: "custom", corpus: "text", parameters: model.parameterCount)
        let config = RunConfig(
            description: description, createdAt: 1_700_000_000, createdBy: "inn-tui", settings: settings)
        let folder = try RunFolder.create(named: "seed-\(index)", config: config, in: scratch)
        let trainer = try Trainer(settings, corpus: corpus, sink: Silence(), team: team)
        trainer.checkpoints = folder.checkpoints
        _ = try trainer.run()
        // Longer than the checkpoint, so that there is something to go on with.
        var longer = config
        longer.settings.budget = .steps(1000)
        try folder.write(longer)
        let checkpoint = try [UInt8](Data(contentsOf: folder.checkpoints.list().last!.url))
        return joined(try [UInt8](Data(contentsOf: folder.configURL)), checkpoint)
    }

    private struct Silence: TrainingSink {
        func receive(_ event: TrainingEvent) {}
    }

    // MARK: Inputs

    /// Both files as one input: length of the configuration, configuration, checkpoint.
    private static func joined(_ config: [UInt8], _ checkpoint: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt64(config.count).littleEndian, Array.init) + config + checkpoint
    }

    private static func parts(_ bytes: [UInt8]) -> (config: [UInt8], checkpoint: [UInt8]) {
        guard bytes.count >= 8 else { return (bytes, []) }
        let length = bytes.withUnsafeBytes { Int(clamping: $0.loadUnaligned(as: UInt64.self).littleEndian) }
        guard length <= bytes.count - 8 else { return (bytes, []) }
        return (Array(bytes[8..<(8 + length)]), Array(bytes[(8 + length)...]))
    }

    func mutated(_ mutator: inout Mutator) throws -> [UInt8] {
        let (configBytes, checkpointBytes) = Self.parts(mutator.pick(seeds))
        guard let (header, data) = SafetensorsMutation.parts(checkpointBytes) else { return configBytes }
        var documents = try Documents(config: String(decoding: configBytes, as: UTF8.self), header: header)
        for _ in 0...mutator.below(3) { documents.change(&mutator) }
        return Self.joined(
            Array(documents.config.json.utf8),
            SafetensorsMutation.withChecksum(SafetensorsMutation.joined(documents.header, data)))
    }

    /// The JSON of both files; what stands as text inside the header of the checkpoint is taken apart.
    private struct Documents {
        var config: JSONField
        private var outer: JSONField
        private var inner: [String: JSONField] = [:]
        private static let innerNames = ["modelConfig", "state", "trainingConfig"]

        init(config: String, header: String) throws {
            self.config = try JSONField(json: config)
            outer = try JSONField(json: header)
            for name in Self.innerNames {
                if case .text(let text)? = outer["__metadata__"]?[name] { inner[name] = try JSONField(json: text) }
            }
        }

        var header: String {
            var whole = outer
            var metadata = outer["__metadata__"]
            for (name, value) in inner { metadata?[name] = .text(value.json) }
            whole["__metadata__"] = metadata
            let json = whole.json
            return json + String(repeating: " ", count: (8 - json.utf8.count % 8) % 8)
        }

        mutating func change(_ mutator: inout Mutator) {
            switch mutator.below(6) {
            case 0: Self.change(&config, &mutator)
            case 1: change("state", &mutator)
            case 2: change("modelConfig", &mutator)
            case 3: change("trainingConfig", &mutator)
            // The same lie everywhere, which only the values themselves can give away.
            default: changeAll(&mutator)
            }
        }

        private mutating func change(_ name: String, _ mutator: inout Mutator) {
            guard var document = inner[name] else { return }
            Self.change(&document, &mutator)
            inner[name] = document
        }

        private static func change(_ document: inout JSONField, _ mutator: inout Mutator) {
            let path = mutator.pick(document.leaves)[...]
            guard let old = document[path] else { return }
            if mutator.once(in: 6) {
                let other = mutator.pick(document.leaves)[...]
                let value = document[other]
                document[other] = old
                document[path] = value
            } else {
                document[path] = mutator.once(in: 12) ? nil : mutator.field(old, in: document)
            }
        }

        private mutating func changeAll(_ mutator: inout Mutator) {
            guard let settings = config["settings"] else { return }
            let path = mutator.pick(settings.leaves)
            guard let old = settings[path[...]], let new = mutator.field(old, in: settings) else { return }
            config[(["settings"] + path)[...]] = new
            inner["trainingConfig"]?[path[...]] = new
            if path.first == "model" { inner["modelConfig"]?[path.dropFirst()] = new }
        }
    }

    // MARK: Reading

    func read(_ bytes: [UInt8]) throws {
        let (config, checkpoint) = Self.parts(bytes)
        try Data(config).write(to: folder.configURL)
        try Data(checkpoint).write(to: step)
        // A lie must not keep the other ways of reading from being tried.
        let failures = [{ try self.resume() }, { try self.measure() }].compactMap { body -> (any Error)? in
            do {
                try body()
                return nil
            } catch { return error }
        }
        if let foreign = failures.first(where: { !($0 is INNError) }) { throw foreign }
        guard let failure = failures.first as? INNError else { return }
        precondition(
            failures.allSatisfy { ($0 as? INNError)?.kind != .usage },
            "a file's fault is said to be the user's: \(failure.message)")
        throw failure
    }

    /// Work and memory above which an input counts as read: it would be possible, and slow.
    private static func isCheap(_ configuration: ModelConfiguration, _ memory: ModelMemory, characters: Int) -> Bool {
        memory.bytes < 2e8 && Double(characters) * Double(configuration.parameterCount) < 1e7
    }

    /// One update as `train --resume` makes it, with reports, probes and a sample.
    private func resume() throws {
        var settings = try folder.config(TrainingSettings.self) { try $0.validate() }.settings
        guard Self.isCheap(settings.model, settings.memory, characters: settings.charactersPerStep) else {
            return try settings.memory.require(.data, "Training")
        }
        settings.intervals.report = 1
        let sink = OneStep()
        let corpus = try Corpus(name: "text", text: text, alphabet: settings.alphabet)
        let trainer = try Trainer(stored: settings, in: "config.json", corpus: corpus, sink: sink, team: Self.team)
        sink.control = trainer.control
        try trainer.restore(try folder.checkpoints.latest().checkpoint)
        guard !trainer.isComplete else { return }
        _ = try trainer.run()
        draw(sink, settings)
    }

    /// What `eval`, `generate` and `explore` do with the checkpoint.
    private func measure() throws {
        let checkpoint = try folder.checkpoints.latest().checkpoint
        let configuration = try checkpoint.modelConfiguration()
        let alphabet = try checkpoint.alphabet()
        let settings = try checkpoint.trainingSettings()
        let length = settings?.sequenceLength ?? min(32, configuration.longestSequence ?? 32)
        guard
            Self.isCheap(
                configuration, ModelMemory(configuration, batchSize: 2, steps: length, isTraining: false),
                characters: 2 * length)
        else { return }
        let model = try checkpoint.makeModel()
        let compiled = try? model.compile(settings?.interventions ?? .none, averages: nil)
        let windows = try ValidationWindows(
            corpus: try Corpus(name: "text", text: text, alphabet: alphabet), batchSize: 2, sequenceLength: length,
            maximumCharacters: 64
        ).fitting(model)
        _ = Evaluator(model, team: Self.team).evaluate(
            windows, carriesState: configuration.carryState, interventions: compiled ?? nil)
        let generator = TextGenerator(model)
        generator.read(alphabet.encode("The "))
        var random = RandomSource(seed: 1)
        _ = alphabet.decode(generator.generate(12, options: SamplingOptions(), random: &random))
    }

    private func draw(_ sink: OneStep, _ settings: TrainingSettings) {
        let info = RunInfo(
            name: "run", path: folder.url.path, preset: settings.preset, parameterCount: settings.model.parameterCount,
            corpus: settings.corpusSummary,
            vocabularySize: settings.model.vocabularySize, probeInterval: settings.intervals.probes,
            seed: settings.seed, isLive: false)
        var state = AppState(
            RunContents(
                info: info, reports: sink.reports, marks: sink.marks, snapshots: sink.snapshots, samples: sink.samples),
            width: 80, height: 24)
        for screen in ScreenID.allCases {
            state.screen = screen
            _ = exportView(state, .text)
            _ = exportView(state, .csv)
        }
    }

    /// Ends training after its first report; on the trainer's thread, which is the only one here.
    private final class OneStep: TrainingSink, @unchecked Sendable {
        var control: TrainerControl?
        var reports: [TrainingReport] = [], marks: [EventMark] = [], snapshots: [ProbeSnapshot] = [],
            samples: [TextSample] = []

        func receive(_ event: TrainingEvent) {
            switch event {
            case .report(let report):
                reports.append(report)
                control?.send(.abort)
            case .mark(let mark): marks.append(mark)
            case .probes(let snapshot): snapshots.append(snapshot)
            case .sample(let sample): samples.append(sample)
            default: break
            }
        }
    }
}
