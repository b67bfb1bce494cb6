/// A handle on float32 values in row-major order. It does not own its memory: the ``Tape`` or workspace it came from
/// does, and it is valid until that is reset.
public struct Tensor: @unchecked Sendable {
    /// Position on the tape, which keys its gradient.
    public let id: Int
    public let shape: Shape
    public let data: UnsafeMutablePointer<Float>

    public init(id: Int, shape: Shape, data: UnsafeMutablePointer<Float>) {
        self.id = id
        self.shape = shape
        self.data = data
    }

    public var count: Int { shape.count }

    /// A copy of the values.
    public func array() -> [Float] { Array(UnsafeBufferPointer(start: data, count: count)) }
}
