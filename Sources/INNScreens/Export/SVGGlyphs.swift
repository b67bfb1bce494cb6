/// Shapes of the glyphs that must meet at cell edges, in fractions of a cell.
enum SVGGlyphs {
    struct Part: Equatable {
        var x = 0.0
        var y = 0.0
        var width = 1.0
        var height = 1.0
    }

    /// Block elements as rectangles; nil for other scalars.
    static func rectangles(_ scalar: Unicode.Scalar) -> [Part]? {
        let value = scalar.value
        switch value {
        case 0x2580: return [Part(height: 0.5)]
        case 0x2581...0x2588:
            let height = Double(value - 0x2580) / 8
            return [Part(y: 1 - height, height: height)]
        case 0x2589...0x258F: return [Part(width: Double(0x2590 - value) / 8)]
        case 0x2590: return [Part(x: 0.5, width: 0.5)]
        case 0x2596...0x259F:
            // Bits: upper left 1, upper right 2, lower left 4, lower right 8.
            let mask = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14][Int(value - 0x2596)]
            return (0..<4).filter { mask >> $0 & 1 == 1 }.map {
                Part(x: $0 % 2 == 1 ? 0.5 : 0, y: $0 > 1 ? 0.5 : 0, width: 0.5, height: 0.5)
            }
        default: return nil
        }
    }

    static func isLine(_ scalar: Unicode.Scalar) -> Bool {
        line(scalar, x: 0, y: 0, width: 1, height: 1) != nil
    }

    /// The path of a box-drawing glyph in a cell whose upper left corner is (x, y).
    static func line(_ scalar: Unicode.Scalar, x: Double, y: Double, width: Double, height: Double) -> String? {
        let n = SVGPicture.number
        let left = n(x)
        let right = n(x + width)
        let top = n(y)
        let bottom = n(y + height)
        let middleX = n(x + width / 2)
        let middleY = n(y + height / 2)
        switch scalar {
        case "─": return "M\(left) \(middleY)H\(right)"
        case "│": return "M\(middleX) \(top)V\(bottom)"
        case "┬": return "M\(left) \(middleY)H\(right)M\(middleX) \(middleY)V\(bottom)"
        case "┴": return "M\(left) \(middleY)H\(right)M\(middleX) \(middleY)V\(top)"
        case "┼": return "M\(left) \(middleY)H\(right)M\(middleX) \(top)V\(bottom)"
        case "╭": return "M\(middleX) \(bottom)Q\(middleX) \(middleY) \(right) \(middleY)"
        case "╮": return "M\(middleX) \(bottom)Q\(middleX) \(middleY) \(left) \(middleY)"
        case "╰": return "M\(middleX) \(top)Q\(middleX) \(middleY) \(right) \(middleY)"
        case "╯": return "M\(middleX) \(top)Q\(middleX) \(middleY) \(left) \(middleY)"
        default: return nil
        }
    }

    /// The dots of a braille pattern as column (0…1) and row (0…3); nil for other scalars.
    static func brailleDots(_ scalar: Unicode.Scalar) -> [(x: Int, y: Int)]? {
        guard (0x2800...0x28FF).contains(scalar.value) else { return nil }
        let mask = scalar.value - 0x2800
        var dots: [(x: Int, y: Int)] = []
        for bit in 0..<8 where (mask >> UInt32(bit)) & 1 == 1 {
            // Bits 0–5 run down the first three rows, 6 and 7 are the fourth.
            dots.append(bit < 6 ? (bit / 3, bit % 3) : (bit - 6, 3))
        }
        return dots
    }
}
