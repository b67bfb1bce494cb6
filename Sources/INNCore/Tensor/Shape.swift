/// The extents of a tensor, outermost first, up to five axes; stored inline so that making one never allocates.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    private var extents: SIMD8<Int32> = .zero
    /// Number of axes.
    public private(set) var rank: Int

    public init(arrayLiteral elements: Int...) {
        self.init(elements)
    }

    public init(_ elements: some Collection<Int>) {
        precondition(elements.count <= 5, "a shape has at most five axes")
        rank = 0
        for element in elements {
            precondition(element >= 0, "a shape extent cannot be negative")
            extents[rank] = Int32(element)
            rank += 1
        }
    }

    public subscript(axis: Int) -> Int {
        precondition(axis >= 0 && axis < rank, "axis \(axis) is outside a shape of rank \(rank)")
        return Int(extents[axis])
    }

    /// Product of all extents; 1 for a scalar.
    public var count: Int {
        var product = 1
        for axis in 0..<rank { product *= Int(extents[axis]) }
        return product
    }

    /// The innermost extent; 1 for a scalar.
    public var last: Int { rank == 0 ? 1 : self[rank - 1] }

    /// `count / last`: how many rows the tensor has when seen as a matrix.
    public var rows: Int { last == 0 ? 0 : count / last }

    public var array: [Int] { (0..<rank).map { self[$0] } }

    /// The same shape with another innermost extent.
    public func replacingLast(with extent: Int) -> Shape {
        var copy = self
        copy.extents[rank - 1] = Int32(extent)
        return copy
    }

    public var description: String { array.description }
}
