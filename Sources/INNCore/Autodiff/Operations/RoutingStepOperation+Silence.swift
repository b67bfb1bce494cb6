import CKernels

extension RoutingGeometry {
    /// Whether gates of exactly 0 are to be expected, and messages are what the neurons themselves compute.
    var maySilence: Bool {
        guard let controls else { return gate == .hard }
        return controls.replaced.isEmpty
    }
}

extension RoutingStepOperation {
    /// Whether some neuron's message is multiplied by 0 at the one character of the pass.
    var hasSilence: Bool { (0..<geometry.neurons).contains { activations.gates[$0] == 0 } }

    /// Projects the rows of one character: queries and keys of all neurons, since a silent neuron still draws attention
    /// to itself and listens, but values of those alone that speak. The result is the same, because a closed gate
    /// multiplies the others by 0.
    ///
    /// - Parameters:
    ///   - normed: `[neurons, dModel]`.
    ///   - scratch: room for `[neurons, dModel]`.
    func projectSpeakers(_ normed: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>) {
        let g = geometry
        let width = g.dModel
        let weights = parameters.inProjection.values
        let projected = activations.projected
        let values = activations.mix
        if let own = parameters.ownScores {
            projectScores(own, normed, rowsPerNeuron: 1, into: projected)
        } else if g.valueColumn > 0 {
            LinearAlgebra.multiply(
                .init(rows: g.neurons, columns: g.valueColumn, inner: width), .init(normed, stride: width),
                .init(weights, stride: width, transposed: true),
                into: projected, stride: g.projected)
        }
        let speakers = (0..<g.neurons).filter { activations.gates[$0] != 0 }
        for (row, neuron) in speakers.enumerated() {
            (scratch + row * width).update(from: normed + neuron * width, count: width)
        }
        if !speakers.isEmpty {
            LinearAlgebra.multiply(
                .init(rows: speakers.count, columns: width, inner: width), .init(scratch, stride: width),
                .init(
                    parameters.ownScores == nil ? weights + g.valueColumn * width : weights, stride: width,
                    transposed: true), into: values, stride: width)
        }
        for neuron in 0..<g.neurons {
            (projected + neuron * g.projected + g.valueColumn).update(repeating: 0, count: width)
        }
        for (row, neuron) in speakers.enumerated() {
            (projected + neuron * g.projected + g.valueColumn).update(from: values + row * width, count: width)
        }
        inn_add_bias(Int32(g.neurons), Int32(g.projected), projected, parameters.inBias.values)
    }
}
