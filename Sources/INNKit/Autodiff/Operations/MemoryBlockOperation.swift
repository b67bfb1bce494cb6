import CKernels

/// The trained tensors of the memory of all neurons in one round. The leading axis `sets` is 1 where neurons share
/// a tensor and `neurons` where each owns its own.
public struct MemoryParameters: Sendable {
    /// Layer norm before the memory, `[dModel]`, shared by all neurons; nil for a bare block.
    public var normWeight: Parameter?
    public var normBias: Parameter?
    /// `[sets, 2·dInner, dModel]`: rows of x, then rows of z.
    public var inProjection: Parameter
    /// `[convSets, dInner, convKernel]` and `[convSets, dInner]`.
    public var convWeight: Parameter
    public var convBias: Parameter
    /// `[sets, dtRank + 2·stateSize, dInner]`: low-rank delta, B, C.
    public var xProjection: Parameter
    /// `[sets, dInner, dtRank]` and `[sets, dInner]`.
    public var deltaProjection: Parameter
    public var deltaBias: Parameter
    /// `[sets, dInner, stateSize]`, A = −exp(aLog).
    public var aLog: Parameter
    /// `[sets, dInner]`.
    public var skip: Parameter
    /// `[sets, dModel, dInner]`.
    public var outProjection: Parameter
}

/// Sizes of a memory block.
public struct MemoryGeometry: Sendable {
    public var neurons: Int, batchSize: Int, steps: Int
    public var dModel: Int, dInner: Int, stateSize: Int, convKernel: Int, dtRank: Int

    public init(neurons: Int, batchSize: Int, steps: Int, dModel: Int, dInner: Int, stateSize: Int, convKernel: Int, dtRank: Int) {
        self.neurons = neurons
        self.batchSize = batchSize
        self.steps = steps
        self.dModel = dModel
        self.dInner = dInner
        self.stateSize = stateSize
        self.convKernel = convKernel
        self.dtRank = dtRank
    }

    /// Columns of the x projection: low-rank delta, B and C.
    var projected: Int { dtRank + 2 * stateSize }
    var states: Int { stateSize * dInner }
    /// Floats of recurrent state per neuron and stream: scan state, then the last convKernel − 1 inputs.
    public var statePerStream: Int { (stateSize + convKernel - 1) * dInner }
}

/// delta is clamped to this value (MODEL.md 2).
public let deltaLimit: Float = 2.5

/// One memory block of all neurons, fused: norm, projections, convolution, scan, gate, output projection and residual,
/// tile by tile of one neuron and one stream, so that a tile's values stay in the cache.
///
/// Twin: the composition of ``Tape/layerNorm(_:weight:bias:)``, ``Tape/linear(_:weight:bias:)``, ``Tape/convSiLU(_:weight:bias:)``,
/// ``Tape/softplus(_:bias:limit:)``, ``Tape/selectiveScan(_:delta:b:c:aLog:skip:limit:lastState:)`` and ``Tape/siluGate(_:gate:)``.
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

    /// Which weight set a neuron uses, out of `count` values that hold one or `neurons` sets.
    func set(_ parameter: Parameter, _ neuron: Int) -> Int {
        let perSet = parameter.count / parameter.shape[0]
        return parameter.shape[0] > 1 ? neuron * perSet : 0
    }
}

/// Pointers to the intermediate values of one tile, laid out in one buffer.
struct MemoryTile {
    let normed, projectedIn, x, projected, delta, y, gated, boundaries, mean, deviation: UnsafeMutablePointer<Float>

