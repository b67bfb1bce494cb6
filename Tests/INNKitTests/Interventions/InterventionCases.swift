import Testing

@testable import INNCore

/// Interventions that together use every word of the vocabulary, with and without a round or neuron of their own.
struct InterventionCase: Sendable, CustomTestStringConvertible {
    let interventions: InterventionSet

    var testDescription: String { interventions.summary }

    init(_ list: Intervention...) { interventions = InterventionSet(list) }

    static let all = [
        InterventionCase(.neuron(1, .mute)), InterventionCase(.neuron(0, .mute, round: 1)),
        InterventionCase(.neuron(1, .lesion)),
        InterventionCase(.neuron(0, .lesion), .neuron(2, .lesion)), InterventionCase(.neuron(2, .mean)),
        InterventionCase(.neuron(2, .mean, round: 0)),
        InterventionCase(.neuron(1, .resample)), InterventionCase(.neuron(0, .resample, round: 1), .neuron(2, .mean)),
        InterventionCase(.edge(listener: 0, speaker: 1, .cut)),
        InterventionCase(.edge(listener: 0, speaker: 1, .cut), .edge(listener: 0, speaker: 2, .cut)),
        InterventionCase(.edge(listener: 2, speaker: 1, .drop, round: 1)),
        InterventionCase(.edge(listener: 1, speaker: 0, .drop), .edge(listener: 1, speaker: 2, .cut)),
        InterventionCase(.routing(.off)), InterventionCase(.routing(.uniform)), InterventionCase(.routing(.static)),
        InterventionCase(.routing(.uniform), .routing(.learned, round: 0)),
        InterventionCase(.routing(.static), .edge(listener: 1, speaker: 0, .cut), .neuron(2, .lesion)),
        InterventionCase(.gate(.open)), InterventionCase(.gate(.closed, neuron: 2)), InterventionCase(.gate(.frozen)),
        InterventionCase(.gate(.frozen, neuron: 0, round: 1)),
        InterventionCase(.gate(.hard(threshold: 0.45))), InterventionCase(.gate(.off)),
        InterventionCase(.gate(.off, neuron: 1)),
        InterventionCase(.memory(.reset(at: 7))), InterventionCase(.memory(.resetEvery(5))),
        InterventionCase(.memory(.resetEvery(13), neuron: 1)),
        InterventionCase(.memory(.resetEvery(3), neuron: 1, round: 1), .memory(.reset(at: 4))),
        InterventionCase(.memory(.freeze)),
        InterventionCase(.memory(.freeze, neuron: 0, round: 1)),
        InterventionCase(.memory(.freeze), .memory(.reset(at: 6), neuron: 2)),
        InterventionCase(.gate(.loudest(2))), InterventionCase(.gate(.loudest(1), round: 1)),
        InterventionCase(.memory(.skipWhenSilent)),
        InterventionCase(.gate(.loudest(1)), .memory(.skipWhenSilent), .memory(.resetEvery(4))),
        InterventionCase(.memory(.skipWhenSilent), .memory(.freeze, neuron: 0), .neuron(2, .mean)),
        InterventionCase(.head(1)), InterventionCase(.head(0, round: 1), .head(2, round: 1)),
        InterventionCase(
            .neuron(0, .lesion), .edge(listener: 1, speaker: 2, .cut), .gate(.frozen), .head(2),
            .memory(.resetEvery(4), neuron: 2)),
    ]

    /// Whether something is decided that a small change of a weight may turn over.
    var hasDecision: Bool {
        interventions.list.contains {
            switch $0 {
            case .gate(.hard, _, _), .gate(.loudest, _, _), .memory(.skipWhenSilent, _, _): true
            default: false
            }
        }
    }

    /// Whether a threshold may turn over on the last bit.
    var hasThreshold: Bool { interventions.list.contains { if case .gate(.hard, _, _) = $0 { true } else { false } } }
}

extension ModelBench {
    /// The averages of the model over the bench's own text.
    func averages(samples: Int = 5) -> NeuronAverages {
        let collector = NeuronAveragesCollector(model.shape, characters: tokens.count, samples: samples)
        _ = logits(ForwardContext(probe: collector))
        return collector.averages()
    }

    func compile(_ set: InterventionSet) throws -> CompiledInterventions? {
        try model.compile(set, averages: set.needsAverages ? averages() : nil)
    }

    func logits(_ set: InterventionSet) throws -> [Float] { logits(ForwardContext(interventions: try compile(set))) }
    func logits(_ list: Intervention...) throws -> [Float] { try logits(InterventionSet(list)) }
}
