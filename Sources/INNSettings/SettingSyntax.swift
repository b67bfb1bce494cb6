/// What a settings file may hold besides being TOML: text, numbers, true or false, and lists of these, in tables with
/// plain names.
///
/// toml++ 3.4 ends the program instead of reporting some mistakes in dates, inline tables and headers. No setting needs
/// the first two, so they are refused before it reads the file.
enum SettingSyntax {
    struct Refusal: Equatable {
        let line: Int
        /// What is wrong and how to write it.
        let sentence: String
    }

    /// The first thing in the text that no settings file has.
    static func refusal(in text: String) -> Refusal? {
        let foreign = foreignLine(in: text).map {
            Refusal(
                line: $0,
                sentence:
                    """
                    settings are text in quotes, numbers, true or false, or lists of these; dates, times and {…} \
                    are none.
                    """
            )
        }
        let header = oddHeaderLine(in: text).map {
            Refusal(
                line: $0,
                sentence:
                    """
                    a table's name begins with a letter, a digit, a dash or a quote; write it as TOML, such as \
                    [train].
                    """
            )
        }
        return [foreign, header].compactMap { $0 }.min { $0.line < $1.line }
    }

    /// The line of the first `{`, `}` or `:` outside texts and comments.
    private static func foreignLine(in text: String) -> Int? {
        let bytes = Array(text.utf8)
        var index = 0
        var line = 1
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\n"): line += 1
            case UInt8(ascii: "#"):
                while index + 1 < bytes.count, bytes[index + 1] != UInt8(ascii: "\n") { index += 1 }
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                let end = textEnd(bytes, from: index)
                line += bytes[index..<end].count { $0 == UInt8(ascii: "\n") }
                index = end - 1
            case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ":"): return line
            default: break
            }
            index += 1
        }
        return nil
    }

    /// Where the text that begins with a quote ends; one that is not closed ends with its line, or with the file where
    /// it may have several.
    private static func textEnd(_ bytes: [UInt8], from start: Int) -> Int {
        let quote = bytes[start]
        let isLong = start + 2 < bytes.count && bytes[start + 1] == quote && bytes[start + 2] == quote
        let length = isLong ? 3 : 1
        var index = start + length
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                index += 2
                continue
            }
            if !isLong, bytes[index] == UInt8(ascii: "\n") { return index }
            if bytes[index...].prefix(length).allSatisfy({ $0 == quote }), index + length <= bytes.count {
                return index + length
            }
            index += 1
        }
        return bytes.count
    }

    /// The line of the first header whose name begins with no character of a key.
    private static func oddHeaderLine(in text: String) -> Int? {
        for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            var rest = raw.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
            guard rest.first == "[" else { continue }
            rest = rest.dropFirst()
            if rest.first == "[" { rest = rest.dropFirst() }
            guard let first = rest.first(where: { !$0.isWhitespace }), first.isASCII,
                first.isLetter || first.isNumber || "_-\"'".contains(first)
            else { return index + 1 }
        }
        return nil
    }
}
