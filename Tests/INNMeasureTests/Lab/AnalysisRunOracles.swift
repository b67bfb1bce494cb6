import Foundation
import INNKit
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNEvaluation
@testable import INNLab

/// What `analyze` measures by changing the network, against the twin.
@Suite struct AnalysisRunOracles {
    private static func run(
        _ bench: LineBench, edges: Int = 4, hasControl: Bool = true, hasEffects: Bool = true, hasMemory: Bool = false
    ) -> AnalysisRun {
        AnalysisRun(
            network: bench.network, alphabet: .text8, corpus: bench.corpus, windows: bench.windows,
            options: .init(
                hasControl: hasControl, hasEffects: hasEffects, hasMemory: hasMemory, edges: edges,
                effectCharacters: 300, seed: 1), step: 5)
    }

    private static let text = String(
        repeating: "pack my box with five dozen liquor jugs and a quick brown fox ", count: 60)

    /// Memories that are not there cannot be emptied, and nothing else depends on them.
    @Test func aNetworkWithoutMemoriesIsAnalysed() throws {
        var line = LineNetwork(neurons: 3)
        line.memory = .none
        let bench = try LineBench(line, text: Self.text, batchSize: 2, sequenceLength: 64, characters: 3000)
        let measured = try Self.run(bench, hasControl: false, hasMemory: true).measure { _, _ in }
        #expect(measured.trained.memory == nil && measured.trained.causal?.neurons.count == 3)
    }

    @Test func effectsAreThoseOfTheEquations() throws {
        let line = LineNetwork(neurons: 3)
        let bench = try LineBench(line, text: Self.text, batchSize: 2, sequenceLength: 64, characters: 3000)
        let measured = try Self.run(bench).measure { _, _ in }
        let causal = try #require(measured.trained.causal)
        // Effects are read in the streams of the analysis, here two, in the first windows of each that fit.
        let windows = try ValidationWindows(
            corpus: bench.corpus, range: bench.windows.range, batchSize: 2, sequenceLength: 64, maximumCharacters: 300)
        #expect(causal.characters == windows.characters)
        let sequences = try ValidationWindows(
            corpus: bench.corpus, range: bench.windows.range, batchSize: 1, sequenceLength: 128, maximumCharacters: 300)
        #expect(causal.estimateCharacters == sequences.characters && sequences.characters == 256)
        // Stream by stream, each over both windows.
        #expect(windows.windowCount == 2)
        var (ids, next): ([Int32], [Int32]) = ([], [])
        for stream in 0..<2 {
            for window in 0..<2 {
                var (own, ownNext) = ([Int32](repeating: 0, count: 128), [Int32](repeating: 0, count: 128))
                windows.fill(window: window, tokens: &own, targets: &ownNext)
                ids += own[(stream * 64)..<((stream + 1) * 64)]
                next += ownNext[(stream * 64)..<((stream + 1) * 64)]
            }
        }
        func steps(_ change: LineTwin.Change = LineTwin.Change()) -> [LineTwin.Step] {
            (0..<2).flatMap { stream in bench.twin.read(ids[(stream * 128)..<((stream + 1) * 128)], change) }
        }
        let plain = steps()
        func expect(
            _ divergence: Interval, _ cost: Interval, _ change: LineTwin.Change, _ name: String
        ) -> [LineTwin.Step] {
            let changed = steps(change)
            let kl = zip(plain, changed).map(LineTwin.divergence)
            let bits = zip(zip(plain, changed), next).map { $0.1.surprisal($1) - $0.0.surprisal($1) }
            for (found, values) in [(divergence, kl), (cost, bits)] {
                let blocks = stride(from: 0, to: values.count, by: 64).map { mean(Array(values[$0..<($0 + 64)])) }
                let due = Interval(of: blocks)
                expectClose([found.mean, found.low, found.high], [due.mean, due.low, due.high], name)
            }
            return changed
        }
        #expect(causal.edges.count == 4 && causal.neurons.count == 3)
        for edge in causal.edges {
            _ = expect(
                edge.divergence, edge.deltaBPC, LineTwin.Change(cut: [(edge.listener, edge.speaker, nil)]),
                "edge \(edge.listener)→\(edge.speaker)")
            #expect(edge.estimate == causal.estimates[edge.listener * 3 + edge.speaker])
        }
        let top = causal.edges.map(\.estimate).min()!
        #expect(causal.estimates.count { $0 > top } == 3, "the four largest estimates were measured")
        for neuron in causal.neurons {
            let changed = expect(
                neuron.divergence, neuron.deltaBPC, LineTwin.Change(lesioned: [neuron.neuron]),
                "neuron \(neuron.neuron)")
            let shift = (0..<27).map { id in
                mean(zip(plain, changed).map { $1.logProbabilities[id] - $0.logProbabilities[id] })
            }
            expectClose(neuron.logitEffect.map(Double.init), shift.map { $0 - mean(shift) })
        }
        // The network is static by itself.
        #expect(causal.routing.map(\.change) == [.uniform, .off])
        for (worth, change) in zip(causal.routing, [LineTwin.Change(isUniform: true), .init(isOff: true)]) {
            _ = expect(worth.divergence, worth.deltaBPC, change, "\(worth.change)")
        }
        #expect(causal.tuning?.neurons.count == 3 && causal.tuning?.control?.networks == 3)
        #expect(causal.edges.map(\.divergence.mean) == causal.edges.map(\.divergence.mean).sorted(by: >))
        #expect(causal.neurons.map(\.divergence.mean) == causal.neurons.map(\.divergence.mean).sorted(by: >))
        expectClose(
            causal.estimateMeasured,
            RankCorrelation.spearman(causal.edges.map(\.estimate), causal.edges.map(\.divergence.mean)), within: 1e-12)
        let weights = (0..<9).map { edge in mean(measured.trained.routing.map { Double($0.weights[edge]) }) }
        let flow = (0..<9).map { edge in mean(measured.trained.routing.map { Double($0.flow[edge]) }) }
        expectClose(causal.weightFlow, RankCorrelation.spearman(weights, flow), within: 1e-9)
        expectClose(causal.weightCausal, RankCorrelation.spearman(weights, causal.estimates), within: 1e-9)
        expectClose(causal.flowCausal, RankCorrelation.spearman(flow, causal.estimates), within: 1e-9)
    }

