import INNKit

/// Takes neurons, edges and the routing away, each alone, in one pass over a text, and adds up what each costs.
package struct CausalPass {
    /// What is taken away.
    package struct Changes {
        package var neurons: [Int] = []
        /// Listener and speaker.
        package var edges: [(listener: Int, speaker: Int)] = []
        package var routing: [Intervention.RoutingChange] = []
        /// Of the network over a text; needed to make the routing static.
        package var averages: NeuronAverages?

        package init() {}

        var sets: [InterventionSet] {
            neurons.map { InterventionSet([.neuron($0, .lesion)]) }
                + edges.map { InterventionSet([.edge(listener: $0.listener, speaker: $0.speaker, .cut)]) }
                + routing.map { InterventionSet([.routing($0)]) }
        }

        var count: Int { neurons.count + edges.count + routing.count }
    }

    let changes: Changes
    /// In the order of neurons, edges and routing.
    let sums: CausalSums
    let logProbabilities: [[Float]]
    let bitsPerCharacter: Double
    private let classes: SymbolClasses
    private let seed: UInt64
    private let neuronCount: Int

    /// What computes: a workspace that may be used again, and threads.
    package typealias Tools = (workspace: Workspace, team: ThreadTeam)

    /// Reads the text once with the network and with each change of it.
    ///
    /// - Parameter progress: told the share that is done before each window; may throw to end the measurement.
    package init(
        _ network: IntelligentNeuralNetwork, _ windows: ValidationWindows, _ changes: Changes, classes: SymbolClasses,
        seed: UInt64, tools: Tools = (Workspace(), ThreadTeam()), progress: (Double) throws -> Void
    ) throws {
        let plan = ReadingPlan(streams: windows.batchSize, windows: windows.windowCount, steps: windows.sequenceLength)
        var sums = CausalSums(
            variants: changes.count, plan: plan, classes: classes, targets: Self.targets(windows))
        let meter = try VariantMeter(
            network, windows, changes: changes.sets, averages: changes.averages, workspace: tools.workspace,
            team: tools.team)
        try meter.measure(progress: progress) { sums.add($0) }
        (self.changes, self.sums, self.classes, self.seed) = (changes, sums, classes, seed)
        neuronCount = network.shape.neurons
        logProbabilities = meter.logProbabilities
        bitsPerCharacter = meter.bitsPerCharacter
    }

    /// What is predicted, each stream contiguous in time.
    private static func targets(_ windows: ValidationWindows) -> [Int32] {
        let steps = windows.sequenceLength
        let length = windows.windowCount * steps
        var result = [Int32](repeating: 0, count: windows.characters)
        var tokens = [Int32](repeating: 0, count: windows.batchSize * steps)
        var targets = tokens
        for window in 0..<windows.windowCount {
            windows.fill(window: window, tokens: &tokens, targets: &targets)
            for row in targets.indices { result[row / steps * length + window * steps + row % steps] = targets[row] }
        }
        return result
    }

    package var characters: Int { Int(bounded: sums.characters.reduce(0, +)) }

    /// - Parameter isControl: whether only what a control needs is measured.
    package func tuning(isControl: Bool = false) -> CausalTuning {
        CausalTuning(
            sums, neurons: changes.neurons, of: neuronCount, classes: classes, bitsPerCharacter: bitsPerCharacter,
            seed: seed, isControl: isControl)
    }

    package func neurons() -> [CausalAnalysis.Neuron] {
        changes.neurons.indices.map { index in
            CausalAnalysis.Neuron(
                neuron: changes.neurons[index], divergence: divergence(index), deltaBPC: deltaBPC(index),
                logitEffect: Self.centred(logProbabilities[index]))
        }
    }

    /// - Parameter estimates: of all edges, `[neurons, neurons]`.
    func edges(estimates: [Double], neurons: Int) -> [CausalAnalysis.Edge] {
        changes.edges.enumerated().map { index, edge in
            let variant = changes.neurons.count + index
            return CausalAnalysis.Edge(
                listener: edge.listener, speaker: edge.speaker,
                estimate: estimates[edge.listener * neurons + edge.speaker], divergence: divergence(variant),
                deltaBPC: deltaBPC(variant))
        }
    }

    func routing() -> [RoutingWorth] {
        changes.routing.enumerated().map { index, change in
            let variant = changes.neurons.count + changes.edges.count + index
            return RoutingWorth(change: change, divergence: divergence(variant), deltaBPC: deltaBPC(variant))
        }
    }

    private func divergence(_ variant: Int) -> Interval { sums.interval(sums.divergences, variant, seed: seed) }

    private func deltaBPC(_ variant: Int) -> Interval { sums.interval(sums.totals, variant, seed: seed) }

    static func centred(_ values: [Float]) -> [Float] {
        let mean = values.reduce(0, +) / Float(values.count)
        return values.map { $0 - mean }
    }
}

extension CausalSums {
    fileprivate mutating func add(_ effect: VariantMeter.WindowEffect) {
        add(
            variant: effect.variant, window: effect.window, tokens: effect.tokens, targets: effect.targets,
            surprisal: effect.surprisal, divergence: effect.divergence)
    }
}
