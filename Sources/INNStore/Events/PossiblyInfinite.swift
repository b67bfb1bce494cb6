import INNCore

/// A number that may be infinite, which JSON has no number for: it is stored as the text `inf`.
@propertyWrapper
public struct PossiblyInfinite: Codable, Sendable, Equatable {
    public var wrappedValue: Double

    public init(wrappedValue: Double) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if (try? container.decode(String.self)) == Self.infinity {
            wrappedValue = .infinity
        } else {
            wrappedValue = try container.decode(Double.self)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if wrappedValue == .infinity { try container.encode(Self.infinity) } else { try container.encode(wrappedValue) }
    }

    private static let infinity = "inf"
}
