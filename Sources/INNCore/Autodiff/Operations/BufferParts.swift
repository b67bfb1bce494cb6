/// Cuts one buffer into parts, each beginning at a multiple of 64 bytes after the first.
///
/// A layout is declared once, as a sequence of claims: made over a buffer it gives the pointers, made over nothing
/// (``count(of:)``) it gives the size that the buffer must have.
struct BufferParts {
    private let base: UnsafeMutablePointer<Float>
    private let capacity: Int
    /// Floats claimed so far.
    private(set) var count = 0

    private static let alignment = 16

    /// - Parameter capacity: floats in the buffer; claims beyond it end debug builds.
    init(_ base: UnsafeMutablePointer<Float>, capacity: Int = .max) {
        self.base = base
        self.capacity = capacity
    }

    mutating func claim(_ floats: Int) -> UnsafeMutablePointer<Float> {
        defer {
            count += (floats + Self.alignment - 1) / Self.alignment * Self.alignment
            assert(count <= capacity, "a buffer of \(capacity) floats is laid out with \(count)")
        }
        return base + count
    }

    /// Floats that a layout needs.
    static func count(of layout: (inout BufferParts) -> Void) -> Int {
        // Nothing is read or written through it.
        var parts = BufferParts(UnsafeMutablePointer(bitPattern: 64)!)
        layout(&parts)
        return parts.count
    }
}