    init(_ base: UnsafeMutablePointer<Float>, _ g: MemoryGeometry) {
        var next = base
        func claim(_ count: Int) -> UnsafeMutablePointer<Float> {
            defer { next += (count + 15) / 16 * 16 }
            return next
        }
        normed = claim(g.steps * g.dModel)
        projectedIn = claim(g.steps * 2 * g.dInner)
        x = claim(g.steps * g.dInner)
        projected = claim(g.steps * g.projected)
        delta = claim(g.steps * g.dInner)
        y = claim(g.steps * g.dInner)
        gated = claim(g.steps * g.dInner)
        boundaries = claim(scanBoundaryCount(steps: g.steps) * g.states)
        mean = claim(g.steps)
        deviation = claim(g.steps)
    }

    static func count(_ g: MemoryGeometry) -> Int {
        let parts = [
            g.steps * g.dModel, g.steps * 2 * g.dInner, g.steps * g.dInner, g.steps * g.projected, g.steps * g.dInner,
            g.steps * g.dInner, g.steps * g.dInner, scanBoundaryCount(steps: g.steps) * g.states, g.steps, g.steps,
        ]
        return parts.reduce(0) { $0 + ($1 + 15) / 16 * 16 }
    }
}

extension MemoryBlockOperation {
    /// Computes one tile up to the gated values; leaves the new recurrent state in `state`.
    func fill(_ tile: MemoryTile, neuron: Int, stream: Int, state: UnsafeMutablePointer<Float>) {
        let g = geometry, p = parameters, steps = Int32(g.steps), inner = Int32(g.dInner)
        let source = input.data + (neuron * g.batchSize + stream) * g.steps * g.dModel
        if let weight = p.normWeight, let bias = p.normBias {
            inn_layer_norm_forward(
                steps, Int32(g.dModel), source, weight.values, bias.values, LayerNormOperation.epsilon, tile.normed, tile.mean, tile.deviation)
        } else {
            tile.normed.update(from: source, count: g.steps * g.dModel)
        }
        LinearAlgebra.multiply(
            rows: g.steps, columns: 2 * g.dInner, inner: g.dModel, .init(tile.normed, stride: g.dModel),
            .init(p.inProjection.values + set(p.inProjection, neuron), stride: g.dModel, transposed: true),
            into: tile.projectedIn, stride: 2 * g.dInner)
        let history = self.history(neuron: neuron, stream: stream)
        inn_conv_silu_forward(
            steps, inner, Int32(g.convKernel), tile.projectedIn, 2 * inner, history, p.convWeight.values + set(p.convWeight, neuron),
            p.convBias.values + set(p.convBias, neuron), nil, tile.x)
        LinearAlgebra.multiply(
            rows: g.steps, columns: g.projected, inner: g.dInner, .init(tile.x, stride: g.dInner),
            .init(p.xProjection.values + set(p.xProjection, neuron), stride: g.dInner, transposed: true),
            into: tile.projected, stride: g.projected)
        LinearAlgebra.multiply(
            rows: g.steps, columns: g.dInner, inner: g.dtRank, .init(tile.projected, stride: g.projected),
            .init(p.deltaProjection.values + set(p.deltaProjection, neuron), stride: g.dtRank, transposed: true),
            into: tile.delta, stride: g.dInner)
        inn_softplus_forward(steps, inner, tile.delta, p.deltaBias.values + set(p.deltaBias, neuron), deltaLimit)
        loadState(state, neuron: neuron, stream: stream)
        var scan = scanInput(tile, neuron: neuron)
        var result = inn_scan_output(state: state, boundaries: tile.boundaries, y: tile.y, yStride: inner)
        inn_scan_forward(&scan, &result)
        inn_silu_gate_forward(steps, inner, tile.y, tile.projectedIn + g.dInner, 2 * inner, tile.gated)
    }

    /// The last inputs of the convolution before this call, or nil for zeros.
    func history(neuron: Int, stream: Int) -> UnsafePointer<Float>? {
        let g = geometry
        return initialState.map { $0 + (neuron * g.batchSize + stream) * g.statePerStream + g.states }
    }

