import CKernels

/// Rows that were ordered by (outer, inner) become ordered by (inner, outer).
struct TransposedRowsOperation {
    let input: Tensor, output: Tensor
    let outer: Int, inner: Int

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let target = tape.gradient(of: input)
        let width = input.shape.last
        for row in 0..<outer {
            for column in 0..<inner {
                inn_add(width, target + (row * inner + column) * width, gradient + (column * outer + row) * width)
            }
        }
        tape.releaseGradient(of: output)
    }
}

extension Tape {
    /// Swaps two axes of the rows: `[…, outer·inner, width]` to `[…, inner·outer, width]`, all leading axes being 1.
    public func transposedRows(_ input: Tensor, _ outer: Int, _ inner: Int) -> Tensor {
        precondition(
            input.shape.rows == outer * inner, "transposedRows: \(input.shape) does not hold \(outer) × \(inner) rows")
        let output = makeTensor(input.shape)
        let width = input.shape.last
        timed(.transposedRows) {
            for row in 0..<outer {
                for column in 0..<inner {
                    (output.data + (column * outer + row) * width).update(
                        from: input.data + (row * inner + column) * width, count: width)
                }
            }
        }
        record(.transposedRows(TransposedRowsOperation(input: input, output: output, outer: outer, inner: inner)))
        return output
    }
}
