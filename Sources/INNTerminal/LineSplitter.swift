/// Cuts a stream of bytes into lines; what follows the last line end waits for more.
struct LineSplitter {
    private static let newline = UInt8(ascii: "\n")
    /// Output without a line end is cut here, so that it cannot grow without bound.
    private static let longestLine = 4096
    private var rest: [UInt8] = []

    /// Adds bytes and returns the lines that they complete, without their line ends and control characters.
    mutating func append(_ bytes: [UInt8]) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == Self.newline || rest.count == Self.longestLine {
                lines.append(String(decoding: rest, as: UTF8.self))
                rest.removeAll(keepingCapacity: true)
            }
            if byte >= 0x20 { rest.append(byte) }
        }
        return lines
    }
}
