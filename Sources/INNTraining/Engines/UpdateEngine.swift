import INNCore
import INNData
import INNEvaluation

/// Where the arithmetic of training is done: on this computer's cores or on a device.
///
/// The trainer says what happens and in which order; an engine does it. The network's weights, the optimizer's moments
/// and the carried memory on the host are those of training only after ``publish(everything:)``.
protocol UpdateEngine: AnyObject {
    /// What the last digits of a run depend on.
    var summary: String { get }
    /// Whether interventions can hold while it trains.
    var canIntervene: Bool { get }

    /// Takes over weights, moments and memory from the host.
    func adopt() throws
    /// Brings the host's weights up to date; with `everything`, moments and memory as well.
    func publish(everything: Bool) throws

    func clearGradients() throws
    /// Forward and backward over one batch; gradients are added up.
    func accumulate(_ batch: TrainingBatch) throws -> BatchLoss
    /// The L2 norm of the gradients that were added up.
    func gradientNorm() throws -> Double
    func update(_ settings: AdamW.Settings, gradientScale: Double) throws
    /// Runs `change`, which may move the biases of gates on the host.
    func moveGates<Result>(_ change: () -> Result) throws -> Result
    /// Empties the carried memory.
    func forget() throws

    /// Bits per character over held-out text without interventions; nil where the host's evaluator is to be asked.
    func evaluate(_ windows: ValidationWindows, carriesState: Bool) throws -> Evaluation?
}

/// One batch of an update.
struct TrainingBatch {
    /// `[batchSize, sequenceLength]` ids, and those that follow them.
    let tokens: UnsafeBufferPointer<Int32>, targets: UnsafeBufferPointer<Int32>
    let batchSize: Int, sequenceLength: Int
    let dropoutKey: UInt64
    let interventions: CompiledInterventions?
}

/// What a batch came to, in nats, before the update.
struct BatchLoss {
    var nats: Double
    /// Firing-rate pressure.
    var penalty: Double
    /// By round and neuron, the mean gate; empty where nobody asks.
    var gates: [[Float]]
}
