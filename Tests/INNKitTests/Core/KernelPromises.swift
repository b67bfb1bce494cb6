import CKernelTables
import CKernels
import Testing
#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What a kernel promises beyond being its twin: bounds of errors, what happens at the edges of its range.
struct KernelPromise: Sendable, CustomTestStringConvertible {
    let name: String
    /// What is wrong with it in a table of kernels; nil when the promise is kept.
    let problem: @Sendable (inn_kernel_table) -> String?

    var testDescription: String { name }

    static let all: [KernelPromise] = [
        KernelPromise(name: "exp keeps its bound") { table in
            let count = 175_003
            let x = (0..<count).map { Float(-87 + 175 * Double($0) / Double(count - 1)) }
            var y = [Float](repeating: 0, count: count)
            table.exp(count, x, &y)
            return problem(y, below: 3e-7) { exp(Double(x[$0])) }
        },
        KernelPromise(name: "the entropy of a weight is relatively exact, and 0 of none") { table in
            // From 1e-37 to 1, evenly in the logarithm, and close to 1.
            let weights = (0..<20_000).map { Float(pow(10, -37 + 37 * Double($0) / 20_000)) } + [0.999, 0.999_999]
            let entropies = weights.map { weight -> Float in
                var sums: [Float] = [0, 0]
                table.weight_sums(1, [weight], &sums)
                return sums[1]
            }
            var sums: [Float] = [1, 1]
            table.weight_sums(3, [0, 1, 0], &sums)
            if sums != [1, 0] { return "\(sums)" }
            return problem(entropies, below: 1e-6) { -Double(weights[$0]) * log(Double(weights[$0])) }
        },
        // Outside its range exp saturates instead of wrapping round.
        KernelPromise(name: "exp saturates") { table in
            let x: [Float] = [-.infinity, -1e30, -1000, -88, 0, -0.0]
            var y = [Float](repeating: -1, count: x.count)
            table.exp(x.count, x, &y)
            var large: [Float] = [0, 0]
            table.exp(2, [1000, .infinity], &large)
            let isRight =
                y[..<4].allSatisfy { $0 >= 0 && $0 < 2e-38 } && y[4] == 1 && y[5] == 1
                && large.allSatisfy { $0 > 1e38 }
            return isRight ? nil : "\(y) \(large)"
        },
        KernelPromise(name: "softplus is relatively exact for tiny values") { table in
            let count = 20_000
            let x = (0..<count).map { Float(-86 + 106 * Double($0) / Double(count)) }
            var y = x
            table.softplus_forward(1, Int32(count), &y, [Float](repeating: 0, count: count), .infinity)
            return problem(y, below: 1e-6) { max(Double(x[$0]), 0) + log1p(exp(-abs(Double(x[$0])))) }
        },
        KernelPromise(name: "the gradient of softplus is relatively exact for tiny values") { table in
            let count = 20_000
            // delta from 1e-30 to 2.4, evenly in its logarithm.
            let delta = (0..<count).map { Float(pow(10, -30 + 30.38 * Double($0) / Double(count))) }
            var gradient = [Float](repeating: 1, count: count)
            var bias = [Float](repeating: 0, count: count)
            table.softplus_backward(1, Int32(count), delta, 2.5, &gradient, &bias)
            if bias != gradient { return "the gradient of the bias is another" }
            return problem(gradient, below: 1e-6) { -expm1(-Double(delta[$0])) }
        },
        KernelPromise(name: "softmax of large scores stays finite") { table in
            let logits: [Float] = [1e4, -1e4, 9.999e3, -.infinity, 1e4]
            var out = [Float](repeating: 0, count: 5)
            let loss = table.softmax_cross_entropy(1, 5, logits, [1], 0, &out)
            let isRight = out.allSatisfy { $0.isFinite } && abs(out.reduce(0, +) - 1) < 1e-5 && abs(loss - 2e4) < 2
            return isRight ? nil : "\(out), loss \(loss)"
        },
        KernelPromise(name: "a product's values do not depend on its rows and columns") { table in
            let (rows, columns, inner) = (41, 83, 300)
            let a = (0..<(rows * inner)).map { Float(($0 * 7919) % 1009) / 500 - 1 }
            let b = (0..<(inner * columns)).map { Float(($0 * 6007) % 997) / 500 - 1 }
            func product(rows: Range<Int>, columns part: Range<Int>) -> [Float] {
                var c = [Float](repeating: 0, count: rows.count * part.count)
                a.withUnsafeBufferPointer { a in
                    b.withUnsafeBufferPointer { b in
                        c.withUnsafeMutableBufferPointer { c in
                            var operands = inn_product_operands(
                                rows: Int32(rows.count), inner: Int32(inner), columns: Int32(part.count),
                                a: a.baseAddress! + rows.lowerBound * inner, aStride: inner, aIsTransposed: 0,
                                b: b.baseAddress! + part.lowerBound, bStride: columns, bIsTransposed: 0,
                                c: c.baseAddress!, cStride: part.count, accumulates: 0)
                            table.product(&operands)
                        }
                    }
                }
                return c
            }
            let all = product(rows: 0..<rows, columns: 0..<columns)
            for (some, part) in [(0..<1, 0..<40), (5..<41, 17..<83), (30..<33, 80..<83), (3..<40, 1..<4)] {
                let values = product(rows: some, columns: part)
                for index in values.indices {
                    let (row, column) = (some.lowerBound + index / part.count, part.lowerBound + index % part.count)
                    if values[index] != all[row * columns + column] { return "row \(row), column \(column) does" }
                }
            }
            return nil
        },
        // Dropout must drop the same values on every machine.
        KernelPromise(name: "dropout masks do not depend on the set") { table in
            let count = 4097
            let ones = [Float](repeating: 1, count: count)
            func kept(_ table: inn_kernel_table) -> [Bool] {
                var out = [Float](repeating: 0, count: count)
                table.dropout_add(count, &out, ones, 0.37, 0xABCDEF, 12345)
                return out.map { $0 != 0 }
            }
            return kept(table) == kept(inn_kernel_table_named("reference")!.pointee) ? nil : "they do"
        },
    ]

    /// The largest relative error of `values` against `exact`, when it reaches a bound.
    private static func problem(_ values: [Float], below bound: Double, _ exact: (Int) -> Double) -> String? {
        let worst = values.indices.reduce(0.0) { largest, index in
            let error = abs(Double(values[index]) / exact(index) - 1)
            return error <= largest ? largest : error
        }
        return worst < bound ? nil : "the largest relative error is \(worst)"
    }
}
