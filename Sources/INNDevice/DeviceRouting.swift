import INNCore

/// Norm, gates and routing attention of one round on a device: what the host does in `RoutingStepOperation`.
final class DeviceRouting {
    private let operations: DeviceOperations
    private let norm: DeviceNorm
    private let inProjection, inBias, outProjection, outBias: DeviceParameters.Place
    private let gateWeight, gateBias, staticScores: DeviceParameters.Place?
    /// Whether all neurons have one gate.
    private let isGateShared: Bool
    private let gate: GateMode
    private let mode: RoutingMode
    private let hearsSelf: Bool
    private let pressure: FiringPressure?
    let normed: DeviceBuffer
    private let projected, gates, mix: DeviceBuffer
    /// Routing weights of static and uniform routing, `[heads, neurons, neurons]`; nil with learned ones.
    private let fixed: DeviceBuffer?

    /// Buffers for gradients, which all rounds use in turn.
    struct Scratch {
        let branch, dNormed, dProjected, dMix, dLogit: DeviceBuffer
        /// By head, what is asked of every gate.
        let dGate: DeviceBuffer
        /// By neuron, how often gates are open; nil where nothing presses on them.
        let openRates: DeviceBuffer?
        /// d(fixed weights) of every row and their sum; nil where no routing is static.
        let dFixed, fixedSum: DeviceBuffer?

        init(
            _ s: DeviceOperations.Sizes, isStatic: Bool, isPressed: Bool = false, on device: Device
        ) throws {
            branch = try device.allocateStored(s.allRows * s.width)
            dNormed = try device.allocateStored(s.allRows * s.width)
            dProjected = try device.allocateStored(s.allRows * 3 * s.width)
            dMix = try device.allocateStored(s.allRows * s.width)
            dLogit = try device.allocateStored(s.allRows)
            dGate = try device.allocate(s.heads * s.allRows)
            openRates = isPressed ? try device.allocate(s.neurons) : nil
            let weights = s.heads * s.neurons * s.neurons
            dFixed = isStatic ? try device.allocate(s.rows * weights) : nil
            fixedSum = isStatic ? try device.allocate(weights) : nil
        }
    }

    init(_ p: RoutingParameters, _ c: INNConfiguration, _ operations: DeviceOperations) throws {
        self.operations = operations
        let (s, parameters, device) = (operations.sizes, operations.parameters, operations.device)
        guard let weight = p.normWeight, let bias = p.normBias else { fatalError("routing without a norm") }
        norm = try DeviceNorm(weight, bias, rows: s.allRows, parameters)
        inProjection = parameters.place(p.inProjection)
        inBias = parameters.place(p.inBias)
        outProjection = parameters.place(p.outProjection)
        outBias = parameters.place(p.outBias)
        gateWeight = p.gateWeight.map(parameters.place)
        gateBias = p.gateBias.map(parameters.place)
        staticScores = p.staticScores.map(parameters.place)
        isGateShared = p.gateBias?.count == 1
        (gate, mode, hearsSelf) = (c.gate, c.routing, c.selfEdges)
        pressure = IntelligentNeuralNetwork.firingPressure(c)
        normed = try device.allocateStored(s.allRows * s.width)
        projected = try device.allocateStored(s.allRows * Self.projectedWidth(c))
        gates = try device.allocate(s.allRows)
        mix = try device.allocateStored(s.allRows * s.width)
        fixed = c.routing == .learned ? nil : try device.allocate(s.heads * s.neurons * s.neurons)
    }

    private static func projectedWidth(_ c: INNConfiguration) -> Int { (c.routing == .learned ? 3 : 1) * c.dModel }

    /// Values that one round keeps: activations, and floats.
    static func savedCounts(_ s: DeviceOperations.Sizes, _ c: INNConfiguration) -> (stored: Int, floats: Int) {
        (s.allRows * (2 * s.width + projectedWidth(c)), s.allRows * 3)
    }

