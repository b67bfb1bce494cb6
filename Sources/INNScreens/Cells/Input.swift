/// A key as the reducer sees it, free of any terminal library's codes.
public enum Key: Hashable, Sendable {
    case character(Character)
    /// Control plus a lower-case letter, for example `.control("l")`.
    case control(Character)
    case up, down, left, right
    case pageUp, pageDown, home, end
    case enter, escape, tab, backTab, backspace, delete
    /// Never the only way to anything: some terminals and desktops keep the function keys for themselves.
    case f1
}

/// A mouse event in cell coordinates, origin at the top left.
public struct MouseEvent: Hashable, Sendable {
    public enum Kind: Hashable, Sendable { case press, release, drag, scrollUp, scrollDown }
    public var kind: Kind
    public var x: Int
    public var y: Int

    public init(kind: Kind, x: Int, y: Int) {
        self.kind = kind
        self.x = x
        self.y = y
    }
}

/// How many colours the terminal shows; chosen independently of ``GlyphLevel``.
public enum ColorLevel: String, CaseIterable, Sendable { case truecolor, palette256, palette8, mono }

/// Which glyphs the terminal's font and locale can show.
public enum GlyphLevel: String, CaseIterable, Sendable { case braille, blocks, ascii }
