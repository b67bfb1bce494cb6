extension String {
    /// With a picture in place of every control character that a terminal would obey instead of showing it (␛ for ESC),
    /// line ends and tabs apart, and a question mark in place of what turns the direction of writing round.
    public var harmless: String {
        guard unicodeScalars.contains(where: { $0.harmlessForm != $0 }) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map(\.harmlessForm)))
    }
}

extension Unicode.Scalar {
    /// What a terminal may be sent in its place.
    fileprivate var harmlessForm: Unicode.Scalar {
        switch value {
        case 0x09, 0x0A: self
        case ..<0x20: Unicode.Scalar(0x2400 + value)!
        case 0x7F: "␡"
        case 0x80..<0xA0, 0x202A...0x202E, 0x2066...0x2069: "?"
        default: self
        }
    }
}
