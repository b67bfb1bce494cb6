import CKernels

extension RoutingStepOperation {
    /// Tiles are summed in this many chunks whatever the number of threads, so that bits do not depend on it.
    private static let maximumChunks = 8

    func backward(on tape: Tape) {
        guard tape.outputGradient(of: output) != nil else { return }
        let g = geometry
        let chunks = min(Self.maximumChunks, g.tileCount)
        let (upstream, inputGradient) = tape.branchGradients(from: output, to: input, isResidual: isResidual)
        let partialCount = RoutingGradients.count(g)
        let partials = tape.workspace.takeZeros(partialCount * chunks)
        func sums(_ chunk: Int) -> RoutingGradients { RoutingGradients(partials.slice(chunk, of: partialCount), g) }
        let gatePressure = self.gatePressure()
        let edgeCount = g.neurons * g.neurons
        let edges = tape.edgeAttribution.map { _ in tape.workspace.takeZeros(g.tileCount * edgeCount) }
        tape.withScratch(RoutingBackwardScratch.self, g) { scratch in
            tape.team.run(chunks) { chunk, worker in
                let gradients = sums(chunk)
                let own = scratch[worker]
                for tile in chunkRange(chunk, of: chunks, count: g.tileCount) {
                    let edges = edges.map { $0.pointer + tile * edgeCount }
                    messageBackward(tile, own, upstream: upstream, gradients, edges: edges)
                    plan?.stopGradients(tile, g, own)
                    inputBackward(tile, own, pressure: gatePressure, inputGradient: inputGradient, gradients)
                }
            }
        }
        for chunk in 0..<chunks { reduce(sums(chunk)) }
        if let edges {
            tape.edgeAttribution?.add(edges.pointer, tiles: g.tileCount, neurons: g.neurons)
            tape.workspace.give(edges)
        }
        tape.workspace.give(partials)
        tape.releaseGradient(of: output)
    }

    /// From what a tile's rows say back to its projections and gates.
    private func messageBackward(
        _ tile: Int, _ scratch: RoutingBackwardScratch, upstream: UnsafePointer<Float>, _ gradients: RoutingGradients,
        edges: UnsafeMutablePointer<Float>?
    ) {
        let g = geometry
        let tokens = g.tokens(tile)
        dropBackward(upstream, into: scratch.dBranch, tokens: tokens)
        outputBackward(
            scratch.dBranch, mix: activations.mix + g.firstPlace(tile) * g.dModel, into: scratch.dMix,
            rows: g.neurons * tokens.count, gradients)
        if let edges { estimateCuts(tile, dMix: scratch.dMix, into: edges) }
        attendBackward(tile, scratch, fixedGradient: g.trainsFixed ? gradients.fixed : nil)
    }

    /// From a tile's projections and gates back to the step's input.
    private func inputBackward(
        _ tile: Int, _ scratch: RoutingBackwardScratch, pressure: Float, inputGradient: UnsafeMutablePointer<Float>,
        _ gradients: RoutingGradients
    ) {
        normalise(tile, into: scratch.normed, mean: scratch.mean, deviation: scratch.deviation)
        refineBackward(tile, scratch, gradients)
        projectBackward(tile, scratch, gradients)
        gateBackward(tile, scratch, pressure: pressure, gradients)
        normBackward(tile, scratch, inputGradient: inputGradient, gradients)
    }

    private func dropBackward(
        _ upstream: UnsafePointer<Float>, into dBranch: UnsafeMutablePointer<Float>, tokens: Range<Int>
    ) {
        let g = geometry
        let count = tokens.count * g.dModel
        dBranch.update(repeating: 0, count: g.neurons * count)
        for neuron in 0..<g.neurons {
            let start = (neuron * g.rows + tokens.lowerBound) * g.dModel
            inn_dropout_add(
                count, dBranch + neuron * count, upstream + start, dropout.probability, dropout.key,
                dropout.place(group: neuron, row: tokens.lowerBound, of: g.rows, width: g.dModel))
        }
    }

    private func outputBackward(
        _ dBranch: UnsafePointer<Float>, mix: UnsafePointer<Float>, into dMix: UnsafeMutablePointer<Float>, rows: Int,
        _ gradients: RoutingGradients
    ) {
        let width = geometry.dModel
        inn_add_column_sums(Int32(rows), Int32(width), dBranch, Int32(width), gradients.outBias)
        LinearAlgebra.multiply(
            .init(rows: rows, columns: width, inner: width), .init(dBranch, stride: width),
            .init(parameters.outProjection.values, stride: width), into: dMix, stride: width)
        LinearAlgebra.multiply(
            .init(rows: width, columns: width, inner: rows), .init(dBranch, stride: width, transposed: true),
            .init(mix, stride: width),
            into: gradients.outProjection, stride: width, accumulates: true)
    }

    private func normBackward(
        _ tile: Int, _ scratch: RoutingBackwardScratch, inputGradient: UnsafeMutablePointer<Float>,
        _ gradients: RoutingGradients
    ) {
        let g = geometry
        let tokens = g.tokens(tile)
        let count = tokens.count
        for neuron in 0..<g.neurons {
            let start = (neuron * g.rows + tokens.lowerBound) * g.dModel
            let rows = scratch.dNormed + neuron * count * g.dModel
            if let weight = parameters.normWeight {
                inn_layer_norm_backward(
                    Int32(count), Int32(g.dModel), input.data + start, weight.values, scratch.mean + neuron * count,
                    scratch.deviation + neuron * count, rows, inputGradient + start, gradients.normWeight,
                    gradients.normBias)
            } else {
                inn_add(count * g.dModel, inputGradient + start, rows)
            }
        }
    }

    /// Adds one chunk's sums to the parameters, in the order of the chunks.
    private func reduce(_ parts: RoutingGradients) {
        let g = geometry
        let p = parameters
        inn_add(p.inProjection.count, p.inProjection.gradient, parts.inProjection)
        inn_add(p.inBias.count, p.inBias.gradient, parts.inBias)
        reduceScores(parts)
        inn_add(p.outProjection.count, p.outProjection.gradient, parts.outProjection)
        inn_add(p.outBias.count, p.outBias.gradient, parts.outBias)
        if let weight = p.gateWeight, let bias = p.gateBias, g.gate != .off {
            inn_add(weight.count, weight.gradient, parts.gateWeight)
            inn_add(bias.count, bias.gradient, parts.gateBias)
        }
        if let weight = p.normWeight, let bias = p.normBias {
            inn_add(weight.count, weight.gradient, parts.normWeight)
            inn_add(bias.count, bias.gradient, parts.normBias)
        }
        if g.trainsFixed, let scores = p.staticScores, let fixed {
            staticBackward(parts.fixed, fixed, into: scores.gradient)
        }
    }
}
