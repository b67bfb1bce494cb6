import Foundation
import INNCore
import INNData
import INNStore

/// What training remembers about updates that went wrong; part of every checkpoint, so that a resumed run judges alike.
package struct DivergenceMemory: Codable, Equatable {
    /// Updates in a row whose loss or gradient was not finite.
    var notFiniteInARow = 0
    var spikes = SpikeDetector()
    /// Times that training has gone back to earlier weights.
    var rollbacksDone = 0

    /// Whether the counters are ones that training can reach.
    var isPossible: Bool {
        [notFiniteInARow, rollbacksDone].allSatisfy { (0...1 << 30).contains($0) } && spikes.isPossible
    }

    /// Whether the last update was sound, so that its weights are worth a checkpoint.
    var isSound: Bool { notFiniteInARow == 0 && spikes.length == 0 }
}

extension Trainer {
    /// Looks at the loss of an update that was made.
    ///
    /// - Parameter nats: mean cross-entropy before the update.
    package func judge(nats: Double) throws {
        divergence.notFiniteInARow = 0
        let bits = nats / natsPerBit
        let patience = settings.divergence.patience
        switch divergence.spikes.judge(bits, patience: patience) {
        case .normal, .continues: return
        case .spike(let mean, let deviation):
            let detail = String(
                format: settings.alphabet.unit.worded("%.2f BPC where %.2f ± %.2f was expected"), bits, mean, deviation)
            sink.receive(.mark(EventMark(step: progress.step + 1, kind: .lossSpike, detail: detail)))
        case .lasting:
            guard divergence.rollbacksDone < settings.divergence.rollbacks else { return }
            if let good = lastGood(before: progress.step + 1 - patience) {
                try rollBack(to: good, reason: "the loss stayed up")
            }
        }
    }

    /// Passes over an update whose loss or gradient is not finite; after too many in a row rolls back or ends training.
    func skipUpdate() throws {
        divergence.notFiniteInARow += 1
        // A poisoned memory would poison every later step.
        try engine.forget()
        sink.receive(
            .mark(
                EventMark(
                    step: progress.step + 1, kind: .notANumber, detail: "loss or gradient not finite, update skipped")))
        let patience = settings.divergence.patience
        guard divergence.notFiniteInARow >= patience else { return }
        let good = lastGood(before: progress.step + 1 - patience)
        if let good, divergence.rollbacksDone < settings.divergence.rollbacks {
            return try rollBack(to: good, reason: "the loss was not finite")
        }
        throw surrender(good)
    }

    /// The last checkpoint whose weights have since made a sound update.
    ///
    /// - Parameter step: the updates made when things were last sound: the weights of that step are the ones that
    ///   failed.
    private func lastGood(before step: Int) -> Checkpoint? { checkpoints?.latest(before: step) }

    /// Takes the weights and the optimizer from a checkpoint and halves the learning rate. Steps, text and schedule go
    /// on where they are: what was recorded stays, and the text that went wrong is not read again. The memory starts
    /// from zero, since the checkpoint's belongs to another place in the text.
    private func rollBack(to good: Checkpoint, reason: String) throws {
        try restoreWeights(good)
        memory?.reset()
        try adopt()
        let done = divergence.rollbacksDone + 1
        divergence = DivergenceMemory(rollbacksDone: done)
        progress.learningRateScale /= 2
        sink.receive(
            .mark(
                EventMark(
                    step: progress.step + 1, kind: .rolledBack,
                    detail:
                        """
                        \(reason): weights of step \(good.state.step), learning rate × \
                        \(progress.learningRateScale.formatted()) (\(done) of \(settings.divergence.rollbacks))
                        """
                )))
    }

    /// Ends training with the last good checkpoint as the run's latest.
    private func surrender(_ good: Checkpoint?) -> INNError {
        let step = progress.step + 1
        let patience = settings.divergence.patience
        let problem =
            "The loss was not finite for \(patience) update\(patience == 1 ? "" : "s") in a row up to step \(step)"
        sink.receive(.mark(EventMark(step: step, kind: .stopped, detail: "the loss was not finite")))
        guard let good else {
            return INNError(
                .data,
                """
                \(problem), and there is no good checkpoint yet: train again with a --learning-rate below \
                \(settings.learningRate).
                """
            )
        }
        try? checkpoints?.removeSteps(after: good.state.step)
        return INNError(
            .data,
            """
            \(problem); the last good checkpoint is that of step \(good.state.step): continue with --resume and a \
            --learning-rate below \(settings.learningRate), or with --rollback 3.
            """
        )
    }
}
