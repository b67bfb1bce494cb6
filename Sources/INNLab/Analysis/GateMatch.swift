import Foundation
import INNKit

/// Sets the gates of an untrained network so that they are open as often as those of another: what a lesion does
/// depends on how often the neuron is heard.
struct GateMatch {
    let configuration: INNConfiguration
    /// Mean of what multiplies the messages, `[rounds, neurons]`.
    let openness: [Float]
    private let text: ValidationWindows
    private let team: ThreadTeam

    /// The biases are found from so many characters.
    private static let characters = 4096

    /// - Parameters:
    ///   - network: the one whose gates are to be matched.
    ///   - windows: a text of which the beginning is read.
    init(_ network: IntelligentNeuralNetwork, _ windows: ValidationWindows, team: ThreadTeam) throws {
        text = try windows.beginning(Self.characters)
        (self.team, configuration) = (team, network.configuration)
        openness = Evaluator(network, team: team).averages(text, carriesState: true).gateMean
    }

    /// Whether the gates of another are open about as often, by mean absolute difference.
    func isNear(_ other: GateMatch) -> Bool {
        let differences = zip(openness, other.openness).map { (own: Float, other: Float) in abs(own - other) }
        return differences.reduce(0, +) <= 0.05 * Float(max(1, differences.count))
    }

    /// Moves the gate biases of a network of the same configuration, round by round.
    func match(_ network: IntelligentNeuralNetwork) {
        let neurons = network.shape.neurons
        let isHard = network.configuration.gate == .hard
        for round in 0..<network.shape.rounds {
            guard network.shape.hasGates, let bias = network.routings[round].parameters.gateBias else { return }
            let probe = GateLogits(round: round, neurons: neurons)
            _ = Evaluator(network, team: team).evaluate(text, carriesState: true, probe: probe)
            let each = neurons / bias.count
            for set in 0..<bias.count {
                let members = (set * each)..<((set + 1) * each)
                let target = members.reduce(0.0) { $0 + Double(openness[round * neurons + $1]) } / Double(each)
                bias.values[set] += Float(Self.shift(of: members.flatMap { probe.logits[$0] }, to: target, isHard))
            }
            network.parameters.markChanged()
        }
    }

    /// What has to be added to logits for their gates to have a mean, found by bisection.
    static func shift(of logits: [Double], to mean: Double, _ isHard: Bool) -> Double {
        func openness(_ shift: Double) -> Double {
            logits.reduce(0) { $0 + (isHard ? ($1 + shift > 0 ? 1 : 0) : 1 / (1 + exp(-$1 - shift))) }
                / Double(max(1, logits.count))
        }
        var (low, high) = (-40.0, 40.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if openness(middle) < mean { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}

extension ValidationWindows {
    /// The first windows of every stream, with at most so many characters in all.
    func beginning(_ characters: Int) throws -> ValidationWindows {
        try ValidationWindows(
            corpus: corpus, range: range, batchSize: batchSize, sequenceLength: sequenceLength,
            maximumCharacters: min(self.characters, characters))
    }
}

/// What the gates of one round are made of, by neuron.
private final class GateLogits: Probe {
    private let round: Int
    private(set) var logits: [[Double]]

    init(round: Int, neurons: Int) {
        self.round = round
        logits = [[Double]](repeating: [], count: neurons)
    }

    func observe(_ site: Site, _ observation: Observation) {
        guard case .routing(round) = site, case .routing(let activations, _) = observation else { return }
        for neuron in logits.indices {
            for token in 0..<activations.routing.tokens {
                let gate = min(max(Double(activations.softGate(neuron: neuron, token: token)), 1e-7), 1 - 1e-7)
                logits[neuron].append(log(gate / (1 - gate)))
            }
        }
    }
}
