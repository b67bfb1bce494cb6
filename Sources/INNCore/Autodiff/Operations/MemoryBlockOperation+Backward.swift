import CKernels

/// The backward pass of one tile: what it reads, where it works and where its gradients go.
private struct MemoryBackwardPass {
    let task: MemoryTask
    let tile: MemoryTile
    let scratch: MemoryBackwardScratch
    let gradients: MemoryGradients
    /// Gradients of the stream's rows, `[steps, dModel]`; both may be the same rows (residual).
    let upstream, inputGradient: UnsafeMutablePointer<Float>
}

extension MemoryBlockOperation {
    func backward(on tape: Tape) {
        guard tape.outputGradient(of: output) != nil else { return }
        let chunks = MemoryChunks(self)
        let (upstream, inputGradient) = tape.branchGradients(from: output, to: input, isResidual: options.isResidual)
        let sizes = MemoryGradients.Sizes(parameters: parameters, geometry: geometry)
        let partialCount = MemoryGradients.count(sizes)
        let partials = tape.workspace.takeZeros(partialCount * chunks.count)
        func sums(_ chunk: Int) -> MemoryGradients { MemoryGradients(partials.slice(chunk, of: partialCount), sizes) }
        tape.withScratch(MemoryBackwardScratch.self, scratchSizes) { scratch in
            tape.team.run(chunks.count) { chunk, worker in
                let (neurons, streams) = chunks.tiles(chunk)
                let partial = sums(chunk)
                for neuron in neurons {
                    let target = gradients(neuron, partial: partial, chunks)
                    for stream in streams {
                        let task = self.task(neuron: neuron, stream: stream)
                        let own = scratch[worker]
                        backward(
                            MemoryBackwardPass(
                                task: task,
                                tile: MemoryTile(kept: savedValues(task) ?? own.refill!.kept, passing: own.passing),
                                scratch: own, gradients: target,
                                upstream: upstream + task.start, inputGradient: inputGradient + task.start))
                    }
                }
                if chunks.ownsWeights { addDecay(neurons.lowerBound, partial: partial) }
            }
        }
        for chunk in 0..<chunks.count { reduce(sums(chunk), chunks) }
        tape.workspace.give(partials)
        tape.releaseGradient(of: output)
    }

    /// Back-propagates one tile.
    private func backward(_ pass: MemoryBackwardPass) {
        let task = pass.task
        let g = task.geometry
        guard g.steps > 0 else { return }
        if let refill = pass.scratch.refill {
            fill(pass.tile, task, state: refill.state, packed: pass.scratch.packed)
        } else {
            restore(pass.tile, task, packed: pass.scratch.packed)
        }
        outputBackward(pass, dOut: rows(of: dropBackward(pass), task, packed: pass.scratch.packedGradient))
        scanBackward(pass)
        projectionBackward(pass)
        convolutionBackward(pass)
        let source = rows(of: input.data + task.start, task, packed: pass.scratch.packed)
        guard let working = task.run.working else {
            return inputBackward(pass, source, into: pass.inputGradient)
        }
        let packed = pass.scratch.packedGradient
        packed.update(repeating: 0, count: g.steps * g.dModel)
        inputBackward(pass, source, into: packed)
        for (row, step) in working.enumerated() {
            inn_add(g.dModel, pass.inputGradient + step * g.dModel, packed + row * g.dModel)
        }
    }

    /// Through dropout: the gradients of all rows of the stream.
    private func dropBackward(_ pass: MemoryBackwardPass) -> UnsafePointer<Float> {
        let dropout = options.dropout
        guard dropout.probability > 0 else { return UnsafePointer(pass.upstream) }
        let count = geometry.steps * geometry.dModel
        let dropped = pass.scratch.dropped
        dropped.update(repeating: 0, count: count)
        inn_dropout_add(count, dropped, pass.upstream, dropout.probability, dropout.key, place(pass.task))
        return UnsafePointer(dropped)
    }

    /// Through out = gated·W_outᵀ and the gate.
    private func outputBackward(_ pass: MemoryBackwardPass, dOut: UnsafePointer<Float>) {
        let g = pass.task.geometry
        let (tile, scratch) = (pass.tile, pass.scratch)
        let inner = Int32(g.dInner)
        LinearAlgebra.multiply(
            .init(rows: g.steps, columns: g.dInner, inner: g.dModel), .init(dOut, stride: g.dModel),
            .init(weights(parameters.outProjection, pass.task.neuron), stride: g.dInner), into: scratch.dY,
            stride: g.dInner)
        LinearAlgebra.multiply(
            .init(rows: g.dModel, columns: g.dInner, inner: g.steps), .init(dOut, stride: g.dModel, transposed: true),
            .init(tile.passing.gated, stride: g.dInner), into: pass.gradients.outProjection, stride: g.dInner,
            accumulates: true)
        inn_silu_gate_backward(
            Int32(g.steps), inner, tile.kept.y, tile.kept.projectedIn + g.dInner, 2 * inner, scratch.dY, scratch.dY,
            scratch.dIn + g.dInner, 2 * inner)
    }

