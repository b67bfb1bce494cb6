import Foundation
import INNKit
import Synchronization

/// Measures a trained network and, beside it, untrained copies over the same text.
public struct AnalysisRun {
    /// What is measured besides what one pass over the text tells.
    public struct Options {
        public var hasControl: Bool
        /// Whether edges and neurons are taken away and the past is changed.
        public var hasEffects: Bool
        /// Whether the past is changed as well.
        public var hasMemory: Bool
        /// Edges that are measured exactly.
        public var edges: Int
        /// Characters over which effects are measured.
        public var effectCharacters: Int
        public var seed: UInt64

        public init(
            hasControl: Bool = true, hasEffects: Bool = true, hasMemory: Bool = true, edges: Int = 12,
            effectCharacters: Int = 65_536, seed: UInt64 = 1
        ) {
            self.hasControl = hasControl
            self.hasEffects = hasEffects
            self.hasMemory = hasMemory
            self.edges = edges
            self.effectCharacters = effectCharacters
            self.seed = seed
        }
    }

    public let network: IntelligentNeuralNetwork
    public let alphabet: Alphabet
    public let corpus: Corpus
    public let windows: ValidationWindows
    public let options: Options
    /// Optimizer updates that the network had seen.
    public let step: Int
    /// Asked now and then; the measurement then ends with a `CancellationError`.
    var shouldStop: @Sendable () -> Bool = { false }

    public init(
        network: IntelligentNeuralNetwork, alphabet: Alphabet, corpus: Corpus, windows: ValidationWindows,
        options: Options, step: Int, shouldStop: @escaping @Sendable () -> Bool = { false }
    ) {
        self.network = network
        self.alphabet = alphabet
        self.corpus = corpus
        self.windows = windows
        self.options = options
        self.step = step
        self.shouldStop = shouldStop
    }

    /// The characters that effects are measured on take part in the analysis as well.
    var range: Range<Int> { windows.range }

    /// A trained network, an untrained copy beside it, and what findings are judged by.
    public typealias Measured = (trained: NetworkAnalysis, untrained: NetworkAnalysis?, control: UntrainedControl?)

    /// - Parameter progress: told the share that is done and what is being done, from any thread.
    /// - Throws: ``INNError`` when the network sends no messages, so that there is nothing to analyse.
    public func measure(
        progress: @escaping @Sendable (Double, String) -> Void
    ) throws -> Measured {
        guard network.configuration.routing != .off else {
            throw INNError(
                .usage,
                """
                This network was built with routing off: its neurons send nothing, so there is no firing and no \
                listening to analyse. What each of them is for can be measured: inn-tui ablate --tuning.
                """
            )
        }
        let seeds = options.hasControl ? Self.controlSeeds(options.seed) : []
        let copies = try seeds.map { try IntelligentNeuralNetwork(network.configuration, seed: $0) }
        let networks = [network] + copies
        let shareOfPass = shareOfPass(networks: networks.count)
        let passes = PassProgress(count: networks.count) { progress(shareOfPass * $0, "reading the text") }
        let plan = ReadingPlan(streams: windows.batchSize, windows: windows.windowCount, steps: windows.sequenceLength)
        // Each thread works on a network of its own.
        nonisolated(unsafe) let (own, shared) = (self, networks)
        let results = Mutex([Pass](repeating: Pass(), count: networks.count))
        let threads = max(1, ThreadTeam.coreCount / networks.count)
        DispatchQueue.concurrentPerform(iterations: networks.count) { index in
            let pass = own.pass(
                shared[index], seed: index > 0 ? seeds[index - 1] : nil, isReported: index < 2, plan: plan,
                threads: threads, progress: { passes.report(index, $0) })
            results.withLock { $0[index] = pass }
        }
        try checkStop()
        let measured = results.withLock { $0 }
        var trained = measured[0].analysis!
        var untrained = copies.isEmpty ? nil : measured[1].analysis
        if !copies.isEmpty, let firing = measured[1].firing { trained.compareRules(withUntrained: firing) }
        let controls = measured.compactMap(\.control)
        let control = controls.isEmpty ? nil : RateMatchedControl(controls).figures(for: trained)
        if options.hasEffects {
            try addEffects(&trained, &untrained, copies.first) { progress(shareOfPass + (1 - shareOfPass) * $0, $1) }
        }
        return (trained, untrained, control)
    }

