/// What is drawn for one symbol of a text, or for several that make one character: the bytes of a letter in UTF-8, a
/// letter and the marks on it.
struct TextGlyph: Equatable {
    /// The symbols, as indices into the text.
    var range: Range<Int>
    /// At least one character that is no mark, and no control character.
    var letters: String
    /// Columns that the letters take.
    let width: Int

    var isSpace: Bool { letters == " " }

    /// The glyphs of a text, from the display names of its symbols (see `Alphabet.symbols`), in order and without gaps.
    static func glyphs(of names: some RandomAccessCollection<String>) -> [TextGlyph] {
        var glyphs: [TextGlyph] = []
        var index = names.startIndex
        var place = 0
        while index < names.endIndex {
            let joined = letter(at: index, names)
            let count = joined?.count ?? 1
            let range = place..<place + count
            append(joined?.letter, names[index], range, to: &glyphs)
            place += count
            names.formIndex(&index, offsetBy: count)
        }
        return glyphs
    }

    private static func append(
        _ letter: Unicode.Scalar?, _ name: String, _ range: Range<Int>, to glyphs: inout [TextGlyph]
    ) {
        let mark = letter.flatMap { displayed($0) == nil ? $0 : nil } ?? mark(name)
        if let mark, let last = glyphs.last, !last.isSpace {
            glyphs[glyphs.count - 1].range = last.range.lowerBound..<range.upperBound
            if isMark(mark) { glyphs[glyphs.count - 1].letters.unicodeScalars.append(mark) }
            return
        }
        let shown = letter.map { String(displayed($0) ?? "·") } ?? (name == "␣" ? " " : name)
        glyphs.append(TextGlyph(range: range, letters: shown, width: max(1, columnCount(shown))))
    }

    /// The mark that a name shows on a dotted circle, or a character without a shape that it spells out.
    private static func mark(_ name: String) -> Unicode.Scalar? {
        let scalars = Array(name.unicodeScalars)
        if scalars.count == 2, scalars[0] == "◌" { return scalars[1] }
        return ["ZJ", "ZN", "VE", "VT"].contains(name) ? "\u{200D}" : nil
    }

    /// The letter whose first byte stands at a place, and how many bytes it has; nil where there is none.
    private static func letter<Names: RandomAccessCollection<String>>(
        at index: Names.Index, _ names: Names
    ) -> (letter: Unicode.Scalar, count: Int)? {
        guard let first = byte(names[index]), first >= 0xC2, first < 0xF5 else { return nil }
        let count = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        let bytes = names[index...].prefix(count).compactMap(byte)
        var decoder = UTF8()
        var source = bytes.makeIterator()
        guard bytes.count == count, case .scalarValue(let scalar) = decoder.decode(&source), source.next() == nil else {
            return nil
        }
        return (scalar, count)
    }

    /// The value of a byte that is shown as two hexadecimal digits.
    private static func byte(_ name: String) -> UInt8? {
        guard name.utf8.count == 2, let value = UInt8(name, radix: 16), value >= 0x80 else { return nil }
        return value
    }
}

extension [TextGlyph] {
    /// A label for each of `count` symbols: the letter at the first symbol of each glyph, nothing at the others.
    func labels(_ count: Int) -> [String] {
        var labels = [String](repeating: "", count: count)
        for glyph in self { labels[glyph.range.lowerBound] = glyph.isSpace ? "␣" : glyph.letters }
        return labels
    }
}