    /// Through the scan and delta's softplus.
    private func scanBackward(_ pass: MemoryBackwardPass) {
        let g = pass.task.geometry
        let (tile, scratch) = (pass.tile, pass.scratch)
        let inner = Int32(g.dInner)
        for piece in pass.task.run.pieces {
            let first = piece.start * g.dInner
            let dRow = scratch.dProjected + piece.start * g.projected
            var scan = scanInput(tile, piece, pass.task)
            var result = inn_scan_gradient(
                boundaries: piece.boundaries.map { UnsafePointer(tile.kept.boundaries + $0 * g.states) }
                    ?? pass.task.state(piece) ?? emptyState,
                dy: scratch.dY + first, dyStride: inner, dx: scratch.dx + first, dxStride: inner,
                ddelta: scratch.dDelta + first, ddeltaStride: inner,
                db: dRow + g.dtRank, dc: dRow + g.dtRank + g.stateSize, dbcStride: Int32(g.projected),
                da: pass.gradients.decay, dskip: pass.gradients.skip, scratch: scratch.scan)
            inn_scan_backward(&scan, &result)
        }
        inn_softplus_backward(
            Int32(g.steps), inner, tile.kept.delta, deltaLimit, scratch.dDelta, pass.gradients.deltaBias)
    }

    /// Through the causal convolution and its SiLU.
    private func convolutionBackward(_ pass: MemoryBackwardPass) {
        let g = pass.task.geometry
        let p = parameters
        let inner = Int32(g.dInner)
        let neuron = pass.task.neuron
        for piece in pass.task.run.pieces {
            let first = piece.start * g.dInner
            inn_conv_silu_backward(
                Int32(piece.count), inner, Int32(g.convKernel), pass.tile.kept.projectedIn + 2 * first, 2 * inner,
                pass.task.history(piece), weights(p.convWeight, neuron), weights(p.convBias, neuron),
                pass.scratch.dx + first, pass.scratch.dY + first, pass.scratch.dIn + 2 * first, 2 * inner,
                pass.gradients.convWeight, pass.gradients.convBias)
        }
    }

    /// Through delta = low·W_dtᵀ and (low, B, C) = x·W_xᵀ; adds to dx.
    private func projectionBackward(_ pass: MemoryBackwardPass) {
        let g = pass.task.geometry
        let (tile, scratch, gradients) = (pass.tile, pass.scratch, pass.gradients)
        LinearAlgebra.multiply(
            .init(rows: g.steps, columns: g.dtRank, inner: g.dInner), .init(scratch.dDelta, stride: g.dInner),
            .init(weights(parameters.deltaProjection, pass.task.neuron), stride: g.dtRank), into: scratch.dProjected,
            stride: g.projected)
        LinearAlgebra.multiply(
            .init(rows: g.dInner, columns: g.dtRank, inner: g.steps),
            .init(scratch.dDelta, stride: g.dInner, transposed: true),
            .init(tile.kept.projected, stride: g.projected), into: gradients.deltaProjection, stride: g.dtRank,
            accumulates: true)
        LinearAlgebra.multiply(
            .init(rows: g.steps, columns: g.dInner, inner: g.projected), .init(scratch.dProjected, stride: g.projected),
            .init(weights(parameters.xProjection, pass.task.neuron), stride: g.dInner), into: scratch.dx,
            stride: g.dInner, accumulates: true)
        LinearAlgebra.multiply(
            .init(rows: g.projected, columns: g.dInner, inner: g.steps),
            .init(scratch.dProjected, stride: g.projected, transposed: true),
            .init(tile.passing.x, stride: g.dInner), into: gradients.xProjection, stride: g.dInner, accumulates: true)
    }

    /// Through (x, z) = u·W_inᵀ and the norm, into the input's gradient.
    private func inputBackward(
        _ pass: MemoryBackwardPass, _ source: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>
    ) {
        let g = pass.task.geometry
        let (tile, scratch, gradients) = (pass.tile, pass.scratch, pass.gradients)
        let width = 2 * g.dInner
        LinearAlgebra.multiply(
            .init(rows: g.steps, columns: g.dModel, inner: width), .init(scratch.dIn, stride: width),
            .init(weights(parameters.inProjection, pass.task.neuron), stride: g.dModel), into: scratch.dNormed,
            stride: g.dModel)
        LinearAlgebra.multiply(
            .init(rows: width, columns: g.dModel, inner: g.steps), .init(scratch.dIn, stride: width, transposed: true),
            .init(tile.passing.normed, stride: g.dModel), into: gradients.inProjection, stride: g.dModel,
            accumulates: true)
        guard let weight = parameters.normWeight else {
            inn_add(g.steps * g.dModel, inputGradient, scratch.dNormed)
            return
        }
        inn_layer_norm_backward(
            Int32(g.steps), Int32(g.dModel), source, weight.values, tile.kept.mean, tile.kept.deviation,
            scratch.dNormed, inputGradient, gradients.normWeight, gradients.normBias)
    }
}
