import Foundation

/// The interventions that are active, in the order in which they were made.
///
/// In JSON it is the plain list of its interventions.
public struct InterventionSet: Sendable, Hashable {
    public private(set) var list: [Intervention]

    public init(_ list: [Intervention] = []) { self.list = list }

    public static let none = InterventionSet()

    public var isEmpty: Bool { list.isEmpty }
    public var count: Int { list.count }
    /// What the screens show, in order.
    public var names: [String] { list.map(\.name) }
    /// All names in one phrase; `no interventions` when empty.
    public var summary: String { isEmpty ? "no interventions" : names.joined(separator: ", ") }
    public var needsAverages: Bool { list.contains(where: \.needsAverages) }

    /// Appends; one that is already there moves to the end.
    public mutating func add(_ intervention: Intervention) {
        list.removeAll { $0 == intervention }
        list.append(intervention)
    }

    /// Takes the last one back.
    ///
    /// - Returns: what was taken back; nil when there was nothing.
    @discardableResult
    public mutating func undo() -> Intervention? { list.popLast() }

    public mutating func remove(_ intervention: Intervention) { list.removeAll { $0 == intervention } }

    public mutating func clear() { list.removeAll() }

    public func contains(_ intervention: Intervention) -> Bool { list.contains(intervention) }

    /// The set with another one added.
    public func adding(_ intervention: Intervention) -> InterventionSet {
        var copy = self
        copy.add(intervention)
        return copy
    }

    /// The set with every memory reset that is to happen "now" fixed at a position of the stream.
    ///
    /// - Parameter position: characters the stream has read.
    public func resolved(at position: Int) -> InterventionSet {
        InterventionSet(
            list.map { intervention in
                guard case .memory(.reset(at: nil), let neuron, let round) = intervention else { return intervention }
                return .memory(.reset(at: position), neuron: neuron, round: round)
            })
    }
}

extension InterventionSet: Codable {
    public init(from decoder: any Decoder) throws {
        list = try decoder.singleValueContainer().decode([Intervention].self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(list)
    }

    /// The set as one line of JSON.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }

    /// Reads what ``json`` wrote.
    ///
    /// - Throws: ``INNError`` of kind `data` when it is no list of interventions.
    public init(json: String) throws {
        guard let set = try? JSONDecoder().decode(InterventionSet.self, from: Data(json.utf8)),
            set.list.allSatisfy(\.isPossible)
        else {
            throw INNError(
                .data,
                "The list of interventions cannot be read; it was written by another version of inn-tui or is damaged.")
        }
        self = set
    }
}
