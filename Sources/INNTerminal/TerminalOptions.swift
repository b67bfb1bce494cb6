import INNScreens

/// What the user asked of the terminal; nil means "find out".
public struct TerminalOptions: Sendable {
    /// `--colors`.
    public var colors: ColorLevel?
    /// `--glyphs`.
    public var glyphs: GlyphLevel?
    /// Whether the terminal reports the mouse instead of selecting text with it.
    public var mouse: Bool
    /// What the user can do where there is no terminal, as the end of a sentence: “use --headless”.
    public var alternative: String?
    /// The device of a terminal that another process was started on and leaves to this one; nil for this process's own.
    public var borrowed: String?
    /// Whether Ctrl-Z stops the process; others may depend on it.
    public var canStop: Bool

    public init(
        colors: ColorLevel? = nil, glyphs: GlyphLevel? = nil, mouse: Bool = true, alternative: String? = nil,
        borrowed: String? = nil, canStop: Bool = true
    ) {
        self.colors = colors
        self.glyphs = glyphs
        self.mouse = mouse
        self.alternative = alternative
        self.borrowed = borrowed
        self.canStop = canStop
    }
}

/// What the terminal shows, after the environment and ``TerminalOptions`` have been considered.
public struct TerminalCapabilities: Equatable, Sendable {
    public var colors: ColorLevel
    public var glyphs: GlyphLevel

    public init(colors: ColorLevel, glyphs: GlyphLevel) {
        self.colors = colors
        self.glyphs = glyphs
    }
}
