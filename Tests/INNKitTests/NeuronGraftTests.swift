import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNStore
@testable import INNTraining

/// Single neurons move between networks, and are frozen in training.
@Suite struct NeuronGrafts {
    private func network(_ configuration: INNConfiguration = .odd, seed: UInt64 = 1) throws -> IntelligentNeuralNetwork
    {
        try IntelligentNeuralNetwork(configuration, seed: seed)
    }

    private func values(_ network: IntelligentNeuralNetwork) -> [[Float]] { network.parameters.parameters.map(\.array) }

    private func temporaryFile() -> URL {
        FileManager.default.temporaryDirectory.appending(path: "neuron-\(UUID().uuidString).safetensors")
    }

    @Test(arguments: [MemoryKind.mamba, .none])
    func aGraftOntoItselfChangesNoBit(_ memory: MemoryKind) throws {
        let network = try network(.odd.with { $0.memory = memory })
        let before = values(network)
        try NeuronWeights(of: network, neuron: 1, name: "a").graft(into: network, neuron: 1, name: "a")
        #expect(values(network) == before)
    }

    @Test func aGraftMovesWhatANeuronOwnsAndNothingElse() throws {
        let a = try network(seed: 1)
        let b = try network(.odd.with { $0.neurons = 4 }, seed: 2)
        let before = values(b)
        try NeuronWeights(of: a, neuron: 2, name: "a").graft(into: b, neuron: 0, name: "b")
        let source = try a.ownedWeights(of: 2, in: "a")
        let target = try b.ownedWeights(of: 0, in: "b")
        for ((from, taken), (to, given)) in zip(source, target) {
            #expect(from.name == to.name)
            #expect(Array(from.array[taken]) == Array(to.array[given]), "\(to.name)")
        }
        for (parameter, old) in zip(b.parameters.parameters, before) {
            let moved = target.first { $0.parameter.name == parameter.name }?.range
            for index in 0..<parameter.count where moved?.contains(index) != true {
                #expect(parameter.values[index] == old[index])
            }
        }
        // In every round: nine tensors of the memory and two of the gate.
        #expect(target.count == 22)
    }

    @Test func aFileGivesTheSameNeuron() throws {
        let a = try network(seed: 1)
        let direct = try network(seed: 2)
        let throughFile = try network(seed: 2)
        let url = temporaryFile()
        defer { try? FileManager.default.removeItem(at: url) }
        let neuron = try NeuronWeights(of: a, neuron: 2, name: "a")
        try NeuronFile.write(neuron, to: url)
        let read = try NeuronFile.read(url)
        #expect(
            read.origin == neuron.origin && read.configuration == neuron.configuration && read.count == neuron.count)
        #expect(try NeuronFile.isNeuron(url))
        try neuron.graft(into: direct, neuron: 0, name: "b")
        try read.graft(into: throughFile, neuron: 0, name: "b")
        #expect(values(direct) == values(throughFile))
        #expect(values(direct) != values(try network(seed: 2)))
    }

    @Test func whatDoesNotFitIsNamed() throws {
        let neuron = try NeuronWeights(of: network(), neuron: 0, name: "small")
        let other = try network(.odd.with { ($0.dModel, $0.stateSize, $0.gate) = (12, 4, .off) })
        let before = values(other)
        let error = #expect(throws: INNError.self) { try neuron.graft(into: other, neuron: 0, name: "big") }
        #expect(
            error?.message
                == """
                The neuron 0 of small does not fit into big: width 15 against 12, states per channel 5 against 4, \
                inner width 30 against 24, gates against no gates.
                """
        )
        #expect(values(other) == before)
        let ranked = try network(.odd.with { $0.dtRank = .fixed(3) })
        let rank = #expect(throws: INNError.self) { try neuron.graft(into: ranked, neuron: 0, name: "r") }
        #expect(rank?.message == "The neuron 0 of small does not fit into r: rank of delta 1 against 3.")
        let shared = #expect(throws: INNError.self) {
            try neuron.graft(into: network(.odd.with { $0.sharing = .conv }), neuron: 0, name: "c")
        }
        #expect(shared?.message.contains("--sharing conv") == true)
        let missing = #expect(throws: INNError.self) { try NeuronWeights(of: network(), neuron: 3, name: "small") }
        #expect(missing?.message == "small has no neuron 3; its neurons are 0 to 2.")
    }

    @Test func damagedNeuronFilesAreRefused() throws {
        let url = temporaryFile()
        defer { try? FileManager.default.removeItem(at: url) }
        try NeuronFile.write(NeuronWeights(of: network(), neuron: 0, name: "a"), to: url)
        var bytes = try Data(contentsOf: url)
        bytes[bytes.count - 5] ^= 0x10
        try bytes.write(to: url)
        #expect(throws: INNError.self) { try NeuronFile.read(url) }
    }

    @Test func frozenWeightsDoNotMoveAndLearnNoMoments() throws {
        let bench = try ModelBench(.odd)
        let optimizer = AdamW(bench.model.parameters, team: ThreadTeam(threadCount: 1))
        let owned = try bench.model.ownedWeights(of: 1, in: "it")
        let before = bench.parameterValues
        optimizer.freeze(owned)
        bench.train(5, optimizer: optimizer)
        for (index, parameter) in bench.model.parameters.parameters.enumerated() {
            guard let range = owned.first(where: { $0.parameter.name == parameter.name })?.range else {
                #expect(parameter.array != before[index], "\(parameter.name)")
                continue
            }
            for value in range {
                #expect(parameter.values[value] == before[index][value], "\(parameter.name)")
                #expect(
                    optimizer.firstMoments[index][value] == 0 && optimizer.secondMoments[index][value] == 0,
                    "\(parameter.name)")
            }
            #expect(
                (0..<parameter.count).contains { !range.contains($0) && parameter.values[$0] != before[index][$0] },
                "\(parameter.name)")
        }
    }

    /// The others learn as if the frozen neuron's gradient were not there: it has no part in the norm that is clipped.
    @Test func frozenGradientsDoNotCountInTheNorm() throws {
        let bench = try ModelBench(.odd)
        let optimizer = AdamW(bench.model.parameters, team: ThreadTeam(threadCount: 1))
        bench.loss(learns: true)
        let all = optimizer.gradientNorm()
        optimizer.freeze(try bench.model.ownedWeights(of: 0, in: "it"))
        #expect(optimizer.gradientNorm() < all)
    }
}
