import Foundation
import INNKit
import INNScreens

/// A short analysis on one thread, to be repeated while a network learns: always the same few characters, always the
/// same untrained networks beside it.
final class LightAnalysis {
    /// How many characters each part reads.
    package struct Size {
        /// For everything that one pass tells, for the estimates of edges, and for each removal of a neuron.
        package var characters: Int, estimateCharacters: Int, lesionCharacters: Int

        /// Fewer characters for networks that need more arithmetic, so that an analysis takes about as long for all.
        init(_ configuration: INNConfiguration) {
            let work = ModelWork.training(configuration)
            let megaflops = (work.matrixFlops + work.vectorFlops) / 1e6
            characters = max(1024, min(4096, Int(bounded: 24_000 / megaflops) / 256 * 256))
            estimateCharacters = characters / 4
            lesionCharacters = characters
        }
    }

    private static let streams = 8, steps = 32
    /// Neurons that are lesioned in each untrained network.
    private static let controlNeurons = 8

    private let network: IntelligentNeuralNetwork
    private let reader: Reader
    private let lesionWindows: ValidationWindows
    /// One stream, so that every window of it is one sequence of the estimate.
    private let sequences: ValidationWindows
    private var buffers: AnalysisCollector.Buffers?
    private let subject: AnalysisSubject
    private let untrained: (analysis: NetworkAnalysis, firing: FiringAccumulator)
    private let control: RateMatchedControl
    private var lesions: [Int: LesionEffect] = [:]
    /// What untrained networks lose with their neurons, and how often gates were open when that was measured.
    private var causal: (gates: GateMatch, control: CausalControl)?
    /// The neuron that was selected last, and the one of the others that comes next, if it is their turn.
    private var lastSelected: Int?
    private var nextOther = 0
    private var isOthersTurn = false

    /// Measures the untrained networks: once, since their gates can be cut at any rate afterwards.
    ///
    /// - Parameters:
    ///   - subject: what is analysed; its step is set by each analysis.
    ///   - shouldStop: asked now and then; everything then ends with a `CancellationError`.
    /// - Throws: ``INNError`` when the text is too short.
    init(
        _ configuration: INNConfiguration, alphabet: Alphabet, corpus: Corpus, subject: AnalysisSubject, seed: UInt64,
        shouldStop: @escaping () -> Bool = { false }
    ) throws {
        let size = Size(configuration)
        let seeds = AnalysisRun.controlSeeds(seed)
        let network = try IntelligentNeuralNetwork(configuration, seed: seeds[0])
        self.network = network
        func windows(_ streams: Int, _ characters: Int) throws -> ValidationWindows {
            try ValidationWindows(
                corpus: corpus, batchSize: streams, sequenceLength: Self.steps, maximumCharacters: characters
            ).fitting(network, looksAtWeights: true)
        }
        let reader = Reader(
            windows: try windows(Self.streams, size.characters), classes: SymbolClasses(alphabet), seed: seed,
            shouldStop: shouldStop)
        lesionWindows = try windows(Self.streams, size.lesionCharacters)
        sequences = try windows(1, size.estimateCharacters)
        (self.reader, self.subject) = (reader, subject)
        let (analysis, collector) = try reader.analyse(network, step: 0, isControl: true, &buffers)
        untrained = (analysis, collector.firing)
        let others = try seeds.dropFirst().map {
            try reader.control(IntelligentNeuralNetwork(configuration, seed: $0), seed: $0)
        }
        control = RateMatchedControl([collector.controlNetwork(analysis, seed: seeds[0])!] + others)
    }

    /// Analyses these weights.
    ///
    /// - Parameter selected: the neuron that is removed at once when it is another one than before, and in every other
    ///   analysis; in between the others take turns.
    func measure(_ weights: NetworkWeights, selected: Int) throws -> Insight {
        try weights.load(into: network)
        let (analysis, collector) = try reader.analyse(network, step: weights.step, &buffers)
        buffers = collector.takeBuffers()
        var trained = analysis
        trained.compareRules(withUntrained: untrained.firing)
        let figures = control.figures(for: trained)
        if trained.neurons > 1, network.shape.groups == nil { trained.causal = estimate(trained) }
        try reader.checkStop()
        try removeOne(selected: selected, step: weights.step)
        var subject = subject
        subject.step = weights.step
        return Insight(
            AnalysisReport(subject: subject, trained: trained, untrained: untrained.analysis, control: figures),
            depth: .light, lesions: lesions)
    }

