import CKernels

/// delta is clamped to this value (docs/MODEL.md).
public let deltaLimit: Float = 2.5

/// One memory block of all neurons, fused: norm, projections, convolution, scan, gate, output projection and residual,
/// tile by tile of one neuron and one stream, so that a tile's values stay in the cache.
///
/// Twin: the composition of ``Tape/layerNorm(_:weight:bias:)``, ``Tape/linear(_:weight:bias:)``,
/// ``Tape/convSiLU(_:weight:bias:)``, ``Tape/softplus(_:bias:limit:)``,
/// ``Tape/selectiveScan(_:delta:b:c:aLog:skip:limit:lastState:)`` and ``Tape/siluGate(_:gate:)``.
struct MemoryBlockOperation {
    let input: Tensor, output: Tensor
    let parameters: MemoryParameters
    let geometry: MemoryGeometry
    let dropout: Dropout
    /// y = x + block(norm(x)) when true, y = block(x) otherwise.
    let isResidual: Bool
    /// A per weight set, `[sets, stateSize, dInner]`.
    let decayRates: UnsafePointer<Float>
    /// Initial recurrent state of this call, `[neurons, batchSize, statePerStream]`, or nil for zeros.
    let initialState: UnsafePointer<Float>?
    /// Activations of every tile, or nil when the backward pass recomputes them.
    let saved: UnsafeMutablePointer<Float>?
    /// Per neuron how its memory runs under an intervention; nil, as nearly always, when all run through.
    let schedules: [MemorySchedule?]?
    /// A state of zeros for the backward pass, when there are schedules.
    let emptyState: UnsafePointer<Float>?
    /// Where neurons rest: their tiles hold the other rows only. Nil nearly always.
    let resting: RestingRows?

    /// Which weight set a neuron uses, out of `count` values that hold one or `neurons` sets.
    func set(_ parameter: Parameter, _ neuron: Int) -> Int {
        let perSet = parameter.count / parameter.shape[0]
        return parameter.shape[0] > 1 ? neuron * perSet : 0
    }
}

extension MemoryBlockOperation {
    /// The steps of a stream at which a neuron's memory runs; nil for all.
    func working(neuron: Int, stream: Int) -> [Int]? {
        resting.flatMap { $0.working(neuron: neuron, in: (stream * geometry.steps)..<((stream + 1) * geometry.steps)) }
    }

    /// Whether a neuron's memory neither runs nor is emptied at any step, so that its state stays as it is.
    func restsThroughout(neuron: Int, stream: Int) -> Bool {
        guard let resting, schedules?[neuron] == nil else { return false }
        return resting.restsThroughout(neuron: neuron, in: (stream * geometry.steps)..<((stream + 1) * geometry.steps))
    }

    /// The sizes of a tile that holds some steps only.
    func geometry(_ working: [Int]?) -> MemoryGeometry {
        guard let working else { return geometry }
        var copy = geometry
        copy.steps = working.count
        return copy
    }

    /// The rows of a tile one after the other: a stream's own, or those of some of its steps, copied to `packed`.
    func rows(
        of stream: UnsafeMutablePointer<Float>, _ working: [Int]?, packed: UnsafeMutablePointer<Float>
    ) -> UnsafeMutablePointer<Float> {
        guard let working else { return stream }
        let width = geometry.dModel
        for (row, step) in working.enumerated() {
            (packed + row * width).update(from: stream + step * width, count: width)
        }
        return packed
    }

