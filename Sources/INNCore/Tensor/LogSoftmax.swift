import Foundation

/// log p of every id under softmax(scores), in nats: the one place where scores become log-probabilities, besides the
/// kernel that trains (`inn_softmax_cross_entropy`). Sums in double precision, in the order of the ids.
package struct LogSoftmax {
    /// log Σ exp(score): what every score loses.
    private let total: Double

    package init(_ scores: UnsafeBufferPointer<Float>) {
        let largest = Double(scores.max() ?? 0)
        total = log(scores.reduce(0.0) { $0 + exp(Double($1) - largest) }) + largest
    }

    /// - Parameters:
    ///   - row: the scores, one per id.
    ///   - count: how many ids there are.
    package init(_ row: UnsafePointer<Float>, count: Int) { self.init(UnsafeBufferPointer(start: row, count: count)) }

    /// log p of an id with this score.
    package func callAsFunction(_ score: Float) -> Double { Double(score) - total }

    /// −log p of an id with this score.
    package func surprisal(_ score: Float) -> Double { total - Double(score) }
}
