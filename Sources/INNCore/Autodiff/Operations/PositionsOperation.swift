import CKernels

/// y = x + table[position], the positions of every stream starting at `first`.
struct PositionsOperation {
    let input: Tensor, output: Tensor
    let table: Parameter
    let batchSize: Int, steps: Int, first: Int

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let width = table.shape[1]
        let count = steps * width
        for stream in 0..<batchSize { inn_add(count, table.gradient + first * width, gradient + stream * count) }
        _ = tape.passGradient(from: output, to: input)
    }
}

extension Tape {
    /// Adds learned positions.
    ///
    /// - Parameters:
    ///   - input: `[…, batchSize·steps, width]`, streams contiguous in time.
    ///   - table: `[positions, width]`, at least `first + steps` positions.
    public func addPositions(_ input: Tensor, table: Parameter, batchSize: Int, steps: Int, first: Int = 0) -> Tensor {
        precondition(first + steps <= table.shape[0], "\(first) + \(steps) characters for \(table.shape[0]) positions")
        let output = makeTensor(input.shape)
        let width = table.shape[1]
        let count = steps * width
        timed(.positions) {
            output.data.update(from: input.data, count: input.count)
            for stream in 0..<batchSize { inn_add(count, output.data + stream * count, table.values + first * width) }
        }
        record(
            .positions(
                PositionsOperation(
                    input: input, output: output, table: table, batchSize: batchSize, steps: steps, first: first)))
        return output
    }
}
