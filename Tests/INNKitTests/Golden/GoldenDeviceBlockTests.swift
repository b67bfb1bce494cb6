import CEmulatedDevice
import Testing

@testable import INNCore
@testable import INNDevice

/// Reference vectors 06–09 on an emulated device: memory, routing, the published network; forward and every gradient.
///
/// The scan on a device has 4, 8 or 16 states, so files with 5 or 6 are refused.
@Suite struct GoldenDeviceBlocks {
    private static let stateSizes = [4, 8, 16]

    private static func isSupported(_ golden: GoldenFile) -> Bool {
        let size = (try? golden.int("S")) ?? (try? golden.int("d_state")) ?? 4
        return stateSizes.contains(size)
    }

    @Test(arguments: GoldenVectors.files("mamba_block").filter(isSupported))
    func memory(_ golden: GoldenFile) throws {
        let shape = try golden.shape("x")
        let order = [1, 0, 2, 3]
        let g = MemoryGeometry(
            neurons: shape[1], batchSize: shape[0], steps: shape[2], dModel: shape[3], dInner: try golden.int("E"),
            stateSize: try golden.int("S"), convKernel: try golden.shape("conv1d.weight").last!,
            dtRank: try golden.rank("dt_proj.weight"))
        let store = ParameterStore()
        var p = try goldenMemory(golden, prefix: "", store: store, g)
        let norm = try Self.norm(store, g.dModel)
        (p.normWeight, p.normBias) = (norm.weight, norm.bias)
        let on = try GoldenDevice(
            store,
            GoldenDevice.sizes(
                neurons: g.neurons, batch: g.batchSize, steps: g.steps, width: g.dModel, inner: g.dInner,
                stateSize: g.stateSize, taps: g.convKernel, rank: g.dtRank))
        let memory = try DeviceMemory(p, on.operations)
        let scratch = try DeviceMemory.Scratch(on.operations.sizes, on: on.device)
        let x = permuted(try golden.floats("x"), shape: shape, order: order)
        try on.device.upload(x, count: x.count, to: memory.normed.address)
        // The file's block has neither norm nor residual.
        let (nothing, y) = (try on.zeros(x.count), try on.allocate(x.count))
        try memory.forwardNormed(
            nothing.address, into: y.address, before: nil, after: nil, dropout: DeviceDropout(), scratch)
        expectOnDevice(try on.floats(y), permuted(try golden.floats("y"), shape: shape, order: order), "y")
        let dStates = try on.buffer(permuted(golden.floats("cotangent"), shape: shape, order: order))
        try memory.backward(
            nothing.address, dStates: dStates.address, before: nil, dropout: DeviceDropout(), scratch)
        expectOnDevice(
            try on.floats(scratch.dNormed), permuted(try golden.floats("x.grad"), shape: shape, order: order), "x.grad")
        for (name, parameter) in goldenMemoryNames(p) {
            expectOnDevice(try on.gradient(parameter), try golden.floats("\(name).grad"), "\(name).grad")
        }
    }

