import Testing

@testable import INNCore
@testable import INNTraining

/// Neurons that are silent skip their work: the same results as masking, with less done.
@Suite struct SilentNeurons {
    static let sets: [InterventionSet] = [
        InterventionSet([.memory(.skipWhenSilent)]), InterventionSet([.gate(.loudest(1)), .memory(.skipWhenSilent)]),
        InterventionSet([.gate(.loudest(2)), .memory(.skipWhenSilent, neuron: 1)]),
        InterventionSet([.gate(.hard(threshold: 0.55)), .memory(.skipWhenSilent)]),
        InterventionSet([.gate(.closed, neuron: 0), .memory(.skipWhenSilent, round: 0)]),
        InterventionSet([.gate(.closed), .memory(.skipWhenSilent)]),
        InterventionSet([.gate(.loudest(2))]), InterventionSet([.gate(.hard(threshold: 0.55))]),
    ]

    /// Gates far apart, so that no decision hangs on the last bit.
    private func decided(
        _ configuration: INNConfiguration = .odd, batchSize: Int = 1, steps: Int = 13
    ) throws -> ModelBench {
        let bench = try ModelBench(configuration, batchSize: batchSize, steps: steps)
        bench.shake()
        for parameter in bench.model.parameters.parameters where parameter.name.hasSuffix("gateWeight") {
            for index in 0..<parameter.count { parameter.values[index] *= 4 }
        }
        bench.model.parameters.markChanged()
        return bench
    }

    private func values(_ state: RecurrentState) -> [Float] {
        Array(UnsafeBufferPointer(start: state.data, count: state.count))
    }

    @Test(arguments: sets, [GateMode.soft, .hard])
    func skippingEqualsMasking(_ set: InterventionSet, gate: GateMode) throws {
        let bench = try decided(.odd.with { $0.gate = gate })
        let twin = MaskedTwin(bench.model, set)
        let state = bench.model.makeState(batchSize: 1)
        let compiled = try bench.compile(set)
        let masked = twin.logits(bench.tokens)
        let stepped = bench.tokens.flatMap {
            ModelBench.logits(
                bench.model, [$0], batchSize: 1, on: bench.tape, ForwardContext(state: state, interventions: compiled))
        }
        expectClose(stepped, masked, absolute: 1e-5, relative: 0, "one character at a time")
        expectClose(values(state), values(twin.state), absolute: 1e-5, relative: 0, "memory")
        expectClose(
            bench.logits(ForwardContext(interventions: compiled)), masked, absolute: 1e-5, relative: 0,
            "the sequence at once")
        #expect(twin.restCount > 0 || !set.list.contains { if case .memory = $0 { true } else { false } })
    }

    @Test(arguments: [true, false])
    func gradientEqualsDifferencesWhereRowsAreSkipped(_ savesActivations: Bool) throws {
        let bench = try decided(batchSize: 2, steps: 9)
        bench.model.activationBudget = savesActivations ? 1 << 29 : 0
        let set = InterventionSet([.memory(.skipWhenSilent), .memory(.resetEvery(4), neuron: 1)])
        let context = ForwardContext(interventions: try bench.compile(set))
        bench.loss(context, learns: true)
        let store = bench.model.parameters
        // A change of a gate's own weights may turn a decision over, where the loss jumps.
        let kept = store.parameters.indices.filter { !store.parameters[$0].name.contains(".gate") }
        expectFiniteDifferences(
            kept.map { store.parameters[$0] }, kept.map { bench.gradients[$0] }, samples: 3, relative: 5e-3
        ) {
            store.markChanged()
            return bench.loss(context)
        }
    }

