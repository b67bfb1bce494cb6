extension Unicode.Scalar {
    /// Columns that a terminal gives to it: none for marks over what stands before, two for the wide scripts of East
    /// Asia and emoji that are coloured by themselves (Unicode Standard Annex 11), else one.
    public var columns: Int {
        if value < 0x300 { return value == 0xAD ? 0 : 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        // The vowels and final consonants of a Korean syllable stand inside it.
        if (0x1160...0x11FF).contains(value) { return 0 }
        // Letters that stand for flags are emoji, and narrow as long as they stand alone.
        let isEmoji = properties.isEmojiPresentation && !(0x1F1E6...0x1F1FF).contains(value)
        return isEmoji || Self.wide.contains { $0.contains(value) } ? 2 : 1
    }

    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
        0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF,
        0x1F200...0x1F265, 0x20000...0x3FFFD,
    ]
}

extension String {
    /// Columns that a terminal gives to it.
    public var columns: Int { unicodeScalars.reduce(0) { $0 + $1.columns } }
}
