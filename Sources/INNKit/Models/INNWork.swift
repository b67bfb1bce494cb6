/// The arithmetic that one character costs, counted from the equations; compared with what a machine can do.
public struct INNWork: Codable, Sendable {
    /// Floating-point operations in matrix products, a multiply-add being two.
    public var matrixFlops: Double
    /// Floating-point operations elsewhere, mostly in the scan and in the attention of the neurons.
    public var vectorFlops: Double
    /// Exponentials: decays, sigmoids, softplus, softmax.
    public var exponentials: Double

    /// The work of training on one character: forward and backward pass, nothing recomputed except the scan's states,
    /// without which the backward pass would need them all in memory.
    public static func training(_ c: INNConfiguration) -> INNWork {
        let width = Double(c.dModel), inner = Double(c.dInner), states = Double(c.stateSize), rank = Double(c.dtRank)
        let neurons = Double(c.neurons), rounds = Double(c.rounds), taps = Double(c.convKernel)
        let block = width * 2 * inner + inner * (rank + 2 * states) + rank * inner + inner * width
        let hidden = Double(c.hiddenWidth), hasMemory = c.memory != .none
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
        let vector = rounds * neurons * (scan + 3 * 2 * pairs)
        let memoryExponentials = hasMemory ? 2 * inner * states + 2 * inner + 2 * inner + 2 * inner : 4 * hidden
        let routingExponentials = c.routing == .learned ? Double(c.heads) * speakers + 1 : 1
        return INNWork(
            matrixFlops: matrix, vectorFlops: vector, exponentials: rounds * neurons * (memoryExponentials + routingExponentials))
    }

    /// Characters per second at which `threads` cores would be busy with this arithmetic alone.
    public func limit(_ roofline: Roofline, threads: Int) -> Double {
        Double(threads) / ((matrixFlops + vectorFlops) / roofline.matrixFlops + exponentials / roofline.exponentials)
    }
}
