/// Walks over the bytes of a settings file and knows the line that it is in.
struct SettingsScanner {
    private let bytes: [UInt8]
    private(set) var index = 0
    /// 1….
    private(set) var line = 1

    init(_ text: String) {
        bytes = Array(text.utf8)
        // What some editors begin a file with.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }

    func peek(_ ahead: Int = 0) -> UInt8? { index + ahead < bytes.count ? bytes[index + ahead] : nil }

    mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where index < bytes.count {
            if bytes[index] == UInt8(ascii: "\n") { line += 1 }
            index += 1
        }
    }

    /// Whether the line ends here, or the file.
    var isAtEndOfLine: Bool {
        peek() == nil || peek() == UInt8(ascii: "\n") || (peek() == UInt8(ascii: "\r") && peek(1) == UInt8(ascii: "\n"))
    }

    /// Goes over spaces and a comment.
    mutating func skip(linesToo: Bool = false) {
        skipSpaces(linesToo: linesToo)
        while peek() == UInt8(ascii: "#") {
            while !isAtEndOfLine { advance() }
            skipSpaces(linesToo: linesToo)
        }
    }

    mutating func skipSpaces(linesToo: Bool = false) {
        while let byte = peek(),
            byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || (linesToo && isAtEndOfLine)
        { advance() }
    }

    /// Goes over a sign if it is next.
    mutating func take(_ sign: StaticString) -> Bool {
        let next = sign.withUTF8Buffer { Array($0) }
        guard bytes[index...].starts(with: next) else { return false }
        advance(next.count)
        return true
    }

    mutating func takeWord(_ belongs: (UInt8) -> Bool) -> String {
        let start = index
        while let byte = peek(), belongs(byte) { advance() }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