    /// As many edges as there are: of three neurons each listens to all, also to itself where it may.
    @Test(arguments: [true, false]) func allEdges(selfEdges: Bool) throws {
        var line = LineNetwork(neurons: 3)
        line.selfEdges = selfEdges
        let bench = try LineBench(line, text: Self.text)
        let causal = try #require(
            try Self.run(bench, edges: 99, hasControl: false).measure { _, _ in }.trained.causal)
        #expect(
            causal.edges.map { 3 * $0.listener + $0.speaker }.sorted()
                == (0..<9).filter { selfEdges || $0 / 3 != $0 % 3 })
    }

    @Test func everythingIsMeasuredUnlessItIsSaid() {
        let options = AnalysisRun.Options()
        #expect(options.hasControl && options.hasEffects && options.hasMemory)
        #expect(options.edges == 12 && options.effectCharacters == 65_536 && options.seed == 1)
    }

    @Test func whatIsNotAskedForIsNotMeasured() throws {
        let bench = try LineBench(LineNetwork(), text: Self.text)
        let plain = try Self.run(bench, hasControl: false, hasEffects: false).measure { _, _ in }
        #expect(plain.untrained == nil && plain.trained.causal == nil && plain.trained.memory == nil)
        expectClose(plain.trained.bitsPerCharacter!, mean(bench.surprisals()))
        #expect(plain.trained.snapshot.step == 5)
        let full = try Self.run(bench, edges: 0, hasMemory: true).measure { _, _ in }
        #expect(full.trained.causal?.edges.isEmpty == true && full.trained.causal?.neurons.count == 2)
        // 128 places of 256 characters do not fit into 3,780; the network has no memory to be emptied either way.
        #expect(full.trained.memory == nil || full.trained.memory?.places == 0)
        var silent = LineNetwork()
        silent.routing = .off
        let off = try LineBench(silent, text: Self.text)
        #expect(throws: INNError.self) { try Self.run(off).measure { _, _ in } }
        var stopped = Self.run(bench)
        stopped.shouldStop = { true }
        #expect(throws: CancellationError.self) { try stopped.measure { _, _ in } }
    }

    /// Past that is changed at 128 places, each followed for 128 characters, in the network and in an untrained copy.
    @Test func memoryIsMeasuredAt128Places() throws {
        var line = LineNetwork(rounds: 1)
        line.memory = .mamba
        let bench = try LineBench(line, text: String(repeating: Self.text, count: 9))
        #expect(bench.corpus.count > 128 * 256)
        let measured = try Self.run(bench, edges: 0, hasMemory: true).measure { _, _ in }
        let copy = try IntelligentNeuralNetwork(bench.network.configuration, seed: RandomSource.key(1, 0xC0))
        for (found, network) in [(measured.trained, bench.network), (try #require(measured.untrained), copy)] {
            let memory = try #require(found.memory)
            #expect(memory.places == 128 && memory.points.count == 128)
            let curves = try MemoryMeter(
                network, corpus: bench.corpus, range: bench.windows.range, lead: 128, distances: 128
            ).measure(places: 128, team: ThreadTeam(), seed: 1)
            #expect(memory == MemoryAnalysis(replaced: curves.replaced, reset: curves.reset))
        }
    }

    /// A control of its own seed, measured as the network is.
    @Test func theControlIsAnUntrainedCopy() throws {
        let bench = try LineBench(LineNetwork(), text: Self.text)
        let measured = try Self.run(bench, hasEffects: false).measure { _, _ in }
        let copy = try IntelligentNeuralNetwork(bench.network.configuration, seed: RandomSource.key(1, 0xC0))
        let due = SurprisalMeter(copy, bench.windows).surprisals(nil).map(Double.init)
        expectClose(measured.untrained!.bitsPerCharacter!, mean(due))
    }
}
