import INNCore

/// Reads the JSON of a safetensors header.
///
/// The format allows only a small part of JSON: one object of tensors, each with `dtype`, `shape` and
/// `data_offsets`, and `__metadata__` with strings. Reading just that needs no recursion, keeps memory in proportion to
/// the header and sees duplicate names, which general JSON readers drop silently.
struct SafetensorsHeaderParser {
    package struct Tensor {
        package var name: String
        var dtype: String
        package var shape: [Int]
        package var begin: Int
        package var end: Int
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func parse() throws -> (tensors: [Tensor], metadata: [String: String]) {
        // The format asks for `{` as the first byte, so that no text file passes for one.
        guard bytes.first == UInt8(ascii: "{") else { throw SafetensorsProblem("its header is not a JSON object") }
        var tensors: [Tensor] = []
        var metadata: [String: String]?
        try object { parser, key in
            if key == "__metadata__" {
                guard metadata == nil else { throw SafetensorsProblem("it has two metadata sections") }
                metadata = try parser.strings()
            } else {
                tensors.append(try parser.tensor(named: key))
            }
        }
        skipSpace()
        guard position == bytes.count else { throw SafetensorsProblem("its header goes on after its end") }
        return (tensors, metadata ?? [:])
    }

    private mutating func tensor(named name: String) throws -> Tensor {
        var dtype: String?
        var shape: [Int]?
        var offsets: [Int]?
        let problem = SafetensorsProblem("the description of tensor '\(name.shortened)' is not valid")
        try object { parser, key in
            switch key {
            case "dtype" where dtype == nil: dtype = try parser.string()
            case "shape" where shape == nil: shape = try parser.naturals()
            case "data_offsets" where offsets == nil: offsets = try parser.naturals()
            default: throw problem
            }
        }
        guard let dtype, let shape, let offsets, offsets.count == 2 else { throw problem }
        return Tensor(name: name, dtype: dtype, shape: shape, begin: offsets[0], end: offsets[1])
    }

    private mutating func strings() throws -> [String: String] {
        var values: [String: String] = [:]
        try object { parser, key in
            guard values.updateValue(try parser.string(), forKey: key) == nil else {
                throw SafetensorsProblem("it has the metadata '\(key.shortened)' twice")
            }
        }
        return values
    }

    private mutating func object(
        _ member: (inout SafetensorsHeaderParser, String) throws -> Void
    ) throws {
        try expect("{")
        if take("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try member(&self, key)
        } while take(",")
        try expect("}")
    }

    private mutating func naturals() throws -> [Int] {
        try expect("[")
        var values: [Int] = []
        if take("]") { return values }
        repeat {
            guard values.count < SafetensorsHeader.maximumRank else {
                throw SafetensorsProblem("a tensor has too many axes")
            }
            values.append(try natural())
        } while take(",")
        try expect("]")
        return values
    }

    private mutating func natural() throws -> Int {
        skipSpace()
        var value = 0
        let start = position
        while position < bytes.count, case let digit = bytes[position] &- UInt8(ascii: "0"), digit < 10 {
            let (product, first) = value.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.addingReportingOverflow(Int(digit))
            guard !first, !second else { throw SafetensorsProblem("a number in its header is too large") }
            value = sum
            position += 1
        }
        guard position > start else { throw problemHere }
        return value
    }

    private mutating func string() throws -> String {
        try expect("\"")
        var decoded: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: decoded, as: UTF8.self) else {
                    throw SafetensorsProblem("its header is not UTF-8")
                }
                return text
            case UInt8(ascii: "\\"): try escape(into: &decoded)
            case 0..<0x20: throw problemHere
            default: decoded.append(byte)
            }
        }
        throw problemHere
    }

    private mutating func escape(into decoded: inout [UInt8]) throws {
        guard position < bytes.count else { throw problemHere }
        let letter = bytes[position]
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(letter)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "n"): decoded.append(0x0A)
        case UInt8(ascii: "r"): decoded.append(0x0D)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"): decoded.append(contentsOf: try unicodeEscape().utf8)
        default: throw problemHere
        }
    }

    private mutating func unicodeEscape() throws -> String {
        var units = [try hexUnit()]
        if UTF16.isLeadSurrogate(units[0]) {
            guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else {
                throw problemHere
            }
            position += 2
            units.append(try hexUnit())
        }
        guard let text = String(validating: units, as: UTF16.self) else { throw problemHere }
        return text
    }

    private mutating func hexUnit() throws -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = Character(UnicodeScalar(bytes[position])).hexDigitValue else {
                throw problemHere
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ symbol: UnicodeScalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: symbol) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ symbol: UnicodeScalar) throws {
        guard take(symbol) else { throw problemHere }
    }

    private var problemHere: SafetensorsProblem {
        SafetensorsProblem("its header is not valid JSON at byte \(position)")
    }
}
