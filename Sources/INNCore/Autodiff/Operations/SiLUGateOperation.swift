import CKernels

/// y · SiLU(z).
struct SiLUGateOperation {
    let input: Tensor, gate: Tensor, output: Tensor

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let width = input.shape.last
        let parts = [input, gate].map { tape.workspace.take($0.count) }
        inn_silu_gate_backward(
            Int32(input.shape.rows), Int32(width), input.data, gate.data, Int32(width), gradient, parts[0].pointer,
            parts[1].pointer, Int32(width))
        for (tensor, part) in zip([input, gate], parts) {
            inn_add(tensor.count, tape.gradient(of: tensor), part.pointer)
            tape.workspace.give(part)
        }
        tape.releaseGradient(of: output)
    }
}

extension Tape {
    /// input · SiLU(gate), same shapes.
    public func siluGate(_ input: Tensor, gate: Tensor) -> Tensor {
        let output = makeTensor(input.shape)
        let width = Int32(input.shape.last)
        timed(.siluGate) {
            inn_silu_gate_forward(Int32(input.shape.rows), width, input.data, gate.data, width, output.data)
        }
        record(.siluGate(SiLUGateOperation(input: input, gate: gate, output: output)))
        return output
    }
}
