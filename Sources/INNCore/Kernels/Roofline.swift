import CKernels
import Foundation

/// What one core of this machine can do, measured on the spot.
public struct Roofline: Codable, Sendable {
    /// Single-precision matrix products, floating-point operations per second: large ones by BLAS or small ones by the
    /// kernels of CKernels, whichever are faster.
    public var matrixFlops: Double
    /// Vector exponentials per second, operands in the first-level cache.
    public var exponentials: Double
    /// Bytes per second of a sum over an array far larger than the caches.
    public var bandwidth: Double

    /// Measures for about a second.
    ///
    /// - Parameter threads: cores that work at the same time; the figures are per core under that load.
    public static func measure(threads: Int) -> Roofline {
        let team = ThreadTeam(threadCount: threads)
        return Roofline(
            matrixFlops: best(of: 5) { matrixRate(team) }, exponentials: best(of: 5) { exponentialRate(team) },
            bandwidth: best(of: 3) { bandwidth(team) })
    }

    private static func best(of count: Int, _ body: () -> Double) -> Double {
        (0..<count).map { _ in body() }.max() ?? 0
    }

    private static func matrixRate(_ team: ThreadTeam) -> Double {
        // As much arithmetic in both; the small ones stay in the second-level cache.
        max(matrixRate(team, size: 1024, repeats: 1), matrixRate(team, size: 128, repeats: 512))
    }

    private static func matrixRate(_ team: ThreadTeam, size: Int, repeats: Int) -> Double {
        let count = team.threadCount
        let data = Workspace.allocate(3 * size * size * count)
        defer { data.deallocate() }
        data.update(repeating: 0.5, count: 3 * size * size * count)
        let seconds = time {
            team.run(count) { task, _ in
                let a = data + task * 3 * size * size
                let b = a + size * size
                for _ in 0..<repeats {
                    LinearAlgebra.multiply(
                        .init(rows: size, columns: size, inner: size), .init(a, stride: size),
                        .init(b, stride: size, transposed: true), into: b + size * size, stride: size)
                }
            }
        }
        return 2 * Double(size * size * size * repeats) / seconds
    }

    private static func exponentialRate(_ team: ThreadTeam) -> Double {
        let size = 2048
        let repeats = 4000
        let data = Workspace.allocate(2 * size * team.threadCount)
        defer { data.deallocate() }
        data.update(repeating: -0.3, count: 2 * size * team.threadCount)
        let seconds = time {
            team.run(team.threadCount) { task, _ in
                let x = data + task * 2 * size
                for _ in 0..<repeats { inn_exp(size, x, x + size) }
            }
        }
        return Double(size * repeats) / seconds
    }

    private static func bandwidth(_ team: ThreadTeam) -> Double {
        let size = 1 << 25
        let data = Workspace.allocate(size)
        defer { data.deallocate() }
        data.update(repeating: 1, count: size)
        let total = Workspace.allocate(team.threadCount)
        defer { total.deallocate() }
        let seconds = time {
            team.run(team.threadCount) { task, _ in
                let range = chunkRange(task, of: team.threadCount, count: size)
                total[task] = Float(inn_sum_squares(range.count, data + range.lowerBound))
            }
        }
        return Double(size * MemoryLayout<Float>.stride) / seconds / Double(team.threadCount)
    }

    private static func time(_ body: () -> Void) -> Double {
        let start = DispatchTime.now().uptimeNanoseconds
        body()
        return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    }
}
