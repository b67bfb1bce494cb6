import Foundation
import INNCore

/// The weights that one neuron owns in all rounds: its memory (or map of the present character) and its activation
/// gate.
///
/// What all neurons share stays behind: embedding, norms, the attention's projections, the readout, and with routing
/// `static` the scores, which belong to edges. A neuron therefore speaks with the projections of the network it is put
/// into.
public struct NeuronWeights: Sendable {
    /// Of the network that the neuron comes from.
    public let configuration: INNConfiguration
    /// Where it comes from, for messages.
    public let origin: String
    /// By parameter name.
    package let tensors: [String: Tensor]

    /// One neuron's part of a parameter, without the axis of neurons.
    package struct Tensor: Sendable {
        package let shape: [Int]
        package let values: [Float]
    }

    /// Number of trained values.
    public var count: Int { tensors.values.reduce(0) { $0 + $1.values.count } }
}

extension NeuronWeights {
    /// Takes a neuron out of a network.
    ///
    /// - Parameter name: of the network, for messages.
    /// - Throws: ``INNError`` of kind `usage` when there is no such neuron or it does not own its weights.
    public init(of network: IntelligentNeuralNetwork, neuron: Int, name: String) throws {
        let owned = try network.ownedWeights(of: neuron, in: name)
        configuration = network.configuration
        origin = "neuron \(neuron) of \(name)"
        tensors = Dictionary(
            uniqueKeysWithValues: owned.map { parameter, range in
                let values = Array(UnsafeBufferPointer(start: parameter.values + range.lowerBound, count: range.count))
                return (parameter.name, Tensor(shape: Array(parameter.shape.array.dropFirst()), values: values))
            })
    }

    /// Puts the neuron in the place of another.
    ///
    /// - Throws: ``INNError`` of kind `usage` saying what does not fit; the network is untouched then.
    public func graft(into network: IntelligentNeuralNetwork, neuron: Int, name: String) throws {
        try requireFit(into: network, neuron: neuron, name: name)
        for (parameter, range) in try network.ownedWeights(of: neuron, in: name) {
            tensors[parameter.name]!.values.withUnsafeBufferPointer {
                (parameter.values + range.lowerBound).update(from: $0.baseAddress!, count: range.count)
            }
        }
        network.parameters.markChanged()
    }

    /// - Throws: ``INNError`` of kind `usage` or `data` when the neuron cannot take the place of another.
    public func requireFit(into network: IntelligentNeuralNetwork, neuron: Int, name: String) throws {
        let differences = Self.differences(configuration, network.configuration)
        guard differences.isEmpty else {
            throw INNError(.usage, "The \(origin) does not fit into \(name): \(differences.joined(separator: ", ")).")
        }
        let owned = try network.ownedWeights(of: neuron, in: name)
        for (parameter, _) in owned where tensors[parameter.name]?.shape != Array(parameter.shape.array.dropFirst()) {
            throw INNError(
                .data,
                """
                The \(origin) has no “\(parameter.name)” of the shape \(parameter.shape.array.dropFirst()); use a \
                file written by 'inn-tui export --neuron'.
                """
            )
        }
    }

    /// Everything about two networks that keeps a neuron of one from working in the other.
    private static func differences(_ a: INNConfiguration, _ b: INNConfiguration) -> [String] {
        let sizes: [(String, Int, Int)] = [
            ("width", a.dModel, b.dModel), ("rounds", a.rounds, b.rounds),
            ("states per channel", a.stateSize, b.stateSize),
            ("convolution taps", a.convKernel, b.convKernel), ("inner width", a.dInner, b.dInner),
        ]
        var differences = sizes.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1) against \($0.2)" }
        if a.memory == .mamba, b.memory == .mamba, a.deltaRank != b.deltaRank {
            differences.append("rank of delta \(a.deltaRank) against \(b.deltaRank)")
        }
        if a.memory != b.memory { differences.append("memory \(a.memory.rawValue) against \(b.memory.rawValue)") }
        if a.memory == .none, a.hiddenWidth != b.hiddenWidth {
            differences.append("hidden width \(a.hiddenWidth) against \(b.hiddenWidth)")
        }
        if a.hasGates != b.hasGates {
            differences.append("\(a.hasGates ? "gates" : "no gates") against \(b.hasGates ? "gates" : "no gates")")
        }
        return differences
    }
}
