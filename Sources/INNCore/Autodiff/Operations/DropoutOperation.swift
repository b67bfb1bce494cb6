import CKernels

/// y = dropout(x).
struct DropoutOperation {
    let input: Tensor, output: Tensor
    let dropout: Dropout

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        addDropped(tape.team, output.count, tape.gradient(of: input), gradient, dropout)
        tape.releaseGradient(of: output)
    }
}

/// target += dropout(source), in fixed chunks.
func addDropped(
    _ team: ThreadTeam, _ count: Int, _ target: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>,
    _ dropout: Dropout
) {
    let chunks = min(8, max(1, count / 4096))
    team.run(chunks) { chunk, _ in
        let range = chunkRange(chunk, of: chunks, count: count)
        let start = range.lowerBound
        inn_dropout_add(range.count, target + start, source + start, dropout.probability, dropout.key, UInt64(start))
    }
}

extension Tape {
    /// Drops activations; without dropout it returns its input.
    public func dropout(_ input: Tensor, _ dropout: Dropout) -> Tensor {
        guard dropout.probability > 0 else { return input }
        let output = makeTensor(input.shape)
        timed(.dropout) {
            output.data.update(repeating: 0, count: output.count)
            addDropped(team, output.count, output.data, input.data, dropout)
        }
        record(.dropout(DropoutOperation(input: input, output: output, dropout: dropout)))
        return output
    }
}
