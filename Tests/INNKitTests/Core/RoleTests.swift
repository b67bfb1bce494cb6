import Foundation
import Testing

@testable import INNCore
@testable import INNStore

/// Which neurons receive the character and which are read.
@Suite struct RoleTests {
    private static func network(_ change: (inout INNConfiguration) -> Void) throws -> IntelligentNeuralNetwork {
        let bench = try ModelBench(
            INNConfiguration(neurons: 5, dModel: 8, rounds: 2, heads: 2, stateSize: 2).with(change))
        bench.shake(scale: 0.3)
        return bench.model
    }

    private static let tokens: [Int32] = [3, 0, 26, 7, 7, 19]

    private static func states(_ network: IntelligentNeuralNetwork) -> (watch: StateWatch, logits: [Float]) {
        let watch = StateWatch()
        let tape = Tape(team: ThreadTeam(threadCount: 1))
        tape.isRecording = false
        let logits = ModelBench.logits(network, tokens, batchSize: 1, on: tape, ForwardContext(probe: watch))
        return (watch, logits)
    }

    @Test func rolesByHand() {
        let roles = NeuronRoles(neurons: 5, inputs: 2, outputs: 2)
        #expect((0..<5).map(roles.role) == [.input, .input, .interneuron, .output, .output])
        #expect(roles.areDisjoint && !roles.areUniform)
        let overlapping = NeuronRoles(neurons: 4, inputs: 3, outputs: 2)
        #expect((0..<4).map(overlapping.role) == [.input, .input, .both, .output] && !overlapping.areDisjoint)
        #expect(roles.members.map(\.neurons) == [0..<2, 2..<3, 3..<5])
        #expect(overlapping.members.map(\.role) == [.input, .both, .output])
        #expect(NeuronRole.both.counted(1) == "1 input that is read" && NeuronRole.output.counted(3) == "3 outputs")
        #expect(NeuronRoles(neurons: 3).areUniform && NeuronRoles(neurons: 3, inputs: 3, outputs: 3).areUniform)
    }

    @Test func onlyInputsReceiveTheCharacter() throws {
        let network = try Self.network { $0.inputs = 2 }
        let embedding = Self.states(network).watch.embedding
        let size = embedding.count / 5
        for (token, id) in Self.tokens.enumerated() {
            let row = Array(network.embedding.array[(Int(id) * 8)..<(Int(id) * 8 + 8)])
            for neuron in 0..<5 {
                let start = neuron * size + token * 8
                let expected = neuron < 2 ? row : [Float](repeating: 0, count: 8)
                #expect(Array(embedding[start..<(start + 8)]) == expected, "neuron \(neuron)")
            }
        }
    }

    /// Who is not read changes nothing by itself: in a network that could be read in two ways, the last round's states
    /// of the others can be anything.
    @Test func onlyOutputsAreRead() throws {
        let network = try Self.network { $0.outputs = 2 }
        let (watch, logits) = Self.states(network)
        let size = watch.last.count / 5
        for token in Self.tokens.indices {
            let mean = (0..<8).map { index in
                (3..<5).reduce(0.0) { $0 + Double(watch.last[$1 * size + token * 8 + index]) } / 2
            }
            let average = mean.reduce(0, +) / 8
            let deviation = (mean.reduce(0) { $0 + ($1 - average) * ($1 - average) } / 8 + 1e-5).squareRoot()
            let normed = mean.enumerated().map {
                ($1 - average) / deviation * Double(network.readoutNormWeight.array[$0])
                    + Double(network.readoutNormBias.array[$0])
            }
            for id in 0..<27 {
                let product = (0..<8).reduce(0.0) { $0 + normed[$1] * Double(network.embedding.array[id * 8 + $1]) }
                let expected = product + Double(network.readoutBias.array[id])
                #expect(abs(Double(logits[token * 27 + id]) - expected) < 1e-4)
            }
        }
    }

    /// Without roles, and with roles that are everybody's, the same bits.
    @Test func everybodyIsTheDefault() throws {
        let plain = Self.states(try Self.network { _ in }).logits
        #expect(Self.states(try Self.network { ($0.inputs, $0.outputs) = (5, 5) }).logits == plain)
    }

    /// Roles add no parameter and move none: with the same seed the same initial weights, name by name.
    @Test func rolesLeaveTheWeightsAlone() throws {
        let configuration = INNPreset.tiny.configuration
        let plain = try IntelligentNeuralNetwork(configuration, seed: 4)
        let roles = try IntelligentNeuralNetwork(
            configuration.with { ($0.inputs, $0.outputs) = (2, 2) }, seed: 4)
        #expect(plain.parameters.parameters.map(\.name) == roles.parameters.parameters.map(\.name))
        for (one, other) in zip(plain.parameters.parameters, roles.parameters.parameters) {
            let isEqual = one.array == other.array
            #expect(isEqual, "\(one.name)")
        }
    }

