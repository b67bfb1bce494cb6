/// Colours and attributes that text is written with.
public struct Style: Hashable, Sendable {
    public var foreground: CellColor
    public var background: CellColor
    public var attributes: CellAttributes

    public init(
        _ foreground: CellColor = .terminalDefault, on background: CellColor = .terminalDefault,
        _ attributes: CellAttributes = []
    ) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    /// The same colours with more attributes.
    public func with(_ more: CellAttributes) -> Style { Style(foreground, on: background, attributes.union(more)) }

    /// The same foreground and attributes on another background.
    public func on(_ other: CellColor) -> Style { Style(foreground, on: other, attributes) }
}
