import INNCore

/// How often each character of a text occurs, counted while it is read in pieces: what alphabets are made of and judged
/// by.
struct CharacterSurvey {
    private var validator = UTF8Validator()
    private var basic = [Int](repeating: 0, count: 1 << 16)
    private var others: [Unicode.Scalar: Int] = [:]
    /// The character that a piece ended in the middle of, and how many bytes are still to come.
    private var partial: UInt32 = 0
    private var pending = 0

    init() {}

    /// Counts the next piece.
    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(ForeignEncoding) {
        if validator.offset == 0 {
            if let form = WideEncoding(of: bytes) { throw .named(form.rawValue) }
            if let form = EscapedEncoding(of: bytes) { throw .named(form.rawValue) }
        }
        if let offset = validator.check(bytes) { throw .invalid(offset: offset) }
        basic.withUnsafeMutableBufferPointer { basic in
            for byte in bytes {
                if byte < 0x80 {
                    basic[Int(byte)] += 1
                } else if byte < 0xC0 {
                    partial = partial << 6 | UInt32(byte & 0x3F)
                    pending -= 1
                    guard pending == 0 else { continue }
                    if partial < 1 << 16 {
                        basic[Int(partial)] += 1
                    } else if let scalar = Unicode.Scalar(partial) {
                        others[scalar, default: 0] += 1
                    }
                } else {
                    pending = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3
                    partial = UInt32(byte) & (0x3F >> UInt32(pending))
                }
            }
        }
    }

    /// Ends the text, which must not be in the middle of a character.
    func finish() throws(ForeignEncoding) {
        if let offset = validator.finish() { throw .invalid(offset: offset) }
    }

    /// Characters counted.
    var characters: Int { counts.reduce(0) { $0 + $1.count } }

    /// Every character that occurs with its count, the most frequent first; a byte-order mark is none.
    private var counts: [(scalar: Unicode.Scalar, count: Int)] {
        var all = others.map { (scalar: $0.key, count: $0.value) }
        for (value, count) in basic.enumerated() where count > 0 {
            if value != CharacterTable.byteOrderMark, let scalar = Unicode.Scalar(UInt32(value)) {
                all.append((scalar, count))
            }
        }
        return all.sorted { ($0.count, $1.scalar.value) > ($1.count, $0.scalar.value) }
    }

    /// An alphabet of the most frequent characters.
    ///
    /// - Throws: ``INNError`` of kind `data` for a text without characters.
    func table(lowercase: Bool) throws -> CharacterTable {
        var sums: [Unicode.Scalar: Int] = [:]
        for (scalar, count) in counts where scalar != CharacterTable.rest {
            sums[lowercase ? CharacterTable.small(scalar) : scalar, default: 0] += count
        }
        let order = sums.sorted { ($0.value, $1.key.value) > ($1.value, $0.key.value) }
        return try CharacterTable(order.prefix(CharacterTable.limit).map(\.key), lowercase: lowercase)
    }

    /// What an alphabet does not keep of the text.
    func loss(in alphabet: Alphabet) -> AlphabetLoss {
        let counts = counts
        let lost = counts.filter { !Self.keeps($0.scalar, alphabet) }
        let own = (try? table(lowercase: false)).map(Alphabet.unicode)
        return AlphabetLoss(
            characters: counts.reduce(0) { $0 + $1.count }, dropped: lost.reduce(0) { $0 + $1.count },
            droppedByOwn: own.map { own in
                counts.reduce(0) { Self.keeps($1.scalar, own) ? $0 : $0 + $1.count }
            } ?? 0,
            examples: lost.prefix(AlphabetLoss.exampleCount).map(\.scalar.value))
    }

    /// The survey of a text in memory.
    init(of text: String) throws {
        self.init()
        try Array(text.utf8).withUnsafeBytes { try append($0) }
        try finish()
    }

    /// Whether a character is still there in the text as it is read: as itself, as a small letter, as the name of a
    /// digit, or as white space.
    private static func keeps(_ scalar: Unicode.Scalar, _ alphabet: Alphabet) -> Bool {
        switch alphabet {
        case .bytes: return true
        case .text8:
            if scalar.properties.isWhitespace { return true }
            guard scalar.isASCII else { return false }
            let byte = UInt8(scalar.value)
            return Ascii.isLowercase(byte) || Ascii.isUppercase(byte) || Ascii.isDigit(byte)
        case .unicode(let table):
            return table.id(of: scalar) != 0
        }
    }
}
