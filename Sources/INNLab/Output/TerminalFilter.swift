import INNKit

/// Makes a stream of bytes safe for a terminal, piece by piece: characters that are cut in two wait for their rest.
package struct TerminalFilter {
    private var waiting: [UInt8] = []
    private let isActive: Bool

    /// - Parameter isActive: whether a terminal reads; everything passes unchanged otherwise.
    package init(isActive: Bool = StandardOutput.isTerminal) { self.isActive = isActive }

    /// - Returns: as much as is complete; bytes that are no UTF-8 become U+FFFD.
    package mutating func pass(_ bytes: [UInt8]) -> [UInt8] {
        guard isActive else { return bytes }
        waiting += bytes
        let whole = waiting.count - Self.unfinished(waiting)
        defer { waiting.removeFirst(whole) }
        return Array(String(decoding: waiting[..<whole], as: UTF8.self).harmless.utf8)
    }

    /// What is left at the end of the stream.
    package mutating func finish() -> [UInt8] {
        defer { waiting = [] }
        return Array(String(decoding: waiting, as: UTF8.self).harmless.utf8)
    }

    /// How many bytes at the end begin a character whose rest is missing.
    private static func unfinished(_ bytes: [UInt8]) -> Int {
        for (count, byte) in bytes.suffix(3).reversed().enumerated() where byte & 0xC0 != 0x80 {
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1
            return byte <= 0xF4 && count + 1 < length ? count + 1 : 0
        }
        return 0
    }
}
