/// Recycles float buffers, so that a training step in steady state allocates nothing.
///
/// Not thread-safe: buffers are taken and given back on the thread that runs the tape; worker threads only use them.
public final class Workspace {
    /// A buffer on loan; `capacity` is what it was allocated with.
    public struct Buffer {
        public let pointer: UnsafeMutablePointer<Float>
        package let capacity: Int
    }

    private var free: [Int: [UnsafeMutablePointer<Float>]] = [:]
    /// Buffers ever allocated: constant in a steady state.
    public private(set) var allocationCount = 0
    /// Bytes held, on loan or free.
    public private(set) var byteCount = 0

    public init() {}

    deinit {
        for pointers in free.values { pointers.forEach { $0.deallocate() } }
    }

    /// Lends a buffer of at least `count` floats with undefined contents, aligned to 64 bytes.
    public func take(_ count: Int) -> Buffer {
        let capacity = max(16, (count + 15) / 16 * 16)
        if let pointer = free[capacity]?.popLast() { return Buffer(pointer: pointer, capacity: capacity) }
        allocationCount += 1
        byteCount += capacity * MemoryLayout<Float>.stride
        return Buffer(pointer: Self.allocate(capacity), capacity: capacity)
    }

    /// Lends a buffer filled with zeros.
    public func takeZeros(_ count: Int) -> Buffer {
        let buffer = take(count)
        buffer.pointer.update(repeating: 0, count: count)
        return buffer
    }

    /// Takes a buffer back. The caller must not use it afterwards.
    public func give(_ buffer: Buffer) {
        free[buffer.capacity, default: []].append(buffer.pointer)
    }

    /// Allocates `count` floats aligned for the widest vectors; free with `deallocate()`.
    package static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
        let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
        return raw.bindMemory(to: Float.self, capacity: max(count, 1))
    }
}
