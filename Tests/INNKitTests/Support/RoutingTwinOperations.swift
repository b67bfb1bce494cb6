import CKernels

@testable import INNCore

// What only the twin of the routing step is made of.

/// g = sigmoid(w·v + b), one scalar per neuron and token.
private struct ActivationGateOperation: ForeignOperation {
    let input: Tensor, output: Tensor
    /// What was computed before hardening; the gradient goes straight through the threshold.
    let soft: UnsafeMutablePointer<Float>
    let weight: Parameter, bias: Parameter

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let inputGradient = tape.gradient(of: input)
        let (neurons, rows, width) = (input.shape[0], input.shape[1], input.shape[2])
        let sets = bias.count
        for neuron in 0..<neurons {
            let set = sets > 1 ? neuron : 0
            let start = neuron * rows
            inn_gate_backward(
                Int32(rows), Int32(width), input.data + start * width, weight.values + set * width, soft + start,
                gradient + start,
                inputGradient + start * width, weight.gradient + set * width, bias.gradient + set)
        }
        tape.releaseGradient(of: output)
    }
}

/// mix_i = Σ_j softmax_j(q_i·k_j / √headDim) · g_j · v_j for every token.
private struct NeuronAttentionOperation: ForeignOperation {
    /// `[neurons, rows, 3·width]`: q, k and v side by side.
    let projected: Tensor
    let gate: Tensor?
    let output: Tensor
    let heads: Int
    let edges: EdgeControls
    let weights: UnsafeMutablePointer<Float>

    func withInput(_ body: (inout inn_attention_input) -> Void) {
        let rows = projected.shape[1]
        let width = projected.shape[2] / 3
        edges.scoreBias.withUnsafeBufferPointer { bias in
            var input = inn_attention_input()
            input.neurons = Int32(projected.shape[0])
            input.heads = Int32(heads)
            input.headDim = Int32(width / heads)
            input.tokens = Int32(rows)
            input.q = UnsafePointer(projected.data)
            input.k = UnsafePointer(projected.data + width)
            input.v = UnsafePointer(projected.data + 2 * width)
            input.neuronStride = rows * 3 * width
            input.tokenStride = 3 * width
            input.gate = gate.map { UnsafePointer($0.data) }
            input.gateStride = rows
            input.scoreBias = bias.baseAddress
            body(&input)
        }
    }

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let (neurons, rows, width) = (output.shape[0], output.shape[1], output.shape[2])
        let scratch = tape.workspace.take(
            inn_attention_scratch_floats(Int32(neurons), Int32(heads), Int32(width / heads)))
        let parts = tape.workspace.take(projected.count)
        let gateParts = tape.workspace.take(neurons * rows)
        withInput { input in
            var result = inn_attention_gradient()
            result.weights = UnsafePointer(weights)
            result.dmix = UnsafePointer(gradient)
            result.mixNeuronStride = rows * width
            result.mixTokenStride = width
            result.dq = parts.pointer
            result.dk = parts.pointer + width
            result.dv = parts.pointer + 2 * width
            result.dgate = gate == nil ? nil : gateParts.pointer
            result.scratch = scratch.pointer
            inn_attention_backward(&input, &result)
        }
        inn_add(projected.count, tape.gradient(of: projected), parts.pointer)
        if let gate { inn_add(gate.count, tape.gradient(of: gate), gateParts.pointer) }
        for buffer in [scratch, parts, gateParts] { tape.workspace.give(buffer) }
        tape.releaseGradient(of: output)
    }
}

extension Tape {
    /// The activation gate of every neuron at every token.
    ///
    /// - Parameters:
    ///   - input: `[neurons, rows, width]`.
    ///   - weight: `[sets, width]` with `bias` `[sets]`; sets is 1 (shared) or neurons.
    ///   - isHard: emit 1 where the gate exceeds 0.5 and 0 elsewhere, with the soft gate's gradient (straight-through).
    /// - Returns: `[neurons, rows]`.
    func activationGate(_ input: Tensor, weight: Parameter, bias: Parameter, isHard: Bool = false) -> Tensor {
        let (neurons, rows, width) = (input.shape[0], input.shape[1], input.shape[2])
        let output = makeTensor([neurons, rows])
        let soft = keep(neurons * rows).pointer
        for neuron in 0..<neurons {
            let set = bias.count > 1 ? neuron : 0
            inn_gate_forward(
                Int32(rows), Int32(width), input.data + neuron * rows * width, weight.values + set * width,
                bias.values[set], soft + neuron * rows)
        }
        for index in 0..<(neurons * rows) {
            output.data[index] = isHard ? (soft[index] > 0.5 ? 1 : 0) : soft[index]
        }
        record(
            .foreign(
                ActivationGateOperation(input: input, output: output, soft: soft, weight: weight, bias: bias)))
        return output
    }

    /// Multi-head attention over the neuron axis, separately for every token.
    ///
    /// - Parameters:
    ///   - projected: q, k, v side by side, `[neurons, rows, 3·width]`; head h owns columns h·headDim ….
    ///   - gate: `[neurons, rows]` multiplying what each speaker says, or nil for 1.
    /// - Returns: the mix `[neurons, rows, width]` and the routing weights in the kernels' blocked layout.
    func neuronAttention(
        _ projected: Tensor, gate: Tensor?, heads: Int, edges: EdgeControls
    ) -> (mix: Tensor, weights: RoutingWeights) {
        let (neurons, rows, width) = (projected.shape[0], projected.shape[1], projected.shape[2] / 3)
        let output = makeTensor([neurons, rows, width])
        let weights = keep(RoutingWeights.count(tokens: rows, heads: heads, neurons: neurons)).pointer
        let operation = NeuronAttentionOperation(
            projected: projected, gate: gate, output: output, heads: heads, edges: edges, weights: weights)
        let scratch = workspace.take(
            inn_attention_scratch_floats(Int32(neurons), Int32(heads), Int32(width / heads)))
        operation.withInput { input in
            var result = inn_attention_output()
            result.mix = output.data
            result.mixNeuronStride = rows * width
            result.mixTokenStride = width
            result.weights = weights
            result.scratch = scratch.pointer
            inn_attention_forward(&input, &result)
        }
        workspace.give(scratch)
        record(.foreign(operation))
        return (output, RoutingWeights(data: weights, tokens: rows, heads: heads, neurons: neurons))
    }
}
