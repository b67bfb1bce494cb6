/// The rank of delta's projection in a Mamba block, as it is chosen (option `dt-rank`).
///
/// In files it is the text `auto` or the number.
public enum RankChoice: Sendable, Equatable {
    /// ⌈dModel / 16⌉, as in Mamba.
    case auto
    case fixed(Int)

    /// The rank at a width `dModel`.
    public func rank(dModel: Int) -> Int {
        switch self {
        case .auto: (dModel + 15) / 16
        case .fixed(let rank): rank
        }
    }

    /// The number that was given; nil for `auto`.
    var given: Int? {
        if case .fixed(let rank) = self { rank } else { nil }
    }

    /// The choice that makes `rank` at a width: `auto` where that does.
    package init(rank: Int, dModel: Int) {
        self = Self.auto.rank(dModel: dModel) == rank ? .auto : .fixed(rank)
    }

    /// Reads `auto` or a whole number; nil for anything else.
    public init?(argument: String) {
        if argument == Self.automatic {
            self = .auto
        } else if let rank = Int(argument) {
            self = .fixed(rank)
        } else {
            return nil
        }
    }

    private static let automatic = "auto"
}

extension RankChoice: Codable {
    /// - Throws: `DecodingError` when there is neither a whole number nor `auto`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let text = try? container.decode(String.self) else {
            self = .fixed(try container.decode(Int.self))
            return
        }
        guard text == Self.automatic else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "“\(text.shortened)” is no rank.")
        }
        self = .auto
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .auto: try container.encode(Self.automatic)
        case .fixed(let rank): try container.encode(rank)
        }
    }
}

extension KeyedDecodingContainer {
    /// Configurations that do not name the rank have the one that follows from the width.
    package func decode(_ type: RankChoice.Type, forKey key: Key) throws -> RankChoice {
        try decodeIfPresent(type, forKey: key) ?? .auto
    }
}
