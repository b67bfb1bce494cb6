import Testing

@testable import INNCore
@testable import INNDevice

/// Reference vectors 01–08 on an emulated device: single operations, forward and every gradient.
@Suite struct GoldenDeviceOperations {
    @Test(arguments: GoldenVectors.files("layernorm"))
    func layerNorm(_ golden: GoldenFile) throws {
        let store = ParameterStore()
        let shape = try golden.shape("x")
        let weight = try store.add("weight", [shape.last!], values: golden.floats("weight"))
        let bias = try store.add("bias", [shape.last!], values: golden.floats("bias"))
        let on = try GoldenDevice(store, GoldenDevice.sizes(batch: shape[0], steps: shape[1], width: shape[2]))
        let norm = try DeviceNorm(weight, bias, rows: shape[0] * shape[1], on.parameters)
        let x = try on.buffer(golden.floats("x"))
        let y = try on.allocate(x.count)
        try on.operations.norm(norm, x.address, into: y.address)
        expectOnDevice(try on.floats(y), try golden.floats("y"), "y")
        let dx = try on.zeros(x.count)
        try on.operations.normBackward(
            norm, x.address, dy: on.buffer(golden.floats("cotangent")).address, to: dx.address)
        expectOnDevice(try on.floats(dx), try golden.floats("x.grad"), "x.grad")
        for parameter in [weight, bias] { try expectGradient(on, golden, parameter) }
    }

    @Test(arguments: GoldenVectors.files("linear"))
    func linear(_ golden: GoldenFile) throws {
        let store = ParameterStore()
        let shape = try golden.shape("x")
        let (rows, inner, outer) = (shape[0] * shape[1], shape[2], try golden.shape("weight")[0])
        let weight = try store.add("weight", [outer, inner], values: golden.floats("weight"))
        let bias = golden.flag("bias") ? try store.add("bias", [outer], values: golden.floats("bias")) : nil
        let on = try GoldenDevice(store, GoldenDevice.sizes(steps: rows, width: inner))
        let x = try on.buffer(golden.floats("x"))
        let (product, y) = (try on.allocate(rows * outer), try on.allocate(rows * outer))
        try on.device.multiply(
            .init(rows: rows, columns: outer, inner: inner), on.matrix(x, stride: inner),
            on.place(weight, stride: inner, transposed: true), into: on.matrix(product, stride: outer))
        try on.operations.flat(
            "drop_add", rows * outer,
            [.int(outer), .count(rows * outer)] + DeviceDropout().arguments + [
                .buffer(on.zeros(rows * outer).address), .buffer(product.address),
                .buffer(bias.map { on.parameters.place($0).values }), .buffer(y.address),
            ])
        expectOnDevice(try on.floats(y), try golden.floats("y"), "y")

        let dy = try on.buffer(golden.floats("cotangent"))
        let dx = try on.allocate(x.count)
        try on.device.multiply(
            .init(rows: rows, columns: inner, inner: outer), on.matrix(dy, stride: outer),
            on.place(weight, stride: inner), into: on.matrix(dx, stride: inner))
        expectOnDevice(try on.floats(dx), try golden.floats("x.grad"), "x.grad")
        try on.device.multiply(
            .init(rows: outer, columns: inner, inner: rows), on.matrix(dy, stride: outer, transposed: true),
            on.matrix(x, stride: inner),
            into: .init(address: on.parameters.place(weight).gradient, stride: inner), adds: true)
        try expectGradient(on, golden, weight)
        guard let bias else { return }
        try on.operations.addColumns(
            dy.address, segments: 1, segmentStride: 0, rows: rows, columns: outer, rowStride: outer,
            to: on.parameters.place(bias).gradient)
        try expectGradient(on, golden, bias)
    }

