import Testing

@testable import INNAnalysis
@testable import INNCore

/// What `topK`, `groups` and `memory none` promise beyond being differentiable.
@Suite struct SparseRouting {
    /// Effective routing weights `[rows, heads, listeners][speakers]` of the first round.
    private func weights(
        _ change: (inout INNConfiguration) -> Void, interventions: InterventionSet? = nil
    ) throws -> [[Float]] {
        let bench = try ModelBench(INNConfiguration.odd.with(change))
        bench.shake(scale: 0.3)
        let recorder = WeightRecorder()
        _ = bench.logits(
            ForwardContext(probe: recorder, interventions: try interventions.flatMap { try bench.model.compile($0) }))
        return recorder.rows
    }

    @Test func aListenerKeepsItsStrongestEdges() throws {
        let all = try weights { $0.neurons = 7 }
        let kept = try weights { ($0.neurons, $0.topK) = (7, 3) }
        for (index, (row, full)) in zip(kept, all).enumerated() {
            #expect(row.count { $0 > 0 } == 3 && abs(row.reduce(0, +) - 1) < 1e-5)
            #expect(row[index % 7] == 0)
            let bound = full.sorted(by: >)[2]
            for (weight, before) in zip(row, full) { #expect((weight > 0) == (before >= bound)) }
        }
    }

    /// With one character and one head, keeping the strongest edges is cutting the others: values and gradients are the
    /// same.
    @Test func keepingIsCuttingTheOthers() {
        let operands = Operands(seed: 12)
        let tape = Tape(team: ThreadTeam(threadCount: 1))
        var routing = RoutingCase(neurons: 7, rows: 1, heads: 1, topK: 3)
        let parameters = routing.parameters(operands)
        let states = operands.input("states", [7, 1, 6])
        func run(_ geometry: RoutingGeometry) -> (weights: [Float], values: [[Float]]) {
            defer { tape.reset() }
            operands.parameters.clearGradients()
            let input = tape.makeTensor(states.shape, states.array)
            let step = tape.routingStep(input, parameters, geometry)
            let output = step.output.array()
            let routing = step.activations.routing
            let weights = (0..<49).map { routing[0, 0, $0 / 7, $0 % 7] }
            tape.backward(from: step.output, seed: output.map { 0.3 * $0 + 0.1 })
            return (weights, [output, gradient(tape, input)] + operands.parameters.parameters.map(\.gradientArray))
        }
        let kept = run(routing.geometry)
        // Keeps all that is open, in the same form of the kernel: at one token the one without topK sums in another
        // order.
        routing.topK = 7
        var geometry = routing.geometry
        for edge in 0..<49 where kept.weights[edge] == 0 { geometry.edges.scoreBias[edge] = -.infinity }
        let cut = run(geometry)
        #expect(kept.weights.count { $0 > 0 } == 21)
        for (kept, cut) in zip(kept.values, cut.values) {
            expectClose(kept, cut, absolute: 1e-7, relative: 1e-6, "kept against cut")
        }
    }

    /// Whoever cannot be told apart is kept together, so that copies of one neuron stay copies.
    @Test func equalEdgesAreKeptTogether() throws {
        let bench = try ModelBench(INNConfiguration.odd.with { ($0.neurons, $0.sharing, $0.topK) = (4, .all, 1) })
        let recorder = WeightRecorder()
        bench.model.routings[0].parameters.inProjection.values.update(
            repeating: 0, count: bench.model.routings[0].parameters.inProjection.count)
        _ = bench.logits(ForwardContext(probe: recorder))
        for (index, row) in recorder.rows.enumerated() {
            #expect(row == (0..<4).map { $0 == index % 4 ? 0 : Float(1) / 3 })
        }
    }

    @Test func groupsMakeOneEffectiveMatrix() throws {
        for (index, row) in try weights({ ($0.neurons, $0.groups) = (9, 3) }).enumerated() {
            let listener = index % 9
            #expect(abs(row.reduce(0, +) - 1) < 1e-5 && row[listener] == 0)
            for group in 0..<3 where group != listener / 3 {
                let shares = Set(row[(group * 3)..<(group * 3 + 3)])
                #expect(shares.count == 1 && shares.first! > 0, "members of another group are heard alike")
            }
        }
    }

    @Test func aLesionedNeuronLeavesItsGroupsMean() throws {
        let rows = try weights(
            { ($0.neurons, $0.groups) = (6, 3) }, interventions: InterventionSet([.neuron(4, .lesion)]))
        for (index, row) in rows.enumerated() where index % 6 != 4 {
            #expect(row[4] == 0 && abs(row.reduce(0, +) - 1) < 1e-5)
        }
        for (index, row) in rows.enumerated() where index % 6 == 4 { #expect(row.allSatisfy { $0 == 0 }) }
    }

    @Test func edgesIntoOtherGroupsCannotBeCut() throws {
        let model = try IntelligentNeuralNetwork(
            INNConfiguration.odd.with { ($0.neurons, $0.groups) = (6, 3) }, seed: 1)
        #expect(try model.compile(InterventionSet([.edge(listener: 0, speaker: 1, .cut)])) != nil)
        let error = #expect(throws: INNError.self) {
            try model.compile(InterventionSet([.edge(listener: 0, speaker: 2, .cut)]))
        }
        #expect(error?.message.contains("mean of another group") == true)
    }

    /// A silent network of groups has the degeneracy light's uniform routing.
    @Test func identicalNeuronsInGroupsCountAsUniform() throws {
        let bench = try ModelBench(INNConfiguration.odd.with { ($0.neurons, $0.groups, $0.sharing) = (6, 3, .all) })
        let collector = ProbeCollector(
            rounds: 2, neurons: 6, heads: 3, symbols: (0..<11).map { "\($0)" }, windowLength: bench.tokens.count)
        collector.willRead(bench.tokens)
        _ = bench.logits(ForwardContext(probe: collector))
        let snapshot = collector.snapshot(step: 0)
        #expect(snapshot.routingDeviation.allSatisfy { $0 < 1e-6 })
        #expect(DegeneracyLight(snapshot) == .red)
    }

    @Test(arguments: MemorySharing.allCases)
    func noMemoryHasAsManyParametersAndForgetsEverything(_ sharing: MemorySharing) throws {
        let mamba = try IntelligentNeuralNetwork(INNPreset.tiny.configuration.with { $0.sharing = sharing }, seed: 1)
        let none = try IntelligentNeuralNetwork(
            INNPreset.tiny.configuration.with { ($0.sharing, $0.memory) = (sharing, .none) }, seed: 1)
        #expect(abs(Double(none.parameterCount) / Double(mamba.parameterCount) - 1) < 0.01)
        let bench = try ModelBench(
            INNConfiguration.odd.with { ($0.memory, $0.sharing) = (.none, sharing) }, batchSize: 1, steps: 6)
        let logits = bench.logits()
        let alone = ModelBench.logits(bench.model, [bench.tokens[5]], batchSize: 1, on: bench.tape)
        expectClose(alone, Array(logits[(5 * 11)...]), absolute: 1e-6, relative: 1e-6, "the last character alone")
        #expect(throws: INNError.self) { try bench.model.compile(InterventionSet([.memory(.freeze)])) }
    }
}

/// Takes the routing weights of the first round.
private final class WeightRecorder: Probe {
    var rows: [[Float]] = []

    func observe(_ site: Site, _ observation: Observation) {
        guard case .routing(0) = site, case .routing(let activations, _) = observation else { return }
        let routing = activations.routing
        let n = routing.neurons
        for token in 0..<routing.tokens {
            for head in 0..<routing.heads {
                for listener in 0..<n { rows.append((0..<n).map { routing[token, head, listener, $0] }) }
            }
        }
    }
}
