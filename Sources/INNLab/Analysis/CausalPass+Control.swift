import INNKit

extension CausalPass {
    /// Untrained networks are lesioned over at most this many characters: what that does to them is plain after few,
    /// and only means are compared.
    static let mostControlCharacters = 16_384

    /// What untrained networks of a network's configuration lose with their neurons, when their gates are open as often
    /// as its own.
    ///
    /// - Parameters:
    ///   - seeds: one for each untrained network.
    ///   - windows: the text; its streams are read as far as ``mostControlCharacters`` go.
    ///   - progress: told the share that is done; may throw to end the measurement.
    static func control(
        _ network: IntelligentNeuralNetwork, seeds: [UInt64], _ windows: ValidationWindows, classes: SymbolClasses,
        tools: Tools = (Workspace(), ThreadTeam()), progress: (Double) throws -> Void
    ) throws -> CausalControl {
        let text = try windows.beginning(mostControlCharacters)
        var changes = Changes()
        changes.neurons = Array(0..<min(AnalysisRun.mostNeurons, network.shape.neurons))
        let gates = try GateMatch(network, text, team: tools.team)
        return CausalControl(
            try seeds.enumerated().map { index, seed in
                let untrained = try IntelligentNeuralNetwork(network.configuration, seed: seed)
                gates.match(untrained)
                return try CausalPass(untrained, text, changes, classes: classes, seed: seed, tools: tools) {
                    try progress((Double(index) + $0) / Double(seeds.count))
                }.tuning()
            })
    }
}
