import Testing

@testable import INNCore
@testable import INNTraining

/// Routing among many neurons, which stores no weights: nothing but time and memory may tell it from the form that
/// stores them.
@Suite struct BlockRouting {
    /// Everything that one pass of a network gives.
    private func pass(
        _ configuration: INNConfiguration, storesBelow: Int, _ interventions: InterventionSet = .none
    ) throws -> (logits: [Float], gradients: [(name: String, values: [Float])], weights: [Float]) {
        let bench = try ModelBench(configuration)
        bench.shake(scale: 0.3)
        // The averages that some interventions need are those of one network.
        let compiled = try bench.compile(interventions)
        bench.model.storesWeightsBelow = storesBelow
        let recorder = AllWeights()
        let logits = bench.logits(ForwardContext(probe: recorder, interventions: compiled))
        bench.loss(ForwardContext(interventions: compiled), learns: true)
        return (logits, bench.gradients, recorder.weights)
    }

    private func expectEqual(_ configuration: INNConfiguration, _ interventions: InterventionSet = .none) throws {
        let stored = try pass(configuration, storesBelow: .max, interventions)
        let blocks = try pass(configuration, storesBelow: 0, interventions)
        expectTwins(blocks.logits, stored.logits.map(Double.init), "logits")
        expectTwins(blocks.weights, stored.weights.map(Double.init), "weights")
        for (actual, expected) in zip(blocks.gradients, stored.gradients) {
            expectTwins(actual.values, expected.values.map(Double.init), relative: 1e-3, actual.name)
        }
    }

    @Test(arguments: NamedConfiguration.all)
    func everyNetworkIsTheSame(_ named: NamedConfiguration) throws { try expectEqual(named.configuration) }

    @Test(arguments: InterventionCase.all.filter { !$0.hasThreshold })
    func everyInterventionIsTheSame(_ intervention: InterventionCase) throws {
        try expectEqual(.odd, intervention.interventions)
    }

    /// Among the strongest alone as well, where an intervention leaves learned weights.
    @Test(arguments: [
        InterventionSet([.neuron(1, .lesion)]), InterventionSet([.edge(listener: 0, speaker: 1, .drop)]),
        InterventionSet([.routing(.uniform)]), InterventionSet([.neuron(2, .mean), .head(1)]),
    ])
    func interventionsAmongTheStrongestAreTheSame(_ set: InterventionSet) throws {
        try expectEqual(INNConfiguration.odd.with { ($0.neurons, $0.topK) = (6, 2) }, set)
    }

    private static let many = [
        NamedConfiguration("complete") { ($0.neurons, $0.sharing) = (66, .conv) },
        NamedConfiguration("top 4") { ($0.neurons, $0.sharing, $0.topK) = (66, .conv, 4) },
        NamedConfiguration("top 4, approximate") {
            ($0.neurons, $0.sharing, $0.topK, $0.topKSearch) = (66, .conv, 4, .approximate)
        },
        NamedConfiguration("static") { ($0.neurons, $0.sharing, $0.routing) = (66, .conv, .static) },
    ]

    /// Looking changes no bit, at many characters or at one.
    @Test(arguments: many, [9, 1])
    func lookingChangesNothing(_ named: NamedConfiguration, steps: Int) throws {
        let bench = try ModelBench(named.configuration, batchSize: 1, steps: steps)
        bench.shake()
        #expect(bench.logits(ForwardContext(probe: AllWeights())) == bench.logits())
    }

    /// With as many ways to share tiles out as there are tiles.
    @Test(arguments: many)
    func bitsDoNotDependOnThreads(_ named: NamedConfiguration) throws {
        func trained(_ threads: Int) throws -> [[Float]] {
            let bench = try ModelBench(named.configuration, batchSize: 2, steps: 37, threads: threads)
            bench.train(2, optimizer: AdamW(bench.model.parameters, team: bench.tape.team))
            return bench.parameterValues
        }
        let one = try trained(1)
        #expect(try trained(2) == one && trained(5) == one)
    }

    /// Edges that are equally strong are kept together, also where there was room for one.
    @Test func aCrowdedListenerGetsRoom() throws {
        let configuration = INNConfiguration.odd.with { ($0.neurons, $0.sharing, $0.topK) = (66, .conv, 1) }
        let bench = try ModelBench(configuration)
        for routing in bench.model.routings {
            routing.parameters.inProjection.values.update(repeating: 0, count: 2 * 15 * 15)
        }
        let recorder = AllWeights()
        _ = bench.logits(ForwardContext(probe: recorder))
        for (index, weight) in recorder.weights.enumerated() {
            let (listener, speaker) = (index / 66 % 66, index % 66)
            #expect(weight == (listener == speaker ? 0 : Float(1) / 65))
        }
        #expect(bench.loss(learns: true).isFinite)
        #expect(bench.gradients.allSatisfy { $0.values.allSatisfy(\.isFinite) })
    }

    /// Twice the neurons take twice the memory, where stored weights would take four times as much.
    @Test(arguments: [(0, RoutingMode.learned), (2, .learned), (0, .uniform)])
    func memoryIsLinearInTheNeurons(_ topK: Int, mode: RoutingMode) {
        func bytes(_ neurons: Int) -> Double {
            let operands = Operands(seed: 3)
            let routing = RoutingCase(neurons: neurons, rows: 64, dModel: 4, heads: 2, mode: mode, topK: topK)
            let parameters = routing.parameters(operands)
            let workspace = Workspace()
            let tape = Tape(workspace: workspace, team: ThreadTeam(threadCount: 1))
            let states = operands.input("states", [neurons, 64, 4])
            let input = tape.makeTensor(states.shape, states.array)
            let step = tape.routingStep(input, parameters, routing.geometry, showsWeights: false)
            tape.backward(from: step.output)
            // The weights that depend on no input are one matrix.
            return Double(workspace.byteCount - (mode == .uniform ? 2 * 4 * neurons * neurons : 0))
        }
        #expect(bytes(256) / bytes(128) < 2.1)
    }
}

/// All routing weights of a pass, in the order (round, row, head, listener, speaker).
private final class AllWeights: Probe {
    private(set) var weights: [Float] = []

    func observe(_ site: Site, _ observation: Observation) {
        guard case .routing(let activations, _) = observation else { return }
        let routing = activations.routing
        for token in 0..<routing.tokens {
            for head in 0..<routing.heads {
                for listener in 0..<routing.neurons {
                    for speaker in 0..<routing.neurons {
                        weights.append(routing[token, head, listener, speaker])
                    }
                }
            }
        }
    }
}
