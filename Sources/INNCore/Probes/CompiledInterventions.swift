/// An ``InterventionSet`` worked out for one network: what every site of a forward pass needs, and nothing for sites
/// that stay as trained. Made by ``IntelligentNeuralNetwork/compile(_:averages:)``.
public final class CompiledInterventions: Sendable {
    public let set: InterventionSet
    /// By round; nil where routing and gates are as trained.
    package let routing: [RoutingControls?]
    /// By round, one control per neuron; nil where all memories are as trained.
    package let memory: [[MemoryControl?]?]
    package let readout: ReadoutControls?

    package init(
        set: InterventionSet, routing: [RoutingControls?], memory: [[MemoryControl?]?], readout: ReadoutControls?
    ) {
        self.set = set
        self.routing = routing
        self.memory = memory
        self.readout = readout
    }

    package func routing(round: Int, at position: StreamPosition) -> RoutingControls? {
        guard var controls = routing[round] else { return nil }
        controls.position = position
        return controls
    }

    package func memory(round: Int, at position: StreamPosition) -> MemoryControls? {
        memory[round].map { MemoryControls(neurons: $0, position: position) }
    }

    /// Whether the first round's memory runs as trained: what it makes of a text is then the same with and without
    /// these interventions, as nothing comes before it but the embedding.
    package var leavesFirstMemory: Bool { memory.first.map { $0 == nil } ?? true }

    /// Which neurons leave their memory alone in a round while they are silent; nil when none does.
    func mayRest(round: Int) -> [Bool]? {
        guard let neurons = memory[round], neurons.contains(where: { $0?.skipsWhenSilent == true }) else { return nil }
        return neurons.map { $0?.skipsWhenSilent == true }
    }

    package func readout(at position: StreamPosition) -> ReadoutControls? {
        guard var controls = readout else { return nil }
        controls.position = position
        return controls
    }
}

/// The sizes that interventions have to fit.
public struct NetworkShape: Sendable, Equatable {
    public var rounds: Int, neurons: Int, dModel: Int, heads: Int
    public var selfEdges: Bool
    /// Groups of the neurons; nil for the complete graph.
    public var groups: Int?
    public var roles: NeuronRoles
    public var hasMemory: Bool
    /// Whether its neurons have gates that somebody hears.
    public var hasGates: Bool

    public init(
        rounds: Int, neurons: Int, dModel: Int, heads: Int, selfEdges: Bool, groups: Int? = nil,
        roles: NeuronRoles? = nil, hasMemory: Bool = true, hasGates: Bool = true
    ) {
        (self.rounds, self.neurons, self.dModel, self.heads, self.selfEdges) = (
            rounds, neurons, dModel, heads, selfEdges
        )
        self.roles = roles ?? NeuronRoles(neurons: neurons)
        (self.groups, self.hasMemory, self.hasGates) = (groups, hasMemory, hasGates)
    }

    /// Whether there are neurons to look at and to change.
    public var hasNeurons: Bool { neurons > 0 }

    /// Whether `listener` hears `speaker` over an edge of its own, and not only in the mean of a group.
    public func hasEdge(listener: Int, speaker: Int) -> Bool {
        let size = groups.map { neurons / $0 } ?? neurons
        return listener / size == speaker / size && (selfEdges || listener != speaker)
    }
}
