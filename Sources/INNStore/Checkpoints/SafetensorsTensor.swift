import INNCore

/// One tensor of a ``SafetensorsFile``; its values are read from the file when asked for.
public struct SafetensorsTensor: Sendable {
    public let name: String
    public let type: SafetensorsType
    /// Row-major, last axis fastest; empty for a scalar.
    public let shape: [Int]
    private let source: RandomAccessBytes
    private let offset: Int

    init(name: String, type: SafetensorsType, shape: [Int], source: RandomAccessBytes, offset: Int) {
        self.name = name
        self.type = type
        self.shape = shape
        self.source = source
        self.offset = offset
    }

    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// The values of a floating-point tensor (F32, F64, F16, BF16) in single precision.
    /// - Throws: ``INNError`` of kind `data` for another element type, `inputOutput` when reading fails.
    public func floats() throws -> [Float] {
        try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            try read(into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
            initialized = count
        }
    }

    /// Reads the values of a floating-point tensor into memory that holds exactly ``count`` elements.
    ///
    /// - Parameter shape: the shape that the caller's tensor has; nil to accept any shape of this size.
    /// - Throws: ``INNError`` of kind `data` for another element type, shape or size, `inputOutput` when reading fails.
    public func read(into target: UnsafeMutableBufferPointer<Float>, shape expected: [Int]? = nil) throws {
        guard expected ?? shape == shape, target.count == count else {
            throw problem("has the shape \(shape) where \(expected ?? [target.count]) is needed")
        }
        switch type {
        case .f32: try source.read(at: offset, into: UnsafeMutableRawBufferPointer(target))
        case .f64: try convert(Double.self, into: target) { Float($0) }
        case .f16: try convert(UInt16.self, into: target) { SafetensorsType.float(half: $0) }
        case .bf16: try convert(UInt16.self, into: target) { Float(bitPattern: UInt32($0) << 16) }
        default: throw problem("has the element type \(type.rawValue) where a floating-point type is needed")
        }
    }

    /// As ``floats()``, and every one of them is a number.
    ///
    /// - Throws: as ``floats()``, and ``INNError`` of kind `data` for a NaN or an infinity.
    public func finiteFloats() throws -> [Float] {
        let values = try floats()
        try values.withUnsafeBufferPointer(requireFinite)
        return values
    }

    /// As ``read(into:shape:)``, and every value is a number.
    ///
    /// - Throws: as ``read(into:shape:)``, and ``INNError`` of kind `data` for a NaN or an infinity.
    public func readFinite(into target: UnsafeMutableBufferPointer<Float>, shape: [Int]) throws {
        try read(into: target, shape: shape)
        try requireFinite(UnsafeBufferPointer(target))
    }

    private func requireFinite(_ values: UnsafeBufferPointer<Float>) throws {
        guard let index = values.firstIndex(where: { !$0.isFinite }) else { return }
        throw problem("holds \(values[index].isNaN ? "NaN" : "an infinite value") at position \(index)")
    }

    /// The values of an I32, U8, or (when they fit) I64 tensor.
    /// - Throws: ``INNError`` of kind `data` for another element type or a value out of range, `inputOutput` when
    ///   reading fails.
    public func ints() throws -> [Int32] {
        let bytes = try bytes()
        return try bytes.withUnsafeBytes { raw in
            switch type {
            case .i32: return (0..<count).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self) }
            case .u8: return raw.map { Int32($0) }
            case .i64:
                return try (0..<count).map { index in
                    guard let value = Int32(exactly: raw.loadUnaligned(fromByteOffset: 8 * index, as: Int64.self))
                    else {
                        throw problem("holds an integer of more than 32 bits at position \(index)")
                    }
                    return value
                }
            default: throw problem("has the element type \(type.rawValue) where an integer type is needed")
            }
        }
    }

    /// The stored bytes, little-endian.
    public func bytes() throws -> [UInt8] {
        try source.bytes(at: offset, count: count * type.size)
    }

    /// Converts through a small buffer, so that no second copy of the tensor exists.
    private func convert<Stored: BitwiseCopyable>(
        _: Stored.Type, into target: UnsafeMutableBufferPointer<Float>, _ value: (Stored) -> Float
    ) throws {
        let size = MemoryLayout<Stored>.size
        let step = 1 << 14
        for start in stride(from: 0, to: count, by: step) {
            let length = min(step, count - start)
            let bytes = try source.bytes(at: offset + start * size, count: length * size)
            bytes.withUnsafeBytes { raw in
                for index in 0..<length {
                    target[start + index] = value(raw.loadUnaligned(fromByteOffset: index * size, as: Stored.self))
                }
            }
        }
    }

    private func problem(_ phrase: String) -> INNError {
        INNError(
            .data,
            """
            Tensor '\(name.shortened)' in '\(source.path)' \(phrase); use a file that was saved from this kind of \
            model.
            """)
    }
}
