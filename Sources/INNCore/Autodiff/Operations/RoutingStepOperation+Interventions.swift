import CKernels

extension RoutingStepOperation {
    /// Puts an intervention's messages, which no gate multiplies, in the place of what a tile computed.
    func interveneInMessages(_ controls: RoutingControls, tokens: Range<Int>) {
        let g = geometry
        for replaced in controls.replaced {
            let own = tokens.lowerBound * g.neurons + replaced.neuron * tokens.count
            replaced.write(
                tokens, position: controls.position, into: activations.projected + own * g.projected + g.valueColumn,
                stride: g.projected)
            (activations.gates + own).update(repeating: 1, count: tokens.count)
        }
    }

    /// Puts an intervention's gates in the place of what a tile computed.
    func interveneInGates(_ controls: RoutingControls, tokens: Range<Int>) {
        let g = geometry
        let first = tokens.lowerBound * g.neurons
        let count = tokens.count
        for (neuron, gate) in (controls.gates ?? []).enumerated() {
            let own = first + neuron * count
            for index in own..<(own + count) {
                switch gate {
                case .own: break
                case .fixed(let value): activations.gates[index] = value
                case .hard(let threshold): activations.gates[index] = activations.softGates[index] > threshold ? 1 : 0
                case .bypassed: activations.gates[index] = 1
                }
            }
        }
        forEachSilenced(controls, tokens: tokens) { activations.gates[first + $0] = 0 }
    }

    /// Calls `body` with the place, among the tile's gates, of every gate that is closed because its neuron rests or is
    /// beyond the budget.
    private func forEachSilenced(_ controls: RoutingControls, tokens: Range<Int>, _ body: (Int) -> Void) {
        guard controls.resting != nil || controls.budget != nil else { return }
        let g = geometry
        let count = tokens.count
        let first = tokens.lowerBound * g.neurons
        var speaks = [Bool](repeating: true, count: g.neurons)
        for token in 0..<count {
            for neuron in 0..<g.neurons {
                speaks[neuron] =
                    controls.resting.map { !$0.rests(neuron: neuron, row: tokens.lowerBound + token) } ?? true
            }
            if let budget = controls.budget {
                RestingRows.keepLoudest(budget, &speaks) { activations.softGates[first + $0 * count + token] }
            }
            for neuron in 0..<g.neurons where !speaks[neuron] { body(neuron * count + token) }
        }
    }

    /// Keeps gradients from what an intervention has put in the place of computed values.
    func intervene(
        _ controls: RoutingControls, tokens: Range<Int>, dProjected: UnsafeMutablePointer<Float>,
        dGate: UnsafeMutablePointer<Float>
    ) {
        let g = geometry
        let count = tokens.count
        if g.isFixed {
            // Queries and keys were not used.
            for row in 0..<(g.neurons * count) {
                (dProjected + row * g.projected).update(repeating: 0, count: g.valueColumn)
            }
        }
        for (neuron, gate) in (controls.gates ?? []).enumerated() where gate.isConstant {
            (dGate + neuron * count).update(repeating: 0, count: count)
        }
        forEachSilenced(controls, tokens: tokens) { dGate[$0] = 0 }
        for replaced in controls.replaced {
            (dGate + replaced.neuron * count).update(repeating: 0, count: count)
            for row in (replaced.neuron * count)..<((replaced.neuron + 1) * count) {
                (dProjected + row * g.projected + g.valueColumn).update(repeating: 0, count: g.dModel)
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