    /// Computes one tile up to the gated values; leaves the new recurrent state in `state`.
    ///
    /// - Parameter packed: room for `[steps, dModel]`.
    func fill(
        _ tile: MemoryTile, neuron: Int, stream: Int, state: UnsafeMutablePointer<Float>,
        packed: UnsafeMutablePointer<Float>
    ) {
        let working = working(neuron: neuron, stream: stream)
        let g = geometry(working)
        let p = parameters
        let steps = Int32(g.steps)
        let inner = Int32(g.dInner)
        guard g.steps > 0 else { return carry(into: state, neuron: neuron, stream: stream) }
        let source = rows(
            of: input.data + (neuron * g.batchSize + stream) * geometry.steps * g.dModel, working, packed: packed)
        if let weight = p.normWeight, let bias = p.normBias {
            inn_layer_norm_forward(
                steps, Int32(g.dModel), source, weight.values, bias.values, LayerNormOperation.epsilon, tile.normed,
                tile.mean, tile.deviation)
        } else {
            tile.normed.update(from: source, count: g.steps * g.dModel)
        }
        LinearAlgebra.multiply(
            rows: g.steps, columns: 2 * g.dInner, inner: g.dModel, .init(tile.normed, stride: g.dModel),
            .init(p.inProjection.values + set(p.inProjection, neuron), stride: g.dModel, transposed: true),
            into: tile.projectedIn, stride: 2 * g.dInner)
        forEachPiece(neuron: neuron, stream: stream) { piece in
            inn_conv_silu_forward(
                Int32(piece.count), inner, Int32(g.convKernel), tile.projectedIn + piece.start * 2 * g.dInner,
                2 * inner, piece.history,
                p.convWeight.values + set(p.convWeight, neuron), p.convBias.values + set(p.convBias, neuron), nil,
                tile.x + piece.start * g.dInner)
        }
        LinearAlgebra.multiply(
            rows: g.steps, columns: g.projected, inner: g.dInner, .init(tile.x, stride: g.dInner),
            .init(p.xProjection.values + set(p.xProjection, neuron), stride: g.dInner, transposed: true),
            into: tile.projected, stride: g.projected)
        LinearAlgebra.multiply(
            rows: g.steps, columns: g.dInner, inner: g.dtRank, .init(tile.projected, stride: g.projected),
            .init(p.deltaProjection.values + set(p.deltaProjection, neuron), stride: g.dtRank, transposed: true),
            into: tile.delta, stride: g.dInner)
        inn_softplus_forward(steps, inner, tile.delta, p.deltaBias.values + set(p.deltaBias, neuron), deltaLimit)
        forEachPiece(neuron: neuron, stream: stream) { piece in
            if let initial = piece.state {
                state.update(from: initial, count: g.states)
            } else {
                state.update(repeating: 0, count: g.states)
            }
            var scan = scanInput(tile, piece, neuron: neuron)
            var result = inn_scan_output(
                state: state, boundaries: piece.boundaries.map { tile.boundaries + $0 * g.states },
                y: tile.y + piece.start * g.dInner, yStride: inner)
            inn_scan_forward(&scan, &result)
        }
        inn_silu_gate_forward(steps, inner, tile.y, tile.projectedIn + g.dInner, 2 * inner, tile.gated)
    }

    /// Leaves the state that a memory has which does not run at all.
    private func carry(into state: UnsafeMutablePointer<Float>, neuron: Int, stream: Int) {
        forEachPiece(neuron: neuron, stream: stream) { piece in
            if let initial = piece.state {
                state.update(from: initial, count: geometry.states)
            } else {
                state.update(repeating: 0, count: geometry.states)
            }
        }
    }

    /// A stretch of a tile that the memory runs through from a known state.
    struct Piece {
        var start: Int, count: Int
        /// The state it starts from and the inputs of the convolution before it; nil for zeros.
        var state: UnsafePointer<Float>?, history: UnsafePointer<Float>?
        /// Where in the tile's boundaries its states are, in states; nil when its only one is `state`.
        var boundaries: Int?
    }

    /// Calls `body` for every piece of a tile, in order: one for the whole of it, unless an intervention cuts it.
    func forEachPiece(neuron: Int, stream: Int, _ body: (Piece) -> Void) {
        let working = working(neuron: neuron, stream: stream)
        let g = geometry(working)
        let state = initialState.map { $0 + (neuron * g.batchSize + stream) * g.statePerStream }
        guard var schedule = schedules?[neuron] else {
            return body(
                Piece(start: 0, count: g.steps, state: state, history: state.map { $0 + g.states }, boundaries: 0))
        }
        if let working { schedule = schedule.restricted(to: working) }
        var boundaries = 0
        for segment in schedule.segments {
            let own = segment.isEmptied ? nil : state
            let stored = MemorySchedule.boundaryCount(segment)
            body(
                Piece(
                    start: segment.start, count: segment.count, state: own, history: own.map { $0 + g.states },
                    boundaries: stored > 0 ? boundaries : nil))
            boundaries += stored
        }
    }