    @Test(arguments: GoldenVectors.files("softmax_cross_entropy"))
    func softmaxCrossEntropy(_ golden: GoldenFile) throws {
        let shape = try golden.shape("logits")
        let on = try GoldenDevice(ParameterStore(), GoldenDevice.sizes(steps: shape[0]))
        let logits = try on.buffer(golden.floats("logits"))
        let (gradient, loss) = (try on.allocate(logits.count), try on.allocate(shape[0]))
        try on.operations.perRow(
            "cross_entropy", shape[0],
            [
                .int(shape[1]), .float(1 / Float(shape[0])), .buffer(on.buffer(golden.ints("targets")).address),
                .buffer(on.zeros(shape[1]).address), .buffer(logits.address), .buffer(gradient.address),
                .buffer(loss.address),
            ])
        expectOnDevice([try on.floats(loss).reduce(0, +) / Float(shape[0])], try golden.floats("loss"), "loss")
        expectOnDevice(try on.floats(gradient), try golden.floats("logits.grad"), "logits.grad")
    }

    @Test(arguments: GoldenVectors.files("causal_conv1d_silu"))
    func causalConvolution(_ golden: GoldenFile) throws {
        let shape = try golden.shape("x")
        let neurons = shape.count == 4 ? shape[1] : 1
        let (batch, steps, channels) = (shape[0], shape[shape.count - 2], shape.last!)
        let order = shape.count == 4 ? [1, 0, 2, 3] : [0, 1, 2]
        func ours(_ name: String) throws -> [Float] { permuted(try golden.floats(name), shape: shape, order: order) }
        let taps = try golden.shape("weight").last!
        let on = try GoldenDevice(
            ParameterStore(),
            GoldenDevice.sizes(neurons: neurons, batch: batch, steps: steps, inner: channels, taps: taps))
        let count = neurons * batch * steps * channels
        let (x, weight) = (try on.buffer(ours("x")), try on.buffer(golden.floats("weight")))
        let out = try on.allocate(count)
        let (perTile, bias) = (on.operations.sizes.statePerTile, try on.buffer(golden.floats("bias")))
        let arguments: [Device.Argument] = [
            .int(steps), .int(channels), .int(channels), .int(batch), .int(0), .int(perTile), .count(count),
            .buffer(x.address), .buffer(nil), .buffer(weight.address), .buffer(bias.address),
        ]
        try on.operations.flat("conv_forward", count, arguments + [.buffer(out.address)])
        expectOnDevice(try on.floats(out), try ours("y"), "y")

        let dOut = try on.buffer(ours("cotangent"))
        let (dx, tiles) = (try on.allocate(count), neurons * batch)
        try on.operations.flat("conv_backward", count, arguments + [.buffer(dOut.address)])
        let partial = try on.allocate(tiles * (taps + 1) * channels)
        try on.operations.grouped(
            "conv_weights_backward", group: 64, grid: ((channels + 63) / 64, tiles),
            [
                .int(steps), .int(channels), .int(channels), .int(perTile), .buffer(x.address), .buffer(nil),
                .buffer(dOut.address), .buffer(partial.address),
            ])
        try on.operations.flat(
            "conv_input_backward", count,
            [
                .int(steps), .int(channels), .int(channels), .int(batch), .int(0), .count(count),
                .buffer(weight.address), .buffer(dOut.address), .buffer(dx.address),
            ])
        expectOnDevice(try on.floats(dx), try ours("x.grad"), "x.grad")
        let (perPartial, parts) = ((taps + 1) * channels, try on.floats(partial))
        func sums(_ range: Range<Int>) -> [Float] {
            var sums: [Float] = []
            for neuron in 0..<neurons {
                for at in range {
                    let tiles = (neuron * batch)..<((neuron + 1) * batch)
                    sums.append(tiles.reduce(Float(0)) { $0 + parts[$1 * perPartial + at] })
                }
            }
            return sums
        }
        expectOnDevice(sums(0..<(taps * channels)), try golden.floats("weight.grad"), "weight.grad")
        expectOnDevice(sums((taps * channels)..<perPartial), try golden.floats("bias.grad"), "bias.grad")
    }

