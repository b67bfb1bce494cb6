/// The classes of characters by which effects are told apart.
public enum CharacterClass: String, Codable, Sendable, CaseIterable {
    case vowel, consonant
    /// A letter, or a mark on one, of a script whose vowels and consonants are not told apart here: all but Latin,
    /// Greek and Cyrillic.
    case letter
    case space, other

    /// The class of a character; nil, a byte that alone is none, is of the class ``other``.
    public init(_ character: Unicode.Scalar?) {
        guard let character else {
            self = .other
            return
        }
        let properties = character.properties
        if properties.isWhitespace {
            self = .space
        } else if properties.isVariationSelector {
            self = .other
        } else if properties.isAlphabetic || Self.isMark(properties.generalCategory) {
            self = Self.sound(properties.name) ?? .letter
        } else {
            self = .other
        }
    }

    var isLetter: Bool { self == .vowel || self == .consonant || self == .letter }

    private static func isMark(_ category: Unicode.GeneralCategory) -> Bool {
        category == .nonspacingMark || category == .spacingMark
    }

    /// Vowel or consonant by the character's name, such as LATIN SMALL LETTER E WITH ACUTE; nil for other scripts and
    /// for signs that are neither.
    private static func sound(_ name: String?) -> CharacterClass? {
        let words = (name ?? "").split(separator: " ")
        guard words.count >= 4, words[2] == "LETTER", let vowels = vowels[String(words[0])],
            words[1] == "SMALL" || words[1] == "CAPITAL"
        else { return nil }
        let letter = words[3...].prefix { $0 != "WITH" }.joined(separator: " ")
        if letter.hasSuffix("SIGN") { return nil }
        return vowels.contains(letter) ? .vowel : .consonant
    }

    private static let vowels: [String: Set<String>] = [
        "LATIN": ["A", "E", "I", "O", "U", "AE", "OE", "DOTLESS I", "OPEN E", "OPEN O", "SCHWA"],
        "GREEK": ["ALPHA", "EPSILON", "ETA", "IOTA", "OMICRON", "UPSILON", "OMEGA"],
        "CYRILLIC": [
            "A", "IE", "IO", "I", "O", "U", "YERU", "E", "YU", "YA", "UKRAINIAN IE", "BYELORUSSIAN-UKRAINIAN I", "YI",
        ],
    ]
}
