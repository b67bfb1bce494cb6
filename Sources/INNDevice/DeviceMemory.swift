import INNCore

/// Norm and memory of all neurons in one round, on a device: what the host does in `MemoryBlockOperation`.
final class DeviceMemory {
    private let operations: DeviceOperations
    private let norm: DeviceNorm
    private let inProjection, convWeight, convBias, xProjection, deltaProjection: DeviceParameters.Place
    private let deltaBias, aLog, skip, outProjection: DeviceParameters.Place
    /// Whether all neurons have one set of weights, and of the convolution's.
    private let isShared: Bool, isConvShared: Bool
    // What the backward pass needs, [all rows, …].
    let normed: DeviceBuffer
    private let projectedIn, x, projected, delta, gated, boundaries, rates: DeviceBuffer

    /// Buffers for gradients, which all rounds use in turn.
    struct Scratch {
        let branch, dNormed, dGated, dX, dDelta, dIn, dProjected, dBC, dRates, dConv, rateSums: DeviceBuffer

        init(_ s: DeviceOperations.Sizes, on device: Device) throws {
            branch = try device.allocateStored(s.allRows * s.width)
            dNormed = try device.allocateStored(s.allRows * s.width)
            dGated = try device.allocateStored(s.allRows * s.inner)
            dX = try device.allocateStored(s.allRows * s.inner)
            dDelta = try device.allocateStored(s.allRows * s.inner)
            dIn = try device.allocateStored(s.allRows * 2 * s.inner)
            dProjected = try device.allocateStored(s.allRows * s.projected)
            dBC = try device.allocate((s.inner + 31) / 32 * s.allRows * 2 * s.stateSize)
            dRates = try device.allocate(s.tiles * (s.stateSize + 1) * s.inner)
            dConv = try device.allocate(s.tiles * (s.taps + 1) * s.inner)
            rateSums = try device.allocate(s.neurons * s.stateSize * s.inner)
        }
    }

    init(_ p: MemoryParameters, _ operations: DeviceOperations) throws {
        self.operations = operations
        let (s, parameters, device) = (operations.sizes, operations.parameters, operations.device)
        guard let weight = p.normWeight, let bias = p.normBias else { fatalError("a memory without a norm") }
        norm = try DeviceNorm(weight, bias, rows: s.allRows, parameters)
        inProjection = parameters.place(p.inProjection)
        convWeight = parameters.place(p.convWeight)
        convBias = parameters.place(p.convBias)
        xProjection = parameters.place(p.xProjection)
        deltaProjection = parameters.place(p.deltaProjection)
        deltaBias = parameters.place(p.deltaBias)
        aLog = parameters.place(p.aLog)
        skip = parameters.place(p.skip)
        outProjection = parameters.place(p.outProjection)
        isShared = p.inProjection.shape[0] == 1
        isConvShared = p.convWeight.shape[0] == 1
        normed = try device.allocateStored(s.allRows * s.width)
        projectedIn = try device.allocateStored(s.allRows * 2 * s.inner)
        x = try device.allocateStored(s.allRows * s.inner)
        projected = try device.allocateStored(s.allRows * s.projected)
        delta = try device.allocateStored(s.allRows * s.inner)
        gated = try device.allocateStored(s.allRows * s.inner)
        boundaries = try device.allocate(s.tiles * s.boundaries)
        rates = try device.allocate(p.aLog.count)
    }

    /// Values that one round keeps: activations, and floats.
    static func savedCounts(_ s: DeviceOperations.Sizes) -> (stored: Int, floats: Int) {
        (s.allRows * (s.width + 5 * s.inner + s.projected), s.allRows * 2 + s.tiles * s.boundaries)
    }

    /// How a map from `inner` to `outer` values is applied to all rows.
    private func size(outer: Int, inner: Int) -> Device.ProductSize {
        let s = operations.sizes
        return isShared
            ? .init(rows: s.allRows, columns: outer, inner: inner)
            : .init(rows: s.rows, columns: outer, inner: inner, batch: s.neurons)
    }

