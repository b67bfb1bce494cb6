import INNKit

/// The published INN, numerically: neurons that share all weights are one neuron, and their routing is uniform.
struct SharedWeightDemonstration: Encodable {
    let neurons, characters: Int
    /// D = Σ‖h_i − h̄‖² / Σ‖h_i‖² after the last round.
    let diversity: Double
    /// Largest |a_ij − 1/N| over all rounds, heads and characters.
    let routingDeviation: Double
    /// Largest difference between the scores of the network and of one neuron with the same weights, and the largest
    /// score.
    let logitDifference, largestLogit: Double

    /// Measures networks with fresh weights in evaluation mode; training does not change it, since equal neurons have
    /// equal gradients.
    init(_ corpus: Corpus, neurons: Int = 8, characters: Int = 256) throws {
        var configuration = INNConfiguration(
            vocabularySize: corpus.alphabet.vocabularySize, neurons: neurons, dModel: 32, rounds: 2, stateSize: 8,
            sharing: .all, gate: .off, selfEdges: true)
        let many = try IntelligentNeuralNetwork(configuration, seed: 1)
        configuration.neurons = 1
        let one = try IntelligentNeuralNetwork(configuration, seed: 2)
        for parameter in many.parameters.parameters {
            try one.parameters.load(
                parameter.name, Array(UnsafeBufferPointer(start: parameter.values, count: parameter.count)))
        }
        let tokens = (0..<characters).map { Int32(corpus[corpus.splits.validation.lowerBound + $0]) }
        let collector = ProbeCollector(
            rounds: 2, neurons: neurons, heads: 4, symbols: corpus.alphabet.symbols, windowLength: characters)
        collector.willRead(tokens)
        let together = Self.logits(many, tokens, collector)
        let alone = Self.logits(one, tokens, nil)
        let snapshot = collector.snapshot(step: 0)
        self.neurons = neurons
        self.characters = characters
        diversity = Double(snapshot.diversity.last ?? .nan)
        routingDeviation = Double(snapshot.routingDeviation.max() ?? .nan)
        logitDifference = zip(together, alone).reduce(0) { max($0, abs(Double($1.0) - Double($1.1))) }
        largestLogit = together.reduce(0) { max($0, abs(Double($1))) }
    }

    private static func logits(_ network: IntelligentNeuralNetwork, _ tokens: [Int32], _ probe: (any Probe)?) -> [Float]
    {
        let tape = Tape()
        tape.isRecording = false
        return tokens.withUnsafeBufferPointer { tokens in
            let logits = network.forward(
                tokens: tokens, batchSize: 1, steps: tokens.count, on: tape, context: ForwardContext(probe: probe)
            ).logits
            return Array(UnsafeBufferPointer(start: logits.data, count: logits.count))
        }
    }
}
