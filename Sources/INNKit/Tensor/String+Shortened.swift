extension String {
    /// Short and printable enough for an error message, whatever a hostile file put here.
    var shortened: String {
        let visible = String(unicodeScalars.lazy.prefix(61).map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: "?"
            default: Character(scalar)
            }
        })
        return visible.unicodeScalars.count > 60 ? visible.unicodeScalars.prefix(60).reduce(into: "") { $0.unicodeScalars.append($1) } + "…" : visible
    }
}