    private func rows(_ address: Device.Address, stride: Int) -> Device.Matrix {
        .init(address: address, stride: stride, batchStride: operations.sizes.rows * stride)
    }

    private func weights(_ address: Device.Address, rows: Int, columns: Int, transposed: Bool) -> Device.Matrix {
        .init(address: address, stride: columns, transposed: transposed, batchStride: rows * columns)
    }

    /// d(weights) += d(out)ᵀ in, for weights `[outer, inner]`.
    private func addWeightGradient(
        _ dOut: Device.Address, outer: Int, outStride: Int, _ input: Device.Address, inner: Int, inStride: Int,
        to gradient: Device.Address
    ) throws {
        let s = operations.sizes
        var a = rows(dOut, stride: outStride)
        a.transposed = true
        try operations.device.multiply(
            .init(
                rows: outer, columns: inner, inner: isShared ? s.allRows : s.rows, batch: isShared ? 1 : s.neurons),
            a, rows(input, stride: inStride),
            into: .init(address: gradient, stride: inner, batchStride: outer * inner), adds: true)
    }

    /// output = input + dropout(memory(norm(input))).
    ///
    /// - Parameters:
    ///   - before: the recurrent state of this round, `[tiles, statePerTile]`; nil for zeros.
    ///   - after: where the new one goes.
    func forward(
        _ input: Device.Address, into output: Device.Address, before: Device.Address?, after: Device.Address?,
        dropout: DeviceDropout, _ scratch: Scratch
    ) throws {
        try operations.norm(norm, input, into: normed.address)
        try forwardNormed(input, into: output, before: before, after: after, dropout: dropout, scratch)
    }

    /// The same from what is in ``normed``.
    func forwardNormed(
        _ input: Device.Address, into output: Device.Address, before: Device.Address?, after: Device.Address?,
        dropout: DeviceDropout, _ scratch: Scratch
    ) throws {
        let s = operations.sizes
        let (device, inner) = (operations.device, s.inner)
        let wide = s.allRows * inner
        try device.multiply(
            size(outer: 2 * inner, inner: s.width), rows(normed.address, stride: s.width),
            weights(inProjection.factor, rows: 2 * inner, columns: s.width, transposed: true),
            into: rows(projectedIn.address, stride: 2 * inner))
        try operations.flat("conv_forward", wide, convolution(before) + [.buffer(x.address)])
        if let after {
            try operations.flat(
                "keep_history", s.tiles * inner,
                [
                    .int(s.steps), .int(inner), .int(2 * inner), .int(s.statePerTile), .count(s.tiles * inner),
                    .buffer(projectedIn.address), .buffer(before), .buffer(after),
                ])
        }
        try device.multiply(
            size(outer: s.projected, inner: inner), rows(x.address, stride: inner),
            weights(xProjection.factor, rows: s.projected, columns: inner, transposed: true),
            into: rows(projected.address, stride: s.projected))
        try device.multiply(
            size(outer: inner, inner: s.rank), rows(projected.address, stride: s.projected),
            weights(deltaProjection.factor, rows: inner, columns: s.rank, transposed: true),
            into: rows(delta.address, stride: inner))
        try operations.flat(
            "softplus_forward", wide,
            [
                .int(inner), .int(s.rows), .int(isShared ? 1 : 0), .count(wide), .buffer(deltaBias.values),
                .buffer(delta.address),
            ])
        try operations.flat(
            "decay_rates", aLog.count,
            [.int(inner), .count(aLog.count), .buffer(aLog.values), .buffer(rates.address)])
        try operations.grouped(
            "scan_forward", group: 128, grid: ((inner + 127) / 128, s.tiles),
            scan + [
                .buffer(before), .buffer(after), .buffer(boundaries.address), .buffer(gated.address),
            ])
        try device.multiply(
            size(outer: s.width, inner: inner), rows(gated.address, stride: inner),
            weights(outProjection.factor, rows: s.width, columns: inner, transposed: true),
            into: rows(scratch.branch.address, stride: s.width))
        try operations.flat(
            "drop_add", s.allRows * s.width,
            [.int(s.width), .count(s.allRows * s.width)] + dropout.arguments + [
                .buffer(input), .buffer(scratch.branch.address), .buffer(nil), .buffer(output),
            ])
    }

