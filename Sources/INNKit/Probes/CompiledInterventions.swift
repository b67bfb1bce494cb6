/// An ``InterventionSet`` worked out for one network: what every site of a forward pass needs, and nothing for sites that stay
/// as trained. Made by ``IntelligentNeuralNetwork/compile(_:baseline:)``.
public final class CompiledInterventions: Sendable {
    public let set: InterventionSet
    /// By round; nil where routing and gates are as trained.
    let routing: [RoutingControls?]
    /// By round, one control per neuron; nil where all memories are as trained.
    let memory: [[MemoryControl?]?]
    let readout: ReadoutControls?

    init(set: InterventionSet, routing: [RoutingControls?], memory: [[MemoryControl?]?], readout: ReadoutControls?) {
        self.set = set
        self.routing = routing
        self.memory = memory
        self.readout = readout
    }

    func routing(round: Int, at position: StreamPosition) -> RoutingControls? {
        guard var controls = routing[round] else { return nil }
        controls.position = position
        return controls
    }

    func memory(round: Int, at position: StreamPosition) -> (neurons: [MemoryControl?], position: StreamPosition)? {
        memory[round].map { ($0, position) }
    }

    func readout(at position: StreamPosition) -> ReadoutControls? {
        guard var controls = readout else { return nil }
        controls.position = position
        return controls
    }
}

/// The sizes that interventions have to fit.
public struct NetworkShape: Sendable, Equatable {
    public var rounds: Int, neurons: Int, dModel: Int, heads: Int
    public var selfEdges: Bool

    public init(rounds: Int, neurons: Int, dModel: Int, heads: Int, selfEdges: Bool) {
        (self.rounds, self.neurons, self.dModel, self.heads, self.selfEdges) = (rounds, neurons, dModel, heads, selfEdges)
    }
}
