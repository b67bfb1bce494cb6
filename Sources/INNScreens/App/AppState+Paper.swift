/// What is painted where nothing has a colour of its own.
public struct Paper: Equatable, Sendable {
    public let color: CellColor
    public let ink: CellColor

    /// The theme's own paper, unless the terminal has said that its background suits the theme: light letters on a
    /// background that turns out to be white could not be read. Nil leaves the background to the terminal.
    static func painted(_ look: Look, on terminal: CellColor?) -> Paper? {
        guard look.colors != .mono, terminal?.isBright != (look.theme.name == .light) else { return nil }
        return Paper(color: look.theme.paper, ink: look.theme.ink)
    }
}

extension CellBuffer {
    /// The same with a paper's colours where cells have the terminal's own.
    public func painted(on paper: Paper?) -> CellBuffer {
        guard let paper else { return self }
        var painted = self
        painted.mapCells {
            if $0.background == .terminalDefault { $0.background = paper.color }
            if $0.foreground == .terminalDefault { $0.foreground = paper.ink }
        }
        return painted
    }
}

extension AppState {
    /// See ``Paper/painted(_:on:)``.
    public var paper: Paper? { .painted(look, on: terminalBackground) }

    /// Takes the theme that suits the terminal's background, where the user has chosen none.
    mutating func receive(background: CellColor) {
        terminalBackground = background
        if !isThemeChosen, theme != .mono { theme = background.isBright ? .light : .dark }
    }
}
