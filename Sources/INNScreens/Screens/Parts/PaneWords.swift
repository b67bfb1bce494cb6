import INNKit

/// Lines as wide as the pane at most: what is longer goes on in the next line, under its beginning.
///
/// - Parameter limit: lines that one may become; what is behind them is cut.
func fitted(_ lines: [(String, Style)], width: Int, limit: Int = 4) -> [(String, Style)] {
    lines.flatMap { text, style -> [(String, Style)] in
        guard columnCount(text) > width, width > 4 else { return [(text, style)] }
        let indent = String(text.prefix { $0 == " " }.prefix(width / 2))
        let own = wrapped(text, width: width - indent.count - 1, limit: limit)
        return own.enumerated().map { (indent + ($0 > 0 ? " " : "") + $1, style) }
    }
}

/// An abbreviation in a pane's lines, and what it stands for in one phrase: ``Term`` has the whole of it.
struct PaneWord {
    /// How it stands in the lines; as a word, not as a part of one.
    let name: String
    let meaning: String

    init(_ name: String, _ meaning: String) { (self.name, self.meaning) = (name, meaning) }

    private func occurs(in text: String) -> Bool {
        func isLetter(_ character: Character?) -> Bool { character.map { $0.isLetter || $0.isNumber } ?? false }
        return text.ranges(of: name).contains { range in
            let before = range.lowerBound > text.startIndex ? text[text.index(before: range.lowerBound)] : nil
            let after = range.upperBound < text.endIndex ? text[range.upperBound] : nil
            return !isLetter(before) && !isLetter(after)
        }
    }

    /// The words that occur in lines, spelled out below them: as many whole phrases as there are rows for, after an
    /// empty line.
    static func legend(
        _ words: [PaneWord], of lines: [(String, Style)], width: Int, rows: Int, _ look: Look
    ) -> [(String, Style)] {
        var legend: [(String, Style)] = []
        for word in words where lines.contains(where: { word.occurs(in: $0.0) }) {
            let text = wrapped(look.unit.worded(word.name + ": " + word.meaning), width: width - 1, limit: 4)
            guard legend.count + text.count < rows else { continue }
            legend += text.enumerated().map { ($0 > 0 ? " " + $1 : $1, look.theme.faint) }
        }
        guard !legend.isEmpty else { return [] }
        return (lines.last?.0.isEmpty ?? true ? [] : [("", look.theme.text)]) + legend
    }
}
