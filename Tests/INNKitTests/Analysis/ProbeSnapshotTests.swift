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
            (snapshot.diversity, snapshot.effectiveNeurons) = ([0.5, 0.5], [2, 2])
            #expect(DegeneracyLight(snapshot) == .amber)
        }
    }
}
