import Testing

@testable import INNCore

/// Interventions in training: gradients are those of the changed network.
@Suite struct InterventionGradients {
    @Test(arguments: InterventionCase.all, [true, false])
    func gradientEqualsDifferences(_ intervention: InterventionCase, savesActivations: Bool) throws {
        if intervention.hasDecision { return }
        let bench = try ModelBench(.odd.with { ($0.gateTarget, $0.gatePressure) = (0.3, 0.5) })
        bench.shake()
        bench.model.activationBudget = savesActivations ? 1 << 29 : 0
        let context = ForwardContext(
            isTraining: true, dropoutKey: 3, interventions: try bench.compile(intervention.interventions))
        bench.loss(context, learns: true)
        let store = bench.model.parameters
        expectFiniteDifferences(store.parameters, bench.gradients, samples: 3, relative: 5e-3) {
            store.markChanged()
            return bench.loss(context)
        }
    }

    /// Memory is cut into pieces that begin in a state which is not zero.
    @Test(arguments: [Intervention.memory(.freeze), .memory(.resetEvery(11)), .memory(.reset(at: 4), neuron: 1)])
    func gradientFromAStateEqualsDifferences(_ intervention: Intervention) throws {
        let bench = try ModelBench(.odd, steps: 23)
        bench.shake()
        let start = bench.model.makeState(batchSize: 2)
        let state = bench.model.makeState(batchSize: 2)
        var random = RandomSource(seed: 8)
        for index in 0..<start.count { start.data[index] = Float(0.3 * random.normal()) }
        let context = ForwardContext(state: state, interventions: try bench.compile(InterventionSet([intervention])))
        state.copy(from: start)
        bench.loss(context, learns: true)
        let store = bench.model.parameters
        expectFiniteDifferences(store.parameters, bench.gradients, samples: 3, relative: 5e-3) {
            store.markChanged()
            state.copy(from: start)
            return bench.loss(context)
        }
    }

    @Test func lesionedNeuronsDoNotLearn() throws {
        let bench = try ModelBench(.odd)
        bench.loss(
            ForwardContext(isTraining: true, interventions: try bench.compile(InterventionSet([.neuron(1, .lesion)]))),
            learns: true)
        for parameter in bench.model.parameters.parameters
        where parameter.shape.rank > 1 && parameter.name.contains("memory.") && parameter.shape[0] == 3 {
            let size = parameter.count / 3
            let gradient = parameter.gradientArray
            #expect(gradient[size..<(2 * size)].allSatisfy { $0 == 0 }, "\(parameter.name)")
            #expect(gradient[..<size].contains { $0 != 0 }, "\(parameter.name)")
        }
    }
}
