import CKernels

/// delta is clamped to this value (docs/MODEL.md).
public let deltaLimit: Float = 2.5

/// One memory block of all neurons, fused: norm, projections, convolution, scan, gate, output projection and residual,
/// tile by tile of one neuron and one stream, so that a tile's values stay in the cache.
///
/// Twin: the composition of small operations, `composedMemoryBlock` in the tests.
struct MemoryBlockOperation {
    let input: Tensor, output: Tensor
    let parameters: MemoryParameters
    let geometry: MemoryGeometry
    let options: MemoryOptions
    /// A per weight set, `[sets, stateSize, dInner]`.
    let decayRates: UnsafePointer<Float>
    /// Initial recurrent state of this call, `[neurons, batchSize, statePerStream]`, or nil for zeros.
    let initialState: UnsafePointer<Float>?
    /// What is kept of every tile, or nil when the backward pass recomputes them.
    let saved: Workspace.Buffer?
    /// At which steps, and from which states, every memory runs.
    let plan: MemoryPlan
    /// A state of zeros for the backward pass, when the plan may ask for one.
    let emptyState: UnsafePointer<Float>?

    /// Which weight set a neuron uses, out of values that hold one or `neurons` sets.
    func set(_ parameter: Parameter, _ neuron: Int) -> Int {
        let perSet = parameter.count / parameter.shape[0]
        return parameter.shape[0] > 1 ? neuron * perSet : 0
    }

    /// The weights that a neuron uses.
    func weights(_ parameter: Parameter, _ neuron: Int) -> UnsafePointer<Float> {
        UnsafePointer(parameter.values + set(parameter, neuron))
    }

    /// Room in which a worker runs a tile.
    var scratchSizes: MemoryScratchSizes {
        MemoryScratchSizes(geometry: geometry, holdsKeptValues: saved == nil, packs: plan.hasRests)
    }

    func savedValues(_ task: MemoryTask) -> MemoryTile.KeptValues? {
        saved.map { MemoryTile.KeptValues($0.slice(task.index, of: MemoryTile.KeptValues.count(geometry)), geometry) }
    }
}

/// What is to be done for one tile: one neuron's memory over one stream.
struct MemoryTask {
    let neuron: Int, stream: Int
    /// Its place among all tiles.
    let index: Int
    /// Its first value in the states of all neurons.
    let start: Int
    let run: MemoryPlan.Run
    /// The sizes of the tile, which holds only the steps at which the memory runs.
    let geometry: MemoryGeometry
    /// The state that the pass began with; nil for zeros.
    fileprivate let initialState: UnsafePointer<Float>?

    /// The state that a piece starts from; nil for zeros.
    func state(_ piece: MemoryPlan.Piece) -> UnsafePointer<Float>? { piece.isEmptied ? nil : initialState }

    /// The inputs of the convolution before a piece; nil for zeros.
    func history(_ piece: MemoryPlan.Piece) -> UnsafePointer<Float>? { state(piece).map { $0 + geometry.states } }
}

extension MemoryBlockOperation {
    /// A method rather than an initialiser of the task, which would be given a copy of the operation for every tile.
    func task(neuron: Int, stream: Int) -> MemoryTask {
        let index = neuron * geometry.batchSize + stream
        let run = plan[neuron, stream]
        var tile = geometry
        if let working = run.working { tile.steps = working.count }
        return MemoryTask(
            neuron: neuron, stream: stream, index: index, start: index * geometry.steps * geometry.dModel, run: run,
            geometry: tile, initialState: initialState.map { $0 + index * geometry.statePerStream })
    }

    /// The number of a tile's first value in dropout.
    func place(_ task: MemoryTask) -> UInt64 {
        options.dropout.place(
            group: task.neuron, row: task.stream * geometry.steps, of: geometry.batchSize * geometry.steps,
            width: geometry.dModel)
    }

    /// The rows of a tile one after the other: a stream's own, or those of some of its steps, copied to `packed`.
    func rows(
        of stream: UnsafePointer<Float>, _ task: MemoryTask, packed: UnsafeMutablePointer<Float>
    ) -> UnsafePointer<Float> {
        guard let working = task.run.working else { return stream }
        let width = geometry.dModel
        for (row, step) in working.enumerated() {
            (packed + row * width).update(from: stream + step * width, count: width)
        }
        return UnsafePointer(packed)
    }

