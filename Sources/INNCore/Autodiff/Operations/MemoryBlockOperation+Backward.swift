import CKernels

/// Where one chunk of tiles adds its weight gradients: the parameters' own gradients, or a partial sum.
private struct MemoryGradients {
    var inProjection, convWeight, convBias, xProjection, deltaProjection, deltaBias, skip,
        outProjection: UnsafeMutablePointer<Float>
    /// `[stateSize, dInner]`, gradient of A.
    var decay: UnsafeMutablePointer<Float>
    /// `[dModel]` each.
    var normWeight, normBias: UnsafeMutablePointer<Float>
}

/// How the tiles of a memory block are cut into chunks. The cut depends on the model and the batch alone, never on the
/// number of threads, so that gradients have the same bits on any machine with the same instruction set.
private struct MemoryChunks {
    let count: Int
    /// Whether every chunk is alone with its weight sets and can add to the gradients directly.
    let ownsWeights: Bool
    let ownsConvolution: Bool
    private let neurons: Int, batchSize: Int

    init(_ operation: MemoryBlockOperation) {
        neurons = operation.geometry.neurons
        batchSize = operation.geometry.batchSize
        let isOwn = operation.parameters.inProjection.shape[0] > 1
        ownsWeights = isOwn
        ownsConvolution = operation.parameters.convWeight.shape[0] > 1
        count = isOwn ? neurons : min(8, neurons > 1 ? neurons : batchSize)
    }

    /// Neurons and streams of a chunk: whole neurons, or streams when there is only one neuron.
    func tiles(_ chunk: Int) -> (neurons: Range<Int>, streams: Range<Int>) {
        neurons > 1
            ? (chunkRange(chunk, of: count, count: neurons), 0..<batchSize)
            : (0..<1, chunkRange(chunk, of: count, count: batchSize))
    }
}

extension MemoryBlockOperation {
    func backward(on tape: Tape) {
        guard tape.outputGradient(of: output) != nil else { return }
        let g = geometry
        let chunks = MemoryChunks(self)
        let partialCount = self.partialCount
        let (upstream, inputGradient) = tape.branchGradients(from: output, to: input, isResidual: isResidual)
        let partials = tape.workspace.takeZeros(partialCount * chunks.count)
        let perWorker = scratchCount
        let scratch = tape.workspace.take(perWorker * tape.team.threadCount)
        tape.team.run(chunks.count) { chunk, worker in
            let (neurons, streams) = chunks.tiles(chunk)
            for neuron in neurons {
                let target = gradients(neuron, partial: partials.pointer + chunk * partialCount, chunks)
                for stream in streams {
                    let start = (neuron * g.batchSize + stream) * g.steps * g.dModel
                    backward(
                        neuron: neuron, stream: stream, upstream: upstream + start,
                        inputGradient: inputGradient + start,
                        gradients: target, scratch: scratch.pointer + worker * perWorker)
                }
            }
            if chunks.ownsWeights { addDecay(neurons.lowerBound, partial: partials.pointer + chunk * partialCount) }
        }
        for chunk in 0..<chunks.count { reduce(partials.pointer + chunk * partialCount, chunks) }
        tape.workspace.give(partials)
        tape.workspace.give(scratch)
        tape.releaseGradient(of: output)
    }

    /// Sizes of the parts of a partial gradient, in the order of ``partialGradients(_:)``.
    private var partSizes: [Int] {
        let p = parameters
        func perSet(_ parameter: Parameter) -> Int { parameter.count / parameter.shape[0] }
        return [
            perSet(p.inProjection), perSet(p.convWeight), perSet(p.convBias), perSet(p.xProjection),
            perSet(p.deltaProjection),
            perSet(p.deltaBias), perSet(p.skip), perSet(p.outProjection), geometry.states, geometry.dModel,
            geometry.dModel,
        ]
    }

    private var partialCount: Int { partSizes.reduce(0, +) }