    /// Gradients of the embedding come through the inputs alone, but for what the readout, tied to it, gives.
    @Test func outsidersTeachTheEmbeddingNothing() throws {
        func readGradient(_ neurons: Range<Int>, inputs: Int?) -> [Float] {
            let store = ParameterStore()
            let table = store.add("table", [3, 2])
            let tape = Tape(team: ThreadTeam(threadCount: 1))
            let ids: [Int32] = [2, 0]
            ids.withUnsafeBufferPointer { ids in
                let states = tape.embedding(ids, table: table, neurons: 4, inputs: inputs)
                let controls = ReadoutControls(isIncluded: (0..<4).map(neurons.contains))
                let bias = store.add("bias", [3])
                let logits = tape.linear(
                    tape.neuronMean(states, controls: controls), weight: store.add("weight", [3, 2]), bias: bias)
                store["weight"]!.fill(0.5)
                store["weight"]!.values[1] = 2
                let targets: [Int32] = [1, 2]
                targets.withUnsafeBufferPointer { tape.backward(from: tape.crossEntropy(logits, targets: $0)) }
            }
            return withExtendedLifetime(store) { table.gradientArray }
        }
        #expect(readGradient(2..<4, inputs: 2).allSatisfy { $0 == 0 })
        #expect(readGradient(0..<2, inputs: 2).contains { $0 != 0 })
        #expect(readGradient(0..<2, inputs: 2) == readGradient(0..<2, inputs: nil))
    }

    @Test func everyInputReceivesItsOwnSymbolsAlone() throws {
        let senses: [[Int32]] = [[3, 7], [0, 26, 7]]
        let network = try Self.network { ($0.inputs, $0.senses) = (2, senses) }
        let embedding = Self.states(network).watch.embedding
        let size = embedding.count / 5
        for (token, id) in Self.tokens.enumerated() {
            for neuron in 0..<5 {
                let start = neuron * size + token * 8
                let row = Array(network.embedding.array[(Int(id) * 8)..<(Int(id) * 8 + 8)])
                let isHeard = neuron < 2 && senses[neuron].contains(id)
                #expect(Array(embedding[start..<(start + 8)]) == (isHeard ? row : [Float](repeating: 0, count: 8)))
            }
        }
        // Senses that miss nothing are none.
        let all = [[Int32]](repeating: Array(0..<27), count: 5)
        #expect(try Self.states(Self.network { $0.senses = all }).logits == Self.states(Self.network { _ in }).logits)
    }

    @Test(arguments: [[[3], [4]], [[3], []], [[27]], [[-1]]] as [[[Int32]]])
    func sensesThatDoNotFitAreRefused(_ senses: [[Int32]]) throws {
        let configuration = INNConfiguration(neurons: 5, dModel: 8, rounds: 1, heads: 2).with {
            ($0.inputs, $0.senses) = (senses.count == 1 ? 1 : senses[1].isEmpty ? 2 : 3, senses)
        }
        let error = #expect(throws: INNError.self) { try configuration.validate() }
        #expect(error?.kind == .usage && error?.message.contains("--senses") == true)
    }

    @Test func checkpointsKeepRoles() throws {
        let network = try Self.network { ($0.inputs, $0.outputs, $0.senses) = (2, 1, [[3], [0, 7]]) }
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "roles.safetensors")
            try Checkpoint.writeWeights(of: network, importedFrom: "a test", to: url)
            let copy = try IntelligentNeuralNetwork(Checkpoint(url))
            #expect(copy.configuration == network.configuration && copy.shape.roles.role(4) == .output)
            #expect(Self.states(copy).logits == Self.states(network).logits)
        }
    }

    /// Characters reach the outputs over the edges alone: with all of them cut, all texts read the same.
    @Test func whatIsReadHasTravelled() throws {
        let network = try Self.network { ($0.inputs, $0.outputs) = (2, 2) }
        let cut = try network.compile(InterventionSet([.routing(.off)]))
        func logits(_ tokens: [Int32], _ interventions: CompiledInterventions?) -> [Float] {
            let tape = Tape(team: ThreadTeam(threadCount: 1))
            tape.isRecording = false
            return ModelBench.logits(
                network, tokens, batchSize: 1, on: tape, ForwardContext(interventions: interventions))
        }
        let other: [Int32] = [1, 2, 4, 8, 16, 25]
        #expect(logits(Self.tokens, nil) != logits(other, nil))
        #expect(logits(Self.tokens, cut) == logits(other, cut))
    }

    @Test func impossibleRolesAreRefused() {
        for change: @Sendable (inout INNConfiguration) -> Void in [
            { $0.inputs = 0 }, { $0.outputs = 6 }, { ($0.inputs, $0.outputs, $0.routing) = (2, 3, .off) },
        ] {
            let configuration = INNConfiguration(neurons: 5, dModel: 8, rounds: 2, heads: 2).with(change)
            #expect(throws: INNError.self) { try configuration.validate() }
        }
    }
}

private final class StateWatch: Probe {
    private(set) var embedding: [Float] = [], last: [Float] = []

    func observe(_ site: Site, _ observation: Observation) {
        guard case .tensor(let tensor) = observation else { return }
        if case .embedding = site { embedding = tensor.array() }
        if case .state(round: 1) = site { last = tensor.array() }
    }
}
