import INNKit

extension CausalPass {
    /// Untrained networks are lesioned over at most this many characters: what that does to them is plain after few,
    /// and only means are compared.
    static let mostControlCharacters = 16_384

    /// What untrained networks lose with their neurons, when their gates are open as often as those of another of their
    /// configuration.
    ///
    /// - Parameters:
    ///   - gates: how often those of the other are open.
    ///   - seeds: one for each untrained network.
    ///   - neurons: how many of each are lesioned.
    ///   - windows: the text; its streams are read as far as ``mostControlCharacters`` go.
    ///   - progress: told the share that is done; may throw to end the measurement.
    static func control(
        _ gates: GateMatch, seeds: [UInt64], neurons: Int = AnalysisRun.mostNeurons, _ windows: ValidationWindows,
        classes: SymbolClasses, tools: Tools = (Workspace(), ThreadTeam()),
        progress: (Double) throws -> Void
    ) throws -> CausalControl {
        let text = try windows.beginning(mostControlCharacters)
        var changes = Changes()
        changes.neurons = Array(0..<min(neurons, gates.configuration.neurons))
        return CausalControl(
            try seeds.enumerated().map { index, seed in
                let untrained = try IntelligentNeuralNetwork(gates.configuration, seed: seed)
                gates.match(untrained)
                return try CausalPass(untrained, text, changes, classes: classes, seed: seed, tools: tools) {
                    try progress((Double(index) + $0) / Double(seeds.count))
                }.tuning(isControl: true)
            })
    }
}