    private func partialGradients(_ base: UnsafeMutablePointer<Float>) -> MemoryGradients {
        var next = base
        var parts: [UnsafeMutablePointer<Float>] = []
        for size in partSizes {
            parts.append(next)
            next += size
        }
        return MemoryGradients(
            inProjection: parts[0], convWeight: parts[1], convBias: parts[2], xProjection: parts[3],
            deltaProjection: parts[4],
            deltaBias: parts[5], skip: parts[6], outProjection: parts[7], decay: parts[8], normWeight: parts[9],
            normBias: parts[10])
    }

    private func gradients(
        _ neuron: Int, partial: UnsafeMutablePointer<Float>, _ chunks: MemoryChunks
    ) -> MemoryGradients {
        var result = partialGradients(partial)
        let p = parameters
        if chunks.ownsWeights {
            result.inProjection = p.inProjection.gradient + set(p.inProjection, neuron)
            result.xProjection = p.xProjection.gradient + set(p.xProjection, neuron)
            result.deltaProjection = p.deltaProjection.gradient + set(p.deltaProjection, neuron)
            result.deltaBias = p.deltaBias.gradient + set(p.deltaBias, neuron)
            result.skip = p.skip.gradient + set(p.skip, neuron)
            result.outProjection = p.outProjection.gradient + set(p.outProjection, neuron)
        }
        if chunks.ownsConvolution {
            result.convWeight = p.convWeight.gradient + set(p.convWeight, neuron)
            result.convBias = p.convBias.gradient + set(p.convBias, neuron)
        }
        return result
    }

    private func addDecay(_ neuron: Int, partial: UnsafeMutablePointer<Float>) {
        let g = geometry
        let offset = parameters.aLog.shape[0] > 1 ? neuron * g.states : 0
        addDecayGradient(
            partialGradients(partial).decay, rates: decayRates + offset, to: parameters.aLog.gradient + offset,
            channels: g.dInner, stateSize: g.stateSize)
    }

    /// Adds one chunk's partial sums to the parameters, in the order of the chunks.
    private func reduce(_ base: UnsafeMutablePointer<Float>, _ chunks: MemoryChunks) {
        let parts = partialGradients(base)
        let p = parameters
        if let weight = p.normWeight, let bias = p.normBias {
            inn_add(weight.count, weight.gradient, parts.normWeight)
            inn_add(bias.count, bias.gradient, parts.normBias)
        }
        if !chunks.ownsConvolution {
            inn_add(p.convWeight.count, p.convWeight.gradient, parts.convWeight)
            inn_add(p.convBias.count, p.convBias.gradient, parts.convBias)
        }
        guard !chunks.ownsWeights else { return }
        inn_add(p.inProjection.count, p.inProjection.gradient, parts.inProjection)
        inn_add(p.xProjection.count, p.xProjection.gradient, parts.xProjection)
        inn_add(p.deltaProjection.count, p.deltaProjection.gradient, parts.deltaProjection)
        inn_add(p.deltaBias.count, p.deltaBias.gradient, parts.deltaBias)
        inn_add(p.skip.count, p.skip.gradient, parts.skip)
        inn_add(p.outProjection.count, p.outProjection.gradient, parts.outProjection)
        addDecay(0, partial: base)
    }

    /// Floats of scratch that one worker needs: gradients of a tile's intermediates and, when they were not saved, the
    /// tile.
    private var scratchCount: Int {
        let g = geometry
        let packed = resting == nil ? 0 : 2 * (g.steps * g.dModel + 16)
        let gradients = g.steps * (2 * g.dModel + 6 * g.dInner + g.projected) + 16 * 8 + packed
        let tile = saved == nil ? MemoryTile.count(g) + g.states + 16 : 0
        return gradients + tile + inn_scan_scratch_floats(Int32(g.dInner), Int32(g.stateSize))
    }

