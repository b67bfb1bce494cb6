/// y = x + dropout(f): the masks are a function of (key, position), so nothing needs to be stored.
struct ResidualOperation {
    let base: Tensor, branch: Tensor, output: Tensor
    let dropout: Dropout

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        addDropped(tape.team, output.shape, tape.gradient(of: branch), gradient, dropout)
        _ = tape.passGradient(from: output, to: base)
    }
}

/// Which activations are dropped: each with `probability`, decided by a counter-based generator keyed by `key`.
public struct Dropout: Sendable {
    public var probability: Float
    /// Derived from (seed, step, site), see ``RandomSource/key(_:)``.
    public var key: UInt64
    /// The part of the batch that is computed: a value's number is its place in the whole batch, so that its mask does
    /// not depend on how the batch is cut.
    public var shard: Shard

    public init(probability: Float, key: UInt64, shard: Shard = .whole) {
        (self.probability, self.key, self.shard) = (probability, key, shard)
    }

    /// The number of the first value of a row, see ``Shard/row(group:_:of:)``.
    func place(group: Int = 0, row: Int, of rows: Int, width: Int) -> UInt64 {
        UInt64(shard.row(group: group, row, of: rows) * width)
    }

    /// No dropout: evaluation mode.
    public static let none = Dropout(probability: 0, key: 0)
}

extension Tape {
    /// Adds a branch to a residual stream, both of the same shape.
    public func residual(_ base: Tensor, adding branch: Tensor, dropout: Dropout = .none) -> Tensor {
        precondition(base.shape == branch.shape, "residual: \(base.shape) and \(branch.shape) differ")
        let output = makeTensor(base.shape)
        timed(.residual) {
            output.data.update(from: base.data, count: base.count)
            addDropped(team, output.shape, output.data, branch.data, dropout)
        }
        record(.residual(ResidualOperation(base: base, branch: branch, output: output, dropout: dropout)))
        return output
    }
}
