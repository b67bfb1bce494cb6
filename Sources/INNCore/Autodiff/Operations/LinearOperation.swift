import CKernels

/// y = x·Wᵀ + b, once per group with the group's own weights or with shared ones.
struct LinearOperation {
    let input: Tensor, output: Tensor
    let weight: Parameter
    let bias: Parameter?
    let layout: LinearLayout

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let inputGradient = tape.gradient(of: input)
        let (rows, fanIn, fanOut) = (layout.rows, layout.fanIn, layout.fanOut)
        let rowChunks = productChunks(rows)
        let weightChunks = productChunks(fanOut)
        tape.team.run(layout.groups * rowChunks) { task, _ in
            let group = task / rowChunks
            let range = chunkRange(task % rowChunks, of: rowChunks, count: rows)
            let first = group * rows + range.lowerBound
            LinearAlgebra.multiply(
                .init(rows: range.count, columns: fanIn, inner: fanOut),
                .init(gradient + first * fanOut, stride: fanOut),
                .init(weight.values + layout.weightSet(group) * fanOut * fanIn, stride: fanIn),
                into: inputGradient + first * fanIn, stride: fanIn, accumulates: true)
        }
        // Groups that share their weights are one group here, so that every task adds to rows of its own.
        tape.team.run(layout.groups * weightChunks) { task, _ in
            let group = task / weightChunks
            let range = chunkRange(task % weightChunks, of: weightChunks, count: fanOut)
            let first = layout.weightSet(group) * fanOut + range.lowerBound
            let upstream = gradient + group * rows * fanOut + range.lowerBound
            LinearAlgebra.multiply(
                .init(rows: range.count, columns: fanIn, inner: rows),
                .init(upstream, stride: fanOut, transposed: true),
                .init(input.data + group * rows * fanIn, stride: fanIn), into: weight.gradient + first * fanIn,
                stride: fanIn, accumulates: true)
            if let bias {
                inn_add_column_sums(Int32(rows), Int32(range.count), upstream, Int32(fanOut), bias.gradient + first)
            }
        }
        tape.releaseGradient(of: output)
    }
}

/// How a grouped linear map sees its operands: input `[groups, rows, fanIn]`, weight `[sets, fanOut, fanIn]`,
/// where sets is 1 (shared) or groups (each its own).
struct LinearLayout {
    let groups: Int, rows: Int, fanIn: Int, fanOut: Int, sets: Int

    init(input: Shape, weight: Shape) {
        fanOut = weight[weight.rank - 2]
        fanIn = weight.last
        sets = weight.rank == 3 ? weight[0] : 1
        groups = sets > 1 ? sets : 1
        precondition(input.last == fanIn, "linear: input \(input) does not fit weight \(weight)")
        precondition(groups == 1 || input[0] == groups, "linear: \(groups) weight sets for input \(input)")
        rows = input.rows / groups
    }

    func weightSet(_ group: Int) -> Int { sets > 1 ? group : 0 }
}

extension Tape {
    /// Applies a linear map to the innermost axis.
    ///
    /// - Parameters:
    ///   - input: `[…, fanIn]`; with per-group weights the outermost axis counts the groups.
    ///   - weight: `[fanOut, fanIn]` shared, or `[groups, fanOut, fanIn]`.
    ///   - bias: `[fanOut]` or `[groups, fanOut]`.
    public func linear(_ input: Tensor, weight: Parameter, bias: Parameter? = nil) -> Tensor {
        let layout = LinearLayout(input: input.shape, weight: weight.shape)
        let output = makeTensor(input.shape.replacingLast(with: layout.fanOut))
        let (rows, fanIn, fanOut) = (layout.rows, layout.fanIn, layout.fanOut)
        timed(.linear) {
            let chunks = productChunks(rows)
            team.run(layout.groups * chunks) { task, _ in
                let group = task / chunks
                let set = layout.weightSet(group)
                let range = chunkRange(task % chunks, of: chunks, count: rows)
                let first = group * rows + range.lowerBound
                let target = output.data + first * fanOut
                LinearAlgebra.multiply(
                    .init(rows: range.count, columns: fanOut, inner: fanIn),
                    .init(input.data + first * fanIn, stride: fanIn),
                    .init(weight.values + set * fanOut * fanIn, stride: fanIn, transposed: true), into: target,
                    stride: fanOut)
                if let bias { inn_add_bias(Int32(range.count), Int32(fanOut), target, bias.values + set * fanOut) }
            }
        }
        record(.linear(LinearOperation(input: input, output: output, weight: weight, bias: bias, layout: layout)))
        return output
    }
}
