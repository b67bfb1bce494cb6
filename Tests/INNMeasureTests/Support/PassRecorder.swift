import Foundation

@testable import INNCore
@testable import INNData
@testable import INNEvaluation

/// Writes down everything that a network of several heads does over a text, one number after the other, so that figures
/// can be worked out from it by their definitions.
final class PassRecorder: Probe {
    let rounds: Int, neurons: Int, heads: Int
    /// a, `[rounds][characters][heads][listener][speaker]`; in the order in which characters are read.
    private(set) var weights: [[[[[Double]]]]]
    /// g as it multiplies the message, and ‖W_O v‖, `[rounds][characters][neurons]`.
    private(set) var gates: [[[Double]]], loudness: [[[Double]]]
    /// h after the round, `[rounds][characters][neurons][width]`.
    private(set) var states: [[[[Double]]]]
    private(set) var ids: [Int32] = []

    init(_ shape: NetworkShape) {
        (rounds, neurons, heads) = (shape.rounds, shape.neurons, shape.heads)
        weights = .init(repeating: [], count: rounds)
        gates = .init(repeating: [], count: rounds)
        loudness = gates
        states = .init(repeating: [], count: rounds)
    }

    var characters: Int { ids.count }

    func willRead(_ ids: [Int32]) { self.ids += ids }

    func observe(_ site: Site, _ observation: Observation) {
        switch (site, observation) {
        case (.routing(let round), .routing(let activations, let out)):
            let routing = activations.routing
            for token in 0..<routing.tokens {
                weights[round].append(
                    (0..<heads).map { head in
                        (0..<neurons).map { i in (0..<neurons).map { Double(routing[token, head, i, $0]) } }
                    })
                gates[round].append((0..<neurons).map { Double(activations.gate(neuron: $0, token: token)) })
                loudness[round].append(
                    (0..<neurons).map { Self.norm(activations.value(neuron: $0, token: token), out) })
            }
        case (.state(let round), .tensor(let tensor)):
            let (rows, width) = (tensor.shape[1], tensor.shape[2])
            for row in 0..<rows {
                states[round].append(
                    (0..<neurons).map { neuron in
                        (0..<width).map { Double(tensor.data[(neuron * rows + row) * width + $0]) }
                    })
            }
        default: break
        }
    }

    /// ‖W v‖ of a square matrix.
    private static func norm(_ value: UnsafePointer<Float>, _ matrix: Parameter) -> Double {
        let width = Int(Double(matrix.count).squareRoot())
        var sum = 0.0
        for row in 0..<width {
            var product = 0.0
            for column in 0..<width { product += Double(matrix.values[row * width + column]) * Double(value[column]) }
            sum += product * product
        }
        return sum.squareRoot()
    }

    // MARK: Definitions

    /// Mean over the characters of something of a round.
    func average(_ value: (_ character: Int) -> Double) -> Double {
        (0..<characters).reduce(0) { $0 + value($1) } / Double(characters)
    }

    /// E a of a head.
    func row(_ round: Int, _ head: Int, _ listener: Int) -> [Double] {
        (0..<neurons).map { speaker in average { weights[round][$0][head][listener][speaker] } }
    }

    /// E a, mean over heads.
    func row(_ round: Int, _ listener: Int) -> [Double] {
        let each = (0..<heads).map { row(round, $0, listener) }
        return (0..<neurons).map { speaker in each.reduce(0) { $0 + $1[speaker] } / Double(heads) }
    }

    /// E H(a) in nats, mean over heads.
    func entropyAtACharacter(_ round: Int, _ listener: Int) -> Double {
        (0..<heads).reduce(0) { sum, head in
            sum + average { Self.entropy(weights[round][$0][head][listener]) } / Double(heads)
        }
    }

    /// H(E a) − E H(a) in nats, mean over heads.
    func dynamism(_ round: Int, _ listener: Int) -> Double {
        (0..<heads).reduce(0) { $0 + Self.entropy(row(round, $1, listener)) / Double(heads) }
            - entropyAtACharacter(round, listener)
    }

    static func entropy(_ row: [Double]) -> Double {
        -row.filter { $0 > 0 }.reduce(0) { $0 + $1 * log($1) }
    }
}
