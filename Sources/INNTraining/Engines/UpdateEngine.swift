import INNCore
import INNData
import INNEvaluation
import INNStore

/// Where the arithmetic of training is done: on this computer's cores, on those of several, or on a device.
///
/// The trainer says what happens and in which order; an engine does it. The network's weights, the optimizer's moments
/// and the carried memory on the host are those of training only after ``publish(everything:)``.
protocol UpdateEngine: AnyObject {
    /// What the last digits of a run depend on.
    var summary: String { get }
    /// Whether interventions can hold while it trains.
    var canIntervene: Bool { get }

    /// Whether the host's weights are always those of training.
    var keepsHostCurrent: Bool { get }

    /// Takes over weights, moments and memory from the host.
    func adopt() throws
    /// Brings the host's weights up to date; with `everything`, moments and memory as well.
    func publish(everything: Bool) throws

    /// Trains with these interventions from now on.
    func hold(_ interventions: ActiveInterventions) throws
    /// Forward and backward over the batches of an update.
    ///
    /// - Parameter step: updates made before.
    func compute(step: Int) throws -> UpdateLoss
    /// Makes an update from the gradients that ``compute(step:)`` left.
    func update(_ settings: AdamW.Settings, gradientScale: Double) throws
    /// Runs `change`, which may move the biases of gates on the host.
    func moveGates<Result>(_ change: () -> Result) throws -> Result
    /// Empties the carried memory.
    func forget() throws

    /// Bits per character over held-out text without interventions; nil where the host's evaluator is to be asked.
    func evaluate(_ windows: ValidationWindows, carriesState: Bool) throws -> Evaluation?

    /// What the ranks did since it was last asked; nil for a training in one process.
    func takeRankReport() -> RankReport?

    /// What a device does for a training of that speed; nil on the processor.
    func deviceReport(charsPerSecond: Double) -> DeviceReport?
}

extension UpdateEngine {
    var keepsHostCurrent: Bool { true }
    func takeRankReport() -> RankReport? { nil }
    func deviceReport(charsPerSecond: Double) -> DeviceReport? { nil }
}
