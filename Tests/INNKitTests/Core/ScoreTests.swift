import Foundation
import Testing

@testable import INNCore

/// Scores that are more than the same two maps for all neurons.
@Suite struct ScoreTests {
    private static let options = [
        ScoreOptions(hasIdentity: true), ScoreOptions(isNormalised: true), ScoreOptions(areOwn: true),
        ScoreOptions(hasIdentity: true, isNormalised: true, areOwn: true),
    ]

    /// Weights of one round as docs/MODEL.md has them, in double precision, from the round's input alone.
    private func weights(
        _ input: [Double], _ p: RoutingParameters, _ c: INNConfiguration, rows: Int
    ) -> [[[[Double]]]] {
        let width = c.dModel
        func apply(_ matrix: Parameter, _ first: Int, _ vector: [Double]) -> [Double] {
            (0..<width).map { row in
                (0..<width).reduce(0) { $0 + Double(matrix.values[first + row * width + $1]) * vector[$1] }
            }
        }
        func normed(_ neuron: Int, _ row: Int) -> [Double] {
            let values = (0..<width).map { input[(neuron * rows + row) * width + $0] }
            let mean = values.reduce(0, +) / Double(width)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
            return values.indices.map {
                (values[$0] - mean) / (variance + 1e-5).squareRoot() * Double(p.normWeight!.values[$0])
                    + Double(p.normBias!.values[$0])
            }
        }
        func side(_ part: Int, _ neuron: Int, _ row: Int) -> [Double] {
            var vector = normed(neuron, row)
            if let identity = p.identity {
                for index in 0..<width { vector[index] += Double(identity.values[neuron * width + index]) }
            }
            let matrix = p.ownScores ?? p.inProjection
            let first = (p.ownScores == nil ? part : 2 * neuron + part) * width * width
            return apply(matrix, first, vector).enumerated().map { $1 + Double(p.inBias.values[part * width + $0]) }
        }
        let size = c.headDim
        return (0..<rows).map { row in
            let q = (0..<c.neurons).map { side(0, $0, row) }
            let k = (0..<c.neurons).map { side(1, $0, row) }
            return (0..<c.heads).map { head in
                (0..<c.neurons).map { listener in
                    func part(_ vector: [Double]) -> ArraySlice<Double> { vector[(head * size)..<((head + 1) * size)] }
                    func dot(_ a: ArraySlice<Double>, _ b: ArraySlice<Double>) -> Double {
                        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
                    }
                    let scores = (0..<c.neurons).map { speaker -> Double in
                        guard speaker != listener else { return -.infinity }
                        let (a, b) = (part(q[listener]), part(k[speaker]))
                        guard let temperature = p.temperature else { return dot(a, b) / Double(size).squareRoot() }
                        let lengths = ((dot(a, a) + 1e-6) * (dot(b, b) + 1e-6)).squareRoot()
                        return exp(Double(temperature.values[head])) * dot(a, b) / lengths
                    }
                    let sum = scores.reduce(0) { $0 + exp($1) }
                    return scores.map { exp($0) / sum }
                }
            }
        }
    }

    @Test(arguments: options) func weightsAreThoseOfTheEquations(_ scores: ScoreOptions) throws {
        let configuration = INNConfiguration.odd.with { $0.scores = scores }
        let network = try IntelligentNeuralNetwork(configuration, seed: 5)
        var random = RandomSource(seed: 8)
        for parameter in network.parameters.parameters where parameter.name.contains("routing") {
            for index in 0..<parameter.count { parameter.values[index] += Float(random.uniform(-0.3...0.3)) }
        }
        network.parameters.markChanged()
        let tape = Tape(team: ThreadTeam(threadCount: 1))
        let rows = 6
        let input = (0..<(configuration.neurons * rows * configuration.dModel)).map { _ in
            Float(random.uniform(-1...1))
        }
        let tensor = tape.makeTensor([configuration.neurons, rows, configuration.dModel], input)
        let found = network.routings[1](tensor, on: tape, dropout: .none).activations.routing
        let due = weights(input.map(Double.init), network.routings[1].parameters, configuration, rows: rows)
        for row in 0..<rows {
            for head in 0..<configuration.heads {
                for listener in 0..<configuration.neurons {
                    for speaker in 0..<configuration.neurons {
                        let difference = Double(found[row, head, listener, speaker]) - due[row][head][listener][speaker]
                        #expect(abs(difference) < 2e-5)
                    }
                }
            }
        }
    }

    /// With identities of 0, temperature e^0 and own maps that are all the shared ones, the network is the plain one.
    @Test func ownMapsThatAreEqualAreOneMap() throws {
        let plain = try IntelligentNeuralNetwork(.odd, seed: 5)
        let own = try IntelligentNeuralNetwork(
            INNConfiguration.odd.with { $0.scores = ScoreOptions(hasIdentity: true, areOwn: true) }, seed: 5)
        let width = INNConfiguration.odd.dModel
        for (name, values) in plain.parameters.parameters.map({ ($0.name, $0.values) }) {
            guard let target = own.parameters.parameters.first(where: { $0.name == name }) else { continue }
            let skipped = name.hasSuffix("routing.inProjection") ? 2 * width * width : 0
            target.values.update(from: values + skipped, count: target.count)
        }
        for (from, to) in zip(plain.routings, own.routings) {
            let scores = try #require(to.parameters.ownScores)
            for neuron in 0..<INNConfiguration.odd.neurons {
                (scores.values + neuron * 2 * width * width).update(
                    from: from.parameters.inProjection.values, count: 2 * width * width)
            }
            let identity = try #require(to.parameters.identity)
            identity.values.update(repeating: 0, count: identity.count)
        }
        own.parameters.markChanged()
        let ids: [Int32] = [1, 4, 2, 8, 5, 7, 0, 3]
        func logits(_ network: IntelligentNeuralNetwork) -> [Float] {
            let tape = Tape(team: ThreadTeam(threadCount: 1))
            return ids.withUnsafeBufferPointer {
                network.forward(tokens: $0, batchSize: 1, steps: 8, on: tape, context: ForwardContext()).logits.array()
            }
        }
        for (a, b) in zip(logits(plain), logits(own)) { #expect(abs(a - b) < 1e-5) }
    }

    @Test(arguments: [RoutingMode.uniform, .static, .off]) func onlyLearnedScoresHaveThem(_ mode: RoutingMode) {
        let configuration = INNConfiguration.odd.with { ($0.routing, $0.scores) = (mode, ScoreOptions(areOwn: true)) }
        #expect(throws: INNError.self) { try configuration.validate() }
    }

    @Test(arguments: options) func parametersAreCounted(_ scores: ScoreOptions) throws {
        let configuration = INNConfiguration.odd.with { $0.scores = scores }
        #expect(try IntelligentNeuralNetwork(configuration, seed: 1).parameterCount == configuration.parameterCount)
    }
}