    /// About which share of the work reading the text once with every network is; a removal reads the text of the
    /// effects once more, and shares a part of what it computes with the others.
    private func shareOfPass(networks: Int) -> Double {
        guard options.hasEffects else { return 1 }
        let passes = Double(networks * windows.characters)
        let removals = Double(min(Self.mostNeurons, network.shape.neurons) + options.edges + 3)
        let effects = 0.65 * (removals + 4) * Double(min(options.effectCharacters, windows.characters))
        return passes / (passes + effects)
    }

    /// What one network's pass left, on its way from the thread that made it.
    private struct Pass: @unchecked Sendable {
        var analysis: NetworkAnalysis?
        var firing: FiringAccumulator?
        var control: RateMatchedControl.Network?
    }

    /// Seeds of the untrained copies; the first is the one whose figures stand beside the trained network's.
    static func controlSeeds(_ seed: UInt64) -> [UInt64] {
        [RandomSource.key(seed, 0xC0)]
            + (1..<UInt64(RateMatchedControl.leastNetworks)).map { RandomSource.key(seed, 0xC0, $0) }
    }

    func checkStop() throws {
        if shouldStop() { throw CancellationError() }
    }

    /// Reads the text with one network; what it left is empty when that was stopped.
    ///
    /// - Parameters:
    ///   - seed: of an untrained network; nil for the trained one.
    ///   - isReported: whether everything is measured, and not only what the control needs.
    private func pass(
        _ network: IntelligentNeuralNetwork, seed: UInt64?, isReported: Bool, plan: ReadingPlan, threads: Int,
        progress: (Double) -> Void
    ) -> Pass {
        let classes = SymbolClasses(alphabet)
        let evaluator = Evaluator(network, team: ThreadTeam(threadCount: threads))
        var done = 0
        func isStopped() -> Bool {
            progress(Double(done) / Double(plan.windows))
            done += 1
            return shouldStop()
        }
        guard isReported else {
            let collector = ControlCollector(network.shape, plan: plan, classes: classes, seed: options.seed)
            _ = evaluator.evaluate(
                windows, carriesState: true, probe: collector, willRead: collector.willRead,
                willPredict: collector.willPredict, shouldStop: isStopped)
            return shouldStop() ? Pass() : Pass(control: collector.network(seed: seed ?? 0))
        }
        let collector = AnalysisCollector(
            network.shape, plan: plan, classes: classes, seed: options.seed, isControl: seed != nil)
        let evaluation = evaluator.evaluate(
            windows, carriesState: true, probe: collector, willRead: collector.willRead,
            willPredict: collector.willPredict, shouldStop: isStopped)
        guard !shouldStop() else { return Pass() }
        let analysis = collector.analysis(bitsPerCharacter: evaluation.bitsPerCharacter, step: step)
        return Pass(
            analysis: analysis, firing: seed == nil ? nil : collector.firing,
            control: seed.flatMap { collector.controlNetwork(analysis, seed: $0) })
    }
}

/// The share that is done of several passes that run at once.
private final class PassProgress: Sendable {
    private let shares: Mutex<[Double]>
    private let show: @Sendable (Double) -> Void

    init(count: Int, show: @escaping @Sendable (Double) -> Void) {
        shares = Mutex([Double](repeating: 0, count: count))
        self.show = show
    }

    func report(_ index: Int, _ share: Double) {
        show(
            shares.withLock { shares in
                shares[index] = share
                return shares.reduce(0, +) / Double(shares.count)
            })
    }
}

// MARK: Effects

extension AnalysisRun {
    private func addEffects(
        _ trained: inout NetworkAnalysis, _ untrained: inout NetworkAnalysis?, _ copy: IntelligentNeuralNetwork?,
        progress: (Double, String) -> Void
    ) throws {
        let team = ThreadTeam()
        trained.causal = try causal(trained, team) { progress(0.8 * $0, $1) }
        guard options.hasMemory, network.shape.hasMemory else { return }
        trained.memory = try memory(network, team) { progress(0.8 + 0.1 * $0, "changing the past") }
        if let copy {
            untrained?.memory = try memory(copy, team) {
                progress(0.9 + 0.1 * $0, "changing the past of the untrained network")
            }
        }
    }

    private func memory(
        _ network: IntelligentNeuralNetwork, _ team: ThreadTeam, progress: (Double) -> Void
    ) throws -> MemoryAnalysis? {
        let curves = try MemoryMeter(network, corpus: corpus, range: range).measure(
            places: 128, team: team, seed: options.seed, progress: progress)
        return curves.replaced.isEmpty ? nil : MemoryAnalysis(replaced: curves.replaced, reset: curves.reset)
    }
}
