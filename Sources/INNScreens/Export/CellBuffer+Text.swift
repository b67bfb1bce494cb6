extension CellBuffer {
    /// The characters alone, one line per row, without trailing spaces.
    public func plainText() -> String {
        var text = String.UnicodeScalarView()
        for y in 0..<height {
            var last = width - 1
            while last >= 0, self[last, y].scalar == " " { last -= 1 }
            if last >= 0 { for x in 0...last { text.append(contentsOf: self[x, y].letters) } }
            text.append("\n")
        }
        return String(text)
    }

    /// The characters with SGR sequences for colours and attributes, one line per row, each line reset at its end.
    public func ansi(level: ColorLevel) -> String {
        var text = ""
        for y in 0..<height {
            var current = Cell()
            for x in 0..<width {
                let cell = self[x, y]
                if !cell.hasStyle(of: current) {
                    text += Self.sgr(cell, level)
                    current = cell
                }
                text.unicodeScalars.append(contentsOf: cell.letters)
            }
            text += "\u{1B}[0m\n"
        }
        return text
    }

    /// The sequence that sets the colours and attributes of a cell, whatever was set before.
    static func sgr(_ cell: Cell, _ level: ColorLevel) -> String {
        var codes = ["0"]
        if cell.attributes.contains(.bold) { codes.append("1") }
        if cell.attributes.contains(.dim) { codes.append("2") }
        if cell.attributes.contains(.underline) { codes.append("4") }
        if cell.attributes.contains(.reverse) { codes.append("7") }
        codes += color(cell.foreground, level, base: 30)
        codes += color(cell.background, level, base: 40)
        return "\u{1B}[" + codes.joined(separator: ";") + "m"
    }

    private static func color(_ color: CellColor, _ level: ColorLevel, base: Int) -> [String] {
        switch quantised(color, level: level) {
        case .terminalDefault: []
        case .index(let index): index < 8 ? [String(base + index)] : [String(base + 8), "5", String(index)]
        case .rgb(let red, let green, let blue): [String(base + 8), "2", String(red), String(green), String(blue)]
        }
    }
}

extension Cell {
    /// What the cell adds to a text: its scalar with its marks, nothing for the right half of a wide one.
    var letters: [Unicode.Scalar] { scalar == Cell.rightHalf ? [] : [scalar] + marks.scalars }
}
