import Foundation
import INNCore

/// Finds updates whose loss lies far above what the recent ones lead to expect.
///
/// A spike is a loss that exceeds the running mean by more than six standard deviations and by more than half a bit per
/// character. Mean and variance are exponential averages over about thirty updates. While the loss falls steeply it
/// lies below its mean and the variance is large, so nothing is marked at the beginning of training. Spikes do not
/// enter the averages; a level that lasts for `patience` updates becomes the new normal.
struct SpikeDetector: Codable, Equatable {
    package enum Verdict: Equatable {
        case normal
        /// The first update of a spike, with what was expected, in bits per character.
        case spike(mean: Double, deviation: Double)
        /// A later update of the same spike.
        case continues
        /// The spike has lasted for `patience` updates.
        case lasting
    }

    private(set) var mean = 0.0
    private(set) var variance = 0.0
    private var count = 0
    /// Updates that the present spike has lasted; 0 without one.
    private(set) var length = 0

    static let deviations = 6.0
    static let leastJump = 0.5
    private static let horizon = 30.0
    /// Updates before the first judgement.
    private static let warmup = 20

    /// Whether the counters are ones that training can reach.
    var isPossible: Bool {
        [count, length].allSatisfy { (0...1 << 52).contains($0) } && mean.isFinite && variance >= 0 && variance.isFinite
    }

    /// Takes in the loss of the next update, in bits per character; it must be finite.
    mutating func judge(_ bitsPerCharacter: Double, patience: Int) -> Verdict {
        let isSpike =
            count >= Self.warmup
            && bitsPerCharacter > mean + max(Self.leastJump, Self.deviations * variance.squareRoot())
        guard isSpike else {
            length = 0
            learn(bitsPerCharacter)
            return .normal
        }
        length += 1
        if length >= patience {
            let isFirst = length == 1
            let expected = (mean, variance.squareRoot())
            self = SpikeDetector()
            learn(bitsPerCharacter)
            return isFirst ? .spike(mean: expected.0, deviation: expected.1) : .lasting
        }
        return length == 1 ? .spike(mean: mean, deviation: variance.squareRoot()) : .continues
    }

    private mutating func learn(_ value: Double) {
        count += 1
        let weight = max(1 / Double(count), 1 / Self.horizon)
        let difference = value - mean
        mean += weight * difference
        variance = (1 - weight) * (variance + weight * difference * difference)
    }
}
