import INNCore
import INNStore

/// Averages what happened since the last report; part of every checkpoint, so that a resumed run reports the same
/// averages.
package struct ReportMeter: Codable, Equatable {
    private var nats = 0.0, penalty = 0.0, seconds = 0.0
    private var steps = 0, characters = 0
    private var gradientNorm = 0.0, learningRate = 0.0
    /// The last means, for a report right after another.
    private var lastTrainBPC: Double?, lastSpeed = 0.0

    /// Whether the counters are ones that training can reach.
    var isPossible: Bool { [steps, characters].allSatisfy { (0...1 << 52).contains($0) } }

    package mutating func add(
        nats: Double, penalty: Double, norm: Double, learningRate: Double, characters: Int, seconds: Double
    ) {
        self.nats += nats
        self.penalty += penalty
        self.seconds += seconds
        self.characters += characters
        steps += 1
        gradientNorm = norm
        self.learningRate = learningRate
    }

    /// Makes a report and starts the next period.
    package mutating func report(
        step: Int, charactersSeen: Int, epoch: Double, validBPC: Double?, elapsedSeconds: Double, progress: Double
    ) -> TrainingReport {
        if steps > 0 {
            lastTrainBPC = nats / Double(steps) / natsPerBit
            lastSpeed = seconds > 0 ? Double(characters) / seconds : 0
        }
        let report = TrainingReport(
            step: step, charactersSeen: charactersSeen, epoch: epoch, trainBPC: lastTrainBPC ?? .nan,
            validBPC: validBPC,
            gatePenalty: steps > 0 ? penalty / Double(steps) : 0, learningRate: learningRate,
            gradientNorm: gradientNorm,
            charsPerSecond: lastSpeed, elapsedSeconds: elapsedSeconds, progress: progress)
        nats = 0
        penalty = 0
        seconds = 0
        steps = 0
        characters = 0
        return report
    }
}
