import INNCore

/// The bytes of a TensorBoard event file: TFRecords of `tensorflow.Event` messages.
///
/// Field numbers are those of event.proto, summary.proto, tensor.proto and tensor_shape.proto of TensorBoard.
struct TensorBoardEvents {
    private(set) var bytes: [UInt8] = []

    /// - Parameter startedAt: seconds since 1970.
    init(startedAt: Double) {
        var event = ProtocolBuffer()
        event.append(1, startedAt)
        event.append(3, "brain.Event:2")
        append(event)
    }

    /// The bytes since the last call, so that a long file need not be held.
    mutating func takeBytes() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    /// Appends the value of a curve.
    mutating func append(scalar value: Double, tag: String, step: Int, wallTime: Double) {
        var summary = ProtocolBuffer()
        summary.append(1, tag)
        summary.append(2, Float(value))
        append(summary, step: step, wallTime: wallTime)
    }

    /// Appends a text, which TensorBoard shows as Markdown.
    mutating func append(text: String, tag: String, step: Int, wallTime: Double) {
        var plugin = ProtocolBuffer()
        var metadata = ProtocolBuffer()
        plugin.append(1, "text")
        metadata.append(1, plugin)
        var axis = ProtocolBuffer()
        var shape = ProtocolBuffer()
        var tensor = ProtocolBuffer()
        axis.append(1, 1)
        shape.append(2, axis)
        tensor.append(1, Self.stringType)
        tensor.append(2, shape)
        tensor.append(8, text)
        var value = ProtocolBuffer()
        value.append(1, tag)
        value.append(8, tensor)
        value.append(9, metadata)
        append(value, step: step, wallTime: wallTime)
    }

    /// DT_STRING of types.proto.
    private static let stringType = 7

    private mutating func append(_ value: ProtocolBuffer, step: Int, wallTime: Double) {
        var summary = ProtocolBuffer()
        var event = ProtocolBuffer()
        summary.append(1, value)
        event.append(1, wallTime)
        event.append(2, step)
        event.append(5, summary)
        append(event)
    }

    /// One TFRecord: length, its masked CRC, data, its masked CRC.
    private mutating func append(_ event: ProtocolBuffer) {
        let length = withUnsafeBytes(of: UInt64(event.bytes.count).littleEndian, Array.init)
        bytes += length
        append(checksumOf: length)
        bytes += event.bytes
        append(checksumOf: event.bytes)
    }

    private mutating func append(checksumOf data: [UInt8]) {
        withUnsafeBytes(of: CRC32C.masked(data).littleEndian) { bytes.append(contentsOf: $0) }
    }
}
