import Foundation
import INNCore

/// What may be asked of a trainer while it runs; carried out between two steps.
public enum TrainerCommand: Sendable, Equatable {
    case pause
    case resume
    case checkpoint
    /// Multiplies the scheduled learning rate from now on.
    case scaleLearningRate(Double)
    /// Replaces all interventions, an empty set ends them. A memory reset happens once.
    case intervene(InterventionSet)
    /// What to do about the last checkpoint, asked for through ``Trainer/whenSavingFails``.
    case saving(SavingDecision)
    /// Hands out a copy of the weights.
    case copyWeights(WeightRequest)
    /// Finish the step, write a checkpoint and end.
    case stop
    /// End at once without a checkpoint.
    case abort
}

extension TrainerCommand {
    /// Write the last checkpoint into this folder; `~` stands for the home folder.
    public static func saveElsewhere(path: String) -> TrainerCommand {
        let folder = NSString(string: path).expandingTildeInPath
        return .saving(.elsewhere(URL(fileURLWithPath: folder, isDirectory: true)))
    }
}

/// What becomes of a last checkpoint that cannot be written.
public enum SavingDecision: Sendable, Equatable {
    case retry
    /// Write it into this folder, which is made when missing.
    case elsewhere(URL)
    /// End without it.
    case giveUp
}

/// The queue through which other threads steer a trainer. A slow sender never delays a step.
public final class TrainerControl: Sendable {
    private let commands = Monitor<[TrainerCommand]>()

    public init() {}

    public func send(_ command: TrainerCommand) { commands.send(command) }

    /// Waits for an answer to ``Trainer/whenSavingFails``; requests to stop or to abort give up.
    ///
    /// - Parameters:
    ///   - deadline: nil waits as long as it takes.
    ///   - isWanted: asked again after every command, whatever it is; ends the waiting when false.
    /// - Returns: nil when there is none by `deadline` or nobody wants one any more.
    public func waitForSaving(until deadline: Date? = nil, while isWanted: () -> Bool = { true }) -> SavingDecision? {
        let answer = commands.wait(until: deadline) { commands -> SavingDecision?? in
            guard isWanted() else {
                // Commands sent while the question was being dropped are not answers to it.
                commands.removeAll()
                return .some(nil)
            }
            while !commands.isEmpty {
                switch commands.removeFirst() {
                case .saving(let decision): return decision
                case .stop, .abort: return .giveUp
                default: break
                }
            }
            return nil
        }
        return answer ?? nil
    }

    /// Takes all waiting commands; with `waits`, sleeps until there is one.
    package func take(waits: Bool) -> [TrainerCommand] { waits ? commands.take() : commands.takeWaiting() }
}
