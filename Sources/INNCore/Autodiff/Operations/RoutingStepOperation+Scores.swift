import CKernels
import func Foundation.exp

/// What the neurons ask and offer, where that is not the same two products for all: an identity of each neuron, maps of
/// its own, and normalised queries and keys with a learned temperature.
extension RoutingStepOperation {
    /// Projects a tile's normed rows to queries, keys and messages.
    func project(_ tile: Int, _ normed: UnsafePointer<Float>) {
        let g = geometry
        let count = g.tokens(tile).count
        let rows = g.neurons * count
        let projected = activations.projected + g.firstPlace(tile) * g.projected
        if let own = parameters.ownScores {
            projectScores(own, normed, rowsPerNeuron: count, into: projected)
            LinearAlgebra.multiply(
                .init(rows: rows, columns: g.dModel, inner: g.dModel), .init(normed, stride: g.dModel),
                .init(parameters.inProjection.values, stride: g.dModel, transposed: true),
                into: projected + g.valueColumn, stride: g.projected)
        } else {
            LinearAlgebra.multiply(
                .init(rows: rows, columns: g.projected, inner: g.dModel), .init(normed, stride: g.dModel),
                .init(parameters.inProjection.values, stride: g.dModel, transposed: true), into: projected,
                stride: g.projected)
        }
        inn_add_bias(Int32(rows), Int32(g.projected), projected, parameters.inBias.values)
    }

    /// Queries and keys of every neuron by its own maps.
    ///
    /// - Parameter normed: `[neurons, rowsPerNeuron, dModel]`.
    func projectScores(
        _ own: Parameter, _ normed: UnsafePointer<Float>, rowsPerNeuron count: Int,
        into projected: UnsafeMutablePointer<Float>
    ) {
        let g = geometry
        for neuron in 0..<g.neurons {
            LinearAlgebra.multiply(
                .init(rows: count, columns: g.valueColumn, inner: g.dModel),
                .init(normed + neuron * count * g.dModel, stride: g.dModel),
                .init(own.values + neuron * g.valueColumn * g.dModel, stride: g.dModel, transposed: true),
                into: projected + neuron * count * g.projected, stride: g.projected)
        }
    }

    /// Adds what identities ask and offer, and normalises, in place; also where this step's weights are fixed, since
    /// another step may use its projections.
    func refineScores(_ tile: Int) {
        let g = geometry
        let count = g.tokens(tile).count
        let projected = activations.projected + g.firstPlace(tile) * g.projected
        if let asked = activations.identityScores {
            for row in 0..<(g.neurons * count) {
                inn_add(g.valueColumn, projected + row * g.projected, asked + row / count * g.valueColumn)
            }
        }
        guard let temperature = parameters.temperature, let lengths = activations.inverseLengths else { return }
        for row in 0..<(g.neurons * count) {
            let place = g.firstPlace(tile) + row
            for head in 0..<g.heads {
                let scales = [Self.queryScale(temperature.values[head], g.headDim), 1]
                for (part, scale) in scales.enumerated() {
                    let values = projected + row * g.projected + part * g.dModel + head * g.headDim
                    var square: Float = 0
                    for index in 0..<g.headDim { square += values[index] * values[index] }
                    let inverse = 1 / (square + Self.leastSquare).squareRoot()
                    lengths[(place * g.heads + head) * 2 + part] = inverse
                    for index in 0..<g.headDim { values[index] *= inverse * scale }
                }
            }
        }
    }

    /// Keeps queries and keys of length 0 finite.
    private static var leastSquare: Float { 1e-6 }

    /// Attention divides scores by √headDim; of unit vectors they are e^t · cos.
    private static func queryScale(_ temperature: Float, _ headDim: Int) -> Float {
        Float(headDim).squareRoot() * exp(temperature)
    }

    /// From gradients of what attention was given to those of what was projected, in place, and those of temperatures
    /// and identities.
    func refineBackward(_ tile: Int, _ scratch: RoutingBackwardScratch, _ gradients: RoutingGradients) {
        let g = geometry
        guard !g.isFixed else { return }
        let count = g.tokens(tile).count
        if let temperature = parameters.temperature, let lengths = activations.inverseLengths {
            for row in 0..<(g.neurons * count) {
                let place = g.firstPlace(tile) + row
                for head in 0..<g.heads {
                    let scales = [Self.queryScale(temperature.values[head], g.headDim), 1]
                    for (part, scale) in scales.enumerated() {
                        let column = part * g.dModel + head * g.headDim
                        let unit = activations.projected + place * g.projected + column
                        let gradient = scratch.dProjected + row * g.projected + column
                        var dot: Float = 0
                        for index in 0..<g.headDim { dot += unit[index] * gradient[index] }
                        if part == 0 { gradients.temperature[head] += dot }
                        let inverse = lengths[(place * g.heads + head) * 2 + part]
                        for index in 0..<g.headDim {
                            gradient[index] =
                                inverse * (scale * gradient[index] - unit[index] * dot / scale)
                        }
                    }
                }
            }
        }
        guard parameters.identity != nil else { return }
        for row in 0..<(g.neurons * count) {
            inn_add(
                g.valueColumn, gradients.identityScores + row / count * g.valueColumn,
                scratch.dProjected + row * g.projected)
        }
    }