    func scanInput(_ tile: MemoryTile, _ piece: Piece, neuron: Int) -> inn_scan_input {
        let g = geometry
        let inner = Int32(g.dInner)
        let projected = tile.projected + piece.start * g.projected
        return inn_scan_input(
            steps: Int32(piece.count), channels: inner, stateSize: Int32(g.stateSize),
            x: tile.x + piece.start * g.dInner, xStride: inner,
            delta: tile.delta + piece.start * g.dInner, deltaStride: inner,
            a: decayRates + (parameters.aLog.shape[0] > 1 ? neuron * g.states : 0),
            b: projected + g.dtRank, c: projected + g.dtRank + g.stateSize, bcStride: Int32(g.projected),
            skip: parameters.skip.values + set(parameters.skip, neuron))
    }

    /// Writes the block's output rows, adding the residual and dropping.
    func emit(_ tile: MemoryTile, neuron: Int, stream: Int, scratch: UnsafeMutablePointer<Float>) {
        let g = geometry
        let start = (neuron * g.batchSize + stream) * g.steps * g.dModel
        let count = g.steps * g.dModel
        let target = output.data + start
        if let working = working(neuron: neuron, stream: stream) {
            return emit(tile, working, into: target, start: start, neuron: neuron, scratch: scratch)
        }
        let weight = LinearAlgebra.Matrix(
            parameters.outProjection.values + set(parameters.outProjection, neuron), stride: g.dInner, transposed: true)
        if isResidual { target.update(from: input.data + start, count: count) }
        let isDirect = dropout.probability == 0
        LinearAlgebra.multiply(
            rows: g.steps, columns: g.dModel, inner: g.dInner, .init(tile.gated, stride: g.dInner), weight,
            into: isDirect ? target : scratch, stride: g.dModel, beta: isDirect && isResidual ? 1 : 0)
        guard !isDirect else { return }
        if !isResidual { target.update(repeating: 0, count: count) }
        inn_dropout_add(count, target, scratch, dropout.probability, dropout.key, UInt64(start))
    }

    /// Writes the output rows of a tile that holds some steps only: at the others the input passes through.
    func emit(
        _ tile: MemoryTile, _ working: [Int], into target: UnsafeMutablePointer<Float>, start: Int, neuron: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let g = geometry
        let width = g.dModel
        if isResidual {
            target.update(from: input.data + start, count: g.steps * width)
        } else {
            target.update(repeating: 0, count: g.steps * width)
        }
        guard !working.isEmpty else { return }
        LinearAlgebra.multiply(
            rows: working.count, columns: width, inner: g.dInner, .init(tile.gated, stride: g.dInner),
            .init(
                parameters.outProjection.values + set(parameters.outProjection, neuron), stride: g.dInner,
                transposed: true),
            into: scratch, stride: width)
        for (row, step) in working.enumerated() {
            inn_dropout_add(
                width, target + step * width, scratch + row * width, dropout.probability, dropout.key,
                UInt64(start + step * width))
        }
    }

    /// Stores the recurrent state after the last step: scan state, then the last convKernel − 1 convolution inputs.
    func storeState(
        _ state: UnsafePointer<Float>, _ tile: MemoryTile, into target: UnsafeMutablePointer<Float>, neuron: Int,
        stream: Int
    ) {
        let g = geometry(working(neuron: neuron, stream: stream))
        let taps = g.convKernel - 1
        var last = Piece(start: 0, count: 0)
        forEachPiece(neuron: neuron, stream: stream) { last = $0 }
        if schedules?[neuron]?.isFrozen == true {
            if last.state == nil { target.update(repeating: 0, count: g.statePerStream) }
            return
        }
        target.update(from: state, count: g.states)
        let newHistory = target + g.states
        for tap in 0..<taps {
            let step = g.steps - taps + tap
            let row = newHistory + tap * g.dInner
            if step >= last.start {
                row.update(from: tile.projectedIn + step * 2 * g.dInner, count: g.dInner)
            } else if let old = last.history {
                row.update(from: old + (step + taps) * g.dInner, count: g.dInner)
            } else {
                row.update(repeating: 0, count: g.dInner)
            }
        }
    }
}

