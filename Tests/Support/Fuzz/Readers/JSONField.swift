import Foundation

/// JSON as values whose fields can be exchanged one by one, so that the result is well-formed and lies.
indirect enum JSONField: Codable, Equatable {
    case object([String: JSONField])
    case array([JSONField])
    case text(String)
    case integer(Int)
    case unsigned(UInt64)
    case real(Double)
    case truth(Bool)
    case null

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let truth = try? value.decode(Bool.self) {
            self = .truth(truth)
        } else if let number = try? value.decode(Int.self) {
            self = .integer(number)
        } else if let number = try? value.decode(UInt64.self) {
            self = .unsigned(number)
        } else if let number = try? value.decode(Double.self) {
            self = .real(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSONField].self) {
            self = .array(list)
        } else {
            self = .object(try value.decode([String: JSONField].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .object(let members): try value.encode(members)
        case .array(let list): try value.encode(list)
        case .text(let text): try value.encode(text)
        case .integer(let number): try value.encode(number)
        case .unsigned(let number): try value.encode(number)
        case .real(let number): try value.encode(number)
        case .truth(let truth): try value.encode(truth)
        case .null: try value.encodeNil()
        }
    }

    init(json: String) throws { self = try JSONDecoder().decode(JSONField.self, from: Data(json.utf8)) }

    /// Members in a fixed order, so that the same input is made again.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }

    subscript(key: String) -> JSONField? {
        get { if case .object(let members) = self { members[key] } else { nil } }
        set {
            guard case .object(var members) = self else { return }
            members[key] = newValue
            self = .object(members)
        }
    }

    /// The way to every value that holds no others, in a fixed order.
    var leaves: [[String]] {
        switch self {
        case .object(let members) where !members.isEmpty:
            members.keys.sorted().flatMap { key in members[key]!.leaves.map { [key] + $0 } }
        case .array(let list) where !list.isEmpty:
            list.indices.flatMap { index in list[index].leaves.map { [String(index)] + $0 } }
        default: [[]]
        }
    }

    subscript(path: ArraySlice<String>) -> JSONField? {
        get {
            guard let first = path.first else { return self }
            switch self {
            case .object(let members): return members[first]?[path.dropFirst()]
            case .array(let list):
                return Int(first).flatMap { list.indices.contains($0) ? list[$0][path.dropFirst()] : nil }
            default: return nil
            }
        }
        set {
            guard let first = path.first else {
                if let newValue { self = newValue }
                return
            }
            switch self {
            case .object(var members):
                if path.count == 1 { members[first] = newValue } else { members[first]?[path.dropFirst()] = newValue }
                self = .object(members)
            case .array(var list):
                guard let index = Int(first), list.indices.contains(index) else { return }
                if path.count > 1 {
                    list[index][path.dropFirst()] = newValue
                } else if let newValue {
                    list[index] = newValue
                } else {
                    list.remove(at: index)
                }
                self = .array(list)
            default: break
            }
        }
    }
}

extension Mutator {
    /// One field changed: an extreme number, another word, another field's value, or gone.
    mutating func field(_ field: JSONField, in document: JSONField) -> JSONField? {
        if once(in: 8) { return document[pick(document.leaves)[...]] }
        switch field {
        case .integer, .unsigned, .real: return extreme()
        case .text(let text):
            // A number that stands as text, as among the further facts of a checkpoint.
            if Double(text) != nil {
                return .text(once(in: 2) ? number() : pick(["nan", "inf", "-inf", "-1", "0", "1e308", "0x1p3", " 1"]))
            }
            return .text(pick(Self.words))
        case .truth(let truth): return .truth(!truth)
        case .null: return extreme()
        case .array: return .array((0...below(4)).map { _ in extreme() })
        case .object: return once(in: 2) ? nil : .object(["_0": extreme()])
        }
    }

    private mutating func extreme() -> JSONField {
        switch below(5) {
        case 0:
            .integer(
                pick([
                    .max, .min, 1 << 53, 1 << 52, 1 << 40, 1 << 32, 1 << 31, 1 << 27, 1 << 20, 65_536, 8192, 4096, 256,
                    64,
                ]))
        case 1: .integer(pick([-1, 0, 1, 2, 3, 4, 5, 8, 16, 26, 27, 28, 100, 255, 1000]))
        case 2: .unsigned(pick([.max, 1 << 63]))
        case 3: .real(pick([9.3e18, -9.3e18, 1e19, 1e38, 1e300, -1e300, 1.7976931348623157e308, 5e-324, 1e-300]))
        default: .real(pick([0.5, -0.5, 0.999999, 1.5, 1e-9, 1e-3, 1e6]))
        }
    }

    private static let words = [
        "bytes", "text8", "enwik8", "sample", "inn", "lstm", "transformer", "mamba", "own", "conv", "all", "soft",
        "hard", "off", "learned", "static", "uniform", "none",
        "contiguous", "random", "gelu", "relu", "tiny", "custom", "constant", "", "x", "../../etc/passwd", "\u{1B}[2J",
        "\u{202E}", "inn-checkpoint-2",
    ]
}
