/// Which edges a listener can hear and how loudly: all `[neurons, neurons]`, listener first.
public struct EdgeControls: Sendable {
    /// Added to the scores before the softmax; −∞ cuts the edge and the listener renormalises.
    public var scoreBias: [Float]
    /// Multiplied with the weights after the softmax; 0 drops the edge and loses its mass.
    public var weightScale: [Float]?
    /// Multiplied with each head's mix before W_O, `[heads]`.
    public var headScale: [Float]?

    /// Every neuron hears all others and, with `selfEdges`, itself.
    public init(neurons: Int, selfEdges: Bool) {
        scoreBias = [Float](repeating: 0, count: neurons * neurons)
        guard !selfEdges else { return }
        for neuron in 0..<neurons { scoreBias[neuron * neurons + neuron] = -.infinity }
    }
}
