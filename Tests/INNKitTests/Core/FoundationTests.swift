import Synchronization
import Testing

@testable import INNCore

/// Matrix products and the thread team underneath everything.
@Suite struct Foundations {
    private func random(_ count: Int, seed: UInt64) -> [Float] {
        var random = RandomSource(seed: seed)
        return (0..<count).map { _ in Float(random.normal()) }
    }

    /// Where it is not added to, the target's old contents must not matter, not even when they are NaN. Single rows are
    /// left to BLAS, and so are rows 1,024 values apart of a factor that is transposed.
    @Test(
        arguments: [
            (1, 1, 1, 3), (1, 7, 5, 7), (1, 33, 64, 70), (3, 5, 7, 9), (17, 9, 31, 33), (40, 3, 300, 301),
            (5, 35, 0, 5),
            (9, 20, 12, 1024),
        ],
        [(false, false), (false, true), (true, false), (true, true)])
    func productsFollowTheDefinition(_ shape: (Int, Int, Int, Int), transposed: (Bool, Bool)) {
        let (rows, columns, inner, aStride) = shape
        let bStride = (transposed.1 ? inner : columns) + 1
        let a = random(max(rows, inner) * aStride, seed: 1)
        let b = random((transposed.1 ? columns : inner) * bStride, seed: 2)
        let stride = columns + 3
        for (accumulates, old) in [(false, Float.nan), (true, 2)] {
            var c = [Float](repeating: old, count: rows * stride)
            LinearAlgebra.multiply(
                .init(rows: rows, columns: columns, inner: inner), .init(a, stride: aStride, transposed: transposed.0),
                .init(b, stride: bStride, transposed: transposed.1), into: &c, stride: stride,
                accumulates: accumulates)
            let expected = (0..<(rows * columns)).map { index -> Double in
                let row = index / columns
                let column = index % columns
                let sum = (0..<inner).reduce(0.0) {
                    $0 + Double(transposed.0 ? a[$1 * aStride + row] : a[row * aStride + $1])
                        * Double(transposed.1 ? b[column * bStride + $1] : b[$1 * bStride + column])
                }
                return sum + (accumulates ? Double(old) : 0)
            }
            expectTwins(
                (0..<(rows * columns)).map { c[$0 / columns * stride + $0 % columns] }, expected,
                accumulates ? "added" : "overwritten")
            let untouched = c.indices.filter { $0 % stride >= columns }.map { c[$0].bitPattern }
            #expect(untouched.allSatisfy { $0 == old.bitPattern }, "values between the rows")
        }
    }

    #if !os(macOS)
    /// Which products BLAS makes must follow from their sizes alone.
    @Test func largeProductsAreLeftToBLAS() {
        var value: Float = 0
        let near = LinearAlgebra.Matrix(&value, stride: 96, transposed: true)
        let apart = LinearAlgebra.Matrix(&value, stride: 2048, transposed: true)
        let rows = LinearAlgebra.Matrix(&value, stride: 2048)
        let small = LinearAlgebra.Sizes(rows: 128, columns: 64, inner: 256)
        #expect(small.areSmall(near) && small.areSmall(rows) && !small.areSmall(apart))
        #expect(LinearAlgebra.Sizes(rows: 512, columns: 1024, inner: 256).areSmall(near))
        #expect(!LinearAlgebra.Sizes(rows: 512, columns: 1024, inner: 257).areSmall(near))
    }
    #endif

    @Test(arguments: [1, 2, 3], [0, 1, 2, 100])
    func everyTaskRunsOnceOnAKnownWorker(threads: Int, tasks: Int) {
        let runs = Mutex([Int](repeating: 0, count: tasks))
        let workers = Mutex(Set<Int>())
        ThreadTeam(threadCount: threads).run(tasks) { task, worker in
            runs.withLock { $0[task] += 1 }
            _ = workers.withLock { $0.insert(worker) }
        }
        #expect(runs.withLock { $0 } == [Int](repeating: 1, count: tasks))
        #expect(workers.withLock { $0.allSatisfy { (0..<threads).contains($0) } })
    }

    @Test func aTeamHasAtLeastOneThread() { #expect(ThreadTeam(threadCount: 0).threadCount == 1) }
}