    /// From gradients of a tile's projections to those of its normed rows and of the maps.
    func projectBackward(_ tile: Int, _ scratch: RoutingBackwardScratch, _ gradients: RoutingGradients) {
        let g = geometry
        let count = g.tokens(tile).count
        let rows = g.neurons * count
        let (dProjected, dNormed) = (scratch.dProjected, scratch.dNormed)
        let shared = parameters.ownScores == nil ? 0 : g.valueColumn
        let columns = g.projected - shared
        LinearAlgebra.multiply(
            .init(rows: rows, columns: g.dModel, inner: columns), .init(dProjected + shared, stride: g.projected),
            .init(parameters.inProjection.values, stride: g.dModel), into: dNormed, stride: g.dModel)
        LinearAlgebra.multiply(
            .init(rows: columns, columns: g.dModel, inner: rows),
            .init(dProjected + shared, stride: g.projected, transposed: true),
            .init(scratch.normed, stride: g.dModel), into: gradients.inProjection, stride: g.dModel, accumulates: true)
        inn_add_column_sums(Int32(rows), Int32(g.projected), dProjected, Int32(g.projected), gradients.inBias)
        guard let own = parameters.ownScores else { return }
        for neuron in 0..<g.neurons {
            let gradient = dProjected + neuron * count * g.projected
            let weights = neuron * g.valueColumn * g.dModel
            LinearAlgebra.multiply(
                .init(rows: count, columns: g.dModel, inner: g.valueColumn), .init(gradient, stride: g.projected),
                .init(own.values + weights, stride: g.dModel), into: dNormed + neuron * count * g.dModel,
                stride: g.dModel, accumulates: true)
            LinearAlgebra.multiply(
                .init(rows: g.valueColumn, columns: g.dModel, inner: count),
                .init(gradient, stride: g.projected, transposed: true),
                .init(scratch.normed + neuron * count * g.dModel, stride: g.dModel),
                into: gradients.ownScores + weights, stride: g.dModel, accumulates: true)
        }
    }

    /// Adds one chunk's sums to temperatures, identities and own maps.
    func reduceScores(_ parts: RoutingGradients) {
        let g = geometry
        if let own = parameters.ownScores { inn_add(own.count, own.gradient, parts.ownScores) }
        if let temperature = parameters.temperature {
            inn_add(temperature.count, temperature.gradient, parts.temperature)
        }
        guard let identity = parameters.identity else { return }
        // What a neuron asks and offers by its identity is W e: the gradient is Wᵀ d for e, and d eᵀ for W.
        for neuron in 0..<g.neurons {
            let weights = scoreWeights(of: neuron)
            let asked = parts.identityScores + neuron * g.valueColumn
            let vector = neuron * g.dModel
            for row in 0..<g.valueColumn where asked[row] != 0 {
                for column in 0..<g.dModel {
                    identity.gradient[vector + column] += asked[row] * weights.values[row * g.dModel + column]
                    weights.gradient[row * g.dModel + column] += asked[row] * identity.values[vector + column]
                }
            }
        }
    }

    /// `[2·dModel, dModel]`: the maps to queries and keys that a neuron uses, and their gradients.
    private func scoreWeights(
        of neuron: Int
    ) -> (values: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>) {
        guard let own = parameters.ownScores else {
            return (parameters.inProjection.values, parameters.inProjection.gradient)
        }
        let start = neuron * geometry.valueColumn * geometry.dModel
        return (own.values + start, own.gradient + start)
    }

    /// `[neurons, 2·dModel]`: W_Q e and W_K e of every neuron.
    static func identityScores(
        _ parameters: RoutingParameters, _ g: RoutingGeometry, into scores: UnsafeMutablePointer<Float>
    ) {
        guard let identity = parameters.identity else { return }
        for neuron in 0..<g.neurons {
            let weights =
                parameters.ownScores.map { $0.values + neuron * g.valueColumn * g.dModel }
                ?? parameters.inProjection.values
            LinearAlgebra.multiply(
                .init(rows: 1, columns: g.valueColumn, inner: g.dModel),
                .init(identity.values + neuron * g.dModel, stride: g.dModel),
                .init(weights, stride: g.dModel, transposed: true), into: scores + neuron * g.valueColumn,
                stride: g.valueColumn)
        }
    }
}
