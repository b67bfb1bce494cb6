import Foundation
import INNCore

/// Writes one JSON object as JSONEncoder does with keys in order and `prettyPrinted`, without holding its lists. Keys
/// must come in order.
public struct JSONObjectWriter {
    private let write: (String) throws -> Void
    private let encoder: JSONEncoder
    private var isFirst = true

    /// - Parameter encoder: with the output formatting `prettyPrinted`.
    public init(_ encoder: JSONEncoder, _ write: @escaping (String) throws -> Void) {
        self.encoder = encoder
        self.write = write
    }

    public mutating func value(_ value: some Encodable, _ key: String) throws {
        try begin(key)
        try write(Self.indented(encoder.encode(value)[...]))
    }

    /// - Parameter pieces: calls its argument with one part of the list after another.
    public mutating func list<Element: Encodable>(
        _ key: String, _ pieces: (([Element]) throws -> Void) throws -> Void
    ) throws {
        try begin(key)
        try write("[\n")
        var hasItems = false
        try pieces { piece in
            guard !piece.isEmpty else { return }
            // Without the lines of the brackets around the piece: “[” at the start, “]” at the end.
            let items = try encoder.encode(piece).dropFirst(2).dropLast(2)
            try write((hasItems ? ",\n  " : "  ") + Self.indented(items))
            hasItems = true
        }
        try write("\n  ]")
    }

    public func finish() throws { try write("\n}\n") }

    private mutating func begin(_ key: String) throws {
        try write((isFirst ? "{\n" : ",\n") + "  \"\(key)\" : ")
        isFirst = false
    }

    /// Line ends inside of texts are escaped in JSON, so that every line end is one between lines. An empty list has an
    /// empty line, which stays empty.
    private static func indented(_ json: Data) -> String {
        let lineEnd = UInt8(ascii: "\n")
        let space = UInt8(ascii: " ")
        let bytes = [UInt8](json)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 8)
        for (index, byte) in bytes.enumerated() {
            result.append(byte)
            if byte == lineEnd, index + 1 < bytes.count, bytes[index + 1] != lineEnd {
                result.append(space)
                result.append(space)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