    /// Back-propagates one tile. `upstream` and `inputGradient` may be the same rows (residual).
    private func backward(
        neuron: Int, stream: Int, upstream: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
        gradients: MemoryGradients, scratch: UnsafeMutablePointer<Float>
    ) {
        let working = working(neuron: neuron, stream: stream)
        let g = geometry(working)
        let steps = Int32(g.steps)
        let inner = Int32(g.dInner)
        let rows = geometry.steps * g.dModel
        guard g.steps > 0 else { return }
        var next = scratch
        func claim(_ count: Int) -> UnsafeMutablePointer<Float> {
            defer { next += (count + 15) / 16 * 16 }
            return next
        }
        let packed = working == nil ? next : claim(rows)
        let packedGradient = working == nil ? next : claim(rows)
        let dropped = claim(rows)
        let dNormed = claim(rows)
        let dIn = claim(g.steps * 2 * g.dInner)
        let dx = claim(g.steps * g.dInner)
        let dDelta = claim(g.steps * g.dInner)
        let dY = claim(g.steps * g.dInner)
        let dConv = claim(g.steps * g.dInner)
        let dProjected = claim(g.steps * g.projected)
        let tile: MemoryTile
        if let saved {
            tile = MemoryTile(saved + (neuron * g.batchSize + stream) * MemoryTile.count(geometry), geometry)
        } else {
            let state = claim(g.states)
            tile = MemoryTile(claim(MemoryTile.count(geometry)), geometry)
            fill(tile, neuron: neuron, stream: stream, state: state, packed: packed)
        }
        var dOut = UnsafePointer(upstream)
        if dropout.probability > 0 {
            dropped.update(repeating: 0, count: rows)
            inn_dropout_add(
                rows, dropped, upstream, dropout.probability, dropout.key,
                UInt64((neuron * g.batchSize + stream) * rows))
            dOut = UnsafePointer(dropped)
        }
        if working != nil {
            dOut = UnsafePointer(self.rows(of: UnsafeMutablePointer(mutating: dOut), working, packed: packedGradient))
        }
        outputBackward(tile, g, dOut: dOut, dGated: dY, neuron: neuron, into: gradients.outProjection)
        inn_silu_gate_backward(
            steps, inner, tile.y, tile.projectedIn + g.dInner, 2 * inner, dY, dY, dIn + g.dInner, 2 * inner)
        forEachPiece(neuron: neuron, stream: stream) { piece in
            let first = piece.start * g.dInner
            let dRow = dProjected + piece.start * g.projected
            var scan = scanInput(tile, piece, neuron: neuron)
            var result = inn_scan_gradient(
                boundaries: piece.boundaries.map { UnsafePointer(tile.boundaries + $0 * g.states) } ?? piece.state
                    ?? emptyState,
                dy: dY + first, dyStride: inner, dx: dx + first, dxStride: inner, ddelta: dDelta + first,
                ddeltaStride: inner,
                db: dRow + g.dtRank, dc: dRow + g.dtRank + g.stateSize, dbcStride: Int32(g.projected),
                da: gradients.decay, dskip: gradients.skip, scratch: next)
            inn_scan_backward(&scan, &result)
        }
        inn_softplus_backward(steps, inner, tile.delta, deltaLimit, dDelta, gradients.deltaBias)
        projectionBackward(
            tile, g, dDelta: dDelta, dProjected: dProjected, dx: dx, neuron: neuron, gradients: gradients)
        convolutionBackward(
            tile, g, dx: dx, dConv: dConv, dIn: dIn, neuron: neuron, stream: stream, gradients: gradients)
        let source = input.data + (neuron * g.batchSize + stream) * geometry.steps * g.dModel
        guard let working else {
            return inputBackward(
                tile, g, source, dIn: dIn, dNormed: dNormed, inputGradient: inputGradient, neuron: neuron,
                gradients: gradients)
        }
        packedGradient.update(repeating: 0, count: g.steps * g.dModel)
        inputBackward(
            tile, g, self.rows(of: source, working, packed: packed), dIn: dIn, dNormed: dNormed,
            inputGradient: packedGradient, neuron: neuron,
            gradients: gradients)
        for (row, step) in working.enumerated() {
            inn_add(g.dModel, inputGradient + step * g.dModel, packedGradient + row * g.dModel)
        }
    }

    /// Through the causal convolution and its SiLU.
    private func convolutionBackward(
        _ tile: MemoryTile, _ g: MemoryGeometry, dx: UnsafeMutablePointer<Float>, dConv: UnsafeMutablePointer<Float>,
        dIn: UnsafeMutablePointer<Float>,
        neuron: Int, stream: Int, gradients: MemoryGradients
    ) {
        let p = parameters
        let inner = Int32(g.dInner)
        forEachPiece(neuron: neuron, stream: stream) { piece in
            let first = piece.start * g.dInner
            inn_conv_silu_backward(
                Int32(piece.count), inner, Int32(g.convKernel), tile.projectedIn + 2 * first, 2 * inner, piece.history,
                p.convWeight.values + set(p.convWeight, neuron), p.convBias.values + set(p.convBias, neuron),
                dx + first, dConv + first,
                dIn + 2 * first, 2 * inner, gradients.convWeight, gradients.convBias)
        }
    }

