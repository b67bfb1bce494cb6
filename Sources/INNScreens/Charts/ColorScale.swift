import INNKit

/// Maps numbers to colours over a range, in as many steps as the terminal's colours allow. Neutral - nothing, or no
/// difference - is the background itself, and lightness moves away from it in one direction.
struct ColorScale: Sendable, Equatable {
    enum Kind: Sendable { case viridis, diverging }

    let kind: Kind
    let low: Float
    let high: Float
    let level: ColorLevel
    private let colors: [CellColor]

    /// - Parameters:
    ///   - kind: `viridis` for magnitudes (on light paper a ramp that darkens), `diverging` (blue below 0, orange
    ///     above) for signed differences.
    ///   - low, high: the ends of the scale; values beyond them take the end colours.
    init(_ kind: Kind, low: Float, high: Float, look: Look) {
        self.kind = kind
        self.low = low
        self.high = high > low ? high : low + 1
        level = look.colors
        colors = Self.colors(kind, look.colors, isLight: look.theme.name == .light)
    }

    /// Few enough to bound the terminal's colour pairs and the bytes per frame; a diverging scale has a middle.
    static func steps(_ level: ColorLevel, _ kind: Kind) -> Int {
        switch (level, kind) {
        case (.truecolor, .viridis): 32
        case (.truecolor, .diverging): 33
        case (.palette256, .viridis): 12
        case (.palette256, .diverging): 13
        case (.palette8, .viridis): 6
        case (.palette8, .diverging): 5
        case (.mono, .viridis): viridisGlyphs.count
        case (.mono, .diverging): divergingGlyphs.count
        }
    }

    var stepCount: Int { Self.steps(level, kind) }

    /// The step of a value, 0 at `low`; NaN has none.
    func step(_ value: Float) -> Int? {
        guard !value.isNaN else { return nil }
        let share = (max(low, min(high, value)) - low) / (high - low)
        return min(stepCount - 1, Int(bounded: share * Float(stepCount)))
    }

    /// The terminal's own background for what is neutral.
    func color(step: Int) -> CellColor { level == .mono ? .terminalDefault : colors[step] }

    /// The colour of a step, nearer to the paper where it rests on little. Eight colours have nothing between.
    func color(step: Int, isFaint: Bool, _ look: Look) -> CellColor {
        let own = color(step: step)
        guard isFaint, level != .palette8, own != .terminalDefault else { return own }
        return own.blended(with: look.theme.paper, share: 0.6)
    }

    /// The glyph that stands for a step where there is no colour.
    func glyph(step: Int) -> Unicode.Scalar {
        if kind == .viridis { return Self.ramp(step: step, of: stepCount) }
        return Self.divergingGlyphs[step * (Self.divergingGlyphs.count - 1) / (stepCount - 1)]
    }

    /// The glyph of a magnitude.
    static func ramp(step: Int, of count: Int) -> Unicode.Scalar {
        viridisGlyphs[count <= 1 ? 0 : step * (viridisGlyphs.count - 1) / (count - 1)]
    }

    private static let viridisGlyphs: [Unicode.Scalar] = [" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"]
    /// Lines below 0, dots and crosses above it.
    private static let divergingGlyphs: [Unicode.Scalar] = ["=", "~", "-", "_", " ", ".", ":", "+", "#"]
}

// MARK: Ramps

extension ColorScale {
    private static func colors(_ kind: Kind, _ level: ColorLevel, isLight: Bool) -> [CellColor] {
        let count = steps(level, kind)
        switch (level, kind) {
        case (.mono, _): return []
        case (.palette8, .viridis): return [.terminalDefault] + basic(isLight ? [6, 2, 5, 4, 0] : [4, 5, 2, 6, 7])
        case (.palette8, .diverging):
            return around(basic(isLight ? [6, 4] : [4, 6]), basic(isLight ? [3, 1] : [1, 3]))
        case (.palette256, .viridis): return [.terminalDefault] + palette(isLight ? lightRamp : darkRamp)
        case (.palette256, .diverging):
            return isLight
                ? around(palette(lightCold), palette(lightHot)) : around(palette(darkCold), palette(darkHot))
        case (.truecolor, .viridis):
            return [.terminalDefault] + ramp(isLight ? lightStops : darkStops, count: count - 1)
        case (.truecolor, .diverging):
            let half = (count - 1) / 2
            return isLight
                ? around(ramp(lightColdStops, count: half), ramp(lightHotStops, count: half))
                : around(ramp(darkColdStops, count: half), ramp(darkHotStops, count: half))
        }
    }

    /// Two ramps, each from the middle outwards, and the background between them.
    private static func around(_ cold: [CellColor], _ hot: [CellColor]) -> [CellColor] {
        cold.reversed() + [.terminalDefault] + hot
    }

    /// Yellow is left out of the ramps of magnitudes: on a console it is brown, darker than what comes before it.
    private static func basic(_ indices: [Int]) -> [CellColor] { indices.map { basicColors[$0] } }

    private static func palette(_ indices: [Int]) -> [CellColor] { indices.map(paletteColor) }

