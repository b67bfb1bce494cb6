import Foundation
import INNCore

/// A tensor to be written: its description and where its values are.
public struct SafetensorsEntry {
    package enum Values {
        case borrowed(UnsafeRawBufferPointer)
        case floats([Float])
        case ints([Int32])
    }

    public let name: String
    public let type: SafetensorsType
    /// Row-major, last axis fastest.
    public let shape: [Int]
    package let values: Values

    /// Borrows the values: the memory must stay valid and unchanged until the file is written.
    public init(name: String, shape: [Int], floats: UnsafeBufferPointer<Float>) {
        self.init(name, .f32, shape, floats.count, .borrowed(UnsafeRawBufferPointer(floats)))
    }

    public init(name: String, shape: [Int], floats: [Float]) {
        self.init(name, .f32, shape, floats.count, .floats(floats))
    }

    public init(name: String, shape: [Int], ints: [Int32]) {
        self.init(name, .i32, shape, ints.count, .ints(ints))
    }

    private init(_ name: String, _ type: SafetensorsType, _ shape: [Int], _ count: Int, _ values: Values) {
        precondition(count == shape.reduce(1, *), "tensor '\(name)' has \(count) values but the shape \(shape)")
        self.name = name
        self.type = type
        self.shape = shape
        self.values = values
    }

    package var byteCount: Int { shape.reduce(type.size, *) }

    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        switch values {
        case .borrowed(let bytes): try body(bytes)
        case .floats(let floats): try floats.withUnsafeBytes(body)
        case .ints(let ints): try ints.withUnsafeBytes(body)
        }
    }
}

/// Writes safetensors files: atomically, without copying the tensors, the same bytes for the same content.
///
/// Tensors are ordered by name, the data section starts at a multiple of eight bytes, and the metadata carries a
/// checksum (see ``SafetensorsFile/verifyChecksum()``).
public enum SafetensorsWriter {
    /// Writes a file; it appears under its name only when complete and synced to disk.
    ///
    /// Names must be unique and may not be `__metadata__`; metadata may not have the key `crc32`.
    ///
    /// - Parameter isComplete: called when all of it is on disk, before it gets its name.
    /// - Throws: ``INNError`` of kind `cannotCreate` (folder missing or not writable) or `inputOutput` (disk full).
    public static func write(
        _ entries: [SafetensorsEntry], metadata: [String: String] = [:], to url: URL, isComplete: () -> Void = {}
    ) throws {
        let entries = entries.sorted { $0.name < $1.name }
        let header = header(entries, metadata: metadata)
        var file = try AtomicFile(url)
        var checksum = CRC32()
        try forEachPiece(header, entries) { piece in
            checksum.update(piece)
            try file.write(piece)
        }
        try digits(checksum).withUnsafeBytes { try file.overwrite($0, at: SafetensorsChecksum.offset) }
        try file.commit(isComplete: isComplete)
    }

    /// Writes a file that the user asked for, which may be a pipe: the checksum, which stands at its beginning, is
    /// worked out first.
    ///
    /// - Parameters: as of ``write(_:metadata:to:isComplete:)``.
    /// - Throws: as ``OutputFile``.
    public static func export(_ entries: [SafetensorsEntry], metadata: [String: String] = [:], to url: URL) throws {
        let entries = entries.sorted { $0.name < $1.name }
        var header = header(entries, metadata: metadata)
        let file = try OutputFile(url.path)
        var checksum = CRC32()
        forEachPiece(header, entries) { checksum.update($0) }
        let digits = digits(checksum)
        header.replaceSubrange(SafetensorsChecksum.offset..<SafetensorsChecksum.offset + digits.count, with: digits)
        try forEachPiece(header, entries) { try file.write($0) }
        try file.finish()
    }

    private static func digits(_ checksum: CRC32) -> [UInt8] {
        Array(SafetensorsChecksum.digits(checksum.value).utf8)
    }

    /// The whole file, in pieces that stay in the cache between the checksum and the copy into the kernel.
    private static func forEachPiece(
        _ header: [UInt8], _ entries: [SafetensorsEntry], _ body: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        try header.withUnsafeBytes(body)
        for entry in entries {
            try entry.withUnsafeBytes { bytes in
                for start in stride(from: 0, to: bytes.count, by: 1 << 20) {
                    try body(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + 1 << 20, bytes.count)]))
                }
            }
        }
    }

    /// The length field and the JSON, padded with spaces to a multiple of eight bytes.
    private static func header(_ entries: [SafetensorsEntry], metadata: [String: String]) -> [UInt8] {
        precondition(metadata[SafetensorsChecksum.key] == nil, "the metadata key '\(SafetensorsChecksum.key)' is taken")
        var json = SafetensorsChecksum.prefix + SafetensorsChecksum.unset + "\""
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            json += ",\(quotedForJSON(key)):\(quotedForJSON(value))"
        }
        json += "}"
        var offset = 0
        var previous: String?
        for entry in entries {
            precondition(entry.name != previous && entry.name != "__metadata__", "tensor name '\(entry.name)' is taken")
            previous = entry.name
            let shape = entry.shape.map(String.init).joined(separator: ",")
            let end = offset + entry.byteCount
            json += ",\(quotedForJSON(entry.name)):{\"dtype\":\"\(entry.type.rawValue)\",\"shape\":[\(shape)],"
            json += "\"data_offsets\":[\(offset),\(end)]}"
            offset = end
        }
        json += "}"
        let padding = (8 - json.utf8.count % 8) % 8
        json += String(repeating: " ", count: padding)
        return withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian, Array.init) + Array(json.utf8)
    }
}
