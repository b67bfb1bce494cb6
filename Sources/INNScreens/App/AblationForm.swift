import INNKit

/// What the ablation drawer is set to: for each family of interventions its target and change.
struct AblationForm: Codable, Equatable, Sendable {
    enum Family: String, CaseIterable, Codable, Sendable { case neuron, edge, gate, routing, memory, head }

    var family = Family.neuron
    var neuron = 0
    var listener = 0
    var speaker = 1
    var head = 0
    /// One round, or nil for all.
    var round: Int?
    /// Gate and memory changes act on all neurons.
    var isForAll = false
    var neuronChange = Intervention.NeuronChange.lesion
    var edgeChange = Intervention.EdgeChange.cut
    var gateChange = 0
    var routingChange = Intervention.RoutingChange.uniform
    var memoryChange = 0

    static let gateChanges: [Intervention.GateChange] = [.closed, .open, .frozen, .hard(threshold: 0.5), .off]
    static let memoryChanges: [Intervention.MemoryChange] = [.reset(), .resetEvery(1), .resetEvery(32), .freeze]

    /// The intervention that a family is set to.
    func intervention(_ family: Family) -> Intervention {
        let target = isForAll ? nil : neuron
        switch family {
        case .neuron: return .neuron(neuron, neuronChange, round: neuronChange == .lesion ? nil : round)
        case .edge: return .edge(listener: listener, speaker: speaker, edgeChange, round: round)
        case .gate: return .gate(Self.gateChanges[gateChange], neuron: target, round: round)
        case .routing: return .routing(routingChange, round: round)
        case .memory: return .memory(Self.memoryChanges[memoryChange], neuron: target, round: round)
        case .head: return .head(head, round: round)
        }
    }

    /// Brings every target within what a network has.
    mutating func fit(_ shape: NetworkDimensions) {
        neuron = max(0, min(neuron, shape.neurons - 1))
        listener = max(0, min(listener, shape.neurons - 1))
        speaker = max(0, min(speaker, shape.neurons - 1))
        head = max(0, min(head, shape.heads - 1))
        round = round.map { max(0, min($0, shape.rounds - 1)) }
        gateChange = max(0, min(gateChange, Self.gateChanges.count - 1))
        memoryChange = max(0, min(memoryChange, Self.memoryChanges.count - 1))
        if listener == speaker { moveSpeaker(1, in: shape) }
    }

    mutating func cycleChange() {
        switch family {
        case .neuron: neuronChange = neuronChange.next
        case .edge: edgeChange = edgeChange.next
        case .gate: gateChange = (gateChange + 1) % Self.gateChanges.count
        case .routing: routingChange = routingChange.next
        case .memory: memoryChange = (memoryChange + 1) % Self.memoryChanges.count
        case .head: break
        }
    }

    /// Moves the family's main target: the speaker of an edge, the head, otherwise the neuron.
    mutating func moveTarget(_ delta: Int, in shape: NetworkDimensions) {
        func moved(_ value: Int, _ count: Int) -> Int { (value + delta + count) % max(1, count) }
        switch family {
        case .neuron, .gate, .memory: neuron = moved(neuron, shape.neurons)
        case .edge: moveSpeaker(delta, in: shape)
        case .head: head = moved(head, shape.heads)
        case .routing: break
        }
    }

    /// Passes over the listener where no neuron hears itself.
    mutating func moveSpeaker(_ delta: Int, in shape: NetworkDimensions) {
        speaker = moved(speaker, delta, past: listener, shape)
    }

    mutating func moveListener(_ delta: Int, in shape: NetworkDimensions) {
        listener = moved(listener, delta, past: speaker, shape)
    }

    private func moved(_ neuron: Int, _ delta: Int, past other: Int, _ shape: NetworkDimensions) -> Int {
        let next = (neuron + delta + shape.neurons) % max(1, shape.neurons)
        return next == other && !shape.hasSelfEdges && shape.neurons > 1
            ? (next + delta + shape.neurons) % shape.neurons : next
    }

    /// Round 0 of the ring stands for all rounds.
    mutating func moveRound(_ delta: Int, in shape: NetworkDimensions) {
        let position = ((round.map { $0 + 1 } ?? 0) + delta + shape.rounds + 1) % (shape.rounds + 1)
        round = position == 0 ? nil : position - 1
    }
}

/// The numbers that interventions are named by.
struct NetworkDimensions: Equatable, Sendable {
    var rounds: Int
    var neurons: Int
    var heads: Int
    /// Whether neurons may hear themselves.
    var hasSelfEdges = false
}
