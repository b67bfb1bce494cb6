import Foundation

/// Writes text from anywhere - names of files and runs, messages, what a network wrote - into Markdown (CommonMark with
/// GitHub's tables) so that it is shown as it is and changes nothing around it.
public enum Markdown {
    /// Characters that begin a markup somewhere in a line, GitHub's `$` for formulas included.
    private static let special: Set<Character> = [
        "\\", "`", "*", "_", "{", "}", "[", "]", "<", ">", "#", "|", "~", "&", "$",
    ]

    /// Plain text for anywhere in a page: a paragraph, an item, a heading, a cell or a caption.
    public static func escaped(_ text: String) -> String {
        let line = onOneLine(text)
        let start = line.prefix { $0 == " " }.count
        var result = ""
        for character in line.dropFirst(start) {
            if special.contains(character) { result.append("\\") }
            result.append(character)
        }
        return escapedStart(result)
    }

    /// Text in the type of code. Inside a table the bar that ends a cell needs its backslash in code too.
    public static func code(_ text: String, inTable: Bool = false) -> String {
        let line = onOneLine(text)
        let longest = line.split(whereSeparator: { $0 != "`" }).map(\.count).max() ?? 0
        let fence = String(repeating: "`", count: longest + 1)
        // A space beside the fence belongs to it, and is needed beside a backtick.
        let edges = [line.first, line.last]
        let space = line.isEmpty || edges.contains("`") || (line.first == " " && line.last == " ") ? " " : ""
        let shown = inTable ? line.replacingOccurrences(of: "|", with: "\\|") : line
        return fence + space + shown + space + fence
    }

    /// A table; cells are plain text.
    ///
    /// - Parameters:
    ///   - numbers: columns from this one on are figures, which stand to the right.
    ///   - code: columns in the type of code.
    public static func table(_ header: [String], _ rows: [[String]], numbers: Int = .max, code: Set<Int> = []) -> String
    {
        let rule = header.indices.map { $0 >= numbers ? "---:" : "---" }
        let cells = rows.map { row in
            row.enumerated().map {
                code.contains($0.offset) ? Self.code($0.element, inTable: true) : escaped($0.element)
            }
        }
        return ([header.map(escaped), rule] + cells).map { "| " + $0.joined(separator: " | ") + " |" }.joined(
            separator: "\n")
    }

    /// A picture in a file beside the page.
    public static func picture(_ caption: String, file: String) -> String {
        let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")
        return "![\(escaped(caption))](\(file.addingPercentEncoding(withAllowedCharacters: plain) ?? ""))"
    }

    private static func onOneLine(_ text: String) -> String {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).joined(separator: " ").printable
    }

    /// A line may be taken for an item of a list or an underline by how it begins.
    private static func escapedStart(_ line: String) -> String {
        guard let first = line.first else { return line }
        if "-+=".contains(first) { return "\\" + line }
        let digits = line.prefix { $0.isASCII && $0.isNumber }
        let rest = line.dropFirst(digits.count)
        // “1.705” is a number, “1. 705” an item.
        guard !digits.isEmpty, let mark = rest.first, ".)".contains(mark),
            rest.dropFirst().first.map({ $0 == " " }) ?? true
        else { return line }
        return digits + "\\" + rest
    }
}
