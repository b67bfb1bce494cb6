extension CellBuffer {
    /// The screen as a self-contained SVG picture.
    ///
    /// Letters are text in the viewer's monospace font, each at its own column; block, braille and line glyphs are
    /// drawn as shapes, because fonts differ in how they fill the cell.
    public func svg(theme: Theme) -> String {
        let picture = SVGPicture(theme: theme)
        var body = ""
        for y in 0..<height {
            body += picture.backgrounds(self, row: y)
        }
        for y in 0..<height {
            body += picture.shapes(self, row: y)
            body += picture.letters(self, row: y)
        }
        return picture.document(body, width: width, height: height)
    }
}

/// Draws cells as SVG elements.
struct SVGPicture {
    let theme: Theme
    let cellWidth = 8.4
    let cellHeight = 17.0

    /// A picture of so many cells around the elements that draw them.
    func document(_ body: String, width: Int, height: Int) -> String {
        let margin = 10.0
        let w = Self.number(Double(width) * cellWidth + 2 * margin)
        let h = Self.number(Double(height) * cellHeight + 2 * margin)
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(w)" height="\(h)" viewBox="0 0 \(w) \(h)">
            <rect width="100%" height="100%" rx="6" fill="\(hex(theme.paper, isBackground: true))"/>
            <g transform="translate(\(Self.number(margin)) \(Self.number(margin)))" font-family="DejaVu \
            Sans Mono, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">
            \(body)</g>
            </svg>

            """
    }

    /// All that is drawn of one row.
    func row(_ buffer: CellBuffer, _ y: Int) -> String {
        backgrounds(buffer, row: y) + shapes(buffer, row: y) + letters(buffer, row: y)
    }

    /// At most two decimals, no trailing zeros.
    static func number(_ value: Double) -> String { Format.trimmed(value, 2) }

    func hex(_ color: CellColor, isBackground: Bool) -> String {
        guard
            case .rgb(let red, let green, let blue) = color == .terminalDefault
                ? (isBackground ? theme.paper : theme.ink) : color
        else { return "#000" }
        func two(_ value: UInt8) -> String {
            let text = String(value, radix: 16)
            return text.count < 2 ? "0" + text : text
        }
        return "#" + two(red) + two(green) + two(blue)
    }

    /// Colours of a cell after reverse and dim.
    private func colors(_ cell: Cell) -> (ink: String, paper: String, isPlain: Bool) {
        var foreground = cell.foreground == .terminalDefault ? theme.ink : cell.foreground
        var background = cell.background == .terminalDefault ? theme.paper : cell.background
        let isReversed = cell.attributes.contains(.reverse)
        if isReversed { swap(&foreground, &background) }
        if cell.attributes.contains(.dim) { foreground = foreground.blended(with: background, share: 0.45) }
        return (
            hex(foreground, isBackground: false), hex(background, isBackground: true),
            cell.background == .terminalDefault && !isReversed
        )
    }

    func backgrounds(_ buffer: CellBuffer, row: Int) -> String {
        var text = ""
        var x = 0
        while x < buffer.width {
            let first = colors(buffer[x, row])
            var end = x + 1
            while end < buffer.width, colors(buffer[end, row]).paper == first.paper { end += 1 }
            if !first.isPlain { text += rect(Double(x), Double(row), Double(end - x), 1, first.paper) }
            x = end
        }
        return text
    }

    func shapes(_ buffer: CellBuffer, row: Int) -> String {
        var text = ""
        for x in 0..<buffer.width {
            let cell = buffer[x, row]
            guard cell.scalar.value >= 0x2500 else { continue }
            let ink = colors(cell).ink
            if let parts = SVGGlyphs.rectangles(cell.scalar) {
                for part in parts {
                    text += rect(Double(x) + part.x, Double(row) + part.y, part.width, part.height, ink)
                }
            } else if let path = SVGGlyphs.line(
                cell.scalar, x: Double(x) * cellWidth, y: Double(row) * cellHeight, width: cellWidth, height: cellHeight
            ) {
                text += "<path d=\"\(path)\" stroke=\"\(ink)\" fill=\"none\"/>\n"
            } else if let dots = SVGGlyphs.brailleDots(cell.scalar) {
                var path = ""
                for dot in dots {
                    let cx = (Double(x) + (dot.x == 0 ? 0.27 : 0.77)) * cellWidth
                    let cy = (Double(row) + 0.125 + 0.25 * Double(dot.y)) * cellHeight
                    path += "M\(Self.number(cx)) \(Self.number(cy))h0"
                }
                text += "<path d=\"\(path)\" stroke=\"\(ink)\" stroke-width=\"2.6\" stroke-linecap=\"round\"/>\n"
            }
        }
        return text
    }

    func letters(_ buffer: CellBuffer, row: Int) -> String {
        var text = ""
        var x = 0
        while x < buffer.width {
            let cell = buffer[x, row]
            guard isLetter(cell.scalar) else {
                x += 1
                continue
            }
            var end = x
            var positions: [String] = []
            var letters = String.UnicodeScalarView()
            while end < buffer.width, isLetter(buffer[end, row].scalar), buffer[end, row].foreground == cell.foreground,
                buffer[end, row].background == cell.background, buffer[end, row].attributes == cell.attributes
            {
                let own = buffer[end, row].letters
                // One place for each scalar: a mark stands where its letter does.
                positions += own.map { _ in Self.number(Double(end) * cellWidth) }
                letters.append(contentsOf: own)
                end += 1
            }
            let weight = cell.attributes.contains(.bold) ? " font-weight=\"bold\"" : ""
            let line = cell.attributes.contains(.underline) ? " text-decoration=\"underline\"" : ""
            let y = Self.number(Double(row) * cellHeight + cellHeight * 0.76)
            text +=
                """
                <text x=\"\(positions.joined(separator: " "))\" y=\"\(y)\" \
                fill=\"\(colors(cell).ink)\"\(weight)\(line)>\(Self.escaped(letters))</text>\n
                """
            x = end
        }
        return text
    }

    private func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar != " " && scalar != Cell.rightHalf && SVGGlyphs.rectangles(scalar) == nil
            && SVGGlyphs.brailleDots(scalar) == nil
            && !SVGGlyphs.isLine(scalar)
    }

    private func rect(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ fill: String) -> String {
        let (left, top) = (Self.number(x * cellWidth), Self.number(y * cellHeight))
        return
            """
            <rect x=\"\(left)\" y=\"\(top)\" width=\"\(Self.number(width * cellWidth))\" \
            height=\"\(Self.number(height * cellHeight))\" fill=\"\(fill)\" shape-rendering=\"crispEdges\"/>\n
            """
    }

    private static func escaped(_ scalars: String.UnicodeScalarView) -> String {
        var text = ""
        for scalar in scalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
