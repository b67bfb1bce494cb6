import INNKit

/// Numbers as text for the screen, without locale. Every function accepts NaN, infinities and any magnitude.
enum Format {
    /// `decimals` digits after the point; "–" for NaN, "∞" spelled "inf".
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return nonFinite(value) }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        // With more digits than an Int holds nobody reads them.
        guard abs(value) < 1e12, abs(value) * scale < 9.2e18 else { return scientific(value) }
        let scaled = Int((abs(value) * scale).rounded())
        let whole = scaled / Int(scale)
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return sign + String(whole) }
        let fraction = String(scaled % Int(scale))
        return sign + String(whole) + "." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }

    /// At most `decimals` digits after the point, without trailing zeros.
    static func trimmed(_ value: Double, _ decimals: Int) -> String {
        var text = fixed(value, decimals)
        guard text.contains("."), !text.contains("e") else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    /// One significant decimal and an exponent, for example `3.1e-3`.
    static func scientific(_ value: Double) -> String {
        guard value.isFinite else { return nonFinite(value) }
        guard value != 0 else { return "0" }
        var mantissa = abs(value)
        var exponent = 0
        while mantissa >= 10 {
            mantissa /= 10
            exponent += 1
        }
        while mantissa < 1 {
            mantissa *= 10
            exponent -= 1
        }
        if (mantissa * 10).rounded() >= 100 {
            mantissa /= 10
            exponent += 1
        }
        return (value < 0 ? "-" : "") + fixed(mantissa, 1) + "e" + String(exponent)
    }

    /// Plain digits where they are short, otherwise an exponent.
    static func compact(_ value: Double) -> String {
        guard value.isFinite else { return nonFinite(value) }
        let size = abs(value)
        if size == 0 { return "0" }
        if size < 0.01 || size >= 100_000 { return scientific(value) }
        return fixed(value, size < 1 ? 3 : size < 100 ? 2 : 0)
    }

    /// Thousands separated by commas.
    static func grouped(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }

    /// A number of things: `1 character`, `2,000 characters`.
    static func counted(_ count: Int, _ name: String) -> String {
        grouped(count) + " " + name + (count == 1 ? "" : "s")
    }

    /// A probability in at most four characters; small ones are told from none.
    static func probability(_ value: Double) -> String {
        value == 0 ? "0" : value > 0 && value < 0.005 ? "<.01" : fixed(value, 2)
    }

    /// A count in at most five characters: `950`, `12.3k`, `4.2M`.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return nonFinite(value) }
        let size = abs(value)
        if size < 1000 { return fixed(value, size < 10 && size != size.rounded() ? 1 : 0) }
        let units: [(Double, String)] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
        for (unit, name) in units where size >= unit {
            let scaled = value / unit
            return fixed(scaled, abs(scaled) < 100 ? 1 : 0) + name
        }
        return fixed(value, 0)
    }

    /// Seconds as `42s`, `3m05s`, `2h10m`, `4d03h`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
        let total = Int(bounded: seconds.rounded())
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if total < 60 { return "\(total)s" }
        if total < 3600 { return "\(total / 60)m\(two(total % 60))s" }
        if total < 86400 { return "\(total / 3600)h\(two(total / 60 % 60))m" }
        return "\(total / 86400)d\(two(total / 3600 % 24))h"
    }

    /// A share with two digits, as `.93` and `1.0`.
    static func share(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 0.995 else { return fixed(value, 1) }
        return fixed(value, 2).replacing("0.", with: ".", maxReplacements: 1)
    }

    static func percent(_ share: Double) -> String { percentText(share) }

    /// Text filled up with spaces on the left.
    static func right(_ text: String, _ width: Int) -> String {
        let length = columnCount(text)
        return length >= width ? text : String(repeating: " ", count: width - length) + text
    }

    private static func nonFinite(_ value: Double) -> String {
        value.isNaN ? "–" : value < 0 ? "-inf" : "inf"
    }
}
