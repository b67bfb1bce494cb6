import INNCore
import INNData
import INNEvaluation

/// Trains on this computer's cores.
final class HostEngine: UpdateEngine {
    let network: any LanguageModel
    let optimizer: AdamW
    let memory: CarriedMemory?
    let batches: TrainingBatches
    private let tape: Tape
    private let gradients: GradientSum
    private var interventions: CompiledInterventions?

    init(
        _ network: any LanguageModel, _ optimizer: AdamW, memory: CarriedMemory?, batches: TrainingBatches,
        workspace: Workspace, team: ThreadTeam
    ) {
        (self.network, self.optimizer, self.memory, self.batches) = (network, optimizer, memory, batches)
        tape = Tape(workspace: workspace, team: team)
        gradients = GradientSum(network.parameters, workspace: workspace, team: team)
    }

    var summary: String {
        let threads = "\(tape.team.threadCount) thread\(tape.team.threadCount == 1 ? "" : "s")"
        return "\(InstructionSet.current) kernels, \(LinearAlgebra.description), \(threads)"
    }

    let canIntervene = true

    func adopt() {}
    func publish(everything: Bool) {}
    func hold(_ interventions: ActiveInterventions) { self.interventions = interventions.compiled }
    func forget() { memory?.reset() }

    func compute(step: Int) -> UpdateLoss {
        let losses = compute(0..<batches.shards, step: step)
        return UpdateLoss(losses, norm: optimizer.gradientNorm(), batches)
    }

    /// Forward and backward over some of an update's shards, aligned at a power of two; leaves the sum of their
    /// gradients in the store.
    func compute(_ shards: Range<Int>, step: Int) -> [ShardLoss] {
        shards.map { shard in
            network.parameters.clearGradients()
            var total = ShardLoss()
            for part in 0..<batches.parts {
                let batch = batches.batch(step: step, part: part, shard: shard)
                if batch.startsStreams { memory?.shards[shard].reset() }
                let loss = accumulate(batch)
                total.nats += loss.nats / Double(batches.parts)
                total.penalty += loss.penalty / Double(batches.parts)
                total.gates = part == 0 ? loss.gates : ShardLoss.sum(total.gates, loss.gates)
            }
            gradients.add(shard - shards.lowerBound, of: shards.count)
            return total
        }
    }

    /// Forward and backward over one batch; gradients are added up.
    private func accumulate(_ batch: TrainingBatch) -> ShardLoss {
        tape.reset()
        let result = network.forward(
            tokens: batch.tokens, batchSize: batch.batchSize, steps: batch.sequenceLength, on: tape,
            context: ForwardContext(
                isTraining: true, dropoutKey: batch.dropoutKey, state: memory?.shards[batch.shard.index],
                interventions: interventions, shard: batch.shard))
        let loss = tape.crossEntropy(result.logits, targets: batch.targets)
        tape.backward(from: loss)
        return ShardLoss(nats: Double(loss.data[0]), penalty: Double(result.penalty), gates: result.meanGates)
    }

    func update(_ settings: AdamW.Settings, gradientScale: Double) {
        optimizer.update(settings, gradientScale: gradientScale)
    }

    func moveGates<Result>(_ change: () -> Result) -> Result { change() }

    func evaluate(_ windows: ValidationWindows, carriesState: Bool) -> Evaluation? { nil }
}
