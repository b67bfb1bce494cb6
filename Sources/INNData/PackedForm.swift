/// What a file is when it is no text, as far as its beginning tells.
enum PackedForm: Equatable {
    /// Read by zlib.
    case gzip
    /// Read by libarchive: zip, tar, xz, bzip2, zstd.
    case archive
    /// Not read here; what it is called, with its article.
    case foreign(String)

    /// Bytes that ``init(_:)`` looks at: a tar is known by its first header alone.
    static let length = 512

    /// - Parameter bytes: the beginning of a file, ``length`` bytes or all of it.
    /// - Returns: nil for anything that may be text.
    init?(_ bytes: some Collection<UInt8>) {
        if bytes.starts(with: GzipReader.magic) {
            self = .gzip
        } else if Self.magics.contains(where: { bytes.starts(with: $0) }) || Self.isTar(bytes) || Self.isEnd(bytes) {
            self = .archive
        } else if let name = Self.foreign.first(where: { bytes.starts(with: $0.magic) })?.name {
            self = .foreign(name)
        } else if Self.isCpio(bytes) {
            self = .foreign("a cpio archive")
        } else {
            return nil
        }
    }

    private static let magics: [[UInt8]] = [
        [0x50, 0x4B, 0x03, 0x04], [0x50, 0x4B, 0x05, 0x06], [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], [0x42, 0x5A, 0x68],
        [0x28, 0xB5, 0x2F, 0xFD],
    ]

    /// Each with a byte that no text has, or so long that none begins like it.
    private static let foreign: [(name: String, magic: [UInt8])] = [
        ("a 7z archive", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
        ("a rar archive", Array("Rar!".utf8) + [0x1A, 0x07]),
        ("an ar archive", Array("!<arch>\n".utf8)),
        ("a cabinet", Array("MSCF".utf8) + [0, 0, 0, 0]),
        ("an lz4 file", [0x04, 0x22, 0x4D, 0x18]),
        ("an lzip file", Array("LZIP".utf8) + [1]),
        ("an lzma file", [0x5D, 0, 0]),
        ("an lzop file", [0x89, 0x4C, 0x5A, 0x4F, 0]),
        ("a file of compress", [0x1F, 0x9D]),
    ]

    /// Whether a tar begins here. The oldest have no magic, but every header carries the sum of its bytes, taken with
    /// spaces in place of the sum.
    static func isTar(_ bytes: some Collection<UInt8>) -> Bool {
        let header = Array(bytes.prefix(length))
        let field = 148..<156
        guard header.count == length else { return false }
        let digits = header[field].filter { $0 != Ascii.space && $0 != 0 }
        guard !digits.isEmpty, digits.allSatisfy({ $0 &- Ascii.zero < 8 }) else { return false }
        let stated = digits.reduce(0) { $0 * 8 + Int($1 - Ascii.zero) }
        return stated
            == header.indices.reduce(0) { $0 + Int(field.contains($1) ? Ascii.space : header[$1]) }
    }

    /// Whether this is how a tar ends: one without members begins so.
    private static func isEnd(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.count >= length && bytes.prefix(length).allSatisfy { $0 == 0 }
    }

    /// Whether a cpio begins here: its header is all digits, hexadecimal ones after the first six.
    private static func isCpio(_ bytes: some Collection<UInt8>) -> Bool {
        let header = Array(bytes.prefix(110))
        func isDigit(_ byte: UInt8) -> Bool { Ascii.isDigit(byte) || (byte | 0x20) &- Ascii.a < 6 }
        return header.count == 110 && header.allSatisfy(isDigit)
            && ["070701", "070702"].contains { header.starts(with: $0.utf8) }
    }
}
