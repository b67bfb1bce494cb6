import INNCore
import INNData
import INNStore
import INNEvaluation

/// Looks at a model in training from outside: validation, probes and generated text, all on fixed held-out text.
package final class ModelInspector {
    package let validation: ValidationWindows
    let finalValidation: ValidationWindows
    private let probed: ValidationWindows
    private let network: any LanguageModel
    private let settings: TrainingSettings
    private let evaluator: Evaluator
    private let generator: TextGenerator
    /// What is changed in the network at present: everything is measured as it is being trained.
    package var interventions: CompiledInterventions? {
        didSet { generator.hold(interventions) }
    }

    init(
        _ network: any LanguageModel, corpus: Corpus, settings: TrainingSettings, workspace: Workspace, team: ThreadTeam
    ) throws {
        self.network = network
        self.settings = settings
        let (batchSize, length) = (settings.batchSize, settings.sequenceLength)
        func windows(_ characters: Int) throws -> ValidationWindows {
            try ValidationWindows(
                corpus: corpus, batchSize: batchSize, sequenceLength: length, maximumCharacters: characters)
        }
        validation = try windows(settings.intervals.validationCharacters)
        finalValidation = try windows(settings.intervals.finalValidationCharacters)
        probed = try windows(settings.intervals.probeCharacters)
        evaluator = Evaluator(network, workspace: workspace, team: team)
        generator = TextGenerator(network)
    }

    package func evaluate(_ windows: ValidationWindows) -> Evaluation {
        evaluator.evaluate(windows, carriesState: network.modelConfiguration.carryState, interventions: interventions)
    }

    /// Statistics of the neurons over the probe windows; nil for a family without neurons.
    package func probe(step: Int) -> ProbeSnapshot? {
        let c = network.shape
        guard c.hasNeurons else { return nil }
        let collector = ProbeCollector(
            rounds: c.rounds, neurons: c.neurons, heads: c.heads, symbols: settings.alphabet.symbols,
            windowLength: probed.sequenceLength)
        _ = evaluator.evaluate(
            probed, carriesState: network.modelConfiguration.carryState, probe: collector, interventions: interventions,
            willRead: collector.willRead)
        return collector.snapshot(step: step)
    }

    /// Averages of the network as trained, without interventions; nil for a family without neurons.
    package func averages() -> NeuronAverages? {
        guard network.shape.hasNeurons else { return nil }
        return evaluator.averages(probed, carriesState: network.modelConfiguration.carryState)
    }

    /// Freshly generated text, a function of (weights, seed, step).
    package func sample(step: Int, seed: UInt64, count: Int = 160) -> TextSample {
        let prompt = settings.alphabet.prompt(settings.alphabet == .text8 ? "the " : "The ")
        var random = RandomSource(seed: RandomSource.key(seed, UInt64(step), 0x5A))
        generator.reset()
        generator.read(settings.alphabet.encode(prompt))
        let ids = generator.generate(count, options: SamplingOptions(temperature: 0.7), random: &random)
        return TextSample(step: step, prompt: prompt, text: settings.alphabet.decode(ids), temperature: 0.7)
    }
}
