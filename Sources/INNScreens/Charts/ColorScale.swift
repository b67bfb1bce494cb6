import INNKit

/// Maps numbers to colours over a fixed range, in as many steps as the terminal's colours allow.
struct ColorScale: Sendable, Equatable {
    enum Kind: Sendable { case viridis, diverging }

    let kind: Kind
    let low: Float
    let high: Float
    let level: ColorLevel
    private let colors: [CellColor]

    /// - Parameters:
    ///   - kind: `viridis` for magnitudes, `diverging` (blue–white–orange) for signed differences.
    ///   - low, high: the ends of the scale; values beyond them take the end colours.
    init(_ kind: Kind, low: Float, high: Float, look: Look) {
        self.kind = kind
        self.low = low
        self.high = high > low ? high : low + 1
        level = look.colors
        let steps = Self.steps(level)
        if level == .palette8 {
            colors = (kind == .viridis ? [4, 6, 2, 3, 7] : [4, 6, 7, 3, 1]).map { basicColors[$0] }
        } else {
            let stops = kind == .viridis ? Self.viridisStops : Self.divergingStops
            colors = (0..<steps).map { Self.interpolate(stops, at: Double($0) / Double(steps - 1)) }
        }
    }

    /// 32, 20, 5 colours or 10 glyphs: bounds the terminal's colour pairs and the bytes per frame.
    static func steps(_ level: ColorLevel) -> Int {
        switch level {
        case .truecolor: 32
        case .palette256: 20
        case .palette8: 5
        case .mono: 10
        }
    }

    var stepCount: Int { Self.steps(level) }

    /// The step of a value, 0 at `low`; NaN has none.
    func step(_ value: Float) -> Int? {
        guard !value.isNaN else { return nil }
        let share = (max(low, min(high, value)) - low) / (high - low)
        return min(stepCount - 1, Int(bounded: share * Float(stepCount)))
    }

    func color(step: Int) -> CellColor { level == .mono ? .terminalDefault : colors[step] }

    /// The glyph that stands for a step where there is no colour.
    static func ramp(step: Int, of count: Int) -> Unicode.Scalar {
        rampScalars[count <= 1 ? 0 : step * (rampScalars.count - 1) / (count - 1)]
    }

    private static let rampScalars: [Unicode.Scalar] = [" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"]

    private static func interpolate(_ stops: [(UInt8, UInt8, UInt8)], at share: Double) -> CellColor {
        let position = share * Double(stops.count - 1)
        let index = min(stops.count - 2, Int(bounded: position))
        let a = stops[index]
        let b = stops[index + 1]
        return CellColor.rgb(a.0, a.1, a.2).blended(with: .rgb(b.0, b.1, b.2), share: position - Double(index))
    }

    /// viridis (van der Walt and Smith), every 32nd of its 256 entries.
    private static let viridisStops: [(UInt8, UInt8, UInt8)] = [
        (68, 1, 84), (71, 44, 122), (59, 81, 139), (44, 113, 142), (33, 144, 141),
        (39, 173, 129), (92, 200, 99), (170, 220, 50), (253, 231, 37),
    ]

    /// Blue–white–orange, distinguishable with every common colour-vision deficiency.
    private static let divergingStops: [(UInt8, UInt8, UInt8)] = [
        (8, 64, 129), (43, 120, 190), (116, 173, 214), (190, 215, 234), (240, 240, 238),
        (250, 214, 170), (247, 165, 85), (224, 112, 24), (150, 62, 4),
    ]
}
