import Testing

@testable import INNAnalysis
@testable import INNCore

/// What a snapshot keeps of the text, and what the light makes of it.
@Suite struct ProbeSnapshotTests {
    private func snapshot(_ bench: ModelBench, _ set: InterventionSet = .none) throws -> ProbeSnapshot {
        let c = bench.model.shape
        let collector = ProbeCollector(
            rounds: c.rounds, neurons: c.neurons, heads: c.heads, symbols: (0..<11).map { "\($0)" },
            windowLength: bench.steps)
        collector.willRead(bench.tokens)
        _ = bench.logits(ForwardContext(probe: collector, interventions: try bench.model.compile(set)))
        return collector.snapshot(step: 0)
    }

    /// Several streams lie behind each other in a window; the raster must not run from one into the next.
    @Test func theRasterEndsWithTheWindow() throws {
        let bench = try ModelBench(.odd, batchSize: 3, steps: 9)
        let snapshot = try snapshot(bench)
        #expect(snapshot.rasterText == bench.tokens.prefix(9).map { "\($0)" })
        #expect(snapshot.rasterGates.count == 2 * 3 * 9)
    }

    @Test func theLastRoundDecidesWhetherNeuronsDiffer() throws {
        var snapshot = try snapshot(ModelBench(.odd))
        snapshot.routingEntropy = snapshot.routingEntropy.map { _ in 0.5 }
        (snapshot.diversity, snapshot.effectiveNeurons) = ([0, 0.5], [1, 2])
        #expect(DegeneracyLight(snapshot) == .green)
        (snapshot.diversity, snapshot.effectiveNeurons) = ([0.5, 0], [2, 2])
        #expect(DegeneracyLight(snapshot) == .red)
        (snapshot.diversity, snapshot.effectiveNeurons) = ([0.5, 0.5], [2, 1])
        #expect(DegeneracyLight(snapshot) == .red)
    }

    @Test func aLesionDoesNotImproveTheLight() throws {
        let bench = try ModelBench(INNConfiguration.odd.with { $0.neurons = 6 })
        for set in [.none, InterventionSet([.neuron(2, .lesion)])] {
            var snapshot = try snapshot(bench, set)
            #expect(snapshot.routingEntropy.count { $0 == 0 } == 2 * set.count, "who is lesioned hears nobody")
            snapshot.routingEntropy = snapshot.routingEntropy.map { $0 > 0 ? 0.985 : 0 }
            snapshot.routingDynamism = snapshot.routingEntropy.map { $0 > 0 ? 0.03 : 0 }
            (snapshot.diversity, snapshot.effectiveNeurons) = ([0.5, 0.5], [2, 2])
            #expect(DegeneracyLight(snapshot) == .amber)
            snapshot.routingDynamism = snapshot.routingEntropy.map { $0 > 0 ? 0.055 : 0 }
            #expect(DegeneracyLight(snapshot) == .green, "the mean is over those who have a choice")
        }
    }

    /// Routing that is uniform on average is no degenerate routing when each character has another one.
    @Test func onlyRoutingThatIsUniformAtEachCharacterIsAmber() throws {
        var snapshot = try snapshot(ModelBench(.odd))
        let rows = snapshot.routingEntropy.count
        (snapshot.diversity, snapshot.effectiveNeurons) = ([0.5, 0.5], [2, 2])
        func light(entropy: Float, dynamism: Float?, untrained: Float? = nil) -> DegeneracyLight {
            snapshot.routingEntropy = [Float](repeating: entropy, count: rows)
            snapshot.routingDynamism = dynamism.map { [Float](repeating: $0, count: rows) }
            return DegeneracyLight(snapshot, untrained: untrained)
        }
        #expect(light(entropy: 0.99, dynamism: 0.049) == .amber)
        #expect(light(entropy: 0.99, dynamism: 0.051) == .green)
        #expect(light(entropy: 0.97, dynamism: 0) == .green, "a fixed choice is a choice")
        #expect(light(entropy: 0.99, dynamism: nil) == .amber, "a snapshot from before dynamism was measured")
        #expect(light(entropy: 0.99, dynamism: 0.1, untrained: 0.06) == .amber)
        #expect(light(entropy: 0.99, dynamism: 0.1, untrained: 0.04) == .green)
        #expect(light(entropy: 0.99, dynamism: 0.004, untrained: 1e-6) == .amber)
        snapshot.routingDeviation = [0, 0]
        #expect(light(entropy: 1, dynamism: 0) == .amber, "uniform routing alone makes nobody a copy")
    }

    /// The live figure and the one of the analysis are taken in different ways: by character, and by edge.
    @Test func dynamismIsTheSameForScreensAndReports() throws {
        let bench = try ModelBench(.odd, batchSize: 2, steps: 16)
        let (shape, plan) = (bench.model.shape, ReadingPlan(streams: 2, windows: 1, steps: 16))
        let names = (0..<11).map { "\($0)" }
        let collector = AnalysisCollector(
            shape, plan: plan,
            classes: SymbolClasses(names: names, characters: (97..<108).map { Unicode.Scalar(UInt8($0)) }))
        collector.willRead(bench.tokens)
        collector.willPredict(bench.tokens)
        _ = bench.logits(ForwardContext(probe: collector, interventions: try bench.model.compile(.none)))
        let analysis = collector.analysis(bitsPerCharacter: nil, step: 0)
        let live = try #require(analysis.snapshot.routingDynamism)
        let rows = ProbeRows.averaged(analysis.snapshot)
        #expect(live.contains { $0 > 1e-4 })
        for routing in analysis.routing {
            let own = live[(routing.round * shape.neurons)..<((routing.round + 1) * shape.neurons)]
            for (a, b) in zip(own, routing.dynamism) { #expect(abs(a - b) < 1e-5) }
            let sharpness = RoundSharpness(analysis.snapshot, round: routing.round, rows: rows)
            let degrees = try #require(routing.characterDegree)
            #expect(abs(sharpness.characterDegree! - degrees.reduce(0, +) / Float(degrees.count)) < 1e-3)
            #expect(sharpness.characterDegree! <= sharpness.meanDegree && sharpness.characterEntropy! <= 1)
        }
    }
}

private enum ProbeRows {
    /// Routing averaged over heads.
    static func averaged(_ s: ProbeSnapshot) -> [Float] {
        let size = s.neurons * s.neurons
        return (0..<(s.rounds * size)).map { index in
            let start = index / size * s.heads * size + index % size
            return (0..<s.heads).reduce(0) { $0 + s.routing[start + $1 * size] } / Float(s.heads)
        }
    }
}
