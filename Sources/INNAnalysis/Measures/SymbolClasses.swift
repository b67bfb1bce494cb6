import INNCore

/// What kind of character each symbol of an alphabet is.
public struct SymbolClasses: Sendable, Equatable {
    /// Name on screen by id.
    public let names: [String]
    /// By id the ASCII letter in lower case, from which words are put together; 0 for all else.
    let lowercase: [UInt8]
    package let isVowel: [Bool], isConsonant: [Bool], isSpace: [Bool], isLetter: [Bool]

    /// - Parameters:
    ///   - names: what is shown for each id.
    ///   - characters: the character of each id; nil where it is a part of one.
    public init(names: [String], characters: [Unicode.Scalar?]) {
        precondition(names.count == characters.count, "a name and a character for every symbol")
        self.names = names
        let kinds = characters.map { CharacterClass($0) }
        lowercase = characters.map { character in
            guard let character, character.isASCII else { return 0 }
            let byte = UInt8(character.value)
            return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
        }
        isVowel = kinds.map { $0 == .vowel }
        isConsonant = kinds.map { $0 == .consonant }
        isSpace = kinds.map { $0 == .space }
        isLetter = kinds.map(\.isLetter)
    }

    /// The 27 symbols of text8.
    public static let text8 = SymbolClasses(
        names: ["␣"] + (UInt8(ascii: "a")...UInt8(ascii: "z")).map { String(UnicodeScalar($0)) },
        characters: [" "] + (UInt8(ascii: "a")...UInt8(ascii: "z")).map { Unicode.Scalar($0) })

    package func matches(_ element: SuffixPattern.Element, _ symbol: Int16) -> Bool {
        switch element {
        case .any: true
        case .symbol(let id): symbol == Int16(id)
        case .vowel: symbol >= 0 && isVowel[Int(symbol)]
        case .consonant: symbol >= 0 && isConsonant[Int(symbol)]
        case .letter: symbol >= 0 && isLetter[Int(symbol)]
        }
    }
}
