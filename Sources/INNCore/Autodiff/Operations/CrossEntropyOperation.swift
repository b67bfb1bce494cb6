import CKernels

/// Mean softmax cross-entropy in nats over the rows of `logits`.
struct CrossEntropyOperation {
    let logits: Tensor, output: Tensor
    /// d(mean loss)/d(logits), made in the forward pass.
    let logitsGradient: UnsafeMutablePointer<Float>

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        inn_add_scaled(logits.count, tape.gradient(of: logits), logitsGradient, gradient[0])
        tape.releaseGradient(of: output)
    }
}

extension Tape {
    /// The mean negative log-likelihood of `targets` under softmax(`logits`), in nats, as a tensor of one value.
    ///
    /// - Parameters:
    ///   - logits: `[rows, vocabulary]`, any leading axes.
    ///   - targets: one id per row; a negative id leaves the row out of the sum (not out of the mean's denominator).
    public func crossEntropy(_ logits: Tensor, targets: UnsafeBufferPointer<Int32>) -> Tensor {
        let rows = logits.shape.rows
        let width = logits.shape.last
        precondition(targets.count == rows, "\(targets.count) targets for \(rows) rows of logits")
        precondition(targets.allSatisfy { $0 < Int32(width) }, "a target outside the vocabulary of \(width)")
        let output = makeTensor([1])
        let gradient = keep(logits.count).pointer
        timed(.crossEntropy) {
            let total = inn_softmax_cross_entropy(
                Int32(rows), Int32(width), logits.data, targets.baseAddress!, 1 / Float(rows), gradient)
            output.data[0] = Float(total / Double(rows))
        }
        record(.crossEntropy(CrossEntropyOperation(logits: logits, output: output, logitsGradient: gradient)))
        return output
    }
}
