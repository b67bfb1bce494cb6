import CKernels

/// How loudly every neuron speaks: its activation gate, and the pressure on how often gates open.
extension RoutingStepOperation {
    /// The gates of a tile from its normed rows.
    func computeGates(_ tile: Int, _ normed: UnsafePointer<Float>) {
        let g = geometry
        let count = g.tokens(tile).count
        let soft = activations.softGates + g.firstPlace(tile)
        let gates = activations.gates + g.firstPlace(tile)
        guard g.gate != .off, let weight = parameters.gateWeight, let bias = parameters.gateBias else {
            soft.update(repeating: 1, count: g.neurons * count)
            gates.update(repeating: 1, count: g.neurons * count)
            return
        }
        for neuron in 0..<g.neurons {
            let set = bias.count > 1 ? neuron : 0
            inn_gate_forward(
                Int32(count), Int32(g.dModel), normed + neuron * count * g.dModel, weight.values + set * g.dModel,
                bias.values[set], soft + neuron * count)
        }
        for index in 0..<(g.neurons * count) {
            gates[index] = g.gate == .hard ? (soft[index] > 0.5 ? 1 : 0) : soft[index]
        }
    }

    /// Through the gates, with the pressure's share, into the normed rows' gradients.
    func gateBackward(_ tile: Int, _ scratch: RoutingBackwardScratch, pressure: Float, _ gradients: RoutingGradients) {
        let g = geometry
        guard g.gate != .off, let weight = parameters.gateWeight, let bias = parameters.gateBias else { return }
        let count = g.tokens(tile).count
        if pressure != 0 {
            for index in 0..<(g.neurons * count) { scratch.dGate[index] += pressure }
        }
        for neuron in 0..<g.neurons {
            let set = bias.count > 1 ? neuron : 0
            let first = neuron * count
            inn_gate_backward(
                Int32(count), Int32(g.dModel), scratch.normed + first * g.dModel, weight.values + set * g.dModel,
                activations.softGates + g.firstPlace(tile) + first, scratch.dGate + first,
                scratch.dNormed + first * g.dModel, gradients.gateWeight + set * g.dModel, gradients.gateBias + set)
        }
    }

    // MARK: Firing-rate pressure

    /// Mean of the gates over neurons and tokens; of hard gates the firing rate, with the gradient of the soft ones.
    func meanGate() -> Double {
        let count = geometry.neurons * geometry.rows
        let isHard = geometry.gate == .hard
        var total = 0.0
        for index in 0..<count {
            let gate = activations.softGates[index]
            total += isHard ? (gate > 0.5 ? 1 : 0) : Double(gate)
        }
        return total / Double(count)
    }

    /// The firing-rate pressure in nats.
    func penalty() -> Float {
        guard let pressure else { return 0 }
        let excess = Float(meanGate()) - pressure.target
        return pressure.weight * excess * excess
    }

    /// d(pressure)/d(gate), the same for every gate.
    func gatePressure() -> Float {
        guard let pressure else { return 0 }
        let count = geometry.neurons * geometry.rows
        return 2 * pressure.weight * (Float(meanGate()) - pressure.target) / Float(count)
    }
}
