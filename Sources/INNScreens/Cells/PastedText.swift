/// A text that the user pasted into the terminal: plain text, whatever it was copied from.
///
/// Line ends of all kinds are newlines; other control characters are left out. What is longer than
/// ``longest`` characters is cut off there.
public struct PastedText: Equatable, Sendable {
    /// With its line ends.
    public private(set) var text = ""
    private var endsWithReturn = false
    private var count = 0

    /// Unicode scalars that are kept.
    static let longest = 1_000_000

    public init() {}

    public init(_ text: String) {
        for scalar in text.unicodeScalars { append(scalar) }
    }

    /// Takes the next scalar, as the terminal sent it.
    public mutating func append(_ scalar: Unicode.Scalar) {
        let continuesLineEnd = endsWithReturn && scalar == "\n"
        endsWithReturn = scalar == "\r"
        let isControl = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
        guard !continuesLineEnd, !isControl || endsWithReturn else { return }
        count += 1
        if count <= Self.longest { text.unicodeScalars.append(endsWithReturn ? "\n" : scalar) }
    }

    /// On one line, as a path or a number is written: line ends and tabs are spaces, and those around it are left out.
    var line: String {
        text.split { $0 == "\n" }.map { $0.split(separator: "\t").joined(separator: " ") }.joined(separator: " ")
    }

    /// Scalars that were cut off.
    var missing: Int { max(0, count - Self.longest) }
}
