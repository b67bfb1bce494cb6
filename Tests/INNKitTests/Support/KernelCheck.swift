import CKernelTables

@testable import INNCore

// What a check of kernels needs without the testing library: `scripts/check-aarch64` compiles it for another processor,
// without Foundation and the larger part of the standard library.

/// The value that is farthest outside |a − b| ≤ absolute + relative·|b|, in units of that tolerance; nil when all are
/// within.
func worstExcess(
    _ actual: [Float], _ expected: [Float], absolute: Double, relative: Double
) -> (index: Int, excess: Double)? {
    var worst: (index: Int, excess: Double)?
    for index in expected.indices {
        let difference = abs(Double(actual[index]) - Double(expected[index]))
        let excess = difference / (absolute + relative * abs(Double(expected[index])))
        // A NaN compares false everywhere, so ask for what is right instead of what is wrong.
        if !(excess <= max(1, worst?.excess ?? 0)) { worst = (index, excess) }
    }
    return worst
}

/// What a value may be off beside a share of itself: that share of the typical size of all.
func twinTolerance(_ expected: [Double], _ relative: Double) -> Double {
    let squares = expected.reduce(0.0) { $0 + ($1.isFinite ? $1 * $1 : 0) }
    return relative * (squares / Double(max(1, expected.count))).squareRoot() + 1e-7
}

extension KernelCase {
    /// What is wrong with a kernel beside its plain twin on the same inputs; nothing when they agree.
    func problems(_ vector: inn_kernel_table, beside reference: inn_kernel_table) -> [String] {
        let relative = 1e-4
        let inputs = KernelInputs(seed: 31)
        let others = KernelInputs(seed: 31)
        var problems: [String] = []
        for (index, (actual, expected)) in zip(run(vector, inputs), run(reference, others)).enumerated() {
            if !actual.isIntact || !expected.isIntact { problems.append("output \(index) was written past its end") }
            let tolerance = twinTolerance(expected.array.map { Double($0) }, relative)
            let worst = worstExcess(actual.array, expected.array, absolute: tolerance, relative: relative)
            if let worst {
                problems.append(
                    """
                    output \(index)[\(worst.index)] is \(actual.array[worst.index]) instead of \
                    \(expected.array[worst.index]), \(worst.excess) times the tolerance
                    """)
            }
        }
        return problems
    }
}
