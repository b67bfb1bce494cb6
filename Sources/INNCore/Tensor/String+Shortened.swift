extension String {
    /// Short and printable enough for an error message, whatever a hostile file put here.
    public var shortened: String {
        let start = unicodeScalars.prefix(61)
        let isCut = start.count > 60
        return String(String.UnicodeScalarView(isCut ? start.dropLast() : start)).printable + (isCut ? "…" : "")
    }

    /// With a question mark in place of every character that a terminal would obey instead of showing it.
    public var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: "?"
                    default: scalar
                    }
                }))
    }
}