    @Test(arguments: [1, 2]) func aBudgetIsKeptAtEveryCharacter(_ budget: Int) throws {
        let bench = try decided(.odd.with { $0.neurons = 5 }, steps: 19)
        let recorder = TraceRecorder(bench.model.shape)
        let state = bench.model.makeState(batchSize: 1)
        for (set, counts) in [
            (InterventionSet([.gate(.loudest(budget))]), true),
            (InterventionSet([.gate(.loudest(budget)), .memory(.skipWhenSilent)]), false),
        ] {
            let compiled = try bench.compile(set)
            let counter = WorkCounter()
            state.reset()
            for token in bench.tokens {
                _ = ModelBench.logits(
                    bench.model, [token], batchSize: 1, on: bench.tape,
                    ForwardContext(state: state, probe: recorder, interventions: compiled))
                for round in 0..<2 { #expect((0..<5).count { recorder.trace.gates[round * 5 + $0] != 0 } == budget) }
                #expect(recorder.trace.work == [Float](repeating: Float(budget) / 5, count: 2))
            }
            _ = bench.logits(ForwardContext(probe: counter, interventions: compiled))
            #expect(abs(counter.spokeShare - Double(budget) / 5) < 1e-9)
            #expect(abs(counter.ranShare - (counts ? 1 : Double(budget) / 5)) < 1e-9)
        }
    }

    @Test func aRestingNeuronsMemoryKeepsItsBits() throws {
        let bench = try decided()
        let state = bench.model.makeState(batchSize: 1)
        let size = state.count / 6
        _ = ModelBench.logits(
            bench.model, Array(bench.tokens[..<6]), batchSize: 1, on: bench.tape, ForwardContext(state: state))
        let before = values(state)
        let compiled = try bench.compile(
            InterventionSet([.gate(.closed, neuron: 1), .memory(.skipWhenSilent, neuron: 1)]))
        _ = ModelBench.logits(
            bench.model, Array(bench.tokens[6...]), batchSize: 1, on: bench.tape,
            ForwardContext(state: state, interventions: compiled))
        let after = values(state)
        for round in 0..<2 {
            let own = (round * 3 + 1) * size..<(round * 3 + 2) * size
            let other = (round * 3) * size..<(round * 3 + 1) * size
            #expect(Array(after[own]) == Array(before[own]))
            #expect(Array(after[other]) != Array(before[other]))
        }
    }

    @Test(arguments: [Intervention.gate(.loudest(0)), .gate(.loudest(4)), .gate(.loudest(1), neuron: 0)])
    func impossibleBudgetsAreRefused(_ intervention: Intervention) throws {
        let model = try IntelligentNeuralNetwork(.odd, seed: 1)
        #expect(throws: INNError.self) { try model.compile(InterventionSet([intervention])) }
    }

    @Test(arguments: [Intervention.gate(.loudest(1)), .memory(.skipWhenSilent)])
    func networksWithoutGatesRefuse(_ intervention: Intervention) throws {
        let model = try IntelligentNeuralNetwork(.odd.with { $0.gate = .off }, seed: 1)
        #expect(throws: INNError.self) { try model.compile(InterventionSet([intervention])) }
    }

    /// With hard gates the target is a firing rate, not a mean of what was there before the threshold.
    @Test(arguments: [GateMode.soft, .hard], [Float(0.3), 0.7])
    func pressureReachesItsTarget(_ gate: GateMode, target: Float) throws {
        let bench = try ModelBench(
            .odd.with { ($0.neurons, $0.gate, $0.gateTarget, $0.gatePressure) = (6, gate, target, 20) }, steps: 16)
        bench.train(80, optimizer: AdamW(bench.model.parameters, team: ThreadTeam(threadCount: 1)))
        let probe = GateProbe()
        _ = bench.logits(ForwardContext(probe: probe))
        #expect(abs(probe.mean - target) < 0.08, "mean gate \(probe.mean) for \(target)")
    }
}

/// The mean of the gates as they multiply messages.
private final class GateProbe: Probe {
    private var sum: Float = 0, count: Float = 0
    var mean: Float { sum / count }

    func observe(_ site: Site, _ observation: Observation) {
        guard case .routing(let activations, _) = observation else { return }
        for neuron in 0..<activations.routing.neurons {
            for token in 0..<activations.routing.tokens {
                (sum, count) = (sum + activations.gate(neuron: neuron, token: token), count + 1)
            }
        }
    }
}
