import Foundation
import INNCore
import INNData

/// Measures how long a change in the past is felt: a character is replaced, or all memory is emptied, and the
/// divergence of the predictions is followed from there on.
public struct MemoryMeter {
    /// KL(p ‖ p′) in bits, `[places][distances]`: at the changed character first.
    public struct Curves: Sendable {
        public var replaced: [[Double]] = []
        public var reset: [[Double]] = []
    }

    /// Characters read before the change, and how far it is followed.
    public let lead: Int, distances: Int
    private let network: IntelligentNeuralNetwork
    private let corpus: Corpus
    private let range: Range<Int>
    private static let batch = 16

    /// - Parameters:
    ///   - range: the characters of the text that are used.
    ///   - lead: characters that the network reads before the change, from an empty memory.
    public init(
        _ network: IntelligentNeuralNetwork, corpus: Corpus, range: Range<Int>, lead: Int = 128, distances: Int = 128
    ) {
        (self.network, self.corpus, self.range, self.lead, self.distances) = (network, corpus, range, lead, distances)
    }

    /// - Parameter places: how many places are measured, evenly spread over the text; fewer when the text is short.
    public func measure(
        places: Int, team: ThreadTeam, seed: UInt64, progress: (Double) -> Void = { _ in }
    ) throws -> Curves {
        let length = lead + distances
        let possible = range.count / length
        let count = min(places, possible) / Self.batch * Self.batch
        var curves = Curves()
        var random = RandomSource(seed: seed)
        guard count > 0 else { return curves }
        let reader = HeldOutReader(network, team: team)
        let reset = try network.compile(InterventionSet([.memory(.reset(at: lead))]))
        for first in stride(from: 0, to: count, by: Self.batch) {
            progress(Double(first) / Double(count))
            let starts = (first..<(first + Self.batch)).map { range.lowerBound + $0 * (range.count - length) / count }
            let tokens = starts.flatMap { corpus.ids(in: $0..<($0 + length)) }
            var changed = tokens
            for place in 0..<Self.batch {
                changed[place * length + lead] = other(than: tokens[place * length + lead], &random)
            }
            let reference = logProbabilities(tokens, nil, reader)
            curves.replaced += divergences(reference, logProbabilities(changed, nil, reader))
            curves.reset += divergences(reference, logProbabilities(tokens, reset, reader))
        }
        return curves
    }

    /// A character drawn from the text that is not the given one.
    private func other(than id: Int32, _ random: inout RandomSource) -> Int32 {
        for _ in 0..<1000 {
            let drawn = corpus[range.lowerBound + Int(random.next() % UInt64(range.count))]
            if drawn != id { return drawn }
        }
        return id == 0 ? 1 : 0
    }

    /// log p after each character from the changed one on, `[batch, distances, vocabularySize]`.
    private func logProbabilities(
        _ tokens: [Int32], _ interventions: CompiledInterventions?, _ reader: HeldOutReader
    ) -> [Float] {
        let width = network.vocabularySize
        let length = lead + distances
        return reader.read(tokens, batchSize: Self.batch, interventions: interventions) { logits in
            var result: [Float] = []
            for place in 0..<Self.batch {
                for step in lead..<length {
                    let row = logits + (place * length + step) * width
                    let logSoftmax = LogSoftmax(row, count: width)
                    for id in 0..<width { result.append(Float(logSoftmax(row[id]))) }
                }
            }
            return result
        }
    }

    private func divergences(_ reference: [Float], _ changed: [Float]) -> [[Double]] {
        let width = network.vocabularySize
        return (0..<Self.batch).map { place in
            (0..<distances).map { distance in
                let start = (place * distances + distance) * width
                let nats = (0..<width).reduce(0.0) {
                    $0 + exp(Double(reference[start + $1])) * Double(reference[start + $1] - changed[start + $1])
                }
                return max(0, nats / natsPerBit)
            }
        }
    }
}
