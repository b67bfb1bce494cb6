extension Alphabet {
    /// One phrase for people.
    public var summary: String {
        switch self {
        case .text8: "text8: a–z and space"
        case .bytes: "bytes: 256"
        case .unicode(let table):
            "unicode: \(table.characters.count) characters\(table.lowercase ? " in small letters" : "") and one "
                + "symbol for all others"
        }
    }

    /// One display name per id, in id order, each one or two columns wide and different from all others of ASCII.
    ///
    /// The space is shown as `space`; control characters as their Unicode pictures (␊), bytes from 0x80 on as two
    /// hexadecimal digits. A mark that stands on the character before it is shown on a dotted circle, a character that
    /// has no shape of its own by two letters of its name, and one that nobody has named by a box and a digit.
    public func symbols(space: String = "␣") -> [String] {
        (0..<Int32(vocabularySize)).map { id in
            guard let scalar = character(ofID: id) else { return String(byte(ofID: id), radix: 16, uppercase: true) }
            return Self.name(of: scalar, space: space)
        }
    }

    /// `symbols(space: "␣")`.
    public var symbols: [String] { symbols() }

    private static func name(of scalar: Unicode.Scalar, space: String) -> String {
        let value = scalar.value
        if scalar == " " { return space }
        if value < 0x20 { return String(UnicodeScalar(0x2400 + value)!) }
        if value < 0x7F { return String(scalar) }
        if value == 0x7F { return "␡" }
        if let known = shapeless[value] { return known }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return "◌" + String(scalar)
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
            // Two hexadecimal digits would be taken for a byte.
            return "□" + String(value % 36, radix: 36)
        case .spaceSeparator: return "⍽"
        default: return String(scalar)
        }
    }

    /// Characters that are not seen themselves, but decide how others look.
    private static let shapeless: [UInt32: String] = [
        0x85: "NL", 0xAD: "SH", 0x200B: "ZS", 0x200C: "ZN", 0x200D: "ZJ", 0x200E: "LM", 0x200F: "RM", 0xFE0E: "VT",
        0xFE0F: "VE",
        0xFEFF: "BO", 0x2028: "LS", 0x2029: "PS", 0x202A: "LE", 0x202B: "RE", 0x202C: "PD", 0x202D: "LO", 0x202E: "RO",
        0x61C: "AM", 0x180E: "MV", 0x2061: "FN", 0x2062: "IT", 0x2063: "IS", 0x2064: "IP", 0x2060: "WJ", 0x2066: "LI",
        0x2067: "RI", 0x2068: "FI", 0x2069: "PI",
    ]
}
