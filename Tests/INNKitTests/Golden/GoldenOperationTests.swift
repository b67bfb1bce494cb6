import Testing

@testable import INNCore
@testable import INNStore

/// Reference vectors 01–08: single operations, forward and every gradient.
@Suite struct GoldenOperations {
    @Test(arguments: GoldenVectors.files("layernorm"))
    func layerNorm(_ golden: GoldenFile) throws {
        let tape = Tape()
        let store = ParameterStore()
        let shape = Shape(try golden.shape("x"))
        let x = tape.makeTensor(shape, try golden.floats("x"))
        let weight = try store.add("weight", [shape.last], values: golden.floats("weight"))
        let bias = try store.add("bias", [shape.last], values: golden.floats("bias"))
        let y = tape.layerNorm(x, weight: weight, bias: bias)
        try check(golden, output: y, tape: tape, input: x, parameters: ["weight": weight, "bias": bias])
    }

    @Test(arguments: GoldenVectors.files("linear"))
    func linear(_ golden: GoldenFile) throws {
        let tape = Tape()
        let store = ParameterStore()
        let x = tape.makeTensor(Shape(try golden.shape("x")), try golden.floats("x"))
        var parameters = [
            "weight": try store.add("weight", Shape(golden.shape("weight")), values: golden.floats("weight"))
        ]
        if golden.flag("bias") {
            parameters["bias"] = try store.add("bias", Shape(golden.shape("bias")), values: golden.floats("bias"))
        }
        let y = tape.linear(x, weight: parameters["weight"]!, bias: parameters["bias"])
        try check(golden, output: y, tape: tape, input: x, parameters: parameters)
    }

    @Test(arguments: GoldenVectors.files("softmax_cross_entropy"))
    func softmaxCrossEntropy(_ golden: GoldenFile) throws {
        let tape = Tape()
        let logits = tape.makeTensor(Shape(try golden.shape("logits")), try golden.floats("logits"))
        let loss = try golden.ints("targets").withUnsafeBufferPointer { tape.crossEntropy(logits, targets: $0) }
        expectOutputs(loss.array(), try golden.floats("loss"), "loss")
        tape.backward(from: loss)
        expectGradients(gradient(tape, logits), try golden.floats("logits.grad"), "logits.grad")
        expectOutputs(softmax(logits, temperature: 1), try golden.floats("probs"), "probs")
    }

    @Test(arguments: GoldenVectors.files("causal_conv1d_silu"))
    func causalConvolution(_ golden: GoldenFile) throws {
        let tape = Tape()
        let store = ParameterStore()
        let shape = try golden.shape("x")
        let perNeuron = shape.count == 4
        let order = [1, 0, 2, 3]
        let neurons = perNeuron ? shape[1] : 1
        let channels = shape.last!
        let values = try golden.floats("x")
        let x =
            perNeuron
            ? tape.makeTensor(Shape(order.map { shape[$0] }), permuted(values, shape: shape, order: order))
            : tape.makeTensor(Shape(shape), values)
        let taps = try golden.shape("weight").last!
        let weight = try store.add("weight", [neurons, channels, taps], values: golden.floats("weight"))
        let bias = try store.add("bias", [neurons, channels], values: golden.floats("bias"))
        let y = tape.convSiLU(x, weight: weight, bias: bias)
        try check(
            golden, output: y, tape: tape, input: x, parameters: ["weight": weight, "bias": bias],
            order: perNeuron ? order : nil)
    }

    @Test(arguments: GoldenVectors.files("selective_scan"))
    func selectiveScan(_ golden: GoldenFile) throws {
        let tape = Tape()
        let store = ParameterStore()
        let (batch, channels, stateSize) = (try golden.int("B"), try golden.int("E"), try golden.int("S"))
        func tensor(_ name: String) throws -> Tensor {
            tape.makeTensor(Shape(try golden.shape(name)), try golden.floats(name))
        }
        let (x, delta, b, c) = (try tensor("x"), try tensor("dt"), try tensor("Bm"), try tensor("Cm"))
        let decay = try golden.floats("A")
        let aLog = try store.add("aLog", [1, channels, stateSize], values: decay.map { logFloat(-$0) })
        let skip = try store.add("skip", [1, channels], values: golden.floats("D"))
        var last = [Float](repeating: 0, count: batch * stateSize * channels)
        let y = last.withUnsafeMutableBufferPointer { buffer in
            tape.selectiveScan(
                x, delta: delta, b: b, c: c, aLog: aLog, skip: skip, limit: 2.5, lastState: buffer.baseAddress!)
        }
        expectOutputs(
            permuted(last, shape: [batch, stateSize, channels], order: [0, 2, 1]), try golden.floats("h_last"), "h_last"
        )
        try check(golden, output: y, tape: tape, input: x, parameters: ["D": skip])
        expectGradients(gradient(tape, delta), try golden.floats("dt.grad"), "dt.grad")
        expectGradients(gradient(tape, b), try golden.floats("Bm.grad"), "Bm.grad")
        expectGradients(gradient(tape, c), try golden.floats("Cm.grad"), "Cm.grad")
        // The file differentiates by A, the model by aLog: dL/dA = dL/d(aLog) / A.
        expectGradients(zip(aLog.gradientArray, decay).map { $0 / $1 }, try golden.floats("A.grad"), "A.grad")
    }

