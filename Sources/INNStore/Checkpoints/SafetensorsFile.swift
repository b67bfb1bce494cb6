import Foundation
import INNCore

/// A safetensors file opened for reading (https://huggingface.co/docs/safetensors).
///
/// Opening reads and checks the header only; each tensor is read when asked for. Safe on hostile files: memory stays
/// in proportion to the file, and everything that is wrong ends in an ``INNError``. The file stays open as long as
/// this value or one of its tensors lives, so it may be renamed or removed meanwhile.
public struct SafetensorsFile: Sendable {
    private let source: RandomAccessBytes
    private let header: SafetensorsHeader
    private let dataStart: Int

    /// Tensor names, sorted.
    public let names: [String]
    /// The free-form `__metadata__` strings.
    public var metadata: [String: String] { header.metadata }
    /// The path, or the name given for bytes in memory.
    public var path: String { source.path }

    /// - Throws: ``INNError`` of kind `noInput` (missing, unreadable), `data` (not a valid file) or `inputOutput`.
    public init(_ url: URL) throws {
        try self.init(RandomAccessBytes(contentsOf: url))
    }

    /// Reads a file image in memory; `name` stands for the path in error messages.
    public init(bytes: [UInt8], name: String) throws {
        try self.init(RandomAccessBytes(bytes, name: name))
    }

    private init(_ source: RandomAccessBytes) throws {
        self.source = source
        do {
            let json = try Self.headerBytes(source)
            dataStart = Self.lengthBytes + json.count
            header = try SafetensorsHeader(json: json, dataBytes: source.count - dataStart)
        } catch let problem as SafetensorsProblem {
            throw Self.damaged(source.path, problem.phrase)
        }
        names = header.entries.keys.sorted()
    }

    private static let lengthBytes = 8

    private static func headerBytes(_ source: RandomAccessBytes) throws -> [UInt8] {
        guard source.count >= lengthBytes else { throw SafetensorsProblem("it is too short") }
        let length = try source.bytes(at: 0, count: lengthBytes)
            .withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard length <= SafetensorsHeader.maximumBytes else { throw SafetensorsProblem("its header is too large") }
        guard Int(length) <= source.count - lengthBytes else {
            throw SafetensorsProblem("it is cut short inside its header")
        }
        return try source.bytes(at: lengthBytes, count: Int(length))
    }

    /// The error for anything in the file that is not as it must be.
    package static func damaged(_ path: String, _ phrase: String) -> INNError {
        INNError(.data, "The file '\(path)' is damaged or is no safetensors file: \(phrase); use another copy of it.")
    }

    /// - Throws: ``INNError`` of kind `data` when there is no such tensor.
    public func tensor(named name: String) throws -> SafetensorsTensor {
        guard let entry = header.entries[name] else {
            throw INNError(
                .data, "The file '\(path)' has no tensor '\(name)'; use a file that was saved from this kind of model.")
        }
        return SafetensorsTensor(
            name: name, type: entry.type, shape: entry.shape, source: source, offset: dataStart + entry.range.lowerBound
        )
    }

    public func contains(_ name: String) -> Bool { header.entries[name] != nil }

    /// Reads the whole file and compares it with the CRC-32 that ``SafetensorsWriter`` puts into the metadata.
    ///
    /// Returns false when the file carries no checksum, as those of other programs.
    ///
    /// - Throws: ``INNError`` of kind `data` when any bit differs from what was written.
    @discardableResult
    public func verifyChecksum() throws -> Bool {
        let chunk = 1 << 20
        var checksum = CRC32()
        var stored: String?
        for offset in stride(from: 0, to: source.count, by: chunk) {
            var bytes = try source.bytes(at: offset, count: min(chunk, source.count - offset))
            if offset == 0 {
                stored = SafetensorsChecksum.takeDigits(from: &bytes)
                if stored == nil { return false }
            }
            bytes.withUnsafeBytes { checksum.update($0) }
        }
        guard stored == SafetensorsChecksum.digits(checksum.value) else {
            throw Self.damaged(path, "its content does not match its checksum")
        }
        return true
    }
}
