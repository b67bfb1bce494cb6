import INNCore

/// What a predicted character can be: a symbol, a class of symbols, a place in a word, what comes after a symbol.
public struct PredictionCategory: Codable, Sendable, Equatable, Hashable {
    public enum Kind: String, Codable, Sendable, CaseIterable { case symbol, characterClass, place, after }

    public var kind: Kind
    /// The symbol as it is shown, `vowel`, `first letter of a word`, …; for `after` the symbol that was read last.
    public var name: String

    public init(_ kind: Kind, _ name: String) { (self.kind, self.name) = (kind, name) }

    /// As the object of “predicts”.
    public var phrase: String {
        switch kind {
        case .symbol: name == "␣" ? "spaces" : "“\(name)”"
        case .characterClass: Self.classes[name] ?? name + "s"
        case .place: Self.places[name] ?? name
        case .after: "what follows “\(name)”"
        }
    }

    private static let classes = ["other": "other characters", "space": "white space"]
    private static let places = [
        "word-initial": "first letters of words", "word-inside": "letters inside words",
        "word-final": "last letters of words", "digit-word": "words for digits",
    ]
}

/// The categories of an alphabet, and the cells in which what is measured of a character is added up: one per symbol,
/// one per symbol before it, one per place in a word. Every category is a sum of cells.
package struct PredictionCategories: Sendable {
    package let symbols: Int
    /// Categories with the cells that they are made of.
    package let all: [(category: PredictionCategory, cells: [Int])]

    package init(_ classes: SymbolClasses) {
        let ids = Array(classes.names.indices)
        symbols = ids.count
        var all = ids.map { (category: PredictionCategory(.symbol, classes.names[$0]), cells: [$0]) }
        let kinds: [(String, [Int])] = [
            ("vowel", ids.filter { classes.isVowel[$0] }), ("consonant", ids.filter { classes.isConsonant[$0] }),
            (
                "letter",
                ids.filter { classes.isLetter[$0] && !classes.isVowel[$0] && !classes.isConsonant[$0] }
            ),
            ("space", ids.filter { classes.isSpace[$0] }),
            ("other", ids.filter { !classes.isLetter[$0] && !classes.isSpace[$0] }),
        ]
        // A class of one symbol is that symbol.
        all += kinds.filter { $0.1.count > 1 }.map { (PredictionCategory(.characterClass, $0.0), $0.1) }
        all += WordPlace.allCases.map { (PredictionCategory(.place, $0.rawValue), [2 * ids.count + $0.index]) }
        all += ids.map { (PredictionCategory(.after, classes.names[$0]), [ids.count + $0]) }
        self.all = all
    }

    package var cells: Int { 2 * symbols + WordPlace.allCases.count }
}

/// Where in a word a letter stands; a word is a longest run of letters. The letter of a word of one letter is its first
/// and its last.
package enum WordPlace: String, CaseIterable, Sendable {
    case initial = "word-initial"
    case inside = "word-inside"
    case final = "word-final"
    /// Any letter of the words zero to nine.
    case digit = "digit-word"

    var index: Int { Self.allCases.firstIndex(of: self)! }

    /// The places of every character of a text, one bit per place in the order of the cases; 0 for what is no letter.
    package static func bits(of text: [Int32], _ classes: SymbolClasses) -> [UInt8] {
        var bits = [UInt8](repeating: 0, count: text.count)
        var start = 0
        while start < text.count {
            guard classes.isLetter[Int(text[start])] else {
                start += 1
                continue
            }
            let end = text[start...].firstIndex { !classes.isLetter[Int($0)] } ?? text.count
            let isDigit =
                end - start <= DigitWords.longest
                && DigitWords.words.contains(text[start..<end].map { classes.lowercase[Int($0)] })
            for place in start..<end {
                var own: UInt8 = isDigit ? 1 << WordPlace.digit.index : 0
                if place == start { own |= 1 << WordPlace.initial.index }
                if place == end - 1 { own |= 1 << WordPlace.final.index }
                if place != start, place != end - 1 { own |= 1 << WordPlace.inside.index }
                bits[place] = own
            }
            start = end
        }
        return bits
    }
}