    private func loadState(_ state: UnsafeMutablePointer<Float>, neuron: Int, stream: Int) {
        let g = geometry
        if let initialState {
            state.update(from: initialState + (neuron * g.batchSize + stream) * g.statePerStream, count: g.states)
        } else {
            state.update(repeating: 0, count: g.states)
        }
    }

    func scanInput(_ tile: MemoryTile, neuron: Int) -> inn_scan_input {
        let g = geometry, inner = Int32(g.dInner)
        return inn_scan_input(
            steps: Int32(g.steps), channels: inner, stateSize: Int32(g.stateSize), x: tile.x, xStride: inner,
            delta: tile.delta, deltaStride: inner, a: decayRates + (parameters.aLog.shape[0] > 1 ? neuron * g.states : 0),
            b: tile.projected + g.dtRank, c: tile.projected + g.dtRank + g.stateSize, bcStride: Int32(g.projected),
            skip: parameters.skip.values + set(parameters.skip, neuron))
    }

    /// Writes the block's output rows, adding the residual and dropping.
    func emit(_ tile: MemoryTile, neuron: Int, stream: Int, scratch: UnsafeMutablePointer<Float>) {
        let g = geometry, start = (neuron * g.batchSize + stream) * g.steps * g.dModel, count = g.steps * g.dModel
        let target = output.data + start
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

    /// Stores the recurrent state after the last step: scan state, then the last convKernel − 1 convolution inputs.
    func storeState(_ state: UnsafePointer<Float>, _ tile: MemoryTile, into target: UnsafeMutablePointer<Float>, neuron: Int, stream: Int) {
        let g = geometry, taps = g.convKernel - 1
        target.update(from: state, count: g.states)
        let newHistory = target + g.states, old = history(neuron: neuron, stream: stream)
        for tap in 0..<taps {
            let step = g.steps - taps + tap, row = newHistory + tap * g.dInner
            if step >= 0 {
                row.update(from: tile.projectedIn + step * 2 * g.dInner, count: g.dInner)
            } else if let old {
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
    public func memoryBlock(
        _ input: Tensor, _ parameters: MemoryParameters, _ geometry: MemoryGeometry, decayRates: UnsafePointer<Float>,
        state: UnsafeMutablePointer<Float>? = nil, dropout: Dropout = .none, savesActivations: Bool, isResidual: Bool = true
    ) -> Tensor {
        let g = geometry, output = makeTensor(input.shape), tileCount = MemoryTile.count(g)
        let stateCount = g.neurons * g.batchSize * g.statePerStream
        var initial: UnsafePointer<Float>?
        if let state {
            let copy = keep(stateCount).pointer
            copy.update(from: state, count: stateCount)
            initial = UnsafePointer(copy)
        }
        let saved = savesActivations && isRecording ? keep(tileCount * g.neurons * g.batchSize).pointer : nil
        let operation = MemoryBlockOperation(
            input: input, output: output, parameters: parameters, geometry: g, dropout: dropout, isResidual: isResidual,
            decayRates: decayRates, initialState: initial, saved: saved)
        let perWorker = (saved == nil ? tileCount : 0) + g.states + g.steps * g.dModel + 48
        let scratch = workspace.take(perWorker * team.threadCount)
        timed(.memoryBlock) {
            team.run(g.neurons * g.batchSize) { task, worker in
                let neuron = task / g.batchSize, stream = task % g.batchSize
                let own = scratch.pointer + worker * perWorker
                let state0 = own, branch = own + (g.states + 15) / 16 * 16
                let tile = MemoryTile(saved.map { $0 + task * tileCount } ?? branch + (g.steps * g.dModel + 15) / 16 * 16, g)
                operation.fill(tile, neuron: neuron, stream: stream, state: state0)
                operation.emit(tile, neuron: neuron, stream: stream, scratch: branch)
                if let state { operation.storeState(state0, tile, into: state + task * g.statePerStream, neuron: neuron, stream: stream) }
            }
        }
        workspace.give(scratch)
        record(.memoryBlock(operation))
        return output
    }
}
