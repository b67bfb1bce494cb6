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

/// Marks that are drawn over the scalar of a cell, such as accents and vowel signs; more than two are left out.
public struct CombiningMarks: Hashable, Sendable {
    /// 0 is none.
    public private(set) var first: UInt32 = 0, second: UInt32 = 0

    public init() {}

    mutating func append(_ mark: Unicode.Scalar) {
        if first == 0 { first = mark.value } else if second == 0 { second = mark.value }
    }

    var scalars: [Unicode.Scalar] { [first, second].compactMap { $0 == 0 ? nil : Unicode.Scalar($0) } }
}

/// One character cell of the screen, or one half of a character that is two columns wide.
public struct Cell: Hashable, Sendable {
    /// One column wide; or two columns wide, and the next cell's is ``rightHalf``.
    public var scalar: Unicode.Scalar
    public var marks = CombiningMarks()
    public var foreground: CellColor
    public var background: CellColor
    public var attributes: CellAttributes

    /// The scalar of a cell that the one before it reaches into.
    public static let rightHalf: Unicode.Scalar = "\u{0}"

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
