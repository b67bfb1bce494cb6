/// A colour as a value: the terminal's own default, or 24-bit RGB that the driver reduces to what the terminal can
/// show.
public enum CellColor: Hashable, Sendable {
    case terminalDefault
    case rgb(UInt8, UInt8, UInt8)
}

/// Text attributes of one cell.
public struct CellAttributes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let bold = CellAttributes(rawValue: 1)
    public static let dim = CellAttributes(rawValue: 2)
    public static let underline = CellAttributes(rawValue: 4)
    public static let reverse = CellAttributes(rawValue: 8)
}

/// One character cell of the screen. Only scalars one column wide are allowed.
public struct Cell: Hashable, Sendable {
    public var scalar: Unicode.Scalar
    public var foreground: CellColor
    public var background: CellColor
    public var attributes: CellAttributes

    public init(
        _ scalar: Unicode.Scalar = " ", foreground: CellColor = .terminalDefault,
        background: CellColor = .terminalDefault, attributes: CellAttributes = []
    ) {
        self.scalar = scalar
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }
}