    /// First arguments of the convolution's kernels.
    private func convolution(_ before: Device.Address?) -> [Device.Argument] {
        let s = operations.sizes
        return [
            .int(s.steps), .int(s.inner), .int(2 * s.inner), .int(s.batch), .int(isConvShared ? 1 : 0),
            .int(s.statePerTile), .count(s.allRows * s.inner), .buffer(projectedIn.address), .buffer(before),
            .buffer(convWeight.values), .buffer(convBias.values),
        ]
    }

    /// First arguments of the scan's kernels; the forward pass has the state's stride besides.
    private var scan: [Device.Argument] { scanSizes + [.int(operations.sizes.statePerTile)] + scanInputs }

    private var scanSizes: [Device.Argument] {
        let s = operations.sizes
        return [
            .int(s.steps), .int(s.inner), .int(s.projected), .int(s.rank), .int(s.batch), .int(isShared ? 1 : 0),
            .int(2 * s.inner),
        ]
    }

    private var scanInputs: [Device.Argument] {
        [
            .buffer(x.address), .buffer(delta.address), .buffer(projected.address),
            .buffer(projectedIn.address + operations.sizes.inner), .buffer(rates.address),
            .buffer(skip.values),
        ]
    }

    /// Adds the gradient of `forward` to dStates, which holds that of the output, and to the weights'.
    func backward(
        _ input: Device.Address, dStates: Device.Address, before: Device.Address?, dropout: DeviceDropout,
        _ scratch: Scratch
    ) throws {
        let s = operations.sizes
        let (device, inner, branch) = (operations.device, s.inner, scratch.branch.address)
        try operations.flat(
            "drop_backward", s.allRows * s.width,
            [.count(s.allRows * s.width)] + dropout.arguments + [.buffer(dStates), .buffer(branch)])
        try addWeightGradient(
            branch, outer: s.width, outStride: s.width, gated.address, inner: inner, inStride: inner,
            to: outProjection.gradient)
        try device.multiply(
            size(outer: inner, inner: s.width), rows(branch, stride: s.width),
            weights(outProjection.factor, rows: s.width, columns: inner, transposed: false),
            into: rows(scratch.dGated.address, stride: inner))
        try scanBackward(scratch)
        try deltaBackward(scratch)
        try convolutionBackward(before, scratch)
        try addWeightGradient(
            scratch.dIn.address, outer: 2 * inner, outStride: 2 * inner, normed.address, inner: s.width,
            inStride: s.width, to: inProjection.gradient)
        try device.multiply(
            size(outer: s.width, inner: 2 * inner), rows(scratch.dIn.address, stride: 2 * inner),
            weights(inProjection.factor, rows: 2 * inner, columns: s.width, transposed: false),
            into: rows(scratch.dNormed.address, stride: s.width))
        try operations.normBackward(norm, input, dy: scratch.dNormed.address, to: dStates)
    }

