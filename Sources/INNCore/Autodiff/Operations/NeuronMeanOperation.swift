import CKernels

/// y = mean over neurons: `[neurons, rows, width]` to `[rows, width]`, optionally over some of the neurons only.
struct NeuronMeanOperation {
    let input: Tensor, output: Tensor
    /// One weight per neuron for the gradient: 0 for those that are left out or replaced.
    let weights: UnsafeMutablePointer<Float>

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let inputGradient = tape.gradient(of: input)
        let count = output.count
        tape.team.run(input.shape[0]) { neuron, _ in
            inn_add_scaled(count, inputGradient + neuron * count, gradient, weights[neuron])
        }
        tape.releaseGradient(of: output)
    }
}

/// Whom the readout averages over, by their roles and while an intervention holds.
public struct ReadoutControls: Sendable {
    /// Which neurons count.
    public var isIncluded: [Bool]
    /// Whose states are taken from a bank.
    public var replaced: [ReplacedContribution] = []
    /// Where the pass stands in its streams.
    public var position = StreamPosition()

    public init(isIncluded: [Bool]) { self.isIncluded = isIncluded }
}

extension Tape {
    /// Averages over the neuron axis.
    ///
    /// - Parameters:
    ///   - input: `[neurons, rows, width]`.
    ///   - controls: which neurons count, and whose states are replaced; all count when nil. With none included the
    ///     result is zero.
    public func neuronMean(_ input: Tensor, controls: ReadoutControls? = nil) -> Tensor {
        let neurons = input.shape[0]
        let output = makeTensor([input.shape[1], input.shape[2]])
        let weights = keep(neurons).pointer
        let included = controls?.isIncluded.count(where: { $0 }) ?? neurons
        let share = 1 / Float(max(1, included))
        for neuron in 0..<neurons { weights[neuron] = (controls?.isIncluded[neuron] ?? true) ? share : 0 }
        timed(.neuronMean) {
            let stand = standIns(controls, output.shape)
            let chunks = min(8, output.count)
            team.run(chunks) { chunk, _ in
                let range = chunkRange(chunk, of: chunks, count: output.count)
                let target = output.data + range.lowerBound
                target.update(repeating: 0, count: range.count)
                for neuron in 0..<neurons where weights[neuron] != 0 {
                    let source = stand[neuron] ?? input.data + neuron * output.count
                    inn_add_scaled(range.count, target, source + range.lowerBound, weights[neuron])
                }
            }
            for neuron in stand.keys { weights[neuron] = 0 }
        }
        record(.neuronMean(NeuronMeanOperation(input: input, output: output, weights: weights)))
        return output
    }

    /// The states of replaced neurons, `[rows, width]` each, by neuron.
    private func standIns(_ controls: ReadoutControls?, _ shape: Shape) -> [Int: UnsafeMutablePointer<Float>] {
        var states: [Int: UnsafeMutablePointer<Float>] = [:]
        for replaced in controls?.replaced ?? [] {
            let rows = keep(shape.count).pointer
            replaced.write(0..<shape[0], position: controls!.position, into: rows, stride: shape[1])
            states[replaced.neuron] = rows
        }
        return states
    }
}
