import Foundation

@testable import INNCore

/// What a ``LineNetwork`` computes, from the equations, one number per neuron.
struct LineTwin {
    /// What is changed in the network.
    struct Change {
        var lesioned: Set<Int> = []
        /// Edges that are cut (score −∞), with the round or nil for all.
        var cut: [(listener: Int, speaker: Int, round: Int?)] = []
        /// What becomes of a gate.
        var gate: (_ round: Int, _ neuron: Int, _ gate: Double) -> Double = { $2 }
        var isUniform = false, isOff = false
        /// Neurons whose memory does not run and who say nothing.
        var resting: Set<Int> = []
        /// How far each listener's mix is moved towards the one without the edge, with the round or nil for all: the
        /// direction along which edges are attributed.
        var moved: (listener: Int, speaker: Int, round: Int?, by: Double)?
    }

    let line: LineNetwork

    static func silu(_ x: Double) -> Double { x / (1 + exp(-x)) }
    static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    /// The norm of (a, −a).
    static func norm(_ a: Double) -> Double { a / (a * a + 1e-5).squareRoot() }

    /// a_ij of a round.
    func weights(_ round: Int, _ change: Change = Change()) -> [[Double]] {
        (0..<line.neurons).map { i in
            let open = (0..<line.neurons).filter { j in
                (line.selfEdges || i != j) && !change.lesioned.contains(i) && !change.lesioned.contains(j)
                    && !change.cut.contains { ($0.listener, $0.speaker) == (i, j) && ($0.round ?? round) == round }
            }
            let isFlat = change.isUniform || line.routing != .static
            let powers = open.map { isFlat ? 1 : exp(line.scores[round][i][$0]) }
            let sum = powers.reduce(0, +)
            var row = [Double](repeating: 0, count: line.neurons)
            for (speaker, power) in zip(open, powers) { row[speaker] = power / sum }
            return row
        }
    }

    func gate(_ round: Int, _ neuron: Int, _ change: Change = Change()) -> Double {
        let soft = Self.sigmoid(line.gateBiases[round][neuron])
        switch line.gate {
        case .off: return change.gate(round, neuron, 1)
        case .hard: return change.gate(round, neuron, soft > 0.5 ? 1 : 0)
        case .soft: return change.gate(round, neuron, soft)
        }
    }

    /// What the network did at one character.
    struct Step {
        /// State of each neuron after the memory and after the routing of each round.
        var heard: [[Double]] = [], states: [[Double]] = []
        var logits: [Double] = []

        var logProbabilities: [Double] {
            let largest = logits.max()!
            let total = log(logits.reduce(0) { $0 + exp($1 - largest) }) + largest
            return logits.map { $0 - total }
        }
        func surprisal(_ id: Int32) -> Double { -logProbabilities[Int(id)] / log(2) }
    }

    /// Reads a text from an empty memory.
    ///
    /// - Parameter resets: positions before which all memory is emptied.
    func read(_ ids: some Sequence<Int32>, _ change: Change = Change(), resets: Set<Int> = []) -> [Step] {
        // An empty convolution buffer holds zeros, which is what a state of norm 0 leaves in it.
        let empty = [[Double]](repeating: [Double](repeating: 0, count: line.neurons), count: line.rounds)
        var before = empty
        return ids.enumerated().map { position, id in
            if resets.contains(position) { before = empty }
            return step(Int(id), change, &before)
        }
    }

    private func step(_ id: Int, _ change: Change, _ before: inout [[Double]]) -> Step {
        var a = [Double](repeating: line.levels[id], count: line.neurons)
        var step = Step()
        for round in 0..<line.rounds {
            for j in 0..<line.neurons where !change.resting.contains(j) {
                let now = Self.norm(a[j])
                let input = line.recalls[round][j] * (line.looksBack ? before[round][j] : now)
                before[round][j] = now
                a[j] += line.shifts[round][j] * Self.silu(input + 10) / Self.silu(10)
            }
            step.heard.append(a)
            if !change.isOff, line.routing != .off { a = routed(a, round, change) }
            step.states.append(a)
        }
        let included = (0..<line.neurons).filter { !change.lesioned.contains($0) }
        let mean = included.reduce(0) { $0 + a[$1] } / Double(max(1, included.count))
        step.logits = (0..<27).map { 2 * line.readout * line.levels[$0] * Self.norm(mean) + line.biases[$0] }
        return step
    }

    private func routed(_ a: [Double], _ round: Int, _ change: Change) -> [Double] {
        let weights = weights(round, change)
        let said = (0..<line.neurons).map { j in
            change.resting.contains(j) ? 0 : gate(round, j, change) * line.values[round] * Self.norm(a[j])
        }
        return (0..<line.neurons).map { i in
            var mix = (0..<line.neurons).reduce(0) { $0 + weights[i][$1] * said[$1] }
            if let moved = change.moved, moved.listener == i, (moved.round ?? round) == round {
                let weight = weights[i][moved.speaker]
                // Without its only speaker a listener hears nothing; otherwise the others take over its share.
                mix += moved.by * (weight > 0.999 ? -mix : weight / (1 - weight) * (mix - said[moved.speaker]))
            }
            return a[i] + mix
        }
    }

    /// KL(p ‖ p′) in bits.
    static func divergence(_ p: Step, _ q: Step) -> Double {
        zip(p.logProbabilities, q.logProbabilities).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) } / log(2)
    }

    /// softmax(logits / temperature) over the k largest.
    static func drawn(_ logits: [Double], _ options: SamplingOptions) -> [Double] {
        let order = logits.indices.sorted { logits[$0] > logits[$1] }
        guard options.temperature > 0 else { return logits.indices.map { $0 == order[0] ? 1 : 0 } }
        let kept = Set(order.prefix(options.topK ?? logits.count))
        let powers = logits.indices.map { kept.contains($0) ? exp(logits[$0] / options.temperature) : 0 }
        return powers.map { $0 / powers.reduce(0, +) }
    }
}