extension Tape {
    /// Runs the memory of every neuron over a piece of text.
    ///
    /// - Parameters:
    ///   - input: `[neurons, batchSize·steps, dModel]`, streams contiguous in time.
    ///   - decayRates: A for every weight set, `[sets, stateSize, dInner]`; must stay valid until ``reset()``.
    ///   - state: recurrent state `[neurons, batchSize, statePerStream]`, read at the start and replaced at the end;
    ///     nil starts from zero and keeps nothing. No gradient flows through it.
    ///   - savesActivations: keep intermediate values for the backward pass instead of recomputing them.
    ///   - isResidual: add the block to its input (and normalise before it), as in the model.
    ///   - controls: what interventions do to each neuron's memory, and where the pass stands in its streams.
    ///   - resting: where neurons leave their memory as it is; the work is not done there.
    public func memoryBlock(
        _ input: Tensor, _ parameters: MemoryParameters, _ geometry: MemoryGeometry, decayRates: UnsafePointer<Float>,
        state: UnsafeMutablePointer<Float>? = nil, dropout: Dropout = .none, savesActivations: Bool,
        isResidual: Bool = true,
        controls: (neurons: [MemoryControl?], position: StreamPosition)? = nil, resting: RestingRows? = nil
    ) -> Tensor {
        let schedules = controls.map { controls in
            controls.neurons.map { $0.flatMap { MemorySchedule($0, controls.position) } }
        }
        var g = geometry
        g.minimumBoundaries = schedules?.map { $0?.boundaryCount ?? 0 }.max() ?? 0
        let output = makeTensor(input.shape)
        let tileCount = MemoryTile.count(g)
        let stateCount = g.neurons * g.batchSize * g.statePerStream
        var initial = state.map { UnsafePointer($0) }
        // Without a backward pass every tile reads its own state before it replaces it.
        if let state, isRecording {
            let copy = keep(stateCount).pointer
            copy.update(from: state, count: stateCount)
            initial = UnsafePointer(copy)
        }
        let saved = savesActivations && isRecording ? keep(tileCount * g.neurons * g.batchSize).pointer : nil
        let operation = MemoryBlockOperation(
            input: input, output: output, parameters: parameters, geometry: g, dropout: dropout, isResidual: isResidual,
            decayRates: decayRates, initialState: initial, saved: saved, schedules: schedules,
            emptyState: schedules != nil && isRecording ? UnsafePointer(keepZeros(g.statePerStream).pointer) : nil,
            resting: resting)
        let perWorker = (saved == nil ? tileCount : 0) + g.states + g.steps * g.dModel + 48
        let scratch = workspace.take(perWorker * team.threadCount)
        timed(.memoryBlock) {
            team.run(g.neurons * g.batchSize) { task, worker in
                let neuron = task / g.batchSize
                let stream = task % g.batchSize
                let own = scratch.pointer + worker * perWorker
                let state0 = own
                let branch = own + (g.states + 15) / 16 * 16
                let tile = MemoryTile(
                    saved.map { $0 + task * tileCount } ?? branch + (g.steps * g.dModel + 15) / 16 * 16, g)
                if operation.restsThroughout(neuron: neuron, stream: stream) {
                    let start = task * g.steps * g.dModel
                    return operation.emit(
                        tile, [], into: output.data + start, start: start, neuron: neuron, scratch: branch)
                }
                operation.fill(tile, neuron: neuron, stream: stream, state: state0, packed: branch)
                operation.emit(tile, neuron: neuron, stream: stream, scratch: branch)
                if let state {
                    operation.storeState(
                        state0, tile, into: state + task * g.statePerStream, neuron: neuron, stream: stream)
                }
            }
        }
        workspace.give(scratch)
        record(.memoryBlock(operation))
        return output
    }
}