    private func scanBackward(_ scratch: Scratch) throws {
        let s = operations.sizes
        let states = s.stateSize * s.inner
        try operations.grouped(
            "scan_backward", group: 128, grid: ((s.inner + 31) / 32, s.tiles),
            scanSizes + scanInputs + [
                .buffer(boundaries.address), .buffer(scratch.dGated.address), .buffer(scratch.dX.address),
                .buffer(scratch.dDelta.address),
                .buffer(scratch.dIn.address + s.inner), .buffer(scratch.dBC.address),
                .buffer(scratch.dRates.address),
            ])
        try operations.flat(
            "join_bc", s.allRows * 2 * s.stateSize,
            [
                .int((s.inner + 31) / 32), .int(s.projected), .int(s.rank), .count(s.allRows),
                .buffer(scratch.dBC.address), .buffer(scratch.dProjected.address),
            ])
        let sets = isShared ? 1 : s.neurons
        let perSet = isShared ? s.tiles : s.batch
        let stride = states + s.inner
        try operations.addColumns(
            scratch.dRates.address, segments: sets, segmentStride: perSet * stride, rows: perSet, columns: states,
            rowStride: stride, to: scratch.rateSums.address, adds: false)
        try operations.addColumns(
            scratch.dRates.address + states, segments: sets, segmentStride: perSet * stride,
            rows: perSet, columns: s.inner, rowStride: stride, to: skip.gradient)
        try operations.flat(
            "decay_rates_backward", aLog.count,
            [
                .int(s.inner), .count(aLog.count), .buffer(scratch.rateSums.address), .buffer(rates.address),
                .buffer(aLog.gradient),
            ])
    }

    private func deltaBackward(_ scratch: Scratch) throws {
        let s = operations.sizes
        let (device, inner) = (operations.device, s.inner)
        let (dDelta, dProjected) = (scratch.dDelta.address, scratch.dProjected.address)
        try operations.flat(
            "softplus_backward", s.allRows * inner,
            [.count(s.allRows * inner), .buffer(delta.address), .buffer(dDelta)])
        let perSet = isShared ? s.allRows : s.rows
        try operations.addColumns(
            dDelta, segments: isShared ? 1 : s.neurons, segmentStride: perSet * inner, rows: perSet, columns: inner,
            rowStride: inner, to: deltaBias.gradient)
        try addWeightGradient(
            dDelta, outer: inner, outStride: inner, projected.address, inner: s.rank, inStride: s.projected,
            to: deltaProjection.gradient)
        try device.multiply(
            size(outer: s.rank, inner: inner), rows(dDelta, stride: inner),
            weights(deltaProjection.factor, rows: inner, columns: s.rank, transposed: false),
            into: rows(dProjected, stride: s.projected))
        try addWeightGradient(
            dProjected, outer: s.projected, outStride: s.projected, x.address, inner: inner, inStride: inner,
            to: xProjection.gradient)
        try device.multiply(
            size(outer: inner, inner: s.projected), rows(dProjected, stride: s.projected),
            weights(xProjection.factor, rows: s.projected, columns: inner, transposed: false),
            into: rows(scratch.dX.address, stride: inner), adds: true)
    }

    private func convolutionBackward(_ before: Device.Address?, _ scratch: Scratch) throws {
        let s = operations.sizes
        let (inner, dX) = (s.inner, scratch.dX.address)
        try operations.flat("conv_backward", s.allRows * inner, convolution(before) + [.buffer(dX)])
        try operations.grouped(
            "conv_weights_backward", group: 64, grid: ((inner + 63) / 64, s.tiles),
            [
                .int(s.steps), .int(inner), .int(2 * inner), .int(s.statePerTile), .buffer(projectedIn.address),
                .buffer(before), .buffer(dX), .buffer(scratch.dConv.address),
            ])
        let sets = isConvShared ? 1 : s.neurons
        let perSet = isConvShared ? s.tiles : s.batch
        let stride = (s.taps + 1) * inner
        try operations.addColumns(
            scratch.dConv.address, segments: sets, segmentStride: perSet * stride, rows: perSet,
            columns: s.taps * inner, rowStride: stride, to: convWeight.gradient)
        try operations.addColumns(
            scratch.dConv.address + s.taps * inner, segments: sets, segmentStride: perSet * stride,
            rows: perSet, columns: inner, rowStride: stride, to: convBias.gradient)
        try operations.flat(
            "conv_input_backward", s.allRows * inner,
            [
                .int(s.steps), .int(inner), .int(2 * inner), .int(s.batch), .int(isConvShared ? 1 : 0),
                .count(s.allRows * inner), .buffer(convWeight.values), .buffer(dX), .buffer(scratch.dIn.address),
            ])
    }
}
