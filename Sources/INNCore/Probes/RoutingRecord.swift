/// The routing weights of one round over one window as a plain array, for analyses that are no part of a forward pass.
public struct RoutingRecord: Sendable {
    public var heads: Int, neurons: Int, rows: Int
    /// `[heads, neurons (listener), neurons (speaker), rows]`.
    public var weights: [Float]

    public init(heads: Int, neurons: Int, rows: Int, weights: [Float]) {
        precondition(weights.count == heads * neurons * neurons * rows, "a record of the wrong size")
        (self.heads, self.neurons, self.rows, self.weights) = (heads, neurons, rows, weights)
    }
}

extension RoutingActivations {
    /// Copies the weights into a record, reusing its memory when it has the right size.
    public func copyWeights(into record: inout RoutingRecord) {
        let routing = routing
        let (heads, n, rows) = (routing.heads, routing.neurons, routing.tokens)
        (record.heads, record.neurons, record.rows) = (heads, n, rows)
        if record.weights.count != heads * n * n * rows {
            record.weights = [Float](repeating: 0, count: heads * n * n * rows)
        }
        record.weights.withUnsafeMutableBufferPointer { weights in
            for pair in 0..<(heads * n * n) {
                let target = UnsafeMutableBufferPointer(rebasing: weights[(pair * rows)..<((pair + 1) * rows)])
                routing.copySeries(pair, into: target)
            }
        }
    }

    /// Activity of every neuron, `[neurons, rows]`: see ``activity(messageNorms:)``.
    public func activity(outProjection: Parameter) -> [Float] {
        activity(messageNorms: geometry.gate == .off ? messageNorms(outProjection: outProjection) : [])
    }
}