    private var projectedWidth: Int { (mode == .learned ? 3 : 1) * operations.sizes.width }
    private var gateMode: Int {
        switch gate {
        case .off: 0
        case .soft: 1
        case .hard: 2
        }
    }

    /// output = input + dropout(what every neuron hears).
    func forward(
        _ input: Device.Address, into output: Device.Address, dropout: DeviceDropout, _ scratch: Scratch
    ) throws {
        try operations.norm(norm, input, into: normed.address)
        try forwardNormed(input, into: output, dropout: dropout, scratch)
    }

    /// The same from what is in ``normed``.
    func forwardNormed(
        _ input: Device.Address, into output: Device.Address, dropout: DeviceDropout, _ scratch: Scratch
    ) throws {
        let s = operations.sizes
        let (device, width) = (operations.device, s.width)
        if let gateWeight, let gateBias {
            try operations.perRow(
                "gate_forward", s.allRows,
                [
                    .int(width), .int(s.rows), .int(isGateShared ? 0 : width), .int(isGateShared ? 0 : 1),
                    .buffer(normed.address), .buffer(gateWeight.values), .buffer(gateBias.values),
                    .buffer(gates.address),
                ])
        }
        try device.multiply(
            .init(rows: s.allRows, columns: projectedWidth, inner: width),
            .init(address: normed.address, stride: width),
            .init(address: inProjection.factor, stride: width, transposed: true),
            into: .init(address: projected.address, stride: projectedWidth))
        if let fixed {
            try operations.flat(
                "fixed_weights", s.heads * s.neurons,
                [
                    .int(s.heads), .int(hearsSelf ? 1 : 0), .buffer(staticScores?.values), .buffer(fixed.address),
                ])
        }
        try operations.grouped(
            "attend_forward", group: 128, grid: (s.rows, s.heads), attention + [.buffer(mix.address)])
        try device.multiply(
            .init(rows: s.allRows, columns: width, inner: width), .init(address: mix.address, stride: width),
            .init(address: outProjection.factor, stride: width, transposed: true),
            into: .init(address: scratch.branch.address, stride: width))
        try operations.flat(
            "drop_add", s.allRows * width,
            [.int(width), .count(s.allRows * width)] + dropout.arguments + [
                .buffer(input), .buffer(scratch.branch.address), .buffer(outBias.values), .buffer(output),
            ])
    }

    /// First arguments of the attention's kernels.
    private var attention: [Device.Argument] {
        let s = operations.sizes
        return [
            .int(s.rows), .int(s.width), .int(hearsSelf ? 1 : 0), .int(gateMode), .buffer(projected.address),
            .buffer(inBias.values), .buffer(fixed?.address), .buffer(gates.address),
        ]
    }

    /// Puts into `target` how often each neuron's gate was open in the last forward pass.
    func rates(into target: Device.Address) throws {
        let s = operations.sizes
        try operations.grouped(
            "gate_rates", group: 256, grid: (s.neurons, 1),
            [.int(s.rows), .int(gate == .hard ? 1 : 0), .buffer(gates.address), .buffer(target)])
    }

