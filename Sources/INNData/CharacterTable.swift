import INNCore

/// The characters of an alphabet that was made for one text: its most frequent ones, and one symbol for all others.
///
/// A character is a Unicode scalar: an accent that stands alone, a vowel sign of Devanagari or the joiner inside an
/// emoji is one of its own, so that text comes back exactly as it was read.
public struct CharacterTable: Sendable, Hashable {
    /// Most characters that a table holds; with the symbol for all others an id fits a byte.
    public static let limit = 255
    /// What stands for all other characters; no table holds it.
    public static let rest: Unicode.Scalar = "\u{FFFD}"

    /// Most frequent first; the character at index i has id i + 1. Id 0 is the symbol for all others.
    public let characters: [Unicode.Scalar]
    /// Whether capital letters are read as small ones.
    public let lowercase: Bool
    /// Ids of the 65,536 characters of the basic plane, and of those beyond it.
    private let basic: [UInt8]
    private let others: [Unicode.Scalar: UInt8]

    /// - Throws: ``INNError`` of kind `data` unless there are 1 to ``limit`` different characters without ``rest``.
    public init(_ characters: [Unicode.Scalar], lowercase: Bool = false) throws {
        guard (1...Self.limit).contains(characters.count), Set(characters).count == characters.count,
            !characters.contains(Self.rest)
        else {
            throw INNError(
                .data,
                """
                An alphabet of a text's own characters needs 1 to \(Self.limit) different ones without U+FFFD, but \
                this one states \(characters.count).
                """)
        }
        self.characters = characters
        self.lowercase = lowercase
        var basic = [UInt8](repeating: 0, count: 1 << 16)
        var others: [Unicode.Scalar: UInt8] = [:]
        for (index, scalar) in characters.enumerated() {
            if scalar.value < 1 << 16 {
                basic[Int(scalar.value)] = UInt8(index + 1)
            } else {
                others[scalar] = UInt8(index + 1)
            }
        }
        if lowercase {
            for value in UInt32(0)..<1 << 16 {
                guard let capital = Unicode.Scalar(value), capital.properties.changesWhenLowercased else { continue }
                let small = Self.small(capital)
                if small.value < 1 << 16 { basic[Int(value)] = basic[Int(small.value)] }
            }
        }
        (self.basic, self.others) = (basic, others)
    }

    /// The id that a character is read as, with ``lowercase`` that of its small letter; 0 for one that the table does
    /// not hold, nil for a byte-order mark, which is no part of a text.
    @inline(__always)
    func id(of scalar: Unicode.Scalar) -> UInt8? {
        if scalar.value < 1 << 16 { return scalar.value == Self.byteOrderMark ? nil : basic[Int(scalar.value)] }
        return others[lowercase ? Self.small(scalar) : scalar] ?? 0
    }

    /// The small letter of a capital, any other character itself. The one capital with a small form of two characters,
    /// İ, is read as the first of them.
    static func small(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
    }

    /// U+FEFF, which says how a text is encoded.
    static let byteOrderMark = 0xFEFF

    /// The ids of a text as it stands.
    func ids(of text: String) -> [Int32] { text.unicodeScalars.compactMap { id(of: $0).map(Int32.init) } }

    /// The character of an id in `0...characters.count`.
    func scalar(of id: UInt8) -> Unicode.Scalar { id == 0 ? Self.rest : characters[Int(id) - 1] }

    public static func == (one: CharacterTable, other: CharacterTable) -> Bool {
        one.lowercase == other.lowercase && one.characters == other.characters
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(characters)
        hasher.combine(lowercase)
    }
}

extension CharacterTable: Codable {
    private enum CodingKeys: String, CodingKey { case characters, lowercase }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let characters = Array(try values.decode(String.self, forKey: .characters).unicodeScalars)
        do {
            try self.init(characters, lowercase: values.decode(Bool.self, forKey: .lowercase))
        } catch let error as INNError {
            throw DecodingError.dataCorruptedError(
                forKey: .characters, in: values, debugDescription: error.message)
        }
    }

    /// The characters as one string, in the order of their ids.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(String(String.UnicodeScalarView(characters)), forKey: .characters)
        try values.encode(lowercase, forKey: .lowercase)
    }
}