    /// Computes one tile up to the gated values; leaves the new recurrent state in `state`.
    ///
    /// - Parameter packed: room for `[steps, dModel]`.
    func fill(
        _ tile: MemoryTile, _ task: MemoryTask, state: UnsafeMutablePointer<Float>, packed: UnsafeMutablePointer<Float>
    ) {
        let g = task.geometry
        // A memory that does not run at all has the state that it would start from.
        guard g.steps > 0 else { return task.run.pieces.forEach { load($0, task, into: state) } }
        normalise(rows(of: input.data + task.start, task, packed: packed), tile, g)
        project(tile, task)
        for piece in task.run.pieces {
            load(piece, task, into: state)
            var scan = scanInput(tile, piece, task)
            var result = inn_scan_output(
                state: state, boundaries: piece.boundaries.map { tile.kept.boundaries + $0 * g.states },
                y: tile.kept.y + piece.start * g.dInner, yStride: Int32(g.dInner))
            inn_scan_forward(&scan, &result)
        }
        gate(tile, g)
    }

    /// Makes the values of a kept tile again that were not kept.
    func restore(_ tile: MemoryTile, _ task: MemoryTask, packed: UnsafeMutablePointer<Float>) {
        normalise(rows(of: input.data + task.start, task, packed: packed), tile, task.geometry)
        convolve(tile, task)
        gate(tile, task.geometry)
    }

    private func gate(_ tile: MemoryTile, _ g: MemoryGeometry) {
        inn_silu_gate_forward(
            Int32(g.steps), Int32(g.dInner), tile.kept.y, tile.kept.projectedIn + g.dInner, Int32(2 * g.dInner),
            tile.passing.gated)
    }

    private func normalise(_ source: UnsafePointer<Float>, _ tile: MemoryTile, _ g: MemoryGeometry) {
        if let weight = parameters.normWeight, let bias = parameters.normBias {
            inn_layer_norm_forward(
                Int32(g.steps), Int32(g.dModel), source, weight.values, bias.values, LayerNormOperation.epsilon,
                tile.passing.normed, tile.kept.mean, tile.kept.deviation)
        } else {
            tile.passing.normed.update(from: source, count: g.steps * g.dModel)
        }
    }

    /// (x, z) = u·W_inᵀ, x through the convolution, (low, B, C) = x·W_xᵀ and delta = softplus(low·W_dtᵀ + b).
    private func project(_ tile: MemoryTile, _ task: MemoryTask) {
        let g = task.geometry
        let p = parameters
        let neuron = task.neuron
        let inner = Int32(g.dInner)
        LinearAlgebra.multiply(
            .init(rows: g.steps, columns: 2 * g.dInner, inner: g.dModel), .init(tile.passing.normed, stride: g.dModel),
            .init(weights(p.inProjection, neuron), stride: g.dModel, transposed: true), into: tile.kept.projectedIn,
            stride: 2 * g.dInner)
        convolve(tile, task)
        LinearAlgebra.multiply(
            .init(rows: g.steps, columns: g.projected, inner: g.dInner), .init(tile.passing.x, stride: g.dInner),
            .init(weights(p.xProjection, neuron), stride: g.dInner, transposed: true), into: tile.kept.projected,
            stride: g.projected)
        LinearAlgebra.multiply(
            .init(rows: g.steps, columns: g.dInner, inner: g.dtRank), .init(tile.kept.projected, stride: g.projected),
            .init(weights(p.deltaProjection, neuron), stride: g.dtRank, transposed: true), into: tile.kept.delta,
            stride: g.dInner)
        inn_softplus_forward(Int32(g.steps), inner, tile.kept.delta, weights(p.deltaBias, neuron), deltaLimit)
    }

    private func convolve(_ tile: MemoryTile, _ task: MemoryTask) {
        let g = task.geometry
        let inner = Int32(g.dInner)
        for piece in task.run.pieces {
            inn_conv_silu_forward(
                Int32(piece.count), inner, Int32(g.convKernel), tile.kept.projectedIn + piece.start * 2 * g.dInner,
                2 * inner, task.history(piece), weights(parameters.convWeight, task.neuron),
                weights(parameters.convBias, task.neuron), nil, tile.passing.x + piece.start * g.dInner)
        }
    }