    @Test(arguments: GoldenVectors.files("selective_scan"))
    func selectiveScan(_ golden: GoldenFile) throws {
        let (batch, channels, states) = (try golden.int("B"), try golden.int("E"), try golden.int("S"))
        let steps = try golden.int("T")
        let on = try GoldenDevice(
            ParameterStore(),
            GoldenDevice.sizes(batch: batch, steps: steps, inner: channels, stateSize: states, rank: 0))
        let sizes = on.operations.sizes
        let (b, c) = (try golden.floats("Bm"), try golden.floats("Cm"))
        var joined: [Float] = []
        for first in stride(from: 0, to: batch * steps * states, by: states) {
            joined += b[first..<(first + states)]
            joined += c[first..<(first + states)]
        }
        let decay = try golden.floats("A")
        let delta = try golden.floats("dt")
        let (x, d, bc) = (
            try on.buffer(golden.floats("x")), try on.buffer(delta.map { min($0, 2.5) }), try on.buffer(joined)
        )
        // The file's scan has no gate: SiLU of this is one.
        let z = try on.buffer([Float](repeating: 1.278_464_5, count: batch * steps * channels))
        let rates = try on.buffer(permuted(decay, shape: [channels, states], order: [1, 0]))
        let skip = try on.buffer(golden.floats("D"))
        let after = try on.zeros(sizes.tiles * sizes.statePerTile)
        let boundaries = try on.allocate(sizes.tiles * sizes.boundaries)
        let y = try on.allocate(batch * steps * channels)
        let shape: [Device.Argument] = [
            .int(steps), .int(channels), .int(2 * states), .int(0), .int(batch), .int(1), .int(channels),
        ]
        let inputs = [x, d, bc, z, rates, skip].map { Device.Argument.buffer($0.address) }
        try on.operations.grouped(
            "scan_forward", group: 128, grid: ((channels + 127) / 128, batch),
            shape + [.int(sizes.statePerTile)] + inputs + [
                .buffer(nil), .buffer(after.address), .buffer(boundaries.address), .buffer(y.address),
            ])
        expectOnDevice(try on.floats(y), try golden.floats("y"), "y")
        let kept = try on.floats(after)
        var last: [Float] = []
        for first in stride(from: 0, to: kept.count, by: sizes.statePerTile) {
            last += kept[first..<(first + states * channels)]
        }
        expectOnDevice(
            permuted(last, shape: [batch, states, channels], order: [0, 2, 1]), try golden.floats("h_last"),
            "h_last")

        let gradients = try (0..<3).map { _ in try on.allocate(batch * steps * channels) }
        let dbc = try on.allocate((channels + 31) / 32 * batch * steps * 2 * states)
        let dRates = try on.allocate(batch * (states + 1) * channels)
        try on.operations.grouped(
            "scan_backward", group: 128, grid: ((channels + 31) / 32, batch),
            shape + inputs + [.buffer(boundaries.address), .buffer(on.buffer(golden.floats("cotangent")).address)]
                + (gradients + [dbc, dRates]).map { .buffer($0.address) })
        expectOnDevice(try on.floats(gradients[0]), try golden.floats("x.grad"), "x.grad")
        let dDelta = zip(try on.floats(gradients[1]), delta).map { $1 < 2.5 ? $0 : 0 }
        expectOnDevice(dDelta, try golden.floats("dt.grad"), "dt.grad")
        let rows = try on.floats(dbc)
        for (part, name) in ["Bm.grad", "Cm.grad"].enumerated() {
            var own: [Float] = []
            for first in stride(from: part * states, to: rows.count, by: 2 * states) {
                own += rows[first..<(first + states)]
            }
            expectOnDevice(own, try golden.floats(name), name)
        }
        let parts = try on.floats(dRates)
        let perTile = (states + 1) * channels
        let sums = (0..<perTile).map { at -> Float in
            stride(from: at, to: parts.count, by: perTile).reduce(0) { $0 + parts[$1] }
        }
        expectOnDevice(
            permuted(Array(sums[..<(states * channels)]), shape: [states, channels], order: [1, 0]),
            try golden.floats("A.grad"), "A.grad")
        expectOnDevice(Array(sums[(states * channels)...]), try golden.floats("D.grad"), "D.grad")
    }

    private func expectGradient(_ on: GoldenDevice, _ golden: GoldenFile, _ parameter: Parameter) throws {
        expectOnDevice(
            try on.gradient(parameter), try golden.floats("\(parameter.name).grad"), "\(parameter.name).grad")
    }
}