    @Test(arguments: GoldenVectors.files("neuron_attention") + GoldenVectors.files("gated_neuron_attention"))
    func routing(_ golden: GoldenFile) throws {
        let shape = try golden.shape("x")
        let order = [1, 0, 2]
        let (isGated, heads) = (golden.has("gate.weight"), try golden.int("heads"))
        let store = ParameterStore()
        func parameter(_ name: String) throws -> Parameter {
            try store.add(name, Shape(golden.shape(name)), values: golden.floats(name))
        }
        let norm = try Self.norm(store, shape[2])
        let p = RoutingParameters(
            normWeight: norm.weight, normBias: norm.bias,
            gateWeight: isGated
                ? try store.add("gate.weight", [1, shape[2]], values: golden.floats("gate.weight")) : nil,
            gateBias: isGated ? try parameter("gate.bias") : nil, inProjection: try parameter("in_proj_weight"),
            inBias: try parameter("in_proj_bias"), outProjection: try parameter("out_proj.weight"),
            outBias: try parameter("out_proj.bias"))
        let c = INNConfiguration(
            vocabularySize: 2, neurons: shape[1], dModel: shape[2], rounds: 1, heads: heads,
            gate: isGated ? .soft : .off, selfEdges: !golden.flag("mask_self"))
        let on = try GoldenDevice(
            store, GoldenDevice.sizes(neurons: shape[1], batch: shape[0], steps: 1, width: shape[2], heads: heads))
        let routing = try DeviceRouting(p, c, on.operations)
        let scratch = try DeviceRouting.Scratch(on.operations.sizes, isStatic: false, on: on.device)
        let x = permuted(try golden.floats("x"), shape: shape, order: order)
        try on.device.upload(x, count: x.count, to: routing.normed.address)
        let (nothing, y) = (try on.zeros(x.count), try on.allocate(x.count))
        try routing.forwardNormed(nothing.address, into: y.address, dropout: DeviceDropout(), scratch)
        expectOnDevice(try on.floats(y), permuted(try golden.floats("y"), shape: shape, order: order), "y")
        let dStates = try on.buffer(permuted(golden.floats("cotangent"), shape: shape, order: order))
        try routing.backward(nothing.address, dStates: dStates.address, dropout: DeviceDropout(), scratch)
        expectOnDevice(
            try on.floats(scratch.dNormed), permuted(try golden.floats("x.grad"), shape: shape, order: order), "x.grad")
        for parameter in store.parameters where golden.has("\(parameter.name).grad") {
            let own = try on.gradient(parameter)
            // The keys' bias moves all scores of a listener alike: its gradient is noise.
            let kept = own.indices.filter { parameter.name != "in_proj_bias" || $0 / shape[2] != 1 }
            let expected = try golden.floats("\(parameter.name).grad")
            expectOnDevice(kept.map { own[$0] }, kept.map { expected[$0] }, "\(parameter.name).grad")
        }
    }

    /// What blocks of the files lack; it is passed by.
    private static func norm(_ store: ParameterStore, _ width: Int) throws -> (weight: Parameter, bias: Parameter) {
        (
            try store.add("norm.weight", [width], values: [Float](repeating: 1, count: width)),
            try store.add("norm.bias", [width], values: [Float](repeating: 0, count: width))
        )
    }

    @Test(arguments: GoldenVectors.files("official_inn").filter(isSupported))
    func publishedNetwork(_ golden: GoldenFile) throws {
        let model = try OfficialModel(golden)
        let device = try Self.network(model)
        let losses = try golden.floats("train.losses")
        let norms = try golden.floats("train.grad_norms")
        for (step, expected) in losses.enumerated() {
            try device.clearGradients()
            let loss = try model.tokens.withUnsafeBufferPointer { tokens in
                try model.targets.withUnsafeBufferPointer {
                    try device.accumulate(tokens: tokens, targets: $0, dropoutKey: 0)
                }
            }
            expectOnDevice([Float(loss)], [expected], "loss of step \(step)")
            let norm = try device.gradientNorm()
            #expect(abs(norm - Double(norms[step])) < 1e-4 * norm, "norm of step \(step)")
            if step == 0 {
                try device.downloadGradients()
                try model.checkGradients(golden)
            }
            try device.update(
                .init(
                    learningRate: 4e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8,
                    correction1: 1 - (0..<(step + 1)).reduce(1) { value, _ in value * 0.9 },
                    correction2: 1 - (0..<(step + 1)).reduce(1) { value, _ in value * 0.999 },
                    gradientScale: min(1, 1 / (norm + 1e-6)))
            ) { _ in 0.01 }
        }
    }

    @Test(arguments: GoldenVectors.files("official_inn").filter { !isSupported($0) })
    func otherNumbersOfStatesAreRefused(_ golden: GoldenFile) throws {
        let model = try OfficialModel(golden)
        let error = try #require(throws: INNError.self) { try Self.network(model) }
        #expect(error.kind == .usage && error.message.contains("a state size of"))
    }

    private static func network(_ model: OfficialModel) throws -> DeviceNetwork {
        try DeviceNetwork(
            model.network, on: Device(DeviceDriver(table: emulated_driver())), batchSize: model.batchSize,
            steps: model.steps)
    }
}
