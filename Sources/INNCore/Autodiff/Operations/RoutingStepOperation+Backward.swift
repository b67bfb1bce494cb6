import CKernels

/// Partial gradients of one chunk of tiles.
private struct RoutingGradients {
    let inProjection, inBias, outProjection, outBias, gateWeight, gateBias, normWeight, normBias,
        fixed: UnsafeMutablePointer<Float>

    static func count(_ g: RoutingGeometry) -> Int {
        g.projected * (g.dModel + 1) + g.dModel * (g.dModel + 1) + g.neurons * (g.dModel + 1) + 2 * g.dModel
            + (g.trainsFixed ? g.heads * g.neurons * g.neurons : 0)
    }

    init(_ base: UnsafeMutablePointer<Float>, _ g: RoutingGeometry) {
        inProjection = base
        inBias = inProjection + g.projected * g.dModel
        outProjection = inBias + g.projected
        outBias = outProjection + g.dModel * g.dModel
        gateWeight = outBias + g.dModel
        gateBias = gateWeight + g.neurons * g.dModel
        normWeight = gateBias + g.neurons
        normBias = normWeight + g.dModel
        fixed = normBias + g.dModel
    }
}

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
        let perWorker = scratchCount
        let scratch = tape.workspace.take(perWorker * tape.team.threadCount)
        let gatePressure = self.gatePressure()
        let edges = tape.edgeAttribution.map { _ in tape.workspace.takeZeros(g.tileCount * g.neurons * g.neurons) }
        tape.team.run(chunks) { chunk, worker in
            let gradients = RoutingGradients(partials.pointer + chunk * partialCount, g)
            for tile in chunkRange(chunk, of: chunks, count: g.tileCount) {
                backward(
                    tile, upstream: upstream, inputGradient: inputGradient, gatePressure: gatePressure,
                    gradients: gradients,
                    scratch: scratch.pointer + worker * perWorker,
                    edges: edges.map { $0.pointer + tile * g.neurons * g.neurons })
            }
        }
        for chunk in 0..<chunks { reduce(RoutingGradients(partials.pointer + chunk * partialCount, g)) }
        if let edges {
            tape.edgeAttribution?.add(edges.pointer, tiles: g.tileCount, neurons: g.neurons)
            tape.workspace.give(edges)
        }
        tape.workspace.give(partials)
        tape.workspace.give(scratch)
        tape.releaseGradient(of: output)
    }

    /// d(pressure)/d(gate), the same for every gate.
    private func gatePressure() -> Float {
        guard let pressure else { return 0 }
        let count = geometry.neurons * geometry.rows
        return 2 * pressure.weight * (Float(meanGate()) - pressure.target) / Float(count)
    }

    private var scratchCount: Int {
        let g = geometry
        let rows = g.neurons * g.tileTokens
        return rows * (4 * g.dModel + g.projected + 3) + 64 + g.attentionScratchCount
    }

    private func backward(
        _ tile: Int, upstream: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
        gatePressure: Float,
        gradients: RoutingGradients, scratch: UnsafeMutablePointer<Float>, edges: UnsafeMutablePointer<Float>?
    ) {
        let g = geometry
        let tokens = g.tokens(tile)
        let count = tokens.count
        let rows = g.neurons * count
        let first = tokens.lowerBound * g.neurons
        let dBranch = scratch
        let dMix = dBranch + rows * g.dModel
        let dNormed = dMix + rows * g.dModel
        let normed = dNormed + rows * g.dModel
        let dProjected = normed + rows * g.dModel
        let dGate = dProjected + rows * g.projected
        let mean = dGate + rows
        let deviation = mean + rows
        dropBackward(upstream, into: dBranch, tokens: tokens)
        outputBackward(dBranch, mix: activations.mix + first * g.dModel, into: dMix, rows: rows, gradients)
        if let edges { estimateCuts(tile, dMix: dMix, into: edges) }
        attendBackward(
            tile, dMix: dMix, dProjected: dProjected, dGate: dGate, dFixed: g.trainsFixed ? gradients.fixed : nil,
            scratch: deviation + rows)
        if let controls = g.controls { intervene(controls, tokens: tokens, dProjected: dProjected, dGate: dGate) }
        normalise(tile, into: normed, mean: mean, deviation: deviation)
        LinearAlgebra.multiply(
            rows: rows, columns: g.dModel, inner: g.projected, .init(dProjected, stride: g.projected),
            .init(parameters.inProjection.values, stride: g.dModel), into: dNormed, stride: g.dModel)
        LinearAlgebra.multiply(
            rows: g.projected, columns: g.dModel, inner: rows, .init(dProjected, stride: g.projected, transposed: true),
            .init(normed, stride: g.dModel), into: gradients.inProjection, stride: g.dModel, beta: 1)
        inn_add_column_sums(Int32(rows), Int32(g.projected), dProjected, Int32(g.projected), gradients.inBias)
        gateBackward(
            normed, dGate: dGate, dNormed: dNormed, first: first, count: count, pressure: gatePressure, gradients)
        normBackward(dNormed, mean: mean, deviation: deviation, tokens: tokens, inputGradient: inputGradient, gradients)
    }

    private func attendBackward(
        _ tile: Int, dMix: UnsafePointer<Float>, dProjected: UnsafeMutablePointer<Float>,
        dGate: UnsafeMutablePointer<Float>,
        dFixed: UnsafeMutablePointer<Float>?, scratch: UnsafeMutablePointer<Float>
    ) {
        let g = geometry
        if let groups = g.activeGroups {
            return attendInGroupsBackward(
                tile, groups, dMix: dMix, dProjected: dProjected, dGate: dGate, scratch: scratch)
        }
        withAttentionInput(tile) { input in
            var result = inn_attention_gradient()
            result.weights = UnsafePointer(activations.weights + weightOffset(tile))
            result.dmix = dMix
            result.mixNeuronStride = g.tokens(tile).count * g.dModel
            result.mixTokenStride = g.dModel
            if !g.isFixed {
                result.dq = dProjected
                result.dk = dProjected + g.dModel
            }
            result.dv = dProjected + g.valueColumn
            result.dgate = g.gate == .off ? nil : dGate
            result.dfixed = dFixed
            result.scratch = scratch
            inn_attention_backward(&input, &result)
        }
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
                count, dBranch + neuron * count, upstream + start, dropout.probability, dropout.key, UInt64(start))
        }
    }

    private func outputBackward(
        _ dBranch: UnsafePointer<Float>, mix: UnsafePointer<Float>, into dMix: UnsafeMutablePointer<Float>, rows: Int,
        _ gradients: RoutingGradients
    ) {
        let width = geometry.dModel
        inn_add_column_sums(Int32(rows), Int32(width), dBranch, Int32(width), gradients.outBias)
        LinearAlgebra.multiply(
            rows: rows, columns: width, inner: width, .init(dBranch, stride: width),
            .init(parameters.outProjection.values, stride: width), into: dMix, stride: width)
        LinearAlgebra.multiply(
            rows: width, columns: width, inner: rows, .init(dBranch, stride: width, transposed: true),
            .init(mix, stride: width),
            into: gradients.outProjection, stride: width, beta: 1)
    }

    private func gateBackward(
        _ normed: UnsafePointer<Float>, dGate: UnsafeMutablePointer<Float>, dNormed: UnsafeMutablePointer<Float>,
        first: Int, count: Int,
        pressure: Float, _ gradients: RoutingGradients
    ) {
        let g = geometry
        guard g.gate != .off, let weight = parameters.gateWeight, let bias = parameters.gateBias else { return }
        if pressure != 0 {
            for index in 0..<(g.neurons * count) { dGate[index] += pressure }
        }
        for neuron in 0..<g.neurons {
            let set = bias.count > 1 ? neuron : 0
            inn_gate_backward(
                Int32(count), Int32(g.dModel), normed + neuron * count * g.dModel, weight.values + set * g.dModel,
                activations.softGates + first + neuron * count, dGate + neuron * count,
                dNormed + neuron * count * g.dModel,
                gradients.gateWeight + set * g.dModel, gradients.gateBias + set)
        }
    }

    private func normBackward(
        _ dNormed: UnsafePointer<Float>, mean: UnsafePointer<Float>, deviation: UnsafePointer<Float>,
        tokens: Range<Int>,
        inputGradient: UnsafeMutablePointer<Float>, _ gradients: RoutingGradients
    ) {
        let g = geometry
        let count = tokens.count
        for neuron in 0..<g.neurons {
            let start = (neuron * g.rows + tokens.lowerBound) * g.dModel
            let rows = dNormed + neuron * count * g.dModel
            if let weight = parameters.normWeight {
                inn_layer_norm_backward(
                    Int32(count), Int32(g.dModel), input.data + start, weight.values, mean + neuron * count,
                    deviation + neuron * count, rows, inputGradient + start, gradients.normWeight, gradients.normBias)
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

    /// Through the softmax over each listener's static scores.
    private func staticBackward(
        _ gradient: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, into scores: UnsafeMutablePointer<Float>
    ) {
        let n = geometry.neurons
        for row in 0..<(geometry.heads * n) {
            var dot: Float = 0
            for speaker in 0..<n { dot += weights[row * n + speaker] * gradient[row * n + speaker] }
            for speaker in 0..<n {
                scores[row * n + speaker] += weights[row * n + speaker] * (gradient[row * n + speaker] - dot)
            }
        }
    }
}
