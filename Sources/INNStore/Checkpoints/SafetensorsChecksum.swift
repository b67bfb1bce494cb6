import INNCore

/// The checksum that our files carry as the first metadata entry.
///
/// It is the CRC-32 of the whole file, header included, taken with the eight hexadecimal digits themselves set to `0`;
/// so a flipped bit is found wherever it is. Other readers see one more metadata string.
enum SafetensorsChecksum {
    static let key = "crc32"
    static let unset = "00000000"
    /// What a header starts with, up to the digits.
    static let prefix = "{\"__metadata__\":{\"\(key)\":\""
    /// Position of the digits in the file, after the length field and the prefix.
    static let offset = 8 + prefix.utf8.count

    static func digits(_ checksum: UInt32) -> String {
        let text = String(checksum, radix: 16)
        return String(repeating: "0", count: unset.count - text.count) + text
    }

    /// Sets the digits to zero in the start of a file and returns them; nil when the file carries none.
    static func takeDigits(from bytes: inout [UInt8]) -> String? {
        let end = offset + unset.utf8.count
        guard bytes.count > end, bytes[8..<offset].elementsEqual(prefix.utf8) else { return nil }
        let digits = String(decoding: bytes[offset..<end], as: UTF8.self)
        bytes.replaceSubrange(offset..<end, with: unset.utf8)
        return digits
    }
}
