import Testing

@testable import INNCore

/// The whole network end to end: loss and penalty against finite differences.
@Suite struct ModelGradients {
    /// Differences cannot see through a threshold or a choice.
    private static let smooth = NamedConfiguration.all.filter {
        $0.configuration.gate != .hard && $0.configuration.topK == nil
    }

    /// Queries and keys are a tenth of what they would have been, everything else is the same.
    @Test func scoresStartSmall() throws {
        let whole = try IntelligentNeuralNetwork(.odd, seed: 3)
        let scaled = try IntelligentNeuralNetwork(INNConfiguration.odd.with { $0.scoreScale = 0.1 }, seed: 3)
        for (a, b) in zip(whole.parameters.parameters, scaled.parameters.parameters) {
            let scores = a.name.hasSuffix("routing.inProjection") ? a.count * 2 / 3 : 0
            for index in 0..<a.count {
                #expect(b.values[index] == a.values[index] * (index < scores ? 0.1 : 1), "\(a.name)")
            }
        }
    }

    @Test(arguments: smooth, [true, false])
    func lossGradientEqualsDifferences(_ named: NamedConfiguration, savesActivations: Bool) throws {
        let bench = try ModelBench(named.configuration)
        bench.shake()
        bench.model.activationBudget = savesActivations ? 1 << 29 : 0
        let context = ForwardContext(isTraining: true, dropoutKey: 21)
        bench.loss(context, learns: true)
        let store = bench.model.parameters
        expectFiniteDifferences(store.parameters, bench.gradients, samples: 4, relative: 5e-3) {
            store.markChanged()
            return bench.loss(context)
        }
    }

    @Test(arguments: smooth)
    func gradientFromAStateEqualsDifferences(_ named: NamedConfiguration) throws {
        let bench = try ModelBench(named.configuration, steps: 5)
        bench.shake()
        let start = bench.model.makeState(batchSize: 2)
        let state = bench.model.makeState(batchSize: 2)
        var random = RandomSource(seed: 8)
        for index in 0..<start.count { start.data[index] = Float(0.3 * random.normal()) }
        state.copy(from: start)
        bench.loss(ForwardContext(state: state), learns: true)
        let store = bench.model.parameters
        expectFiniteDifferences(store.parameters, bench.gradients, samples: 3, relative: 5e-3) {
            store.markChanged()
            state.copy(from: start)
            return bench.loss(ForwardContext(state: state))
        }
    }

    @Test(arguments: NamedConfiguration.all)
    func recomputingChangesNothing(_ named: NamedConfiguration) throws {
        func run(_ budget: Int) throws -> [[Float]] {
            let bench = try ModelBench(named.configuration)
            bench.model.activationBudget = budget
            bench.loss(ForwardContext(isTraining: true, dropoutKey: 4), learns: true)
            return bench.gradients.map(\.values)
        }
        #expect(try run(0) == run(1 << 29))
    }

    @Test func hardGateTrainsTheGateWeights() throws {
        let bench = try ModelBench(INNConfiguration.odd.with { $0.gate = .hard })
        bench.shake()
        bench.loss(learns: true)
        for gradient in bench.gradients where gradient.name.contains("gateWeight") {
            #expect(gradient.values.contains { $0 != 0 }, "\(gradient.name)")
        }
    }

    @Test func penaltyIsThePressureOnTheMeanGate() throws {
        let configuration = INNConfiguration.odd.with { ($0.gateTarget, $0.gatePressure) = (0.25, 2) }
        let bench = try ModelBench(configuration)
        let probe = GateProbe()
        let result = bench.tokens.withUnsafeBufferPointer {
            bench.model.forward(
                tokens: $0, batchSize: 2, steps: 9, on: bench.tape, context: ForwardContext(probe: probe))
        }
        let expected = probe.meanGates.reduce(0.0) { $0 + 2 / Double(configuration.rounds) * ($1 - 0.25) * ($1 - 0.25) }
        #expect(abs(Double(result.penalty) - expected) < 1e-6)
        bench.tape.reset()
    }
}

/// Collects the mean gate of every round.
private final class GateProbe: Probe {
    var meanGates: [Double] = []

    func observe(_ site: Site, _ observation: Observation) {
        guard case .routing(let activations, _) = observation else { return }
        let routing = activations.routing
        let gates = (0..<routing.neurons).flatMap { neuron in
            (0..<routing.tokens).map { Double(activations.gate(neuron: neuron, token: $0)) }
        }
        meanGates.append(gates.reduce(0, +) / Double(gates.count))
    }
}
