/// Counts how much of a network works: how many neurons' memories ran, and how many neurons spoke.
public final class WorkCounter: Probe {
    /// Neurons times rounds times characters seen.
    public private(set) var count = 0
    private var ran = 0, spoke = 0

    public var looksAtWeights: Bool { false }

    public init() {}

    /// Share of neurons, over rounds and characters, whose memory ran; 1 before anything was seen.
    public var ranShare: Double { share(ran) }
    /// Share of neurons, over rounds and characters, whose message was not multiplied by 0.
    public var spokeShare: Double { share(spoke) }

    private func share(_ part: Int) -> Double { count > 0 ? Double(part) / Double(count) : 1 }

    public func observe(_ site: Site, _ observation: Observation) {
        guard case .routing(let activations, _) = observation else { return }
        let g = activations.geometry
        count += g.neurons * g.rows
        for neuron in 0..<g.neurons {
            for token in 0..<g.rows {
                if !activations.rests(neuron: neuron, token: token) { ran += 1 }
                if activations.gate(neuron: neuron, token: token) != 0 { spoke += 1 }
            }
        }
    }
}

extension RoutingActivations {
    /// Whether a neuron left its memory alone at a token, see ``RestingRows``.
    public func rests(neuron: Int, token: Int) -> Bool {
        geometry.controls?.resting?.rests(neuron: neuron, row: token) ?? false
    }

    /// The share of neurons at work at a token: whose memory ran where silent ones are skipped, otherwise who spoke. A
    /// soft gate speaks above 0.5, or within a budget.
    func work(token: Int) -> Float {
        let n = geometry.neurons
        let isSkipping = geometry.controls?.resting != nil
        let limit: Float = geometry.controls?.budget == nil ? 0.5 : 0
        let working = (0..<n).count {
            isSkipping ? !rests(neuron: $0, token: token) : gate(neuron: $0, token: token) > limit
        }
        return Float(working) / Float(n)
    }
}
