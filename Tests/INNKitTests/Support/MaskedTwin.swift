@testable import INNCore
@testable import INNStore

/// The slow twin of skipping: every memory runs at every character, and where its neuron is silent the result is thrown
/// away and the state put back. Reads one stream, one character at a time.
final class MaskedTwin {
    let state: RecurrentState
    /// How often a memory's work was thrown away.
    private(set) var restCount = 0
    private let model: IntelligentNeuralNetwork
    private let compiled: CompiledInterventions?
    private let tape = Tape(team: ThreadTeam(threadCount: 1))

    init(_ model: IntelligentNeuralNetwork, _ set: InterventionSet) {
        self.model = model
        compiled = try! model.compile(set)
        state = model.makeState(batchSize: 1)
    }

    func logits(_ tokens: [Int32]) -> [Float] { tokens.flatMap(read) }

    private func read(_ token: Int32) -> [Float] {
        tape.reset()
        let c = model.configuration
        let position = StreamPosition(first: state.position, steps: 1)
        let size = state.count / (c.rounds * c.neurons)
        var states = withUnsafePointer(to: token) {
            tape.embedding(
                UnsafeBufferPointer(start: $0, count: 1), table: model.embedding, neurons: c.neurons, inputs: c.inputs,
                senses: c.senses.map { SymbolSenses($0, vocabulary: c.vocabularySize) })
        }
        for round in 0..<c.rounds {
            var controls =
                compiled?.routing(round: round, at: position)
                ?? RoutingControls(edges: EdgeControls(neurons: c.neurons, selfEdges: c.selfEdges))
            let early = loudness(states, round: round)
            let mayRest = compiled?.mayRest(round: round)
            let before = Array(
                UnsafeBufferPointer(start: state.data + round * c.neurons * size, count: c.neurons * size))
            let ran = model.memories[round](
                states, batchSize: 1, steps: 1, on: tape, state: state.data + round * c.neurons * size,
                MemoryOptions(savesActivations: false))
            var gates = controls.gates ?? [RoutingControls.Gate](repeating: .own, count: c.neurons)
            let speaks = speakers(early, controls)
            for neuron in 0..<c.neurons where mayRest?[neuron] == true && !speaks[neuron] {
                restCount += 1
                (ran.data + neuron * c.dModel).update(from: states.data + neuron * c.dModel, count: c.dModel)
                for index in 0..<size {
                    state.data[(round * c.neurons + neuron) * size + index] = before[neuron * size + index]
                }
                gates[neuron] = .fixed(0)
            }
            if let budget = controls.budget {
                // Among those that did not rest, by what the gates say after the memory.
                let late = loudness(ran, round: round)
                let awake = (0..<c.neurons).filter { gates[$0] != .fixed(0) || controls.gates?[$0] == .fixed(0) }
                let ranked = awake.sorted { (late[$0], $1) > (late[$1], $0) }
                for neuron in ranked.dropFirst(budget) { gates[neuron] = .fixed(0) }
            }
            controls.gates = gates
            controls.budget = nil
            // Recording keeps the ordinary path, which computes the values of silent neurons too.
            states = model.routings[round](ran, on: tape, dropout: .none, controls: controls).output
        }
        let readout = tape.layerNorm(
            tape.neuronMean(states, controls: ReadoutControls(isIncluded: (0..<c.neurons).map(c.roles.isOutput))),
            weight: model.readoutNormWeight, bias: model.readoutNormBias)
        state.position += 1
        return tape.linear(readout, weight: model.embedding, bias: model.readoutBias).array()
    }

    /// Gates before hardening, from the norm and gate weights of a round.
    private func loudness(_ states: Tensor, round: Int) -> [Float] {
        let p = model.routings[round].parameters
        let normed = tape.layerNorm(states, weight: p.normWeight!, bias: p.normBias!)
        return tape.activationGate(normed, weight: p.gateWeight!, bias: p.gateBias!, isHard: false).array()
    }

    private func speakers(_ loudness: [Float], _ controls: RoutingControls) -> [Bool] {
        let hasThreshold = model.configuration.gate == .hard || controls.budget == nil
        var speaks = loudness.enumerated().map { neuron, loudness -> Bool in
            switch controls.gates?[neuron] ?? .own {
            case .own: !hasThreshold || loudness > 0.5
            case .hard(let threshold): loudness > threshold
            case .fixed(let value): value > 0
            case .bypassed: true
            }
        }
        if let budget = controls.budget {
            let ranked = speaks.indices.filter { speaks[$0] }.sorted { (loudness[$0], $1) > (loudness[$1], $0) }
            for neuron in ranked.dropFirst(budget) { speaks[neuron] = false }
        }
        return speaks
    }
}