    /// Through out = gated·W_outᵀ.
    private func outputBackward(
        _ tile: MemoryTile, _ g: MemoryGeometry, dOut: UnsafePointer<Float>, dGated: UnsafeMutablePointer<Float>,
        neuron: Int,
        into weightGradient: UnsafeMutablePointer<Float>
    ) {
        let weight = parameters.outProjection
        LinearAlgebra.multiply(
            rows: g.steps, columns: g.dInner, inner: g.dModel, .init(dOut, stride: g.dModel),
            .init(weight.values + set(weight, neuron), stride: g.dInner), into: dGated, stride: g.dInner)
        LinearAlgebra.multiply(
            rows: g.dModel, columns: g.dInner, inner: g.steps, .init(dOut, stride: g.dModel, transposed: true),
            .init(tile.gated, stride: g.dInner), into: weightGradient, stride: g.dInner, beta: 1)
    }

    /// Through delta = low·W_dtᵀ and (low, B, C) = x·W_xᵀ; adds to dx.
    private func projectionBackward(
        _ tile: MemoryTile, _ g: MemoryGeometry, dDelta: UnsafeMutablePointer<Float>,
        dProjected: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>, neuron: Int, gradients: MemoryGradients
    ) {
        let p = parameters
        LinearAlgebra.multiply(
            rows: g.steps, columns: g.dtRank, inner: g.dInner, .init(dDelta, stride: g.dInner),
            .init(p.deltaProjection.values + set(p.deltaProjection, neuron), stride: g.dtRank), into: dProjected,
            stride: g.projected)
        LinearAlgebra.multiply(
            rows: g.dInner, columns: g.dtRank, inner: g.steps, .init(dDelta, stride: g.dInner, transposed: true),
            .init(tile.projected, stride: g.projected), into: gradients.deltaProjection, stride: g.dtRank, beta: 1)
        LinearAlgebra.multiply(
            rows: g.steps, columns: g.dInner, inner: g.projected, .init(dProjected, stride: g.projected),
            .init(p.xProjection.values + set(p.xProjection, neuron), stride: g.dInner), into: dx, stride: g.dInner,
            beta: 1)
        LinearAlgebra.multiply(
            rows: g.projected, columns: g.dInner, inner: g.steps,
            .init(dProjected, stride: g.projected, transposed: true),
            .init(tile.x, stride: g.dInner), into: gradients.xProjection, stride: g.dInner, beta: 1)
    }

    /// Through (x, z) = u·W_inᵀ and the norm, into the input's gradient.
    private func inputBackward(
        _ tile: MemoryTile, _ g: MemoryGeometry, _ source: UnsafePointer<Float>, dIn: UnsafeMutablePointer<Float>,
        dNormed: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>, neuron: Int,
        gradients: MemoryGradients
    ) {
        let p = parameters
        let width = 2 * g.dInner
        LinearAlgebra.multiply(
            rows: g.steps, columns: g.dModel, inner: width, .init(dIn, stride: width),
            .init(p.inProjection.values + set(p.inProjection, neuron), stride: g.dModel), into: dNormed,
            stride: g.dModel)
        LinearAlgebra.multiply(
            rows: width, columns: g.dModel, inner: g.steps, .init(dIn, stride: width, transposed: true),
            .init(tile.normed, stride: g.dModel), into: gradients.inProjection, stride: g.dModel, beta: 1)
        guard let weight = p.normWeight else {
            inn_add(g.steps * g.dModel, inputGradient, dNormed)
            return
        }
        inn_layer_norm_backward(
            Int32(g.steps), Int32(g.dModel), source, weight.values, tile.mean, tile.deviation, dNormed, inputGradient,
            gradients.normWeight, gradients.normBias)
    }
}
