import Foundation
import INNKit
import Synchronization

/// Measures a trained network and, beside it, an untrained copy over the same text.
public struct AnalysisRun {
    /// What is measured besides what one pass over the text tells.
    public struct Options {
        public var hasControl = true
        /// Whether edges and neurons are taken away and the past is changed.
        public var hasEffects = true
        /// Whether the past is changed as well.
        public var hasMemory = true
        /// Edges that are measured exactly.
        public var edges = 12
        /// Characters over which effects are measured.
        public var effectCharacters = 65_536
        public var seed: UInt64 = 1

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

    /// - Parameter progress: told the share that is done and what is being done, from any thread.
    /// - Throws: ``INNError`` when the network sends no messages, so that there is nothing to analyse.
    public func measure(
        progress: @escaping @Sendable (Double, String) -> Void
    ) throws -> (trained: NetworkAnalysis, untrained: NetworkAnalysis?) {
        guard network.configuration.routing != .off else {
            throw INNError(
                .usage,
                """
                This network was built with routing off: its neurons send nothing, so there is no firing and no \
                listening to analyse.
                """
            )
        }
        let copy =
            options.hasControl
            ? try IntelligentNeuralNetwork(network.configuration, seed: RandomSource.key(options.seed, 0xC0)) : nil
        let networks = [network] + (copy.map { [$0] } ?? [])
        let shareOfPass = shareOfPass(networks: networks.count)
        let passes = PassProgress(count: networks.count) { progress(shareOfPass * $0, "reading the text") }
        let plan = ReadingPlan(streams: windows.batchSize, windows: windows.windowCount, steps: windows.sequenceLength)
        // Each thread works on a network of its own.
        nonisolated(unsafe) let (own, shared) = (self, networks)
        let results = Mutex([NetworkAnalysis?](repeating: nil, count: networks.count))
        let counts = Mutex([FiringCount?](repeating: nil, count: networks.count))
        let threads = max(1, ThreadTeam.coreCount / networks.count)
        DispatchQueue.concurrentPerform(iterations: networks.count) { index in
            guard
                let (analysis, firing) = own.pass(
                    shared[index], plan: plan, threads: threads, progress: { passes.report(index, $0) })
            else { return }
            results.withLock { $0[index] = analysis }
            counts.withLock { $0[index] = FiringCount(value: firing) }
        }
        try checkStop()
        var trained = results.withLock { $0[0]! }
        var untrained = copy == nil ? nil : results.withLock { $0[1] }
        if let control = counts.withLock({ $0.last! }), copy != nil {
            trained.compareRules(withUntrained: control.value)
        }
        if options.hasEffects {
            try addEffects(&trained, &untrained, copy) { progress(shareOfPass + (1 - shareOfPass) * $0, $1) }
        }
        return (trained, untrained)
    }

    /// About which share of the work reading the text once with every network is; a removal reads the text of the
    /// effects once more, and shares a part of what it computes with the others.
    private func shareOfPass(networks: Int) -> Double {
        guard options.hasEffects else { return 1 }
        let passes = Double(networks * windows.characters)
        let removals = Double(min(64, network.shape.neurons) + options.edges + 3)
        let effects = 0.65 * (removals + 4) * Double(min(options.effectCharacters, windows.characters))
        return passes / (passes + effects)
    }

    /// A finished count on its way from the thread that made it.
    private struct FiringCount: @unchecked Sendable { let value: FiringAccumulator }

    func checkStop() throws {
        if shouldStop() { throw CancellationError() }
    }

    private func pass(
        _ network: IntelligentNeuralNetwork, plan: ReadingPlan, threads: Int, progress: (Double) -> Void
    ) -> (NetworkAnalysis, FiringAccumulator)? {
        let collector = AnalysisCollector(
            network.shape, plan: plan, classes: SymbolClasses(alphabet), seed: options.seed)
        var done = 0
        let evaluation = Evaluator(network, team: ThreadTeam(threadCount: threads)).evaluate(
            windows, carriesState: true, probe: collector, willRead: collector.willRead,
            willPredict: collector.willPredict
        ) {
            progress(Double(done) / Double(plan.windows))
            done += 1
            return shouldStop()
        }
        guard !shouldStop() else { return nil }
        return (collector.analysis(bitsPerCharacter: evaluation.bitsPerCharacter, step: step), collector.firing)
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
        guard options.hasMemory else { return }
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
