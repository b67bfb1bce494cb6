import INNCore

/// What kind of character each symbol of an alphabet is.
public struct SymbolClasses: Sendable, Equatable {
    /// Name on screen, and the stored byte in lower case, by id.
    public let names: [String]
    let lowercase: [UInt8]
    package let isVowel: [Bool], isConsonant: [Bool], isSpace: [Bool], isLetter: [Bool]

    /// - Parameters:
    ///   - names: what is shown for each id.
    ///   - bytes: the stored byte of each id.
    public init(names: [String], bytes: [UInt8]) {
        precondition(names.count == bytes.count, "a name and a byte for every symbol")
        self.names = names
        let kinds = bytes.map { CharacterClass($0) }
        lowercase = bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 + 32 : $0 }
        isVowel = kinds.map { $0 == .vowel }
        isConsonant = kinds.map { $0 == .consonant }
        isSpace = kinds.map { $0 == .space }
        isLetter = kinds.map { $0 == .vowel || $0 == .consonant }
    }

    /// The 27 symbols of text8.
    public static let text8 = SymbolClasses(
        names: ["␣"] + (UInt8(ascii: "a")...UInt8(ascii: "z")).map { String(UnicodeScalar($0)) },
        bytes: [0x20] + Array(UInt8(ascii: "a")...UInt8(ascii: "z")))

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
