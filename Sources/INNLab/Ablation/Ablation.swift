import INNKit

/// The systematic ablation of one network over one text: what every intervention costs in bits per character.
public struct Ablation: Encodable {
    /// One line of the table.
    public struct Row: Codable, Equatable {
        public enum Group: String, Codable, CaseIterable { case neuron, edge, head, gate, routing, memory }

        public let group: Group
        public let name: String
        public let intervention: Intervention
        /// Increase in bits per character over the same characters; nil where only the estimate was made.
        public var measured: PairedDifference?
        /// The same by class of the character predicted.
        public internal(set) var classes: [String: PairedDifference] = [:]
        /// First-order estimate from gradients; edges only.
        public internal(set) var estimate: Double?
    }

    public let baselineBPC: Double
    public let characters: Int, blockLength: Int, blocks: Int
    public let rows: [Row]

    /// Measures a network.
    ///
    /// - Parameters:
    ///   - alphabet: for the classes of characters.
    ///   - verifiedEdges: how many edges, strongest estimate first, are measured exactly.
    ///   - progress: called before each measurement with what is done and the number of measurements.
    public init(
        _ network: IntelligentNeuralNetwork, _ meter: SurprisalMeter, alphabet: Alphabet, blockLength: Int,
        verifiedEdges: Int,
        progress: (_ done: Int, _ of: Int) -> Void
    ) throws {
        let averages = meter.averages()
        let reference = meter.surprisals(nil)
        let classes = meter.targets.map { CharacterClass(alphabet.character(ofID: $0)) }
        var plan = Self.plan(network.configuration)
        let edges = Self.edges(network, meter)
        plan.insert(contentsOf: edges.prefix(verifiedEdges), at: plan.firstIndex { $0.group != .neuron } ?? plan.count)
        for index in plan.indices {
            progress(index, plan.count)
            let compiled = try network.compile(InterventionSet([plan[index].intervention]), averages: averages)
            let changed = meter.surprisals(compiled)
            plan[index].measured = PairedDifference(changed, minus: reference, blockLength: blockLength)
            for kind in CharacterClass.allCases {
                plan[index].classes[kind.rawValue] = PairedDifference(
                    changed, minus: reference, blockLength: blockLength, isIncluded: classes.map { $0 == kind })
            }
        }
        progress(plan.count, plan.count)
        rows = Self.ordered(plan + edges.dropFirst(verifiedEdges))
        baselineBPC = reference.reduce(0.0) { $0 + Double($1) } / Double(reference.count)
        characters = meter.characters
        self.blockLength = blockLength
        blocks = (characters + blockLength - 1) / blockLength
    }

    /// Everything but the edges; what a network does not have is left out.
    private static func plan(_ c: INNConfiguration) -> [Row] {
        var plan: [(Row.Group, Intervention)] = []
        if c.neurons > 1 { plan += (0..<c.neurons).map { (.neuron, .neuron($0, .lesion)) } }
        if c.routing != .off, c.neurons > 1 || c.selfEdges {
            if c.heads > 1 { plan += (0..<c.heads).map { (.head, .head($0)) } }
            if c.gate != .off { plan += [.open, .frozen, .hard(threshold: 0.5)].map { (.gate, .gate($0)) } }
            plan.append((.gate, .gate(.closed)))
            plan += [Intervention.RoutingChange.static, .uniform, .off].filter { $0.rawValue != c.routing.rawValue }.map
            { (.routing, .routing($0)) }
        }
        if c.memory != .none { plan += [1, 4, 16, 64].map { (.memory, .memory(.resetEvery($0))) } }
        return plan.map { Row(group: $0.0, name: $0.1.name, intervention: $0.1) }
    }

    /// Every edge with its estimate, the largest first in either direction.
    private static func edges(_ network: IntelligentNeuralNetwork, _ meter: SurprisalMeter) -> [Row] {
        let c = network.configuration
        let n = c.neurons
        guard c.routing != .off, n > 1 else { return [] }
        let estimates = meter.estimatedCutCosts()
        let open = (0..<(n * n)).filter { network.shape.hasEdge(listener: $0 / n, speaker: $0 % n) }
        return open.sorted { (abs(estimates[$0]), $1) > (abs(estimates[$1]), $0) }.map { edge in
            let intervention = Intervention.edge(listener: edge / n, speaker: edge % n, .cut)
            return Row(group: .edge, name: intervention.name, intervention: intervention, estimate: estimates[edge])
        }
    }

    /// By group; neurons, edges and heads with the costliest first, measured edges before estimated ones.
    private static func ordered(_ rows: [Row]) -> [Row] {
        Row.Group.allCases.flatMap { group -> [Row] in
            let own = rows.filter { $0.group == group }
            guard [.neuron, .edge, .head].contains(group) else { return own }
            let measured = own.filter { $0.measured != nil }.sorted { $0.measured!.mean > $1.measured!.mean }
            return measured + own.filter { $0.measured == nil }
        }
    }
}
