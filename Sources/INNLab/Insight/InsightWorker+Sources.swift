import Foundation
import INNKit
import INNScreens

extension InsightWorker {
    /// Characters that the thorough analysis of a network reads, and over which it measures removals.
    private static let fullCharacters = 65_536

    /// Follows a network in training with light analyses, and analyses it thoroughly when it has come to its end.
    ///
    /// - Returns: nil when the family has no neurons, or they send no messages.
    package static func following(_ session: TrainingSession, queue: ActionQueue) -> InsightWorker? {
        guard case .inn(let configuration) = session.settings.model, configuration.routing != .off else { return nil }
        let settings = session.settings
        return InsightWorker(queue: queue) { worker in
            let subject = AnalysisSubject(
                run: session.folder.name, settings: settings, parameters: session.trainer.network.parameterCount)
            let light = try LightAnalysis(
                configuration, alphabet: settings.alphabet, corpus: session.corpus, subject: subject,
                seed: settings.seed
            ) { !worker.isRunning }
            var isLast = false
            while worker.isRunning, !isLast {
                guard let (weights, isEnd) = session.copyOfWeights(while: { worker.isRunning }) else { continue }
                isLast = isEnd
                if isEnd {
                    try worker.analyse(
                        weights, configuration, settings.alphabet, session.corpus, subject, seed: settings.seed)
                } else {
                    // What follows training is waited for.
                    try worker.paced(until: { session.outcome != nil }) {
                        worker.send(.insight(try light.measure(weights, selected: worker.selectedNeuron)))
                    }
                }
            }
        }
    }

    /// Analyses a stored network: first lightly, so that the screens fill, then thoroughly.
    package static func exploring(_ model: OpenedModel, dataDirectory: String?, queue: ActionQueue) -> InsightWorker? {
        guard let explored = ExploredNetwork(model, dataDirectory: dataDirectory) else { return nil }
        return InsightWorker(queue: queue, priority: .low) { worker in
            worker.report(0, "measuring untrained networks")
            let corpus = try explored.corpus()
            let light = try explored.lightAnalysis(over: corpus) { !worker.isRunning }
            worker.send(.insight(try light.measure(explored.weights, selected: worker.selectedNeuron)))
            try worker.analyse(
                explored.weights, explored.configuration, explored.alphabet, corpus, explored.subject(corpus),
                seed: explored.seed)
        }
    }

    /// Analyses the latest checkpoint of a run that another process trains, again whenever there is a new one.
    package static func watching(_ run: StoredRun, dataDirectory: String?, queue: ActionQueue) -> InsightWorker? {
        guard case .inn(let configuration) = run.config.settings.model, configuration.routing != .off else {
            return nil
        }
        let settings = run.config.settings
        let folder = run.folder
        return InsightWorker(queue: queue) { worker in
            var light: LightAnalysis?
            var lastStep = -1
            while worker.isRunning {
                guard let newest = (try? folder.checkpoints.list())?.last?.step, newest != lastStep,
                    let found = try? folder.checkpoints.latest()
                else {
                    worker.pause(2)
                    continue
                }
                lastStep = newest
                let network = try found.checkpoint.makeModel()
                if light == nil {
                    let corpus = try HeldOutText.corpus(
                        settings.corpus, alphabet: settings.alphabet, dataDirectory: dataDirectory)
                    let subject = AnalysisSubject(
                        run: folder.name, settings: settings, parameters: network.parameterCount)
                    light = try LightAnalysis(
                        configuration, alphabet: settings.alphabet, corpus: corpus, subject: subject,
                        seed: settings.seed
                    ) { !worker.isRunning }
                }
                let weights = NetworkWeights(network, step: found.checkpoint.state.step)
                try worker.paced {
                    if let light { worker.send(.insight(try light.measure(weights, selected: worker.selectedNeuron))) }
                }
            }
        }
    }