    /// First-order estimates for all edges; none is verified.
    private func estimate(_ analysis: NetworkAnalysis) -> CausalAnalysis {
        let estimates = EffectMeter(network, sequences, workspace: reader.workspace, team: reader.team)
            .estimatedCutDivergences(seed: reader.seed)
        return CausalAnalysis(
            characters: 0, estimateCharacters: sequences.characters, estimates: estimates.all,
            roundEstimates: estimates.rounds, edges: [], neurons: [],
            weights: analysis.routing.map(\.weights), flow: analysis.routing.map(\.flow))
    }

    private func removeOne(selected: Int, step: Int) throws {
        let neurons = network.shape.neurons
        guard neurons > 1 else { return }
        isOthersTurn = isOthersTurn && selected == lastSelected
        let neuron = isOthersTurn ? nextOther % neurons : min(selected, neurons - 1)
        if isOthersTurn { nextOther += 1 }
        (isOthersTurn, lastSelected) = (!isOthersTurn, selected)
        var changes = CausalPass.Changes()
        changes.neurons = [neuron]
        let pass = try CausalPass(
            network, lesionWindows, changes, classes: reader.classes, seed: reader.seed,
            tools: (reader.workspace, reader.team)
        ) { _ in try reader.checkStop() }
        var tuning = pass.tuning()
        tuning.control = try causalControl()
        lesions[neuron] = LesionEffect(pass.neurons()[0], step: step, characters: pass.characters, tuning)
    }

    /// Measured again only when gates have come to be open more or less often.
    private func causalControl() throws -> CausalControl {
        let gates = try GateMatch(network, lesionWindows, team: reader.team)
        if let causal, causal.gates.isNear(gates) { return causal.control }
        let control = try CausalPass.control(
            gates, seeds: AnalysisRun.controlSeeds(reader.seed), neurons: Self.controlNeurons, lesionWindows,
            classes: reader.classes, tools: (reader.workspace, reader.team)
        ) { _ in try reader.checkStop() }
        causal = (gates, control)
        return control
    }
}

/// Reads the same text with one network or another.
private struct Reader {
    let windows: ValidationWindows
    let classes: SymbolClasses
    /// Of bootstraps and shuffles.
    let seed: UInt64
    let shouldStop: () -> Bool
    /// Kept from one measurement to the next, so that a long training neither asks for these buffers again and again
    /// nor grows by holes between them.
    let workspace = Workspace()
    let team = ThreadTeam(threadCount: 1)

    private var plan: ReadingPlan {
        ReadingPlan(streams: windows.batchSize, windows: windows.windowCount, steps: windows.sequenceLength)
    }

    func checkStop() throws {
        if shouldStop() { throw CancellationError() }
    }

    /// - Parameters:
    ///   - isControl: whether the network is to serve as control as well.
    ///   - buffers: those of the last pass, used up.
    func analyse(
        _ network: IntelligentNeuralNetwork, step: Int, isControl: Bool = false,
        _ buffers: inout AnalysisCollector.Buffers?
    ) throws -> (analysis: NetworkAnalysis, collector: AnalysisCollector) {
        let collector = AnalysisCollector(
            network.shape, plan: plan, classes: classes, seed: seed, isControl: isControl)
        if let reused = buffers.take() { collector.use(reused) }
        let evaluation = Evaluator(network, workspace: workspace, team: team).evaluate(
            windows, carriesState: true, probe: collector, willRead: collector.willRead,
            willPredict: collector.willPredict, shouldStop: shouldStop)
        try checkStop()
        return (collector.analysis(bitsPerCharacter: evaluation.bitsPerCharacter, step: step), collector)
    }

    /// What the control needs of an untrained network, by the seed that it was initialised from.
    func control(_ network: IntelligentNeuralNetwork, seed networkSeed: UInt64) throws -> RateMatchedControl.Network {
        let collector = ControlCollector(network.shape, plan: plan, classes: classes, seed: seed)
        _ = Evaluator(network, workspace: workspace, team: team).evaluate(
            windows, carriesState: true, probe: collector, willRead: collector.willRead,
            willPredict: collector.willPredict, shouldStop: shouldStop)
        try checkStop()
        return collector.network(seed: networkSeed)
    }
}
