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
    private let condition = NSCondition()
    /// Guarded by the condition.
    nonisolated(unsafe) private var weights: NetworkWeights?

    public init() {}

    public static func == (a: WeightRequest, b: WeightRequest) -> Bool { a === b }

    func fulfil(_ weights: NetworkWeights) {
        condition.lock()
        self.weights = weights
        condition.signal()
        condition.unlock()
    }

    /// The copy, once it is there; nil when it is not within so many seconds.
    public func wait(seconds: Double) -> NetworkWeights? {
        let deadline = Date(timeIntervalSinceNow: seconds)
        condition.lock()
        defer { condition.unlock() }
        while weights == nil {
            guard condition.wait(until: deadline) else { return weights }
        }
        return weights
    }
}
