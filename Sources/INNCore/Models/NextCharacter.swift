import Foundation

/// A distribution over the next character, from the scores of a model.
public struct NextCharacter: Sendable, Equatable {
    /// log p per id, in nats.
    public let logProbabilities: [Double]

    /// - Parameter logits: scores, one per id.
    public init(logits: [Float]) {
        logProbabilities = logits.withUnsafeBufferPointer { logits in
            let logSoftmax = LogSoftmax(logits)
            return logits.map { logSoftmax($0) }
        }
    }

    public var probabilities: [Float] { logProbabilities.map { Float(exp($0)) } }

    /// −log₂ p of an id.
    public func surprisal(_ id: Int32) -> Double { -logProbabilities[Int(id)] / natsPerBit }

    /// KL(self ‖ other) in bits: exactly 0 when both come from the same scores.
    public func divergence(from other: NextCharacter) -> Double {
        zip(logProbabilities, other.logProbabilities).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
            / natsPerBit
    }

    /// The likeliest ids, likeliest first; of equals the lower id.
    public func top(_ count: Int) -> [Int32] {
        let order = logProbabilities.indices.sorted { (logProbabilities[$0], $1) > (logProbabilities[$1], $0) }
        return order.prefix(count).map { Int32($0) }
    }
}
