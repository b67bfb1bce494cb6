import Foundation
import INNKit

/// Files that hold one neuron.
final class NeuronFuzz: FuzzReader {
    static let name = "neuron"
    let seeds: [[UInt8]]
    private let url: URL
    private let network: IntelligentNeuralNetwork

    init(scratch: URL) throws {
        url = scratch.appending(path: "neuron.safetensors")
        let network = try FuzzModels.network(.own)
        self.network = network
        seeds = [
            try FuzzModels.bytes(in: scratch) {
                try NeuronFile.write(NeuronWeights(of: network, neuron: 1, name: "it"), to: $0)
            }
        ]
    }

    func mutated(_ mutator: inout Mutator) -> [UInt8] { SafetensorsMutation.mutated(seeds, &mutator) }

    func read(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: url)
        try NeuronFile.read(url).graft(into: network, neuron: 0, name: "the network")
        FuzzModels.use(network)
    }
}
