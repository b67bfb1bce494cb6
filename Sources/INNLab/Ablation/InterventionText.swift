import INNKit

/// Interventions as people type them: neurons count from 0, rounds and heads from 1, as on the screens.
public enum InterventionText {
    /// A neuron, perhaps in one round.
    public struct Placed {
        public let number: Int, round: Int?

        public init?(argument: String) {
            guard let (text, round) = split(argument), let number = Int(text) else { return nil }
            (self.number, self.round) = (number, round)
        }
    }

    /// A head, counted from 1 as it is typed and from 0 here, perhaps in one round.
    public struct Head {
        public let index: Int, round: Int?

        public init?(argument: String) {
            guard let (text, round) = split(argument), let number = Int(text), number >= 1 else { return nil }
            (self.index, self.round) = (number - 1, round)
        }
    }

    /// `listener:speaker`.
    public struct Edge {
        public let listener: Int, speaker: Int, round: Int?

        public init?(argument: String) {
            guard let (text, round) = split(argument) else { return nil }
            let ends = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
            guard ends.count == 2, let listener = ends[0], let speaker = ends[1] else { return nil }
            (self.listener, self.speaker, self.round) = (listener, speaker, round)
        }
    }

    /// `off`, `uniform`, `static` or `learned`.
    public struct Routing {
        public let change: Intervention.RoutingChange, round: Int?

        public init?(argument: String) {
            guard let (text, round) = split(argument), let change = Intervention.RoutingChange(rawValue: String(text))
            else { return nil }
            (self.change, self.round) = (change, round)
        }
    }

    /// `open`, `closed`, `frozen`, `off`, `hard`, `hard:0.3` or `loudest:4`.
    public struct Gate {
        public let change: Intervention.GateChange, round: Int?

        public init?(argument: String) {
            guard let (text, round) = split(argument), let change = Self.change(text) else { return nil }
            (self.change, self.round) = (change, round)
        }

        private static func change(_ text: Substring) -> Intervention.GateChange? {
            switch text {
            case "open": .open
            case "closed": .closed
            case "frozen": .frozen
            case "off": .off
            case "hard": .hard(threshold: 0.5)
            default: numbered(text)
            }
        }

        private static func numbered(_ text: Substring) -> Intervention.GateChange? {
            if text.hasPrefix("hard:") { return Float(text.dropFirst(5)).map { .hard(threshold: $0) } }
            return text.hasPrefix("loudest:") ? Int(text.dropFirst(8)).map { .loudest($0) } : nil
        }
    }
}

/// An argument that may end with `@round`, rounds counted from 1.
private func split(_ argument: String) -> (text: Substring, round: Int?)? {
    let parts = argument.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return parts.count == 1 ? (parts[0], nil) : nil }
    guard let round = Int(parts[1]), round >= 1 else { return nil }
    return (parts[0], round - 1)
}
