import CKernels

/// The function between the two products of a feed-forward layer.
public enum ActivationKind: String, Codable, Sendable, CaseIterable {
    case relu
    /// The exact form, with erf.
    case gelu
}

struct ActivationOperation {
    let input: Tensor, output: Tensor
    let function: ActivationKind

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let target = tape.gradient(of: input)
        let chunks = Self.chunks(output.count)
        tape.team.run(chunks) { chunk, _ in
            let range = chunkRange(chunk, of: chunks, count: output.count)
            let start = range.lowerBound
            switch function {
            case .relu: inn_relu_backward(range.count, input.data + start, gradient + start, target + start)
            case .gelu: inn_gelu_backward(range.count, input.data + start, gradient + start, target + start)
            }
        }
        tape.releaseGradient(of: output)
    }

    static func chunks(_ count: Int) -> Int { min(8, max(1, count / 4096)) }
}

extension Tape {
    /// Applies a function to every value.
    public func activation(_ input: Tensor, _ function: ActivationKind) -> Tensor {
        let output = makeTensor(input.shape)
        let chunks = ActivationOperation.chunks(output.count)
        timed(.activation) {
            team.run(chunks) { chunk, _ in
                let range = chunkRange(chunk, of: chunks, count: output.count)
                let start = range.lowerBound
                switch function {
                case .relu: inn_relu_forward(range.count, input.data + start, output.data + start)
                case .gelu: inn_gelu_forward(range.count, input.data + start, output.data + start)
                }
            }
        }
        record(.activation(ActivationOperation(input: input, output: output, function: function)))
        return output
    }
}
