import INNCore

/// Checks UTF-8 that arrives in pieces, and knows where it went wrong.
///
/// The standard library validates whole strings and, before macOS 26, does not say where they fail.
/// Follows the table of well-formed byte sequences of the Unicode standard (table 3-7): no surrogates, no overlong
/// forms, nothing above U+10FFFF.
struct UTF8Validator {
    /// Bytes checked so far.
    private(set) var offset = 0
    private var sequenceStart = 0
    private var pending = 0
    private var lower: UInt8 = 0x80
    private var upper: UInt8 = 0xBF

    /// Checks the next piece.
    ///
    /// - Returns: the offset, from the first byte ever checked, of the first byte that starts no valid character; nil
    ///   when all is well so far.
    mutating func check(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var position = 0
        while position < bytes.count {
            if pending == 0 { position = Self.skipASCII(bytes, from: position) }
            guard position < bytes.count else { break }
            guard accept(bytes[position], at: offset + position) else { return sequenceStart }
            position += 1
        }
        offset += bytes.count
        return nil
    }

    /// Ends the text.
    ///
    /// - Returns: the offset of a character that was cut off, or nil.
    func finish() -> Int? { pending == 0 ? nil : sequenceStart }

    private static func skipASCII(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start
        while position + 8 <= bytes.count,
            bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        {
            position += 8
        }
        while position < bytes.count, bytes[position] < 0x80 { position += 1 }
        return position
    }

    private mutating func accept(_ byte: UInt8, at position: Int) -> Bool {
        if pending > 0 {
            guard byte >= lower, byte <= upper else { return false }
            (lower, upper) = (0x80, 0xBF)
            pending -= 1
            return true
        }
        sequenceStart = position
        switch byte {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: pending = 1
        case 0xE0: (pending, lower) = (2, 0xA0)
        case 0xED: (pending, upper) = (2, 0x9F)
        case 0xE1...0xEF: pending = 2
        case 0xF0: (pending, lower) = (3, 0x90)
        case 0xF1...0xF3: pending = 3
        case 0xF4: (pending, upper) = (3, 0x8F)
        default: return false
        }
        return true
    }
}
