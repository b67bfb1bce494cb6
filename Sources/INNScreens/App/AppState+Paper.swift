/// What is painted where nothing has a colour of its own.
public struct Paper: Equatable, Sendable {
    public let color: CellColor
    public let ink: CellColor
}

extension AppState {
    /// The theme's own paper, unless the terminal has said that its background suits the theme: light letters on a
    /// background that turns out to be white could not be read. Nil leaves the background to the terminal.
    public var paper: Paper? {
        let look = look
        guard look.colors != .mono, terminalBackground?.isBright != (look.theme.name == .light) else { return nil }
        return Paper(color: look.theme.paper, ink: look.theme.ink)
    }

    /// Takes the theme that suits the terminal's background, where the user has chosen none.
    mutating func receive(background: CellColor) {
        terminalBackground = background
        if !isThemeChosen, theme != .mono { theme = background.isBright ? .light : .dark }
    }
}
