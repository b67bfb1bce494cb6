import Foundation
import INNCore

/// The symbols a model reads and writes, and their ids.
///
/// A corpus keeps one byte per symbol; the alphabet maps that byte to an id and back, and ids to text.
public enum Alphabet: Sendable, Hashable {
    /// 27 symbols: id 0 is the space, ids 1…26 are `a`…`z` (Mahoney's text8).
    case text8
    /// 256 symbols: an id is the value of a byte.
    case bytes
    /// Up to 256 symbols: the most frequent characters of the text that it was made for, and one for all others.
    case unicode(CharacterTable)

    /// As `--alphabet` names it: `text8`, `bytes` or `unicode`.
    public var name: String {
        switch self {
        case .text8: "text8"
        case .bytes: "bytes"
        case .unicode: "unicode"
        }
    }

    /// Number of ids.
    public var vocabularySize: Int {
        switch self {
        case .text8: 27
        case .bytes: 256
        case .unicode(let table): table.characters.count + 1
        }
    }

    /// The alphabet with so many ids that belongs to no text.
    public init?(vocabularySize: Int) {
        guard let alphabet = [Self.text8, .bytes].first(where: { $0.vocabularySize == vocabularySize }) else {
            return nil
        }
        self = alphabet
    }

    /// The id of a stored byte, or nil when the byte is not part of the alphabet.
    public func id(ofByte byte: UInt8) -> Int32? {
        switch self {
        case .text8 where byte == Ascii.space: 0
        case .text8 where Ascii.isLowercase(byte): Int32(byte - Ascii.a) + 1
        case .text8: nil
        case .unicode(let table) where Int(byte) > table.characters.count: nil
        case .unicode, .bytes: Int32(byte)
        }
    }

    /// The stored byte of an id in `0..<vocabularySize`.
    public func byte(ofID id: Int32) -> UInt8 {
        precondition(id >= 0 && id < vocabularySize, "id \(id) is outside the alphabet \(name)")
        switch self {
        case .text8: return id == 0 ? Ascii.space : Ascii.a + UInt8(id - 1)
        case .unicode, .bytes: return UInt8(id)
        }
    }

    /// The character of an id in `0..<vocabularySize`; nil for a byte from 0x80 on, which alone is none.
    public func character(ofID id: Int32) -> Unicode.Scalar? {
        let byte = byte(ofID: id)
        if case .unicode(let table) = self { return table.scalar(of: byte) }
        return byte < 0x80 ? Unicode.Scalar(byte) : nil
    }

    /// The bytes that an id in `0..<vocabularySize` stands for in a text: UTF-8, or a byte of it.
    public func bytes(ofID id: Int32) -> [UInt8] {
        guard case .unicode = self else { return [byte(ofID: id)] }
        return character(ofID: id).map { Array(String($0).utf8) } ?? []
    }

    /// The ids of a text typed by a person: text8 normalises it first (see ``Text8Normaliser``), bytes takes its UTF-8,
    /// and a table of characters takes it in whichever canonical form it knows more of.
    public func encode(_ text: String) -> [Int32] {
        switch self {
        case .text8: return Text8Normaliser.normalise(text).map { id(ofByte: $0)! }
        case .bytes: return text.utf8.map(Int32.init)
        case .unicode(let table):
            let ids = table.ids(of: text)
            guard ids.contains(0) else { return ids }
            let others = [text.precomposedStringWithCanonicalMapping, text.decomposedStringWithCanonicalMapping]
            func unknown(_ ids: [Int32]) -> Int { ids.count { $0 == 0 } }
            return others.map(table.ids).reduce(ids) { unknown($1) < unknown($0) ? $1 : $0 }
        }
    }

    /// What a network is given to begin with where nobody said: `usual`, or where the alphabet does not hold all of it
    /// a space or its most frequent character.
    public func prompt(_ usual: String) -> String {
        guard case .unicode(let table) = self else { return usual }
        if !encode(usual).contains(0) { return usual }
        return table.characters.contains(" ") ? " " : String(table.characters[0])
    }

    /// The text of a sequence of ids; bytes that are no valid UTF-8 become U+FFFD.
    public func decode(_ ids: some Sequence<Int32>) -> String {
        guard case .unicode(let table) = self else { return String(decoding: ids.map(byte(ofID:)), as: UTF8.self) }
        var text = String.UnicodeScalarView()
        for id in ids { text.append(table.scalar(of: UInt8(id))) }
        return String(text)
    }

    /// Byte to id for all 256 bytes; bytes outside the alphabet map to id 0, so that a lookup can never leave the
    /// vocabulary.
    var idTable: [Int32] {
        (0...UInt8.max).map { id(ofByte: $0) ?? 0 }
    }
}

extension Alphabet: Codable {
    /// - Throws: `DecodingError` for what is neither a name nor a table of characters.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.singleValueContainer()
        guard let name = try? values.decode(String.self) else {
            self = .unicode(try values.decode(CharacterTable.self))
            return
        }
        guard let alphabet = [Self.text8, .bytes].first(where: { $0.name == name }) else {
            throw DecodingError.dataCorruptedError(in: values, debugDescription: "“\(name)” is no alphabet")
        }
        self = alphabet
    }

    /// Its name, or the table of its characters.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.singleValueContainer()
        if case .unicode(let table) = self { try values.encode(table) } else { try values.encode(name) }
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

extension Alphabet {
    public var unit: TextUnit { self == .bytes ? .byte : .character }
    /// As JSON, for files that say nothing else about their text; nil where the number of symbols tells.
    public var stated: String? {
        guard isOwn, let json = try? JSONEncoder().encode(self) else { return nil }
        return String(decoding: json, as: UTF8.self)
    }
    /// Whether it was made for a text.
    var isOwn: Bool { if case .unicode = self { true } else { false } }
}
