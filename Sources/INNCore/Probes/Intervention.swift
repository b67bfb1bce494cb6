/// One change to a running network, in the vocabulary of ablation; shown on screen by its ``name``.
///
/// Neurons, rounds and heads are numbered from 0. A `round` of nil means every round. Where two interventions touch the
/// same thing, the later one in the list holds.
public enum Intervention: Codable, Sendable, Hashable {
    /// What a neuron gives to the others. `round` does not apply to a lesion, which always takes the whole neuron.
    case neuron(Int, NeuronChange, round: Int? = nil)
    /// The edge over which `listener` hears `speaker`.
    case edge(listener: Int, speaker: Int, EdgeChange, round: Int? = nil)
    /// How routing weights are made.
    case routing(RoutingChange, round: Int? = nil)
    /// The activation gate of one neuron, or of all when `neuron` is nil.
    case gate(GateChange, neuron: Int? = nil, round: Int? = nil)
    /// The memory (scan state and convolution buffer) of one neuron, or of all when `neuron` is nil.
    case memory(MemoryChange, neuron: Int? = nil, round: Int? = nil)
    /// What one routing head hears, replaced by zero before W_O.
    case head(Int, round: Int? = nil)

    /// What becomes of a neuron's contribution.
    public enum NeuronChange: String, Codable, Sendable, CaseIterable {
        /// The gate is 0; memory and readout stay alive.
        case mute
        /// Nobody can listen to it (score −∞ before the softmax), its own row is dropped and the readout is the mean
        /// over the others.
        case lesion
        /// What it says is its average over held-out text; with every round, its share of the readout too.
        case mean
        /// What it says is what it said at some other position of held-out text; with every round, its share of the
        /// readout too.
        case resample
    }

    public enum EdgeChange: String, Codable, Sendable, CaseIterable {
        /// Score −∞ before the softmax: the listener renormalises over its other edges, and hears 0 when none is left.
        case cut
        /// Weight 0 after the softmax: the listener loses the mass.
        case drop
    }

    public enum RoutingChange: String, Codable, Sendable, CaseIterable {
        /// No message at all.
        case off
        /// The same weight for every open edge.
        case uniform
        /// The average of the routing over held-out text, frozen.
        case `static`
        /// As the model was trained: takes an earlier change back.
        case learned
    }

    public enum GateChange: Codable, Sendable, Hashable {
        /// 1.
        case open
        /// 0.
        case closed
        /// Its mean over held-out text.
        case frozen
        /// 1 where the trained gate exceeds the threshold, 0 elsewhere.
        case hard(threshold: Float)
        /// As trained for the given number of neurons whose gates are largest at a character and round; 0 for all
        /// others.
        case loudest(Int)
        /// Bypassed: the same as open, but without any firing-rate pressure in training.
        case off
    }

    public enum MemoryChange: Codable, Sendable, Hashable {
        /// Emptied once, before the character with this 0-based position of the stream is read. Nil means now: whoever
        /// applies the set fills in where the stream stands, see ``InterventionSet/resolved(at:)``.
        case reset(at: Int? = nil)
        /// Emptied before every character whose position is a multiple of this number.
        case resetEvery(Int)
        /// Read but no longer written: every character starts from the same state.
        case freeze
        /// Not run at characters at which the neuron is silent: its state stays as it is, what the neuron holds passes
        /// through, and it says nothing. Whether it is silent is judged before, by its gate on what it holds, see
        /// ``RestingRows``.
        case skipWhenSilent
    }
}

extension Intervention {
    /// The round it is limited to; nil for all.
    public var round: Int? {
        switch self {
        case .neuron(_, .lesion, _): nil
        case .neuron(_, _, let round), .edge(_, _, _, let round), .routing(_, let round), .gate(_, _, let round),
            .memory(_, _, let round), .head(_, let round):
            round
        }
    }

    /// Whether its numbers are ones that some network could have; whether a given one has them,
    /// ``InterventionCompiler`` finds out.
    package var isPossible: Bool {
        let numbers: [Int?] =
            switch self {
            case .neuron(let neuron, _, let round): [neuron, round]
            case .edge(let listener, let speaker, _, let round): [listener, speaker, round]
            case .routing(_, let round): [round]
            case .gate(.loudest(let count), let neuron, let round): [count, neuron, round]
            case .gate(_, let neuron, let round): [neuron, round]
            case .memory(.reset(let position), let neuron, let round): [position, neuron, round]
            case .memory(.resetEvery(let characters), let neuron, let round): [characters, neuron, round]
            case .memory(.freeze, let neuron, let round), .memory(.skipWhenSilent, let neuron, let round):
                [neuron, round]
            case .head(let head, let round): [head, round]
            }
        return numbers.allSatisfy { $0 == nil || (0...1 << 52).contains($0!) }
    }

    /// Whether it needs averages or samples of held-out text, see ``NeuronAverages``.
    public var needsAverages: Bool {
        switch self {
        case .neuron(_, .mean, _), .neuron(_, .resample, _), .routing(.static, _), .gate(.frozen, _, _): true
        default: false
        }
    }

    /// What the screens call it, for example `neuron 3 lesion` or `edge 2→5 cut · round 1` (2 listens to 5).
    ///
    /// As everywhere on screen, neurons count from 0, rounds and heads from 1.
    public var name: String {
        let place = round.map { " · round \($0 + 1)" } ?? ""
        switch self {
        case .neuron(let neuron, let change, _): return "neuron \(neuron) \(change.rawValue)\(place)"
        case .edge(let listener, let speaker, let change, _):
            return "edge \(listener)→\(speaker) \(change.rawValue)\(place)"
        case .routing(let change, _): return "routing \(change.rawValue)\(place)"
        case .gate(let change, let neuron, _): return "gate \(change.name)\(Self.of(neuron))\(place)"
        case .memory(let change, let neuron, _): return "memory \(change.name)\(Self.of(neuron))\(place)"
        case .head(let head, _): return "head \(head + 1) zero\(place)"
        }
    }

    private static func of(_ neuron: Int?) -> String { neuron.map { " · neuron \($0)" } ?? "" }
}

extension Intervention.GateChange {
    public var name: String {
        switch self {
        case .open: "open"
        case .closed: "closed"
        case .frozen: "frozen"
        case .hard(let threshold): "hard g>\(threshold)"
        case .loudest(let count): "loudest \(count)"
        case .off: "off"
        }
    }
}

extension Intervention.MemoryChange {
    public var name: String {
        switch self {
        case .reset(nil): "reset now"
        case .reset(let position?): "reset at \(position)"
        case .resetEvery(let characters): "reset every \(characters)"
        case .freeze: "freeze"
        case .skipWhenSilent: "skip silent"
        }
    }
}
