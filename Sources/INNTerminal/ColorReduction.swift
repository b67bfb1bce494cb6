import INNScreens

/// Reduces 24-bit colours to what a terminal shows.
enum ColorReduction {
    /// The levels of the 6×6×6 cube at palette index 16.
    private static let cubeLevels: [Int] = [0, 95, 135, 175, 215, 255]

    /// The number that the shim takes for a colour: -1 for the terminal's own, 0xRRGGBB, or a palette index.
    static func code(_ color: CellColor, level: ColorLevel) -> Int32 {
        guard case .rgb(let red, let green, let blue) = color else { return -1 }
        return switch level {
        case .truecolor: Int32(red) << 16 | Int32(green) << 8 | Int32(blue)
        case .palette256: Int32(xterm256(Int(red), Int(green), Int(blue)))
        case .palette8: Int32(palette8(Int(red), Int(green), Int(blue)))
        case .mono: -1
        }
    }

    /// The nearest entry of xterm's fixed 240 colours. The first 16 are left out: users redefine them.
    static func xterm256(_ red: Int, _ green: Int, _ blue: Int) -> Int {
        let (r, g, b) = (cubeStep(red), cubeStep(green), cubeStep(blue))
        let cube = squaredDistance(red - cubeLevels[r], green - cubeLevels[g], blue - cubeLevels[b])
        let grayStep = min(23, max(0, ((red + green + blue) / 3 - 3) / 10))
        let gray = 8 + 10 * grayStep
        let grayDistance = squaredDistance(red - gray, green - gray, blue - gray)
        return grayDistance < cube ? 232 + grayStep : 16 + 36 * r + 6 * g + b
    }

    /// One bit per channel, relative to the brightest channel so that dark colours keep their hue.
    static func palette8(_ red: Int, _ green: Int, _ blue: Int) -> Int {
        let brightest = max(red, green, blue)
        guard brightest >= 64 else { return 0 }
        func bit(_ channel: Int) -> Int { channel * 3 >= brightest * 2 ? 1 : 0 }
        let index = bit(red) | bit(green) << 1 | bit(blue) << 2
        let isDarkGray = index == 7 && brightest < 96
        return isDarkGray ? 0 : index
    }

    private static func cubeStep(_ channel: Int) -> Int {
        channel < 48 ? 0 : channel < 115 ? 1 : (channel - 35) / 40
    }

    private static func squaredDistance(_ red: Int, _ green: Int, _ blue: Int) -> Int {
        red * red + green * green + blue * blue
    }
}
