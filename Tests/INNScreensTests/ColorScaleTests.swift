import Foundation
import INNKit
import Testing

@testable import INNScreens

struct ColorScaleTests {
    private static func scale(
        _ kind: ColorScale.Kind, _ theme: ThemeName, _ level: ColorLevel, low: Float = -3, high: Float = 3
    ) -> ColorScale {
        ColorScale(kind, low: low, high: high, look: Look(theme: theme, colors: level, glyphs: .blocks))
    }

    /// CIE L* of what a terminal of this level shows; nothing is the paper.
    private static func lightness(_ color: CellColor, _ theme: ThemeName, _ level: ColorLevel) throws -> Double {
        let paper = Theme(theme, level: .truecolor).paper
        let shown: CellColor =
            switch quantised(color, level: level) {
            case .terminalDefault: paper
            case .rgb(let r, let g, let b): .rgb(r, g, b)
            case .index(let index): index < 16 ? basicColors[index] : paletteColor(index)
            }
        guard case .rgb(let red, let green, let blue) = shown else { return try #require(nil) }
        func linear(_ value: UInt8) -> Double {
            let share = Double(value) / 255
            return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        let y = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
        return y > 0.008856 ? 116 * cbrt(y) - 16 : 903.3 * y
    }

    /// On dark paper more is lighter, on light paper darker, in every step that a terminal shows.
    @Test(arguments: [ThemeName.dark, .light], [ColorLevel.truecolor, .palette256, .palette8])
    func magnitudesMoveAwayFromThePaper(_ theme: ThemeName, _ level: ColorLevel) throws {
        let scale = Self.scale(.viridis, theme, level)
        let values = try (0..<scale.stepCount).map { try Self.lightness(scale.color(step: $0), theme, level) }
        for (before, after) in zip(values, values.dropFirst()) {
            #expect(theme == .dark ? after > before : after < before, "\(values)")
        }
    }

    /// Also on a console, whose eight colours are others: there yellow is brown.
    @Test(arguments: [ThemeName.dark, .light]) func eightColoursAreInOrderOnAConsole(_ theme: ThemeName) throws {
        let console: [CellColor] = [
            .rgb(0, 0, 0), .rgb(170, 0, 0), .rgb(0, 170, 0), .rgb(170, 85, 0), .rgb(0, 0, 170), .rgb(170, 0, 170),
            .rgb(0, 170, 170), .rgb(170, 170, 170),
        ]
        let scale = Self.scale(.viridis, theme, .palette8)
        let values = try (1..<scale.stepCount).map { step in
            let index = try #require(basicColors.firstIndex(of: scale.color(step: step)))
            return try Self.lightness(console[index], theme, .truecolor)
        }
        for (before, after) in zip(values, values.dropFirst()) {
            #expect(theme == .dark ? after > before : after < before, "\(values)")
        }
    }

    /// So do differences, to both sides of none.
    @Test(arguments: [ThemeName.dark, .light], [ColorLevel.truecolor, .palette256, .palette8])
    func differencesMoveAwayFromThePaper(_ theme: ThemeName, _ level: ColorLevel) throws {
        let scale = Self.scale(.diverging, theme, level)
        let values = try (0..<scale.stepCount).map { try Self.lightness(scale.color(step: $0), theme, level) }
        let middle = scale.stepCount / 2
        for side in [Array(values[middle...]), values[...middle].reversed()] {
            for (before, after) in zip(side, side.dropFirst()) {
                #expect(theme == .dark ? after > before : after < before, "\(values)")
            }
        }
    }

    @Test(arguments: ColorLevel.allCases, [ThemeName.dark, .light])
    func neutralIsTheBackground(_ level: ColorLevel, _ theme: ThemeName) throws {
        let differences = Self.scale(.diverging, theme, level)
        let magnitudes = Self.scale(.viridis, theme, level, low: 0, high: 1)
        for (scale, value) in [(differences, Float(0)), (magnitudes, 0)] {
            let step = try #require(scale.step(value))
            #expect(scale.color(step: step) == .terminalDefault && scale.glyph(step: step) == " ")
        }
        for scale in [differences, magnitudes] {
            let last = scale.stepCount - 1
            #expect(scale.step(-.infinity) == 0 && scale.step(.infinity) == last && scale.step(.nan) == nil)
            #expect(scale.stepCount % 2 == (scale.kind == .diverging ? 1 : scale.stepCount % 2))
            #expect(Set((0...last).map { scale.color(step: $0) }).count == (level == .mono ? 1 : last + 1))
            #expect(Set((0...last).map { scale.glyph(step: $0) }).count == min(10, last + 1) || level != .mono)
        }
    }

    @Test func rangesFollowTheData() {
        let look = Look(theme: .dark, colors: .truecolor, glyphs: .blocks)
        #expect(ColorScale.around0([0.21, -0.17, .nan, -.infinity], least: 0.1, look: look).high == 0.3)
        #expect(ColorScale.around0([0.01, 0], least: 0.1, look: look).low == -0.1)
        #expect(ColorScale.around0([9, -9], least: 0.1, most: 3.9, look: look).high == 3.9)
        #expect(ColorScale.from0([0.42], least: 0.01, look: look).high == 0.5)
        let outlier = [Float](repeating: 0.4, count: 199) + [40]
        #expect(ColorScale.around0(outlier, least: 0.1, look: look).high == 0.4, "one in 200 leaves the others colours")
        for (value, rounded) in [(0, 0), (1, 1), (1.01, 1.5), (2.5, 3), (9, 10), (0.0031, 0.004), (620, 800)]
            as [(Float, Float)]
        {
            #expect(abs(ColorScale.roundedUp(value) - rounded) < 1e-4 * max(1e-3, rounded), "\(value)")
        }
    }

    /// The ends stand beside the matrix, with a sign where values lie beyond.
    @Test func theRangeIsPrinted() {
        let look = Look(theme: .dark, colors: .truecolor, glyphs: .braille)
        let values: [Float] = [Float](repeating: 0.2, count: 255) + [7]
        let map = Heatmap(
            rows: 16, columns: 16, values: values, scale: .around0(values, least: 0.1, look: look),
            quantity: "doublings from uniform")
        var buffer = CellBuffer(width: 70, height: 20)
        map.render(in: &buffer, area: buffer.bounds, look: look)
        let text = buffer.plainText()
        #expect(text.contains("-0.2 ") && text.contains(" ≥+0.2  doublings from uniform"))
    }
}
