import INNKit

extension SettingsParser {
    /// A text in quotes of either kind, which stand single or, where it may be long, threefold.
    mutating func text(isLong mayBeLong: Bool) throws -> String {
        let line = scanner.line
        let isPlain = scanner.peek() == UInt8(ascii: "'")
        let quote: StaticString = isPlain ? "'" : "\""
        let isLong = mayBeLong && scanner.take(isPlain ? "'''" : "\"\"\"")
        if isLong {
            if !scanner.take("\r\n") { _ = scanner.take("\n") }
        } else {
            scanner.advance()
        }
        var bytes: [UInt8] = []
        while let byte = scanner.peek() {
            if isLong {
                if scanner.take(isPlain ? "'''" : "\"\"\"") {
                    // Up to two quotes before the last three belong to the text.
                    for _ in 0..<2 where scanner.take(quote) { bytes += quote.withUTF8Buffer { Array($0) } }
                    return String(decoding: bytes, as: UTF8.self)
                }
            } else if scanner.take(quote) {
                return String(decoding: bytes, as: UTF8.self)
            } else if scanner.isAtEndOfLine {
                break
            }
            if isLong, scanner.take("\r\n") {
                bytes.append(UInt8(ascii: "\n"))
            } else if !isPlain, byte == UInt8(ascii: "\\") {
                bytes += try escaped(isLong: isLong)
            } else if byte < 32 && byte != UInt8(ascii: "\t") && !scanner.isAtEndOfLine || byte == 127 {
                throw mistake("a text holds a control character; leave it out or write \\u and its four digits.")
            } else {
                bytes.append(byte)
                scanner.advance()
            }
        }
        throw mistake("a text that begins here has no end; close its quotes.", line: line)
    }

    /// What a backslash and the signs behind it stand for.
    private mutating func escaped(isLong: Bool) throws -> [UInt8] {
        scanner.advance()
        let plain: [UInt8: UInt8] = [
            UInt8(ascii: "b"): 8, UInt8(ascii: "t"): 9, UInt8(ascii: "n"): 10, UInt8(ascii: "f"): 12,
            UInt8(ascii: "r"): 13, UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        ]
        guard let sign = scanner.peek() else { throw unknownEscape }
        if let byte = plain[sign] {
            scanner.advance()
            return [byte]
        }
        if sign == UInt8(ascii: "u") || sign == UInt8(ascii: "U") {
            scanner.advance()
            var count = sign == UInt8(ascii: "u") ? 4 : 8
            let digits = scanner.takeWord {
                count -= 1
                return count >= 0 && Character(UnicodeScalar($0)).isHexDigit
            }
            guard digits.utf8.count == (sign == UInt8(ascii: "u") ? 4 : 8),
                let scalar = UInt32(digits, radix: 16).flatMap(UnicodeScalar.init)
            else { throw unknownEscape }
            return Array(String(Character(scalar)).utf8)
        }
        // At the end of a line of a long text: the line goes on at the next word.
        scanner.skipSpaces()
        guard isLong, scanner.isAtEndOfLine, scanner.peek() != nil else { throw unknownEscape }
        scanner.skipSpaces(linesToo: true)
        return []
    }

    private var unknownEscape: Mistake {
        mistake(
            #"""
            a backslash in double quotes begins \\, \", \t, \n or \u and four digits; single quotes take it as it is.
            """#)
    }
}
