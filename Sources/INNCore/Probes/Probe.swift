/// A named place in the forward pass where someone may look.
public enum Site: Hashable, Sendable, CustomStringConvertible {
    /// The states before the first round, `[neurons, rows, dModel]`.
    case embedding
    /// The states after a round's memory, `[neurons, rows, dModel]`.
    case memory(round: Int)
    /// A round's gates, routing weights, values and mixes.
    case routing(round: Int)
    /// The states after a whole round, `[neurons, rows, dModel]`.
    case state(round: Int)
    /// What the readout sees after its norm, `[rows, dModel]`.
    case readout
    /// Next-character scores, `[rows, vocabularySize]`.
    case logits

    public var description: String {
        switch self {
        case .embedding: "embedding"
        case .memory(let round): "round.\(round).memory"
        case .routing(let round): "round.\(round).routing"
        case .state(let round): "round.\(round).state"
        case .readout: "readout"
        case .logits: "logits"
        }
    }

    /// All sites of a model, in the order of the forward pass.
    public static func all(rounds: Int) -> [Site] {
        var sites: [Site] = [.embedding]
        for round in 0..<rounds { sites += [.memory(round: round), .routing(round: round), .state(round: round)] }
        return sites + [.readout, .logits]
    }
}

/// What a site shows. Valid only during the call: copy what is needed.
public enum Observation {
    case tensor(Tensor)
    /// The routing of a round and its W_O, `[dModel, dModel]`.
    case routing(RoutingActivations, outProjection: Parameter)
}

/// Looks at sites while a forward pass runs, on the thread that runs it.
public protocol Probe: AnyObject {
    /// Whether it looks at routing weights: where a network has many neurons they are made and kept for it alone, and
    /// without it ``RoutingActivations/routing`` is not there.
    var looksAtWeights: Bool { get }
    func observe(_ site: Site, _ observation: Observation)
}

extension Probe {
    public var looksAtWeights: Bool { true }
}
