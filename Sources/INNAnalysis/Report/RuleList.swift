import INNCore

/// A greedy decision list that says when a unit fires (or, for one that fires more often than not, is silent), learned
/// on the first half of the text and scored on the second.
public struct RuleList: Codable, Sendable, Equatable {
    public enum Target: String, Codable, Sendable { case fires, silent }

    public var target: Target
    /// Share of the characters of the second half at which the target happens.
    public var baseRate: Double
    /// In the order in which they were learned; empty when no rule beats chance.
    public var rules: [FiringRule]
    /// Largest gain of any candidate on the first half for firing shifted along the text.
    public var gainNull: Double
    /// Shifts that ``gainNull`` is the largest of.
    public var shifts: Int
    /// How well all rules together predict the target on the second half.
    public var precision: Double, recall: Double

    public static let none = RuleList(
        target: .fires, baseRate: 0, rules: [], gainNull: 0, shifts: 0, precision: 0, recall: 0)
}

/// One rule with its score on the second half of the text.
public struct FiringRule: Codable, Sendable, Equatable {
    public var pattern: SuffixPattern
    /// The pattern for people, such as `th` or `␣[vowel]`.
    public var text: String
    /// Share of the matches at which the target happens; share of the target that is matched.
    public var precision: Double, recall: Double
    /// Precision divided by the base rate.
    public var lift: Double
    /// Characters of the second half that match.
    public var support: Int
    /// What the rule saves in describing the target at its matches, in bits: hits · log₂ lift (FOIL's gain).
    public var gain: Double
    /// Gain of the same pattern for whichever unit of one untrained network, its gates as they are, it suits best; nil
    /// without one. ``UntrainedControl`` has that of gates that fire as often.
    public var untrainedGain: Double?

    public var f1: Double { precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0 }
}

/// What the last characters read look like, up to four of them.
public struct SuffixPattern: Codable, Sendable, Hashable {
    public enum Element: Codable, Sendable, Hashable {
        case symbol(Int32)
        case vowel, consonant, letter
        case any
    }

    public static let longest = 4
    /// Oldest first; the first one is never `any`.
    public var elements: [Element]

    public init(_ elements: [Element]) { self.elements = elements }

    /// For people: symbols as they are, `·` for any, classes in brackets.
    public func text(_ symbols: [String]) -> String {
        elements.map { element in
            switch element {
            case .symbol(let id): symbols[Int(id)]
            case .vowel: "[vowel]"
            case .consonant: "[consonant]"
            case .letter: "[letter]"
            case .any: "·"
            }
        }.joined()
    }
}
