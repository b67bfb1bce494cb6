extension IntelligentNeuralNetwork {
    /// The parameters that every neuron has a part of its own in, and the part of one neuron.
    ///
    /// - Parameter name: of the network, for messages.
    /// - Throws: ``INNError`` of kind `usage` when there is no such neuron or it does not own its weights.
    public func ownedWeights(of neuron: Int, in name: String) throws -> [(parameter: Parameter, range: Range<Int>)] {
        let c = configuration
        guard c.sharing == .own else {
            throw INNError(
                .usage,
                """
                The neurons of \(name) share their weights (--sharing \(c.sharing.rawValue)), so none can be moved \
                or frozen alone; use a network with --sharing own.
                """
            )
        }
        guard (0..<c.neurons).contains(neuron) else {
            throw INNError(.usage, "\(name) has no neuron \(neuron); its neurons are 0 to \(c.neurons - 1).")
        }
        return parameters.parameters.filter(Self.isOwned).map { parameter in
            let size = parameter.count / c.neurons
            return (parameter, (neuron * size)..<((neuron + 1) * size))
        }
    }

    private static func isOwned(_ parameter: Parameter) -> Bool {
        let parts = parameter.name.split(separator: ".")
        guard parts.count == 4, parts[0] == "rounds" else { return false }
        return parts[2] == "memory" || parts[2] == "character"
            || ["gateWeight", "gateBias", "identity", "ownScores"].contains(parts[3])
    }
}

extension INNConfiguration {
    /// Whether its neurons have activation gates that somebody hears.
    package var hasGates: Bool { gate != .off && routing != .off }
}
