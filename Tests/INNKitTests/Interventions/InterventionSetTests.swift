import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore

@Suite struct InterventionSets {
    @Test func namesAreTheWordsOfTheVocabulary() {
        let names: [(Intervention, String)] = [
            (.neuron(3, .lesion), "neuron 3 lesion"), (.neuron(0, .mute, round: 1), "neuron 0 mute · round 2"),
            (.neuron(1, .mean), "neuron 1 mean"),
            (.neuron(1, .resample), "neuron 1 resample"), (.edge(listener: 2, speaker: 5, .cut), "edge 2→5 cut"),
            (.edge(listener: 2, speaker: 5, .drop, round: 0), "edge 2→5 drop · round 1"),
            (.routing(.off), "routing off"), (.routing(.uniform), "routing uniform"),
            (.routing(.static, round: 0), "routing static · round 1"), (.routing(.learned), "routing learned"),
            (.gate(.open), "gate open"),
            (.gate(.closed, neuron: 4), "gate closed · neuron 4"), (.gate(.frozen), "gate frozen"),
            (.gate(.hard(threshold: 0.3)), "gate hard g>0.3"), (.gate(.loudest(4)), "gate loudest 4"),
            (.memory(.skipWhenSilent), "memory skip silent"),
            (.gate(.off), "gate off"), (.memory(.reset()), "memory reset now"),
            (.memory(.reset(at: 12)), "memory reset at 12"),
            (.memory(.resetEvery(64)), "memory reset every 64"),
            (.memory(.freeze, neuron: 1, round: 0), "memory freeze · neuron 1 · round 1"), (.head(1), "head 2 zero"),
        ]
        for (intervention, name) in names { #expect(intervention.name == name) }
    }

    @Test func addingUndoingAndClearing() {
        var set = InterventionSet()
        #expect(set.isEmpty && set.summary == "no interventions" && set.undo() == nil)
        set.add(.neuron(3, .lesion))
        set.add(.gate(.open))
        set.add(.neuron(3, .lesion))
        #expect(set.names == ["gate open", "neuron 3 lesion"])
        #expect(set.undo() == .neuron(3, .lesion))
        #expect(set.list == [.gate(.open)])
        set.clear()
        #expect(set.isEmpty)
    }

    @Test(arguments: InterventionCase.all)
    func jsonRoundTrip(_ intervention: InterventionCase) throws {
        let json = intervention.interventions.json
        #expect(try InterventionSet(json: json) == intervention.interventions)
        #expect(!json.contains("\n"))
    }

    @Test func damagedJSONIsRefused() {
        for json in ["", "{}", "[1]", "[{\"neuron\":{}}]", "[{\"neuron\":{\"_0\":1,\"_1\":\"explode\"}}]"] {
            #expect(throws: INNError.self) { try InterventionSet(json: json) }
        }
    }

    @Test func aResetNowIsFixedAtAPosition() {
        let set = InterventionSet([.memory(.reset(), neuron: 2), .memory(.reset(at: 3)), .head(0)])
        #expect(set.resolved(at: 9).list == [.memory(.reset(at: 9), neuron: 2), .memory(.reset(at: 3)), .head(0)])
    }

    @Test(arguments: [
        Intervention.neuron(3, .mute), .neuron(-1, .lesion), .edge(listener: 0, speaker: 3, .cut),
        .edge(listener: 1, speaker: 1, .cut), .routing(.off, round: 2),
        .gate(.open, neuron: 9), .gate(.hard(threshold: .nan)), .memory(.resetEvery(0)), .memory(.freeze, neuron: 3),
        .head(3), .head(-1), .neuron(1, .mean),
        .neuron(1, .resample), .gate(.frozen), .routing(.static),
    ])
    func whatDoesNotFitIsRefusedInOneSentence(_ intervention: Intervention) throws {
        let model = try IntelligentNeuralNetwork(.odd, seed: 1)
        let error = #expect(throws: INNError.self) { try model.compile(InterventionSet([intervention])) }
        #expect(error?.kind == .usage)
        #expect(error?.message.hasSuffix(".") == true && error?.message.contains(intervention.name) == true)
    }

    @Test func averagesOfAnotherNetworkAreRefused() throws {
        let bench = try ModelBench(.odd)
        let other = try ModelBench(INNConfiguration.odd.with { $0.neurons = 4 })
        #expect(throws: INNError.self) {
            try bench.model.compile(InterventionSet([.gate(.frozen)]), averages: other.averages())
        }
    }

    @Test func averagesSurviveStorage() throws {
        let bench = try ModelBench(.odd)
        bench.shake()
        let averages = bench.averages()
        let shape = bench.model.shape
        let copy = try NeuronAverages(
            floats: averages.floats, rounds: shape.rounds, neurons: shape.neurons, dModel: shape.dModel,
            heads: shape.heads,
            samples: averages.samples, characters: averages.characters)
        #expect(copy == averages)
        #expect(averages.characters == bench.tokens.count && averages.samples == 5)
        #expect(throws: INNError.self) {
            try NeuronAverages(
                floats: [1], rounds: shape.rounds, neurons: shape.neurons, dModel: shape.dModel, heads: shape.heads,
                samples: 5, characters: 1)
        }
    }
}
