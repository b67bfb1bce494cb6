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
        for group in 0..<layout.groups {
            let set = layout.weightSet(group)
            let upstream = gradient + group * rows * fanOut
            LinearAlgebra.multiply(
                rows: rows, columns: fanIn, inner: fanOut, .init(upstream, stride: fanOut),
                .init(weight.values + set * fanOut * fanIn, stride: fanIn),
                into: inputGradient + group * rows * fanIn, stride: fanIn, beta: 1)
            LinearAlgebra.multiply(
                rows: fanOut, columns: fanIn, inner: rows, .init(upstream, stride: fanOut, transposed: true),
                .init(input.data + group * rows * fanIn, stride: fanIn),
                into: weight.gradient + set * fanOut * fanIn, stride: fanIn, beta: 1)
            if let bias { inn_add_column_sums(Int32(rows), Int32(fanOut), upstream, Int32(fanOut), bias.gradient + set * fanOut) }
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
            for group in 0..<layout.groups {
                let set = layout.weightSet(group)
                LinearAlgebra.multiply(
                    rows: rows, columns: fanOut, inner: fanIn, .init(input.data + group * rows * fanIn, stride: fanIn),
                    .init(weight.values + set * fanOut * fanIn, stride: fanIn, transposed: true),
                    into: output.data + group * rows * fanOut, stride: fanOut)
                if let bias { inn_add_bias(Int32(rows), Int32(fanOut), output.data + group * rows * fanOut, bias.values + set * fanOut) }
            }
        }
        record(.linear(LinearOperation(input: input, output: output, weight: weight, bias: bias, layout: layout)))
        return output
    }
}
