import Foundation
import Synchronization

/// What may be asked of a trainer while it runs; carried out between two steps.
public enum TrainerCommand: Sendable, Equatable {
    case pause
    case resume
    case checkpoint
    /// Multiplies the scheduled learning rate from now on.
    case scaleLearningRate(Double)
    /// Replaces all interventions, an empty set ends them. A memory reset happens once.
    case intervene(InterventionSet)
    /// Hands out a copy of the weights.
    case copyWeights(WeightRequest)
    /// Finish the step, write a checkpoint and end.
    case stop
    /// End at once without a checkpoint.
    case abort
}

/// The queue through which other threads steer a trainer. A slow sender never delays a step.
public final class TrainerControl: @unchecked Sendable {
    private let condition = NSCondition()
    private var queue: [TrainerCommand] = []

    public init() {}

    public func send(_ command: TrainerCommand) {
        condition.lock()
        queue.append(command)
        condition.signal()
        condition.unlock()
    }

    /// Takes all waiting commands; with `waits`, sleeps until there is one.
    func take(waits: Bool) -> [TrainerCommand] {
        condition.lock()
        defer { condition.unlock() }
        while waits && queue.isEmpty { condition.wait() }
        defer { queue.removeAll(keepingCapacity: true) }
        return queue
    }
}
