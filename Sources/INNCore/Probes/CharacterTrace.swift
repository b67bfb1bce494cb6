import func Foundation.log

/// What a network did while it read one character.
///
/// Arrays are row-major, last axis fastest.
public struct CharacterTrace: Codable, Sendable, Equatable {
    public var rounds: Int, neurons: Int, heads: Int
    /// Gates as they multiplied the messages, `[rounds, neurons]`; 1 in a network without gates.
    public var gates: [Float]
    /// Routing weights, `[rounds, heads, neurons (listener), neurons (speaker)]`; 0 in a network without routing.
    public var routing: [Float]
    /// Share of the neurons at work, `[rounds]`: whose memory ran where those of silent neurons are skipped, otherwise
    /// who spoke.
    public var work: [Float]
    /// Mean weight per listener and head that dropped edges lost, `[rounds]`; 0 without dropped edges.
    public var lostMass: [Float]

    /// An edge of one round, its weight averaged over the heads.
    public struct Edge: Codable, Sendable, Equatable {
        public var round: Int, listener: Int, speaker: Int
        public var weight: Float
    }

    public init(rounds: Int, neurons: Int, heads: Int) {
        self.rounds = rounds
        self.neurons = neurons
        self.heads = heads
        gates = [Float](repeating: 1, count: rounds * neurons)
        routing = [Float](repeating: 0, count: rounds * heads * neurons * neurons)
        work = [Float](repeating: 1, count: rounds)
        lostMass = [Float](repeating: 0, count: rounds)
    }

    /// Whether a neuron's gate let it speak (above 0.5).
    public func fires(round: Int, neuron: Int) -> Bool { gates[round * neurons + neuron] > 0.5 }

    /// The weight with which `listener` heard `speaker`: of one head, or the mean over heads.
    public func weight(round: Int, head: Int? = nil, listener: Int, speaker: Int) -> Float {
        func at(_ head: Int) -> Float { routing[((round * heads + head) * neurons + listener) * neurons + speaker] }
        return head.map(at) ?? (0..<heads).reduce(0) { $0 + at($1) } / Float(heads)
    }

    /// The neuron whose messages weigh most in a round: the sum of its routing weights over listeners and heads, times
    /// its gate; of equals the first, nil where nothing is heard.
    public func mostHeard(round: Int) -> Int? {
        var weights = [Float](repeating: 0, count: neurons)
        for head in 0..<heads {
            for listener in 0..<neurons {
                let row = ((round * heads + head) * neurons + listener) * neurons
                for speaker in 0..<neurons { weights[speaker] += routing[row + speaker] }
            }
        }
        for speaker in 0..<neurons { weights[speaker] *= gates[round * neurons + speaker] }
        guard let most = weights.max(), most > 0 else { return nil }
        return weights.firstIndex(of: most)
    }

    /// How far attention is on few rather than spread over all alike in a round: 1 − entropy / log(speakers that can
    /// be heard), mean over listeners and heads; 0 all alike, 1 each listens to one alone. Listeners with fewer than
    /// two to hear do not count; nil when there is no other.
    public func concentration(round: Int) -> Float? {
        var (sum, count): (Float, Int) = (0, 0)
        for row in round * heads * neurons..<(round + 1) * heads * neurons {
            var (entropy, open): (Float, Int) = (0, 0)
            for weight in routing[row * neurons..<(row + 1) * neurons] where weight > 0 {
                entropy -= weight * log(weight)
                open += 1
            }
            guard open > 1 else { continue }
            sum += 1 - entropy / log(Float(open))
            count += 1
        }
        return count > 0 ? sum / Float(count) : nil
    }

    /// The strongest edges of a round, strongest first; of equals the one with the lower listener, then speaker.
    public func topEdges(round: Int, _ count: Int) -> [Edge] {
        guard count > 0 else { return [] }
        let size = neurons * neurons
        var weights = [Float](repeating: 0, count: size)
        for head in 0..<heads {
            let start = (round * heads + head) * size
            for index in 0..<size { weights[index] += routing[start + index] }
        }
        var top: [Int] = []
        for index in 0..<size
        where weights[index] > 0 && (top.count < count || weights[index] > weights[top[top.count - 1]]) {
            let place = top.firstIndex { weights[index] > weights[$0] } ?? top.count
            top.insert(index, at: place)
            if top.count > count { top.removeLast() }
        }
        return top.map {
            Edge(round: round, listener: $0 / neurons, speaker: $0 % neurons, weight: weights[$0] / Float(heads))
        }
    }
}

/// Takes a ``CharacterTrace`` of the last character of every pass over one stream.
public final class TraceRecorder: Probe {
    public private(set) var trace: CharacterTrace

    public init(_ shape: NetworkShape) {
        trace = CharacterTrace(rounds: shape.rounds, neurons: shape.neurons, heads: shape.heads)
    }

    public func observe(_ site: Site, _ observation: Observation) {
        guard case .routing(let round) = site, case .routing(let activations, _) = observation else { return }
        let routing = activations.routing
        let token = routing.tokens - 1
        let (n, heads) = (routing.neurons, routing.heads)
        for neuron in 0..<n { trace.gates[round * n + neuron] = activations.gate(neuron: neuron, token: token) }
        var index = round * heads * n * n
        for head in 0..<heads {
            for listener in 0..<n {
                for speaker in 0..<n {
                    trace.routing[index] = routing[token, head, listener, speaker]
                    index += 1
                }
            }
        }
        trace.work[round] = activations.work(token: token)
        trace.lostMass[round] = activations.lostMass(token: token)
    }
}

extension RoutingActivations {
    /// The weight that dropped edges lost at a token, averaged over listeners and heads.
    public func lostMass(token: Int) -> Float {
        guard let scale = geometry.edges.weightScale else { return 0 }
        let n = geometry.neurons
        let routing = routing
        var lost: Float = 0
        for edge in 0..<(n * n) where scale[edge] != 1 {
            for head in 0..<geometry.heads { lost += (1 - scale[edge]) * routing[token, head, edge / n, edge % n] }
        }
        return lost / Float(n * geometry.heads)
    }
}