    /// `count` colours on the way from the first stop, which is the paper and left out, to the last.
    private static func ramp(_ stops: [(UInt8, UInt8, UInt8)], count: Int) -> [CellColor] {
        (1...count).map { step in
            let position = Double(step) / Double(count) * Double(stops.count - 1)
            let index = min(stops.count - 2, Int(bounded: position))
            let (a, b) = (stops[index], stops[index + 1])
            return CellColor.rgb(a.0, a.1, a.2).blended(
                with: .rgb(b.0, b.1, b.2), share: position - Double(index))
        }
    }

    // Entries of the 256-colour palette, picked by hand so that lightness rises (on dark paper) or falls (on light
    // paper) with every step; rounding a ramp of 24 bits to the cube makes it go back and forth.
    private static let darkRamp = [53, 54, 24, 61, 30, 36, 72, 78, 149, 185, 227]
    private static let lightRamp = [229, 193, 151, 115, 73, 37, 31, 25, 19, 18, 17]
    private static let darkCold = [18, 24, 32, 39, 117, 159]
    private static let darkHot = [52, 94, 166, 208, 215, 222]
    private static let lightCold = [195, 153, 111, 32, 26, 18]
    private static let lightHot = [223, 215, 208, 166, 130, 88]

    /// viridis (van der Walt and Smith), every 32nd of its 256 entries, from the dark paper.
    private static let darkStops: [(UInt8, UInt8, UInt8)] = [
        (14, 18, 24), (68, 1, 84), (71, 44, 122), (59, 81, 139), (44, 113, 142), (33, 144, 141), (39, 173, 129),
        (92, 200, 99), (170, 220, 50), (253, 231, 37),
    ]

    /// YlGnBu (ColorBrewer), from the light paper.
    private static let lightStops: [(UInt8, UInt8, UInt8)] = [
        (252, 252, 250), (237, 248, 177), (199, 233, 180), (127, 205, 187), (65, 182, 196), (29, 145, 192),
        (34, 94, 168), (37, 52, 148), (8, 29, 88),
    ]

    // Blue and orange are told apart with every common colour-vision deficiency.
    private static let darkColdStops: [(UInt8, UInt8, UInt8)] = [
        (14, 18, 24), (18, 52, 96), (30, 96, 164), (72, 152, 216), (160, 212, 246),
    ]
    private static let darkHotStops: [(UInt8, UInt8, UInt8)] = [
        (14, 18, 24), (78, 40, 12), (156, 80, 16), (228, 130, 42), (255, 200, 128),
    ]
    private static let lightColdStops: [(UInt8, UInt8, UInt8)] = [
        (252, 252, 250), (190, 215, 234), (116, 173, 214), (43, 120, 190), (8, 64, 129),
    ]
    private static let lightHotStops: [(UInt8, UInt8, UInt8)] = [
        (252, 252, 250), (250, 214, 170), (247, 165, 85), (224, 112, 24), (150, 62, 4),
    ]
}

// MARK: Ranges

extension ColorScale {
    /// A diverging scale around 0 that follows the data. Its ends are where 98 of 100 values stay within, rounded up to
    /// a short number, so that a single outlier does not leave the others without colour.
    ///
    /// - Parameters:
    ///   - least: the ends are never closer to 0: differences below that would be noise in strong colours.
    ///   - most: nor farther; values beyond it are drawn like it.
    static func around0(_ values: [Float], least: Float, most: Float = .infinity, look: Look) -> ColorScale {
        let end = max(least, min(most, reach(values)))
        return ColorScale(.diverging, low: -end, high: end, look: look)
    }

    /// A scale of magnitudes from 0 that follows the data likewise.
    static func from0(_ values: [Float], least: Float, look: Look) -> ColorScale {
        ColorScale(.viridis, low: 0, high: max(least, reach(values)), look: look)
    }

    private static func reach(_ values: [Float]) -> Float {
        let sizes = values.filter(\.isFinite).map(abs).sorted()
        return sizes.isEmpty ? 0 : roundedUp(sizes[(sizes.count * 98 + 99) / 100 - 1])
    }

    /// The next of 1, 1.5, 2, 3, 4, 5, 6, 8 and 10 times a power of ten; 0 stays.
    static func roundedUp(_ value: Float) -> Float {
        guard value > 0, value.isFinite else { return 0 }
        var unit: Float = 1
        while unit > value, unit > 1e-30 { unit /= 10 }
        while unit * 10 <= value, unit < 1e30 { unit *= 10 }
        let steps: [Float] = [1, 1.5, 2, 3, 4, 5, 6, 8, 10]
        return (steps.first { $0 * unit >= value * 0.9999 } ?? 10) * unit
    }
}

extension CellColor {
    /// What is written on this colour: black or white, or the text's own colour on the terminal's background.
    func ink(_ look: Look) -> CellColor {
        self == .terminalDefault ? look.theme.text.foreground : isBright ? .rgb(0, 0, 0) : .rgb(255, 255, 255)
    }
}