    @Test(arguments: GoldenVectors.files("mamba_block"), MemoryPath.allCases)
    func mambaBlock(_ golden: GoldenFile, path: MemoryPath) throws {
        let store = ParameterStore()
        let tape = Tape()
        let shape = try golden.shape("x")
        let order = [1, 0, 2, 3]
        let geometry = MemoryGeometry(
            neurons: shape[1], batchSize: shape[0], steps: shape[2], dModel: shape[3], dInner: try golden.int("E"),
            stateSize: try golden.int("S"), convKernel: try golden.shape("conv1d.weight").last!,
            dtRank: try golden.rank("dt_proj.weight"))
        let parameters = try goldenMemory(golden, prefix: "", store: store, geometry)
        let x = tape.makeTensor(
            Shape([shape[1], shape[0] * shape[2], shape[3]]),
            permuted(try golden.floats("x"), shape: shape, order: order))
        let rates = Workspace.allocate(parameters.aLog.count)
        defer { rates.deallocate() }
        fillDecayRates(parameters.aLog, channels: geometry.dInner, stateSize: geometry.stateSize, into: rates)
        let y =
            switch path {
            case .composed: composedMemoryBlock(x, parameters, geometry, on: tape, isResidual: false)
            case .fusedSaving:
                tape.memoryBlock(
                    x, parameters, geometry, decayRates: rates,
                    MemoryOptions(savesActivations: true, isResidual: false))
            case .fusedRecomputing:
                tape.memoryBlock(
                    x, parameters, geometry, decayRates: rates,
                    MemoryOptions(savesActivations: false, isResidual: false))
            }
        try check(golden, output: y, tape: tape, input: x, parameters: goldenMemoryNames(parameters), order: order)
    }

    enum MemoryPath: CaseIterable, Sendable { case composed, fusedSaving, fusedRecomputing }

    @Test(
        arguments: GoldenVectors.files("neuron_attention") + GoldenVectors.files("gated_neuron_attention"),
        AttentionPath.allCases)
    func neuronAttention(_ golden: GoldenFile, path: AttentionPath) throws {
        let store = ParameterStore()
        let tape = Tape()
        let shape = try golden.shape("x")
        let order = [1, 0, 2]
        let width = shape[2]
        let isGated = golden.has("gate.weight")
        let heads = try golden.int("heads")
        func parameter(_ name: String) throws -> Parameter {
            try store.add(name, Shape(golden.shape(name)), values: golden.floats(name))
        }
        let parameters = RoutingParameters(
            gateWeight: isGated ? try store.add("gate.weight", [1, width], values: golden.floats("gate.weight")) : nil,
            gateBias: isGated ? try parameter("gate.bias") : nil, inProjection: try parameter("in_proj_weight"),
            inBias: try parameter("in_proj_bias"), outProjection: try parameter("out_proj.weight"),
            outBias: try parameter("out_proj.bias"))
        var geometry = RoutingGeometry(
            neurons: shape[1], rows: shape[0], dModel: width, heads: heads, mode: .learned,
            gate: isGated ? .soft : .off,
            edges: EdgeControls(neurons: shape[1], selfEdges: !golden.flag("mask_self")))
        if path == .fusedInBlocks { geometry.storesBelow = 0 }
        let x = tape.makeTensor(
            Shape(order.map { shape[$0] }), permuted(try golden.floats("x"), shape: shape, order: order))
        let y: Tensor
        if path != .composed {
            let step = tape.routingStep(x, parameters, geometry, isResidual: false)
            y = step.output
            try checkRouting(golden, step.activations)
        } else {
            y = composedRoutingStep(x, parameters, geometry, on: tape, isResidual: false)
        }
        let named = Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.name, $0) })
        try check(
            golden, output: y, tape: tape, input: x, parameters: named, order: order, keyBias: ("in_proj_bias", width))
    }

    enum AttentionPath: CaseIterable, Sendable { case composed, fused, fusedInBlocks }

    private func checkRouting(_ golden: GoldenFile, _ activations: RoutingActivations) throws {
        let shape = try golden.shape("attn_heads")
        let routing = activations.routing
        var heads: [Float] = []
        for row in 0..<shape[0] {
            for head in 0..<shape[1] {
                for listener in 0..<shape[2] {
                    for speaker in 0..<shape[3] { heads.append(routing[row, head, listener, speaker]) }
                }
            }
        }
        expectOutputs(heads, try golden.floats("attn_heads"), "attn_heads")
        guard golden.has("gate") else { return }
        let gates = (0..<shape[0]).flatMap { row in (0..<shape[2]).map { activations.gate(neuron: $0, token: row) } }
        expectOutputs(gates, try golden.floats("gate"), "gate")
    }
}
