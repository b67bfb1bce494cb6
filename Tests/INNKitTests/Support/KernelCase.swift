import CKernelTables
import Testing

@testable import INNCore

/// One small description of a kernel at one shape: what it writes, given a table of kernels and seeded inputs.
struct KernelCase: Sendable, CustomTestStringConvertible {
    let kernel: String
    let name: String
    /// Runs the kernel and returns everything it may have written, guards included.
    let run: @Sendable (inn_kernel_table, KernelInputs) -> [Floats]

    var testDescription: String { "\(kernel) \(name)" }

    init(_ kernel: String, _ name: String, _ run: @escaping @Sendable (inn_kernel_table, KernelInputs) -> [Floats]) {
        self.kernel = kernel
        self.name = name
        self.run = run
    }
}

/// Floats in memory with guard values after the end, which nobody may touch.
final class Floats {
    let pointer: UnsafeMutablePointer<Float>
    let count: Int

    private static let guardCount = 20
    private static let guardValue: Float = 12345

    init(_ count: Int) {
        self.count = count
        pointer = Workspace.allocate(count + Self.guardCount)
        pointer.update(repeating: 0, count: count)
        (pointer + count).update(repeating: Self.guardValue, count: Self.guardCount)
    }

    deinit { pointer.deallocate() }

    var array: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
    var isIntact: Bool { (count..<(count + Self.guardCount)).allSatisfy { pointer[$0] == Self.guardValue } }
}

/// Seeded inputs; what was made stays alive as long as this.
final class KernelInputs {
    var random: RandomSource
    private var made: [Floats] = []
    private var ids: [UnsafeMutablePointer<Int32>] = []

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    deinit { ids.forEach { $0.deallocate() } }

    func normal(_ count: Int, scale: Double = 1, offset: Double = 0) -> UnsafeMutablePointer<Float> {
        output(count, scale: scale, offset: offset).pointer
    }

    func positive(_ count: Int, upTo limit: Double) -> UnsafeMutablePointer<Float> {
        let values = output(count)
        for index in 0..<count { values.pointer[index] = Float(random.uniform(0.01...limit)) }
        return values.pointer
    }

    /// A buffer that a kernel writes or adds to: random before, so that adding differs from overwriting.
    func output(_ count: Int, scale: Double = 1, offset: Double = 0) -> Floats {
        let values = Floats(count)
        for index in 0..<count { values.pointer[index] = Float(offset + scale * random.normal()) }
        made.append(values)
        return values
    }

    func scratch(_ count: Int) -> UnsafeMutablePointer<Float> { output(count).pointer }

    func targets(_ count: Int, below bound: Int) -> UnsafeMutablePointer<Int32> {
        let values = UnsafeMutablePointer<Int32>.allocate(capacity: count)
        for index in 0..<count { values[index] = index % 5 == 3 ? -1 : Int32(random.next() % UInt64(bound)) }
        ids.append(values)
        return values
    }
}
