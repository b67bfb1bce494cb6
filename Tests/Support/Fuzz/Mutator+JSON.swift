import Foundation

extension Mutator {
    /// Changes JSON text where it counts: values of another type or size, members gone, doubled or renamed, deep
    /// nesting.
    mutating func json(_ text: String) -> String {
        var tokens = Self.tokens(text)
        for _ in 0..<(1 << below(3)) where !tokens.isEmpty {
            let place = below(tokens.count)
            switch below(8) {
            case 0, 1, 2:
                let values = tokens.indices.filter {
                    tokens[$0].first.map { $0 == "\"" || $0.isNumber || $0.isLetter || $0 == "-" } == true
                }
                let place = values.randomElement(using: &random) ?? place
                tokens[place] = replacement(for: tokens[place])
            case 3: tokens.remove(at: place)
            case 4: tokens.insert(tokens[place], at: place)
            case 5: tokens.swapAt(place, below(tokens.count))
            case 6: removeMember(&tokens, at: place)
            default: doubleMember(&tokens, at: place)
            }
        }
        return tokens.joined()
    }

    /// Changes JSON text that stands as a string inside JSON text, as the configurations in the metadata of a
    /// checkpoint do.
    mutating func nestedJSON(_ text: String) -> String {
        var tokens = Self.tokens(text)
        let places = tokens.indices.filter { tokens[$0].hasPrefix("\"{\\\"") }
        guard let place = places.randomElement(using: &random),
            let inner = try? JSONDecoder().decode(String.self, from: Data(tokens[place].utf8))
        else { return json(text) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        guard let changed = try? encoder.encode(json(inner)) else { return text }
        tokens[place] = String(decoding: changed, as: UTF8.self)
        return tokens.joined()
    }

    private mutating func replacement(for token: String) -> String {
        let first = token.first ?? " "
        if first == "\"", once(in: 2) {
            return pick([
                "\"\"", "\"x\"", "\"\\u0000\"", "\"\\ud800\"", "\"\u{202E}\u{1B}[31m\"",
                "\"" + String(repeating: "A", count: 1 + below(3000)) + "\"",
            ])
        }
        if first.isNumber || first == "-", !once(in: 4) { return number() }
        switch below(6) {
        case 0: return number()
        case 1: return pick(["null", "true", "false", "[]", "{}", "[1]", "{\"a\":1}", "\"NaN\""])
        case 2: return String(repeating: "[", count: 1 + below(2000))
        case 3: return String(repeating: "{\"a\":", count: 1 + below(600))
        case 4: return pick([",", ":", "{", "}", "[", "]", "\"", "\\", "\u{0}"])
        default: return "\"\(number())\""
        }
    }

    /// Strings, numbers and words, punctuation and space, each a token of its own.
    private static func tokens(_ text: String) -> [String] {
        var tokens: [String] = []
        var current = ""
        var isString = false
        var isEscaped = false
        for character in text {
            if isString {
                current.append(character)
                if isEscaped {
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    isString = false
                    tokens.append(current)
                    current = ""
                }
            } else if character.isLetter || character.isNumber || "+-.".contains(character) {
                current.append(character)
            } else {
                if !current.isEmpty { tokens.append(current) }
                current = ""
                if character == "\"" { (current, isString) = ("\"", true) } else { tokens.append(String(character)) }
            }
        }
        return current.isEmpty ? tokens : tokens + [current]
    }

    /// From a place to the comma after it.
    private func member(_ tokens: [String], at place: Int) -> Range<Int> {
        let end = tokens[place...].firstIndex(of: ",") ?? tokens.count - 1
        return place..<min(tokens.count, end + 1)
    }

    private mutating func removeMember(_ tokens: inout [String], at place: Int) {
        tokens.removeSubrange(member(tokens, at: place))
    }

    private mutating func doubleMember(_ tokens: inout [String], at place: Int) {
        tokens.insert(contentsOf: Array(tokens[member(tokens, at: place)]), at: place)
    }
}
