import CKernels

/// y = dropout(x).
struct DropoutOperation {
    let input: Tensor, output: Tensor
    let dropout: Dropout

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        addDropped(tape.team, output.shape, tape.gradient(of: input), gradient, dropout)
        tape.releaseGradient(of: output)
    }
}

/// target += dropout(source), in fixed chunks.
///
/// - Parameter shape: `[…, rows, width]`; what comes before the rows are groups, such as neurons.
func addDropped(
    _ team: ThreadTeam, _ shape: Shape, _ target: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>,
    _ dropout: Dropout
) {
    let count = shape.count
    let chunks = min(8, max(1, count / 4096))
    let rows = shape.rank > 1 ? shape[shape.rank - 2] : 1
    let group = max(1, rows * shape.last)
    team.run(chunks) { chunk, _ in
        let range = chunkRange(chunk, of: chunks, count: count)
        var start = range.lowerBound
        while start < range.upperBound {
            let index = start / group
            let end = min(range.upperBound, (index + 1) * group)
            let first = dropout.place(group: index, row: 0, of: rows, width: shape.last) + UInt64(start - index * group)
            inn_dropout_add(end - start, target + start, source + start, dropout.probability, dropout.key, first)
            start = end
        }
    }
}

extension Tape {
    /// Drops activations; without dropout it returns its input.
    public func dropout(_ input: Tensor, _ dropout: Dropout) -> Tensor {
        guard dropout.probability > 0 else { return input }
        let output = makeTensor(input.shape)
        timed(.dropout) {
            output.data.update(repeating: 0, count: output.count)
            addDropped(team, output.shape, output.data, input.data, dropout)
        }
        record(.dropout(DropoutOperation(input: input, output: output, dropout: dropout)))
        return output
    }
}
