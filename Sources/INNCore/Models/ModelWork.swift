/// The arithmetic that one character costs, counted from the equations; compared with what a machine can do.
public struct ModelWork: Codable, Sendable {
    /// Floating-point operations in matrix products, a multiply-add being two.
    public var matrixFlops: Double
    /// Floating-point operations elsewhere, mostly in the scan and in the attention of the neurons.
    public var vectorFlops: Double
    /// Exponentials: decays, sigmoids, softplus, softmax.
    public var exponentials: Double

    /// The work of training on one character.
    public static func training(_ configuration: ModelConfiguration) -> ModelWork {
        switch configuration {
        case .inn(let configuration): training(configuration)
        case .lstm(let configuration): training(configuration)
        case .transformer(let configuration): training(configuration)
        case .mamba(let configuration): training(configuration)
        }
    }

    /// The same for an LSTM.
    public static func training(_ c: LSTMConfiguration) -> ModelWork {
        let hidden = Double(c.hidden)
        let products = (0..<c.layers).reduce(0.0) { $0 + 4 * hidden * (Double(c.fanIn(layer: $1)) + hidden) }
        return ModelWork(
            matrixFlops: 3 * 2 * (products + hidden * Double(c.vocabularySize)),
            vectorFlops: Double(c.layers) * hidden * 40,
            exponentials: Double(c.layers) * hidden * 6)
    }

    /// The same for a Transformer, at the mean over the positions of its context; attention weights are made twice.
    public static func training(_ c: TransformerConfiguration) -> ModelWork {
        let width = Double(c.dModel)
        let layers = Double(c.layers)
        let seen = Double(c.contextLength + 1) / 2
        let products = 4 * width * width + 2 * width * Double(c.feedForwardWidth)
        return ModelWork(
            matrixFlops: 3 * 2 * (layers * products + width * Double(c.vocabularySize)) + 2 * layers * 7 * width * seen,
            vectorFlops: layers * (Double(c.heads) * seen * 16 + width * 60 + Double(c.feedForwardWidth) * 30),
            exponentials: layers
                * (Double(c.heads) * seen * 2 + (c.activation == .gelu ? 3 * Double(c.feedForwardWidth) : 0)))
    }

    /// The same for a stack of Mamba blocks.
    public static func training(_ c: MambaConfiguration) -> ModelWork {
        let width = Double(c.dModel)
        let inner = Double(c.dInner)
        let states = Double(c.stateSize)
        let rank = Double(c.deltaRank)
        let layers = Double(c.layers)
        let block = 3 * width * inner + inner * (2 * rank + 2 * states)
        return ModelWork(
            matrixFlops: 3 * 2 * (layers * block + width * Double(c.vocabularySize)),
            vectorFlops: layers * (inner * states * 25 + 3 * 2 * inner * Double(c.convKernel)),
            exponentials: layers * inner * (2 * states + 6))
    }

    /// The work of training an INN on one character: forward and backward pass, nothing recomputed except the scan's
    /// states, without which the backward pass would need them all in memory.
    public static func training(_ c: INNConfiguration) -> ModelWork {
        let width = Double(c.dModel)
        let inner = Double(c.dInner)
        let states = Double(c.stateSize)
        let rank = Double(c.deltaRank)
        let neurons = Double(c.neurons)
        let rounds = Double(c.rounds)
        let taps = Double(c.convKernel)
        let block = width * 2 * inner + inner * (rank + 2 * states) + rank * inner + inner * width
        let hidden = Double(c.hiddenWidth)
        let hasMemory = c.memory != .none
        let projected = c.routing == .learned ? 3.0 : 1.0
        let routing = c.routing == .off ? 0 : (projected + 1) * width * width
        let memory = hasMemory ? block : 3 * width * hidden
        // One product forward, two backward (inputs and weights).
        let matrix = 3 * 2 * rounds * neurons * (memory + routing) + 3 * 2 * width * Double(c.vocabularySize)
        // Scan: 7 forward, 5 recomputed, 13 backward per state; convolution: 2 per tap and pass.
        let scan = hasMemory ? inner * states * 25 + 3 * 2 * inner * taps : 3 * 2 * hidden
        // Speakers per listener: all neurons, or a group with its hub and the hubs' share of the pairs between them.
        let speakers = c.groups.map { neurons / Double($0) + 1 + 2 * Double($0 * $0) / neurons } ?? neurons
        let pairs = c.routing == .off ? 0 : speakers * width * (c.routing == .learned ? 2.0 : 1.0)
        // Of the strongest edges alone: every score that is made once, and all that follows for those that are kept.
        let attention = c.choosesEdges.map { 2 * width * (c.comparedScores + 5 * $0) } ?? 3 * 2 * pairs
        let vector = rounds * neurons * (scan + attention)
        let memoryExponentials = hasMemory ? 2 * inner * states + 2 * inner + 2 * inner + 2 * inner : 4 * hidden
        let gates = c.routing == .off || c.gate == .off ? 0.0 : 1
        let routingExponentials = (c.routing == .learned ? Double(c.heads) * (c.choosesEdges ?? speakers) : 0) + gates
        return ModelWork(
            matrixFlops: matrix, vectorFlops: vector,
            exponentials: rounds * neurons * (memoryExponentials + routingExponentials))
    }

    /// Characters per second at which `threads` cores would be busy with this arithmetic alone.
    public func limit(_ roofline: Roofline, threads: Int) -> Double {
        Double(threads) / ((matrixFlops + vectorFlops) / roofline.matrixFlops + exponentials / roofline.exponentials)
    }
}

extension INNConfiguration {
    /// How many edges listeners keep, where only those are worked with; see ``RoutingGeometry/Form``.
    fileprivate var choosesEdges: Double? {
        neurons >= RoutingGeometry.storedNeurons && groups == nil && !keepsEqualEdges ? topK.map(Double.init) : nil
    }

    /// Scores of a listener among which it chooses.
    fileprivate var comparedScores: Double {
        Double(topKSearch == .approximate ? EdgeSearch.scores(neurons: neurons, topK: topK ?? 0) : neurons)
    }
}
