import INNCore

/// UTF-16 and UTF-32, with a mark or without one, which pass for UTF-8 byte by byte wherever the bytes are ASCII.
enum WideEncoding: String, CaseIterable {
    case utf32LittleEndian = "UTF-32LE"
    case utf32BigEndian = "UTF-32BE"
    case utf16LittleEndian = "UTF-16LE"
    case utf16BigEndian = "UTF-16BE"

    /// What a text begins like, from its first bytes; nil for what may be UTF-8.
    ///
    /// - Parameter bytes: the beginning of a text; at most ``probed`` bytes of it are looked at.
    init?(of bytes: UnsafeRawBufferPointer) {
        let sample = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.probed / 4 * 4))
        if let marked = Self.allCases.first(where: { sample.starts(with: $0.mark) }) {
            self = marked
            return
        }
        // Text in UTF-8 has hardly any control characters and never a NUL; in the wide forms every space has one.
        let controls = sample.count { $0 < 0x20 && !(0x09...0x0D).contains($0) && $0 != 0x1B }
        guard sample.count >= 16, sample.contains(0), controls * 50 >= sample.count else { return nil }
        let fitting = Self.allCases.compactMap { form in form.plausibility(sample).map { (form, $0) } }
        guard let best = fitting.max(by: { $0.1 < $1.1 }) else { return nil }
        self = best.0
    }

    /// Bytes that are looked at.
    static let probed = 1 << 14

    private var width: Int { self == .utf32LittleEndian || self == .utf32BigEndian ? 4 : 2 }
    private var isLittleEndian: Bool { self == .utf32LittleEndian || self == .utf16LittleEndian }
    private var mark: [UInt8] {
        let big = [UInt8](repeating: 0, count: width - 2) + [0xFE, 0xFF]
        return isLittleEndian ? big.reversed() : big
    }

    /// How much the bytes look like text in this form, the share of white space; nil when they cannot be.
    private func plausibility(_ bytes: UnsafeRawBufferPointer) -> Double? {
        let count = bytes.count / width
        var spaces = 0
        var high: UInt32?
        // Rows of 256 code points that occur: text keeps to few, and in the wrong order of bytes it does not.
        var rows = Set<UInt32>()
        for index in 0..<count {
            let own = bytes[(index * width)..<((index + 1) * width)]
            var value = (isLittleEndian ? Array(own.reversed()) : Array(own)).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            if width == 2, let first = high {
                high = nil
                guard (0xDC00...0xDFFF).contains(value) else { return nil }
                value = 0x10000 + (first - 0xD800) << 10 + (value - 0xDC00)
            } else if width == 2, (0xD800...0xDBFF).contains(value) {
                high = value
                continue
            }
            guard let scalar = Unicode.Scalar(value) else { return nil }
            switch scalar.properties.generalCategory {
            case .control where (0x09...0x0D).contains(value): spaces += 1
            case .control, .unassigned, .privateUse: return nil
            default: break
            }
            if value == 0x20 || value == 0x3000 || value == 0x3001 || value == 0x3002 { spaces += 1 }
            rows.insert(value >> 8)
        }
        return Double(spaces) / Double(max(1, count)) + 1 / Double(1 + rows.count)
    }

}
