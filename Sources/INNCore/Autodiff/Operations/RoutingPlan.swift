/// What interventions make of one routing step, worked out before it: the loops over tiles only follow.
struct RoutingPlan {
    /// Gates that stand in the place of computed ones.
    private let gates: [(neuron: Int, gate: RoutingControls.Gate)]
    /// Messages that stand in the place of computed ones, and which no gate multiplies.
    private let messages: [ReplacedContribution]
    private let position: StreamPosition
    /// How many neurons, the loudest, keep their gate per row; which ones is known when a tile's gates are.
    private let budget: Int?
    /// 1 where a gate is closed because its neuron rests or is beyond the budget, laid out as the gates; nil when no
    /// gate can be.
    private let closed: UnsafeMutablePointer<Float>?
    /// Neurons whose gates do not depend on the input.
    private let constantGates: [Int]

    /// Nil when the step runs as without any intervention.
    init?(_ g: RoutingGeometry, on tape: Tape) {
        guard let controls = g.controls else { return nil }
        gates = (controls.gates ?? []).enumerated().map { ($0, $1) }.filter { $0.1 != .own }
        messages = controls.replaced
        position = controls.position
        budget = controls.budget
        constantGates = gates.filter(\.gate.isConstant).map(\.neuron) + controls.replaced.map(\.neuron)
        guard controls.resting != nil || budget != nil else {
            closed = nil
            return
        }
        let closed = tape.keepZeros(g.neurons * g.rows).pointer
        if let resting = controls.resting {
            for neuron in 0..<g.neurons {
                for row in 0..<g.rows where resting.rests(neuron: neuron, row: row) {
                    closed[g.place(neuron: neuron, token: row)] = 1
                }
            }
        }
        self.closed = closed
    }

    /// Puts gates in the place of what a tile computed.
    func setGates(_ tile: Int, in activations: RoutingActivations) {
        let g = activations.geometry
        let tokens = g.tokens(tile)
        let first = g.firstPlace(tile)
        for (neuron, gate) in gates {
            let start = first + neuron * tokens.count
            for index in start..<(start + tokens.count) {
                switch gate {
                case .own: break
                case .fixed(let value): activations.gates[index] = value
                case .hard(let threshold): activations.gates[index] = activations.softGates[index] > threshold ? 1 : 0
                case .bypassed: activations.gates[index] = 1
                }
            }
        }
        guard let closed else { return }
        if let budget { keepLoudest(budget, tile, in: activations, closed: closed) }
        for index in first..<(first + g.neurons * tokens.count) where closed[index] != 0 {
            activations.gates[index] = 0
        }
    }

    /// Closes the gates of all but the loudest neurons that do not rest.
    private func keepLoudest(
        _ budget: Int, _ tile: Int, in activations: RoutingActivations, closed: UnsafeMutablePointer<Float>
    ) {
        let g = activations.geometry
        let count = g.tokens(tile).count
        let first = g.firstPlace(tile)
        var speaks = [Bool](repeating: true, count: g.neurons)
        for token in 0..<count {
            for neuron in 0..<g.neurons { speaks[neuron] = closed[first + neuron * count + token] == 0 }
            RestingRows.keepLoudest(budget, &speaks) { activations.softGates[first + $0 * count + token] }
            for neuron in 0..<g.neurons where !speaks[neuron] { closed[first + neuron * count + token] = 1 }
        }
    }

    /// Puts messages in the place of what a tile computed.
    func setMessages(_ tile: Int, in activations: RoutingActivations) {
        let g = activations.geometry
        let tokens = g.tokens(tile)
        for message in messages {
            let own = g.firstPlace(tile) + message.neuron * tokens.count
            message.write(
                tokens, position: position, into: activations.projected + own * g.projected + g.valueColumn,
                stride: g.projected)
            (activations.gates + own).update(repeating: 1, count: tokens.count)
        }
    }

    /// Keeps gradients from what stands in the place of a tile's computed values.
    func stopGradients(_ tile: Int, _ g: RoutingGeometry, _ scratch: RoutingBackwardScratch) {
        let count = g.tokens(tile).count
        let rows = g.neurons * count
        if g.isFixed {
            // Queries and keys were not used.
            for row in 0..<rows { (scratch.dProjected + row * g.projected).update(repeating: 0, count: g.valueColumn) }
        }
        for neuron in constantGates { (scratch.dGate + neuron * count).update(repeating: 0, count: count) }
        if let closed = closed.map({ $0 + g.firstPlace(tile) }) {
            for row in 0..<rows where closed[row] != 0 { scratch.dGate[row] = 0 }
        }
        for message in messages {
            for row in (message.neuron * count)..<((message.neuron + 1) * count) {
                (scratch.dProjected + row * g.projected + g.valueColumn).update(repeating: 0, count: g.dModel)
            }
        }
    }
}

extension RoutingControls.Gate {
    /// Whether it no longer depends on the input.
    package var isConstant: Bool {
        switch self {
        case .own, .hard: false
        case .fixed, .bypassed: true
        }
    }
}
