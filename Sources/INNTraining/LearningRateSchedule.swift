import Foundation
import INNCore

/// The learning rate, and for one-cycle beta1, over the course of training.
public enum LearningRateSchedule: Codable, Sendable, Equatable {
    /// PyTorch's OneCycleLR with cosine annealing; beta1 cycles between the momenta in the opposite direction.
    case oneCycle(peakShare: Double, divisor: Double, finalDivisor: Double, momenta: ClosedRange<Double>)
    /// Linear warm-up over a number of updates, then half a cosine to zero.
    case warmupCosine(warmup: Warmup)
    case constant

    /// How the learning rate rises at the start.
    public enum Warmup: Codable, Sendable, Equatable {
        /// lr·(start + (1 − start)·i/steps), as PyTorch's LinearLR.
        case linear(start: Double, steps: Double)
        /// lr·(i + 1)/steps.
        case ramp(steps: Double)
        /// lr·(i + 1)/(share·total): for runs whose length is a time.
        case share(Double)
    }

    /// The paper's settings: pct_start .3, div 25, final div 1e4, beta1 .95→.85→.95.
    public static let paperOneCycle = LearningRateSchedule.oneCycle(
        peakShare: 0.3, divisor: 25, finalDivisor: 1e4, momenta: 0.85...0.95)

    public struct Value: Sendable, Equatable {
        public var learningRate: Double
        /// Replaces the optimizer's beta1 where the schedule cycles momentum.
        public var beta1: Double?
    }

    /// The values in force for an update.
    ///
    /// - Parameters:
    ///   - position: 0-based update number; fractional when the schedule follows a clock.
    ///   - total: number of updates in the whole training.
    ///   - peak: the largest learning rate.
    public func value(at position: Double, of total: Double, peak: Double) -> Value {
        switch self {
        case .constant: return Value(learningRate: peak)
        case .oneCycle(let share, let divisor, let finalDivisor, let momenta):
            let top = share * total - 1
            let last = total - 1
            let start = peak / divisor
            if position <= top {
                let part = top > 0 ? position / top : 1
                return Value(
                    learningRate: Self.anneal(start, peak, part),
                    beta1: Self.anneal(momenta.upperBound, momenta.lowerBound, part))
            }
            let part = last > top ? min(1, (position - top) / (last - top)) : 1
            return Value(
                learningRate: Self.anneal(peak, start / finalDivisor, part),
                beta1: Self.anneal(momenta.lowerBound, momenta.upperBound, part))
        case .warmupCosine(let warmup):
            let steps = warmup.steps(total: total)
            if position < steps { return Value(learningRate: peak * warmup.factor(position, steps: steps)) }
            let part = total > steps ? min(1, (position - steps) / (total - steps)) : 1
            return Value(learningRate: Self.anneal(peak, 0, part))
        }
    }

    /// Checks that every update gets a learning rate of at least 0 and a momentum that an average can have.
    ///
    /// - Throws: ``INNError`` of kind `usage`.
    func validate() throws {
        switch self {
        case .constant: break
        case .oneCycle(let share, let divisor, let finalDivisor, let momenta):
            try Self.require(share, "the share of the rise", 0...1)
            try Self.require(divisor, "the divisor of the first learning rate", 1e-6...1e12)
            try Self.require(finalDivisor, "the divisor of the last learning rate", 1e-6...1e12)
            try Self.require(momenta.lowerBound, "the lowest beta1", 0...0.999999)
            try Self.require(momenta.upperBound, "the highest beta1", 0...0.999999)
        case .warmupCosine(.linear(let start, let steps)):
            try Self.require(start, "the start of the warm-up", 0...1)
            try Self.require(steps, "the length of the warm-up", 0...1e12)
        case .warmupCosine(.ramp(let steps)): try Self.require(steps, "the length of the warm-up", 0...1e12)
        case .warmupCosine(.share(let share)): try Self.require(share, "the share of the warm-up", 0...1)
        }
    }

    private static func require(_ value: Double, _ name: String, _ range: ClosedRange<Double>) throws {
        guard !range.contains(value) else { return }
        throw INNError(
            .usage,
            "The schedule's value for \(name) is \(value), but must lie in \(range.lowerBound)…\(range.upperBound).")
    }

    /// Half a cosine from one value to another, `part` in 0…1.
    private static func anneal(_ from: Double, _ to: Double, _ part: Double) -> Double {
        to + (from - to) / 2 * (1 + cos(.pi * part))
    }
}

extension LearningRateSchedule.Warmup {
    fileprivate func steps(total: Double) -> Double {
        switch self {
        case .linear(_, let steps), .ramp(let steps): steps
        case .share(let share): share * total
        }
    }

    fileprivate func factor(_ position: Double, steps: Double) -> Double {
        switch self {
        case .linear(let start, _): start + (1 - start) * position / steps
        case .ramp, .share: min(1, (position + 1) / max(1, steps))
        }
    }
}
