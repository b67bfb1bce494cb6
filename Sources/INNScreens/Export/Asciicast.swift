import INNKit

/// Finished screens as a recording in the format asciicast, version 2 (asciinema): a header, then one JSON array per
/// line, `[seconds, "o", what is written to the terminal]`.
///
/// It is told from the screens themselves and not from what a terminal was sent, so that every player shows them alike.
/// A frame says only what differs from the one before it.
public struct Asciicast: Sendable {
    private let level: ColorLevel
    private var shown: CellBuffer?

    /// Longer pauses are played as ones of so many seconds.
    static let longestPause = 3

    /// - Parameter level: the colours that the recording uses.
    public init(level: ColorLevel) { self.level = level }

    /// The first line.
    ///
    /// - Parameter startedAt: seconds since 1970; nil for a recording that is made from stored data.
    public static func header(of screens: AppState, startedAt: Int? = nil) -> String {
        func hex(_ color: CellColor) -> String {
            guard case .rgb(let red, let green, let blue) = color else { return "#000000" }
            return "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        let theme = Theme(screens.theme, level: screens.colorLevel)
        let palette = basicColors.map(hex).joined(separator: ":")
        let fields = [
            "\"version\": 2, \"width\": \(screens.width), \"height\": \(screens.height)",
            startedAt.map { "\"timestamp\": \($0)" },
            "\"idle_time_limit\": \(longestPause), \"title\": \(quotedForJSON("inn-tui: " + screens.runInfo.name))",
            "\"env\": {\"TERM\": \"xterm-256color\"}",
            // What the terminal's own colours stand for.
            "\"theme\": {\"fg\": \"\(hex(theme.ink))\", \"bg\": \"\(hex(theme.paper))\", \"palette\": \"\(palette)\"}",
        ]
        return "{" + fields.compactMap(\.self).joined(separator: ", ") + "}\n"
    }

    /// The lines of a frame; none where it equals the one before it.
    ///
    /// - Parameter seconds: since the recording began.
    public mutating func lines(_ frame: CellBuffer, at seconds: Double) -> String {
        var text = ""
        var output = ""
        let isFirst = shown == nil
        if shown.map({ $0.width != frame.width || $0.height != frame.height }) ?? true {
            if !isFirst { text += Self.event("r", "\(frame.width)x\(frame.height)", at: seconds) }
            output = "\u{1B}[0m\u{1B}[?25l\u{1B}[H\u{1B}[2J"
            shown = CellBuffer(width: frame.width, height: frame.height)
        }
        if let shown { output += changes(from: shown, to: frame) }
        shown = frame
        return output.isEmpty ? text : text + Self.event("o", output, at: seconds)
    }

    /// The last line: it keeps the last frame on show until then, gives the cursor back and leaves the screen as it is.
    public func ending(at seconds: Double) -> String {
        Self.event("o", "\u{1B}[0m\u{1B}[\(max(1, shown?.height ?? 1));1H\u{1B}[?25h", at: seconds)
    }

    private static func event(_ kind: String, _ data: String, at seconds: Double) -> String {
        "[\(Format.fixed(max(0, seconds), 3)), \"\(kind)\", \(quotedForJSON(data))]\n"
    }

    /// What turns one screen of a terminal into another one of the same size.
    private func changes(from old: CellBuffer, to new: CellBuffer) -> String {
        var text = ""
        var pen = Cell()
        for y in 0..<new.height {
            // Where the cursor stands in this row, as far as that is sure.
            var cursor: Int?
            for x in 0..<new.width {
                let cell = new[x, y]
                let isWide = x + 1 < new.width && new[x + 1, y].scalar == Cell.rightHalf
                guard cell.scalar != Cell.rightHalf,
                    cell != old[x, y] || isWide && old[x + 1, y] != new[x + 1, y]
                else { continue }
                if cursor != x { text += "\u{1B}[\(y + 1);\(x + 1)H" }
                if !cell.hasStyle(of: pen) { text += CellBuffer.sgr(cell, level) }
                pen = cell
                text.unicodeScalars.append(contentsOf: cell.letters)
                // Players differ in how broad they take some characters for.
                cursor = isWide || !cell.scalar.isASCII && cell.marks != CombiningMarks() ? nil : x + 1
            }
        }
        if !pen.hasStyle(of: Cell()) { text += "\u{1B}[0m" }
        return text
    }
}

extension Cell {
    /// Whether both are drawn in the same colours and attributes.
    func hasStyle(of other: Cell) -> Bool {
        foreground == other.foreground && background == other.background && attributes == other.attributes
    }
}