    /// Puts the state that a piece starts from into `state`.
    private func load(_ piece: MemoryPlan.Piece, _ task: MemoryTask, into state: UnsafeMutablePointer<Float>) {
        if let initial = task.state(piece) {
            state.update(from: initial, count: geometry.states)
        } else {
            state.update(repeating: 0, count: geometry.states)
        }
    }

    func scanInput(_ tile: MemoryTile, _ piece: MemoryPlan.Piece, _ task: MemoryTask) -> inn_scan_input {
        let g = geometry
        let inner = Int32(g.dInner)
        let projected = tile.kept.projected + piece.start * g.projected
        return inn_scan_input(
            steps: Int32(piece.count), channels: inner, stateSize: Int32(g.stateSize),
            x: tile.passing.x + piece.start * g.dInner, xStride: inner,
            delta: tile.kept.delta + piece.start * g.dInner, deltaStride: inner,
            a: decayRates + (parameters.aLog.shape[0] > 1 ? task.neuron * g.states : 0),
            b: projected + g.dtRank, c: projected + g.dtRank + g.stateSize, bcStride: Int32(g.projected),
            skip: weights(parameters.skip, task.neuron))
    }

    /// Writes the block's output rows, adding the residual and dropping.
    func emit(_ tile: MemoryTile, _ task: MemoryTask, scratch: UnsafeMutablePointer<Float>) {
        let g = geometry
        let count = g.steps * g.dModel
        let target = output.data + task.start
        if let working = task.run.working { return emit(tile, task, at: working, scratch: scratch) }
        let weight = LinearAlgebra.Matrix(
            weights(parameters.outProjection, task.neuron), stride: g.dInner, transposed: true)
        if options.isResidual { target.update(from: input.data + task.start, count: count) }
        let dropout = options.dropout
        let isDirect = dropout.probability == 0
        LinearAlgebra.multiply(
            .init(rows: g.steps, columns: g.dModel, inner: g.dInner), .init(tile.passing.gated, stride: g.dInner),
            weight, into: isDirect ? target : scratch, stride: g.dModel,
            accumulates: isDirect && options.isResidual)
        guard !isDirect else { return }
        if !options.isResidual { target.update(repeating: 0, count: count) }
        inn_dropout_add(count, target, scratch, dropout.probability, dropout.key, place(task))
    }

    /// Writes the output rows of a tile that holds some steps only: at the others the input passes through.
    private func emit(
        _ tile: MemoryTile, _ task: MemoryTask, at working: [Int], scratch: UnsafeMutablePointer<Float>
    ) {
        let g = geometry
        let width = g.dModel
        let target = output.data + task.start
        let dropout = options.dropout
        if options.isResidual {
            target.update(from: input.data + task.start, count: g.steps * width)
        } else {
            target.update(repeating: 0, count: g.steps * width)
        }
        guard !working.isEmpty else { return }
        LinearAlgebra.multiply(
            .init(rows: working.count, columns: width, inner: g.dInner), .init(tile.passing.gated, stride: g.dInner),
            .init(weights(parameters.outProjection, task.neuron), stride: g.dInner, transposed: true),
            into: scratch, stride: width)
        for (row, step) in working.enumerated() {
            inn_dropout_add(
                width, target + step * width, scratch + row * width, dropout.probability, dropout.key,
                place(task) + UInt64(step * width))
        }
    }

    /// Stores the recurrent state after the last step: scan state, then the last convKernel − 1 convolution inputs.
    func storeState(
        _ state: UnsafePointer<Float>, _ tile: MemoryTile, _ task: MemoryTask, into target: UnsafeMutablePointer<Float>
    ) {
        let g = task.geometry
        let taps = g.convKernel - 1
        guard let last = task.run.pieces.last else { return }
        if task.run.isFrozen {
            if task.state(last) == nil { target.update(repeating: 0, count: g.statePerStream) }
            return
        }
        target.update(from: state, count: g.states)
        let newHistory = target + g.states
        for tap in 0..<taps {
            let step = g.steps - taps + tap
            let row = newHistory + tap * g.dInner
            if step >= last.start {
                row.update(from: tile.kept.projectedIn + step * 2 * g.dInner, count: g.dInner)
            } else if let old = task.history(last) {
                row.update(from: old + (step + taps) * g.dInner, count: g.dInner)
            } else {
                row.update(repeating: 0, count: g.dInner)
            }
        }
    }
}
