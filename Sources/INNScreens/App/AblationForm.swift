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

/// The interventions that are active, and how they came about.
struct InterventionState: Codable, Equatable, Sendable {
    var active = InterventionSet.none
    /// Sets that were asked for and not answered yet, the oldest first. An answer to one of them must not undo those
    /// that were typed after it.
    private var awaited: [InterventionSet] = []
    /// Earlier sets, for undo; the newest last.
    var earlier: [InterventionSet] = []
    /// Whether a change recomputes the text so far, or acts from now on.
    var replays = false
    /// Whether the screens show differences from the baseline.
    var isComparing = false
    /// What the drawer was set to last.
    var form = AblationForm()

    static let maximumEarlier = 64

    var modeName: String { replays ? "replay" : "from now" }

    /// The same with nothing under way: what was asked for is taken for granted.
    var settled: InterventionState {
        var settled = self
        settled.awaited = []
        return settled
    }

    mutating func change(to set: InterventionSet) -> [Effect] {
        guard set != active else { return [] }
        remember()
        return ask(for: set, replays: replays)
    }

    private mutating func remember() {
        earlier.append(active)
        if earlier.count > Self.maximumEarlier { earlier.removeFirst() }
    }

    /// Takes a set as the active one and has the network take it.
    mutating func ask(for set: InterventionSet, replays: Bool) -> [Effect] {
        active = set
        awaited.append(set)
        return [.intervene(set, replays: replays)]
    }

    /// The set that is really in force: the answer to what was asked for, also where that was refused, or news.
    mutating func receive(_ set: InterventionSet) {
        awaited.removeFirst(min(awaited.count, (awaited.firstIndex(of: set) ?? 0) + 1))
        if awaited.isEmpty { active = set }
    }

    /// Takes the last change back. With nothing left the text is computed anew: then nothing of it remains in the
    /// memory either.
    mutating func undo() -> [Effect] {
        guard let last = earlier.popLast() else { return [] }
        return ask(for: last, replays: replays || last.isEmpty)
    }

    mutating func clear() -> [Effect] {
        guard !active.isEmpty else { return [] }
        remember()
        return ask(for: .none, replays: true)
    }
}
