import Foundation
import INNCore

/// The weights of a network at one moment, independent of the network they were taken from.
public struct NetworkWeights: Sendable {
    /// Optimizer updates that the weights had seen.
    public let step: Int
    private let tensors: [(name: String, values: [Float])]

    /// Copies all parameters; nobody may change them meanwhile.
    public init(_ network: any LanguageModel, step: Int) {
        self.step = step
        tensors = network.parameters.parameters.map { ($0.name, $0.array) }
    }

    /// Replaces the weights of a network of the same configuration.
    ///
    /// - Throws: ``INNError`` when the network has other parameters.
    public func load(into network: any LanguageModel) throws {
        for tensor in tensors { try network.parameters.load(tensor.name, tensor.values) }
    }
}

/// Asks a trainer for a copy of its weights, see ``TrainerCommand/copyWeights(_:)``: the trainer fills it between two
/// steps and goes on, the asking thread waits.
public final class WeightRequest: Sendable, Equatable {
    private let weights = Monitor<NetworkWeights?>(nil)

    public init() {}

    public static func == (a: WeightRequest, b: WeightRequest) -> Bool { a === b }

    func fulfil(_ weights: NetworkWeights) { self.weights.update { $0 = weights } }

    /// The copy, once it is there; nil when it is not within so many seconds.
    public func wait(seconds: Double) -> NetworkWeights? {
        weights.wait(until: Date(timeIntervalSinceNow: seconds)) { $0 }
    }
}