    /// Adds the gradient of `forward` to dStates, which holds that of the output, and to the weights'.
    func backward(
        _ input: Device.Address, dStates: Device.Address, dropout: DeviceDropout, _ scratch: Scratch
    ) throws {
        let s = operations.sizes
        let (device, width, branch) = (operations.device, s.width, scratch.branch.address)
        try operations.flat(
            "drop_backward", s.allRows * width,
            [.count(s.allRows * width)] + dropout.arguments + [.buffer(dStates), .buffer(branch)])
        try addGradients(
            dOut: branch, outer: width, input: mix.address, weight: outProjection.gradient, bias: outBias.gradient)
        try device.multiply(
            .init(rows: s.allRows, columns: width, inner: width), .init(address: branch, stride: width),
            .init(address: outProjection.factor, stride: width),
            into: .init(address: scratch.dMix.address, stride: width))
        try operations.grouped(
            "attend_backward", group: 128, grid: (s.rows, s.heads),
            attention + [
                .buffer(scratch.dMix.address), .buffer(scratch.dProjected.address), .buffer(scratch.dGate.address),
                .buffer(mode == .static ? scratch.dFixed?.address : nil),
            ])
        try staticBackward(scratch)
        try addGradients(
            dOut: scratch.dProjected.address, outer: projectedWidth, input: normed.address,
            weight: inProjection.gradient, bias: inBias.gradient)
        try device.multiply(
            .init(rows: s.allRows, columns: width, inner: projectedWidth),
            .init(address: scratch.dProjected.address, stride: projectedWidth),
            .init(address: inProjection.factor, stride: width),
            into: .init(address: scratch.dNormed.address, stride: width))
        let gate = try gateBackward(scratch)
        try operations.normBackward(norm, input, dy: scratch.dNormed.address, gate: gate, to: dStates)
    }

    /// d(weight) += d(out)ᵀ in and d(bias) += column sums of d(out), over all rows of all neurons.
    private func addGradients(
        dOut: Device.Address, outer: Int, input: Device.Address, weight: Device.Address, bias: Device.Address
    ) throws {
        let s = operations.sizes
        try operations.device.multiply(
            .init(rows: outer, columns: s.width, inner: s.allRows),
            .init(address: dOut, stride: outer, transposed: true), .init(address: input, stride: s.width),
            into: .init(address: weight, stride: s.width), adds: true)
        try operations.addColumns(
            dOut, segments: 1, segmentStride: 0, rows: s.allRows, columns: outer, rowStride: outer, to: bias)
    }

    private func staticBackward(_ scratch: Scratch) throws {
        guard let staticScores, let fixed, let dFixed = scratch.dFixed, let sum = scratch.fixedSum else { return }
        let s = operations.sizes
        try operations.addColumns(
            dFixed.address, segments: 1, segmentStride: 0, rows: s.rows, columns: fixed.count, rowStride: fixed.count,
            to: sum.address, adds: false)
        try operations.flat(
            "fixed_weights_backward", s.heads * s.neurons,
            [.int(s.heads), .buffer(fixed.address), .buffer(sum.address), .buffer(staticScores.gradient)])
    }

    /// Gradients of the gates' weights and biases.
    ///
    /// - Returns: what the gates ask of the normed rows; nil without gates.
    private func gateBackward(
        _ scratch: Scratch
    ) throws -> (gradient: Device.Address, weight: Device.Address, isShared: Bool)? {
        guard let gateWeight, let gateBias else { return nil }
        let s = operations.sizes
        let dLogit = scratch.dLogit.address
        if let openRates = scratch.openRates { try rates(into: openRates.address) }
        try operations.flat(
            "gate_backward", s.allRows,
            [
                .int(s.heads), .float(pressure?.weight ?? 0), .float(pressure?.target ?? 0), .count(s.allRows),
                .buffer(gates.address), .buffer(scratch.dGate.address), .buffer(scratch.openRates?.address),
                .buffer(dLogit),
            ])
        let sets = isGateShared ? 1 : s.neurons
        let perSet = isGateShared ? s.allRows : s.rows
        try operations.device.multiply(
            .init(rows: 1, columns: s.width, inner: perSet, batch: sets),
            .init(address: dLogit, stride: perSet, batchStride: perSet),
            .init(address: normed.address, stride: s.width, batchStride: perSet * s.width),
            into: .init(address: gateWeight.gradient, stride: s.width, batchStride: s.width), adds: true)
        try operations.addColumns(
            dLogit, segments: sets, segmentStride: perSet, rows: perSet, columns: 1, rowStride: 1,
            to: gateBias.gradient)
        return (dLogit, gateWeight.values, isGateShared)
    }
}
