import INNKit

/// Reads TOML as far as a settings file needs it: text, whole and other numbers, true or false, and lists of these, in
/// tables of one name. Dates, inline tables and tables in tables are refused: no option takes any.
struct SettingsParser {
    /// What is wrong, and how to write it.
    struct Mistake: Error, Equatable {
        let line: Int
        let sentence: String
    }

    enum Value: Equatable {
        case text(String)
        case whole(Int)
        case number(Double)
        case isOn(Bool)
    }

    struct Entry: Equatable {
        /// Nil above the first table.
        let table: String?
        let key: String
        /// One, or those of a list.
        let values: [Value]
        /// A list with one value is no value.
        var isList = false
        /// Of the key, 1….
        let line: Int
    }

    var scanner: SettingsScanner
    private var entries: [Entry] = []
    private var places: Set<[String?]> = []
    /// Tables that have a header, and those that a dotted name has made.
    private var headers: Set<String> = []

    /// - Throws: ``Mistake``: the first.
    static func entries(_ text: String) throws -> [Entry] {
        var parser = SettingsParser(scanner: SettingsScanner(text))
        try parser.readAll()
        return parser.entries
    }

    private init(scanner: SettingsScanner) { self.scanner = scanner }

    private mutating func readAll() throws {
        var table: String?
        while true {
            scanner.skip(linesToo: true)
            guard let byte = scanner.peek() else { return }
            if byte == UInt8(ascii: "[") {
                table = try header()
            } else {
                try setting(in: table)
            }
            scanner.skip()
            guard scanner.isAtEndOfLine else {
                throw mistake("nothing may follow on the same line but a comment; begin a new line.")
            }
        }
    }

    func mistake(_ sentence: String, line: Int? = nil) -> Mistake {
        Mistake(line: line ?? scanner.line, sentence: sentence)
    }

    private mutating func header() throws -> String {
        scanner.advance()
        scanner.skip()
        guard let name = try name() else {
            throw mistake(
                "a table's name begins with a letter, a digit, a dash or a quote; write it as TOML, such as [train].")
        }
        scanner.skip()
        guard scanner.take("]") else {
            throw mistake("a table is a command's name in brackets; write it as TOML, such as [train].")
        }
        guard headers.insert(name).inserted else {
            throw mistake("the table \(name.shortened) is there twice; put its settings together.")
        }
        return name
    }

    private mutating func setting(in table: String?) throws {
        let line = scanner.line
        var names: [String] = []
        repeat {
            scanner.skip()
            guard let name = try name() else {
                throw mistake("a line is a [table] or a setting; write it as TOML, such as theme = \"light\".")
            }
            names.append(name)
            scanner.skip()
        } while scanner.take(".")
        guard names.count + (table == nil ? 0 : 1) <= 2 else {
            let name = names.joined(separator: ".").shortened
            throw mistake("\(name) has too many names; there are no tables in tables.")
        }
        let key = names[names.count - 1]
        guard scanner.take("=") else {
            throw mistake("\(key.shortened) has no value; write it as TOML, such as theme = \"light\".")
        }
        scanner.skip()
        let isList = scanner.peek() == UInt8(ascii: "[")
        let values = isList ? try list(of: key) : [try value(of: key)]
        let owner = names.count == 2 ? names[0] : table
        if names.count == 2 { headers.insert(names[0]) }
        guard places.insert([owner, key]).inserted else {
            throw mistake("\(key.shortened) is set twice; leave one of the two out.", line: line)
        }
        entries.append(Entry(table: owner, key: key, values: values, isList: isList, line: line))
    }

    /// A name with or without quotes; nil where none begins.
    private mutating func name() throws -> String? {
        if let quote = scanner.peek(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            return try text(isLong: false)
        }
        let name = scanner.takeWord { SettingsScanner.isLetterOrDigit($0) || "_-".utf8.contains($0) }
        return name.isEmpty ? nil : name
    }

    private mutating func value(of key: String) throws -> Value {
        if let quote = scanner.peek(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            return .text(try text(isLong: true))
        }
        let line = scanner.line
        let word = scanner.takeWord { SettingsScanner.isLetterOrDigit($0) || "_+-.:".utf8.contains($0) }
        guard let value = Self.plain(word) else {
            if let digits = word.wholeMatch(of: #/[+-]?[0-9]{19,}/#) {
                throw mistake(
                    "\(key.shortened) is \(String(digits.0).shortened), which is no number of 64 bits.", line: line)
            }
            throw mistake(
                "\(key.shortened) is neither text in quotes, a number, true or false, nor a list of these.", line: line)
        }
        return value
    }

    private mutating func list(of key: String) throws -> [Value] {
        let line = scanner.line
        scanner.advance()
        var values: [Value] = []
        while true {
            scanner.skip(linesToo: true)
            if scanner.take("]") { return values }
            guard scanner.peek() != nil else {
                throw mistake("the list \(key.shortened) has no end; close it with ].", line: line)
            }
            values.append(try value(of: key))
            scanner.skip(linesToo: true)
            guard scanner.take(",") || scanner.peek() == UInt8(ascii: "]") else {
                throw mistake("the values of the list \(key.shortened) have to be separated by commas.")
            }
        }
    }

    /// A word that is true, false or a number; nil for any other.
    private static func plain(_ word: String) -> Value? {
        if word == "true" || word == "false" { return .isOn(word == "true") }
        let sign = word.first == "-" ? "-" : ""
        let unsigned = word.first == "-" || word.first == "+" ? word.dropFirst() : Substring(word)
        if unsigned == "inf" || unsigned == "nan" { return Double(sign + unsigned).map(Value.number) }
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where word.hasPrefix(prefix) {
            guard let digits = joined(word.dropFirst(2), { $0.isHexDigit }) else { return nil }
            return Int(digits, radix: radix).map(Value.whole)
        }
        guard let digits = joined(unsigned, { $0.isWholeNumber }) else { return nil }
        guard digits.first?.isWholeNumber == true, digits.last?.isWholeNumber == true else { return nil }
        let whole = digits.prefix { $0.isWholeNumber }
        guard whole.count == 1 || whole.first != "0" else { return nil }
        if whole.count == digits.count { return Int(sign + digits).map(Value.whole) }
        guard digits.allSatisfy({ $0.isWholeNumber || "eE.+-".contains($0) }), !digits.contains(".e"),
            !digits.contains(".E")
        else { return nil }
        return Double(sign + digits).map(Value.number)
    }

    /// A number without the underscores that make it easier to read; nil where one is not between two digits.
    private static func joined(_ number: Substring, _ isDigit: (Character) -> Bool) -> String? {
        let parts = number.split(separator: "_", omittingEmptySubsequences: false)
        for (part, next) in zip(parts, parts.dropFirst()) {
            guard let last = part.last, let first = next.first, isDigit(last), isDigit(first) else { return nil }
        }
        guard let first = number.first, isDigit(first) else { return nil }
        return parts.joined()
    }
}
