import Foundation
import INNKit

/// A list of interventions, as runs and checkpoints hold it.
final class InterventionFuzz: FuzzReader {
    static let name = "interventions"
    let seeds: [[UInt8]]
    private let network: IntelligentNeuralNetwork

    init(scratch: URL) throws {
        let sets: [[Intervention]] = [
            [.neuron(1, .lesion), .neuron(2, .mute, round: 1)],
            [.edge(listener: 0, speaker: 2, .cut, round: 0), .routing(.uniform)],
            [.gate(.hard(threshold: 0.25), neuron: 1, round: 0), .gate(.open)],
            [.gate(.loudest(2)), .memory(.skipWhenSilent, neuron: 0)],
            [.memory(.reset(at: 4)), .memory(.resetEvery(3), neuron: 2), .memory(.freeze, round: 1)],
            [.head(1, round: 0), .routing(.off)],
        ]
        seeds = sets.map { Array(InterventionSet($0).json.utf8) }
        network = try FuzzModels.network(.own)
    }

    func mutated(_ mutator: inout Mutator) -> [UInt8] {
        let seed = mutator.pick(seeds)
        return mutator.once(in: 3)
            ? mutator.bytes(seed, donors: seeds) : Array(mutator.json(String(decoding: seed, as: UTF8.self)).utf8)
    }

    func read(_ bytes: [UInt8]) throws {
        let set = try InterventionSet(json: String(decoding: bytes, as: UTF8.self))
        _ = set.summary
        let compiled = try network.compile(set, averages: nil)
        let tape = Tape(team: ThreadTeam(threadCount: 1))
        let tokens: [Int32] = [1, 2, 3, 4]
        tape.isRecording = false
        tokens.withUnsafeBufferPointer { tokens in
            let context = ForwardContext(state: network.makeState(batchSize: 1), interventions: compiled)
            _ = network.forward(tokens: tokens, batchSize: 1, steps: 4, on: tape, context: context)
        }
        tape.reset()
    }
}
