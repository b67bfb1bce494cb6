import CKernels

/// y = mean over neurons: `[neurons, rows, width]` to `[rows, width]`, optionally over some of the neurons only.
struct NeuronMeanOperation {
    let input: Tensor, output: Tensor
    /// One weight per neuron; they sum to 1.
    let weights: UnsafeMutablePointer<Float>

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let inputGradient = tape.gradient(of: input), count = output.count
        tape.team.run(input.shape[0]) { neuron, _ in
            inn_add_scaled(count, inputGradient + neuron * count, gradient, weights[neuron])
        }
        tape.releaseGradient(of: output)
    }
}

extension Tape {
    /// Averages over the neuron axis.
    ///
    /// - Parameters:
    ///   - input: `[neurons, rows, width]`.
    ///   - isIncluded: which neurons count; all when nil. With none included the result is zero.
    public func neuronMean(_ input: Tensor, isIncluded: [Bool]? = nil) -> Tensor {
        let neurons = input.shape[0], output = makeTensor([input.shape[1], input.shape[2]])
        let weights = keep(neurons).pointer
        let included = isIncluded?.count(where: { $0 }) ?? neurons
        for neuron in 0..<neurons {
            weights[neuron] = (isIncluded?[neuron] ?? true) ? 1 / Float(max(1, included)) : 0
        }
        timed(.neuronMean) {
            let chunks = min(8, output.count)
            team.run(chunks) { chunk, _ in
                let range = chunkRange(chunk, of: chunks, count: output.count)
                let target = output.data + range.lowerBound
                target.update(repeating: 0, count: range.count)
                for neuron in 0..<neurons where weights[neuron] != 0 {
                    inn_add_scaled(range.count, target, input.data + neuron * output.count + range.lowerBound, weights[neuron])
                }
            }
        }
        record(.neuronMean(NeuronMeanOperation(input: input, output: output, weights: weights)))
        return output
    }
}
