import INNCore
import INNData
import INNEvaluation

/// Trains on this computer's cores.
final class HostEngine: UpdateEngine {
    private let network: any LanguageModel
    private let optimizer: AdamW
    private let state: RecurrentState?
    private let tape: Tape

    init(
        _ network: any LanguageModel, _ optimizer: AdamW, state: RecurrentState?, workspace: Workspace, team: ThreadTeam
    ) {
        (self.network, self.optimizer, self.state) = (network, optimizer, state)
        tape = Tape(workspace: workspace, team: team)
    }

    var summary: String {
        let threads = "\(tape.team.threadCount) thread\(tape.team.threadCount == 1 ? "" : "s")"
        return "\(InstructionSet.current) kernels, \(LinearAlgebra.libraryDescription), \(threads)"
    }

    let canIntervene = true

    func adopt() {}
    func publish(everything: Bool) {}
    func clearGradients() { network.parameters.clearGradients() }
    func gradientNorm() -> Double { optimizer.gradientNorm() }
    func forget() { state?.reset() }

    func accumulate(_ batch: TrainingBatch) -> BatchLoss {
        tape.reset()
        let result = network.forward(
            tokens: batch.tokens, batchSize: batch.batchSize, steps: batch.sequenceLength, on: tape,
            context: ForwardContext(
                isTraining: true, dropoutKey: batch.dropoutKey, state: state, interventions: batch.interventions))
        let loss = tape.crossEntropy(result.logits, targets: batch.targets)
        tape.backward(from: loss)
        return BatchLoss(nats: Double(loss.data[0]), penalty: Double(result.penalty), gates: result.meanGates)
    }

    func update(_ settings: AdamW.Settings, gradientScale: Double) {
        optimizer.update(settings, gradientScale: gradientScale)
    }

    func moveGates<Result>(_ change: () -> Result) -> Result { change() }

    func evaluate(_ windows: ValidationWindows, carriesState: Bool) -> Evaluation? { nil }
}
