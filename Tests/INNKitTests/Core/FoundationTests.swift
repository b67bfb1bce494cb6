import Synchronization
import Testing

@testable import INNCore

/// Matrix products and the thread team underneath everything.
@Suite struct Foundations {
    private func random(_ count: Int, seed: UInt64) -> [Float] {
        var random = RandomSource(seed: seed)
        return (0..<count).map { _ in Float(random.normal()) }
    }

    /// With beta 0 the target's old contents must not matter, not even when they are NaN.
    @Test(
        arguments: [(1, 1, 1), (1, 7, 5), (1, 33, 64), (3, 5, 7), (17, 9, 31)],
        [(false, false), (false, true), (true, false), (true, true)])
    func productsFollowTheDefinition(_ shape: (Int, Int, Int), transposed: (Bool, Bool)) {
        let (rows, columns, inner) = shape
        let aStride = (transposed.0 ? rows : inner) + 2
        let bStride = (transposed.1 ? inner : columns) + 1
        let a = random((transposed.0 ? inner : rows) * aStride, seed: 1)
        let b = random((transposed.1 ? columns : inner) * bStride, seed: 2)
        let stride = columns + 3
        for (beta, old) in [(0, Float.nan), (1, 2), (0.5, -3)] as [(Float, Float)] {
            var c = [Float](repeating: old, count: rows * stride)
            LinearAlgebra.multiply(
                .init(rows: rows, columns: columns, inner: inner), .init(a, stride: aStride, transposed: transposed.0),
                .init(b, stride: bStride, transposed: transposed.1), into: &c, stride: stride, beta: beta)
            let expected = (0..<(rows * columns)).map { index -> Double in
                let row = index / columns
                let column = index % columns
                let sum = (0..<inner).reduce(0.0) {
                    $0 + Double(transposed.0 ? a[$1 * aStride + row] : a[row * aStride + $1])
                        * Double(transposed.1 ? b[column * bStride + $1] : b[$1 * bStride + column])
                }
                return sum + (beta == 0 ? 0 : Double(beta) * Double(old))
            }
            expectTwins(
                (0..<(rows * columns)).map { c[$0 / columns * stride + $0 % columns] }, expected,
                "beta \(beta)")
            let untouched = c.indices.filter { $0 % stride >= columns }.map { c[$0].bitPattern }
            #expect(untouched.allSatisfy { $0 == old.bitPattern }, "values between the rows")
        }
    }

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