    /// A thorough analysis on all cores, with its progress on the screens.
    private func analyse(
        _ weights: NetworkWeights, _ configuration: INNConfiguration, _ alphabet: Alphabet, _ corpus: Corpus,
        _ subject: AnalysisSubject, seed: UInt64
    ) throws {
        guard isRunning else { return }
        let network = try IntelligentNeuralNetwork(configuration, seed: seed)
        try weights.load(into: network)
        let windows = try ValidationWindows(
            measuring: corpus, sequenceLength: 128, maximumCharacters: Self.fullCharacters
        ).fitting(network, looksAtWeights: true)
        let run = AnalysisRun(
            network: network, alphabet: alphabet, corpus: corpus, windows: windows,
            options: .init(hasMemory: false, effectCharacters: Self.fullCharacters, seed: seed),
            step: weights.step, shouldStop: { !self.isRunning })
        let measured = try run.measure { share, phase in self.report(share, phase) }
        var subject = subject
        subject.step = weights.step
        let causal = measured.trained.causal
        let lesions = (causal?.neurons ?? []).map { neuron in
            (
                neuron.neuron,
                LesionEffect(neuron, step: weights.step, characters: causal?.characters ?? 0, causal?.tuning)
            )
        }
        let result = AnalysisReport(
            subject: subject, trained: measured.trained, untrained: measured.untrained, control: measured.control)
        send(.insight(Insight(result, depth: .full, lesions: Dictionary(uniqueKeysWithValues: lesions))))
    }
}

/// A stored network, as it is analysed for the screens.
struct ExploredNetwork: Sendable {
    let configuration: INNConfiguration
    let weights: NetworkWeights
    let seed: UInt64
    let alphabet: Alphabet
    private let corpusName: String?
    private let parameters: Int
    private let name: String
    private let dataDirectory: String?

    /// Nil when the family has no neurons, or they send no messages.
    init?(_ model: OpenedModel, dataDirectory: String?) {
        guard let network = model.network as? IntelligentNeuralNetwork, network.configuration.routing != .off else {
            return nil
        }
        configuration = network.configuration
        weights = NetworkWeights(network, step: model.checkpoint.state.step)
        seed = model.settings?.seed ?? 1
        alphabet = model.alphabet
        corpusName = model.settings?.corpus
        parameters = network.parameterCount
        name = model.folder?.name ?? model.checkpoint.url.lastPathComponent
        self.dataDirectory = dataDirectory
    }

    func corpus() throws -> Corpus {
        try HeldOutText.corpus(corpusName, alphabet: alphabet, dataDirectory: dataDirectory)
    }

    func subject(_ corpus: Corpus) -> AnalysisSubject {
        AnalysisSubject(
            network: name, step: weights.step, parameters: parameters, corpus: corpus.summary, split: "validation",
            isHeldOut: true,
            command: "inn-tui analyze \(name)", unit: alphabet.unit)
    }

    /// - Parameter shouldStop: asked now and then; everything then ends with a `CancellationError`.
    func lightAnalysis(over corpus: Corpus, shouldStop: @escaping () -> Bool = { false }) throws -> LightAnalysis {
        try LightAnalysis(
            configuration, alphabet: alphabet, corpus: corpus, subject: subject(corpus), seed: seed,
            shouldStop: shouldStop)
    }
}

extension AnalysisSubject {
    /// A run over its own validation text.
    fileprivate init(run: String, settings: TrainingSettings, parameters: Int) {
        self.init(
            network: run, step: 0, parameters: parameters, corpus: settings.corpusSummary, split: "validation",
            isHeldOut: true,
            command: "inn-tui analyze \(run)", unit: settings.alphabet.unit)
    }
}

/// Text for looking at a network that is open.
enum HeldOutText {
    /// The text that the network was trained on when it is on this machine, otherwise the built-in sample; nothing is
    /// downloaded.
    static func corpus(_ name: String?, alphabet: Alphabet, dataDirectory: String?) throws -> Corpus {
        // It was said when the network was trained how much of its own text the alphabet holds.
        func resolver(isForced: Bool) -> CorpusResolver {
            CorpusResolver(dataDirectory: dataDirectory, alphabet: .network(alphabet), isForced: isForced)
        }
        let own = resolver(isForced: true)
        if let name, own.locate(name) != nil || FileManager.default.fileExists(atPath: name) {
            return try own.resolve(name)
        }
        return try resolver(isForced: false).resolve("sample")
    }
}

extension LesionEffect {
    /// A lesion as it was measured, and over what.
    init(_ neuron: CausalAnalysis.Neuron, step: Int, characters: Int, _ tuning: CausalTuning?) {
        self.init(
            step: step, characters: characters, divergence: neuron.divergence, deltaBPC: neuron.deltaBPC,
            logitEffect: neuron.logitEffect, tuning: tuning)
    }
}
