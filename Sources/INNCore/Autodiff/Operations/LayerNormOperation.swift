import CKernels

/// Layer norm over the innermost axis, biased variance, eps inside the root (PyTorch's LayerNorm).
struct LayerNormOperation {
    let input: Tensor, output: Tensor
    let weight: Parameter, bias: Parameter
    let mean: UnsafeMutablePointer<Float>, reciprocalDeviation: UnsafeMutablePointer<Float>

    static let epsilon: Float = 1e-5
    static let chunkCount = 8

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let inputGradient = tape.gradient(of: input)
        let width = input.shape.last
        let chunks = min(Self.chunkCount, input.shape.rows)
        let partialCount = NormGradients.count(width)
        let partials = tape.workspace.takeZeros(chunks * partialCount)
        func sums(_ chunk: Int) -> NormGradients { NormGradients(partials.slice(chunk, of: partialCount), width) }
        tape.team.run(chunks) { chunk, _ in
            let range = chunkRange(chunk, of: chunks, count: input.shape.rows)
            let start = range.lowerBound
            let partial = sums(chunk)
            inn_layer_norm_backward(
                Int32(range.count), Int32(width), input.data + start * width, weight.values, mean + start,
                reciprocalDeviation + start, gradient + start * width, inputGradient + start * width, partial.weight,
                partial.bias)
        }
        for chunk in 0..<chunks {
            let partial = sums(chunk)
            inn_add(width, weight.gradient, partial.weight)
            inn_add(width, bias.gradient, partial.bias)
        }
        tape.workspace.give(partials)
        tape.releaseGradient(of: output)
    }
}

/// Gradients of one chunk of rows, by the width of the rows.
private struct NormGradients: BufferLayout {
    let weight, bias: UnsafeMutablePointer<Float>

    init(_ parts: inout BufferParts, _ width: Int) {
        weight = parts.claim(width)
        bias = parts.claim(width)
    }
}

extension Tape {
    /// Normalises the innermost axis of `input`; `weight` and `bias` have that width.
    public func layerNorm(_ input: Tensor, weight: Parameter, bias: Parameter) -> Tensor {
        let output = makeTensor(input.shape)
        let rows = input.shape.rows
        let width = input.shape.last
        let mean = keep(rows).pointer
        let deviation = keep(rows).pointer
        timed(.layerNorm) {
            let chunks = min(LayerNormOperation.chunkCount, rows)
            team.run(chunks) { chunk, _ in
                let range = chunkRange(chunk, of: chunks, count: rows)
                let start = range.lowerBound
                inn_layer_norm_forward(
                    Int32(range.count), Int32(width), input.data + start * width, weight.values, bias.values,
                    LayerNormOperation.epsilon, output.data + start * width, mean + start, deviation + start)
            }
        }
        record(
            .layerNorm(
                LayerNormOperation(
                    input: input, output: output, weight: weight, bias: bias, mean: mean, reciprocalDeviation: deviation
                )))
        return output
    }
}
