/// A colour as a terminal of some colour level can show it.
public enum QuantisedColor: Hashable, Sendable {
    case terminalDefault
    /// A palette entry: 0…7 at ``ColorLevel/palette8``, 16…255 at ``ColorLevel/palette256``.
    case index(Int)
    case rgb(UInt8, UInt8, UInt8)
}

/// Reduces a colour to what a terminal of `level` can show: itself, the nearest entry of the fixed part of the
/// 256-colour palette, the nearest of the eight basic colours, or the default colour.
public func quantised(_ color: CellColor, level: ColorLevel) -> QuantisedColor {
    guard case .rgb(let red, let green, let blue) = color else { return .terminalDefault }
    switch level {
    case .truecolor: return .rgb(red, green, blue)
    case .palette256: return .index(nearest256(Int(red), Int(green), Int(blue)))
    case .palette8: return .index(nearest8(Int(red), Int(green), Int(blue)))
    case .mono: return .terminalDefault
    }
}

/// The eight basic colours as xterm shows them by default.
public let basicColors: [CellColor] = [
    .rgb(0, 0, 0), .rgb(205, 0, 0), .rgb(0, 205, 0), .rgb(205, 205, 0),
    .rgb(0, 0, 238), .rgb(205, 0, 205), .rgb(0, 205, 205), .rgb(229, 229, 229),
]

/// The nearest of the 6×6×6 cube and the 24 greys. Entries 0…15 are left out: users redefine them.
private func nearest256(_ red: Int, _ green: Int, _ blue: Int) -> Int {
    func level(_ value: Int) -> Int { value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40 }
    func intensity(_ level: Int) -> Int { level == 0 ? 0 : 55 + 40 * level }
    func distance(_ r: Int, _ g: Int, _ b: Int) -> Int {
        (r - red) * (r - red) + (g - green) * (g - green) + (b - blue) * (b - blue)
    }
    let r = level(red)
    let g = level(green)
    let b = level(blue)
    let gray = max(0, min(23, ((red + green + blue) / 3 - 3) / 10))
    let shade = 8 + 10 * gray
    let cube = distance(intensity(r), intensity(g), intensity(b))
    return distance(shade, shade, shade) < cube ? 232 + gray : 16 + 36 * r + 6 * g + b
}

private func nearest8(_ red: Int, _ green: Int, _ blue: Int) -> Int {
    var best = 0
    var bestDistance = Int.max
    for (index, color) in basicColors.enumerated() {
        guard case .rgb(let r, let g, let b) = color else { continue }
        let dr = Int(r) - red
        let dg = Int(g) - green
        let db = Int(b) - blue
        let distance = 2 * dr * dr + 4 * dg * dg + 3 * db * db
        if distance < bestDistance { (best, bestDistance) = (index, distance) }
    }
    return best
}

extension CellColor {
    /// The mixture of two colours, `share` of `other`; the terminal's default colour does not mix.
    public func blended(with other: CellColor, share: Double) -> CellColor {
        guard case .rgb(let r0, let g0, let b0) = self, case .rgb(let r1, let g1, let b1) = other else {
            return share < 0.5 ? self : other
        }
        let t = max(0, min(1, share))
        func mix(_ a: UInt8, _ b: UInt8) -> UInt8 { UInt8((Double(a) + (Double(b) - Double(a)) * t).rounded()) }
        return .rgb(mix(r0, r1), mix(g0, g1), mix(b0, b1))
    }

    /// Whether black text reads better on this colour than white text.
    var isBright: Bool {
        guard case .rgb(let r, let g, let b) = self else { return false }
        return 299 * Int(r) + 587 * Int(g) + 114 * Int(b) > 128_000
    }
}

/// The colour of an entry from 16 on of the 256-colour palette: the 6×6×6 cube and 24 greys.
func paletteColor(_ index: Int) -> CellColor {
    guard index < 232 else {
        let shade = UInt8(clamping: 8 + 10 * (index - 232))
        return .rgb(shade, shade, shade)
    }
    func intensity(_ level: Int) -> UInt8 { level == 0 ? 0 : UInt8(55 + 40 * level) }
    let entry = max(0, index - 16)
    return .rgb(intensity(entry / 36), intensity(entry / 6 % 6), intensity(entry % 6))
}
