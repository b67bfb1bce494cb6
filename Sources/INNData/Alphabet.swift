import INNCore

/// The symbols a model reads and writes, and their ids.
///
/// A corpus keeps one byte per character; the alphabet maps that byte to an id and back.
public enum Alphabet: String, Codable, Sendable, CaseIterable {
    /// 27 symbols: id 0 is the space, ids 1…26 are `a`…`z` (Mahoney's text8).
    case text8
    /// 256 symbols: an id is the value of a byte.
    case bytes

    /// Number of ids.
    public var vocabularySize: Int {
        switch self {
        case .text8: 27
        case .bytes: 256
        }
    }

    /// The alphabet with so many ids.
    public init?(vocabularySize: Int) {
        guard let alphabet = Self.allCases.first(where: { $0.vocabularySize == vocabularySize }) else { return nil }
        self = alphabet
    }

    /// The id of a stored byte, or nil when the byte is not part of the alphabet.
    public func id(ofByte byte: UInt8) -> Int32? {
        switch self {
        case .text8 where byte == Ascii.space: 0
        case .text8 where Ascii.isLowercase(byte): Int32(byte - Ascii.a) + 1
        case .text8: nil
        case .bytes: Int32(byte)
        }
    }

    /// The stored byte of an id in `0..<vocabularySize`.
    public func byte(ofID id: Int32) -> UInt8 {
        precondition(id >= 0 && id < vocabularySize, "id \(id) is outside the alphabet \(rawValue)")
        switch self {
        case .text8: return id == 0 ? Ascii.space : Ascii.a + UInt8(id - 1)
        case .bytes: return UInt8(id)
        }
    }

    /// The ids of a text typed by a person: text8 normalises it first (see ``Text8Normaliser``), bytes takes its UTF-8.
    public func encode(_ text: String) -> [Int32] {
        switch self {
        case .text8: Text8Normaliser.normalise(text).map { id(ofByte: $0)! }
        case .bytes: text.utf8.map(Int32.init)
        }
    }

    /// The text of a sequence of ids; bytes that are no valid UTF-8 become U+FFFD.
    public func decode(_ ids: some Sequence<Int32>) -> String {
        String(decoding: ids.map(byte(ofID:)), as: UTF8.self)
    }

    /// One display name per id, in id order, each one or two columns wide.
    ///
    /// The space is shown as `space`; other control bytes as their Unicode pictures (␊), bytes from 0x80 on as two
    /// hexadecimal digits.
    public func symbols(space: String = "␣") -> [String] {
        (0..<Int32(vocabularySize)).map { id in
            switch byte(ofID: id) {
            case Ascii.space: space
            case let byte where byte < Ascii.space: String(UnicodeScalar(0x2400 + UInt32(byte))!)
            case 0x7F: "␡"
            case let byte where byte >= 0x80: String(byte, radix: 16, uppercase: true)
            case let byte: String(UnicodeScalar(byte))
            }
        }
    }

    /// `symbols(space: "␣")`.
    public var symbols: [String] { symbols() }

    /// Byte to id for all 256 bytes; bytes outside the alphabet map to id 0, so that a lookup can never leave the
    /// vocabulary.
    var idTable: [Int32] {
        (0...UInt8.max).map { id(ofByte: $0) ?? 0 }
    }
}

/// The few character codes that the normaliser and the alphabets speak of.
enum Ascii {
    static let space: UInt8 = 0x20
    static let zero: UInt8 = 0x30
    static let a: UInt8 = 0x61

    @inline(__always)
    static func isLowercase(_ byte: UInt8) -> Bool { byte &- a < 26 }
    @inline(__always)
    static func isUppercase(_ byte: UInt8) -> Bool { byte &- 0x41 < 26 }
    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- zero < 10 }
}
