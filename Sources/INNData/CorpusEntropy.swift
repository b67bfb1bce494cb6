import Foundation
import INNCore

/// How predictable a text is from symbol counts alone, in bits per character: the bars that a model has to beat.
public struct CorpusEntropy: Codable, Sendable, Equatable {
    /// Entropy of a single character, H(x_t).
    public let unigram: Double
    /// Entropy of a character given the one before it, H(x_t | x_{t−1}).
    public let bigram: Double
    /// Characters counted.
    public let characters: Int
}

extension Corpus {
    /// Unigram and bigram entropy of a range of characters, in one pass over it.
    public func entropy(in range: Range<Int>) -> CorpusEntropy {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) leaves the corpus")
        let pairs = pairCounts(in: range)
        let size = alphabet.vocabularySize
        let first = (0..<size).map { row in pairs[(row * size)..<((row + 1) * size)].reduce(0, +) }
        var all = first
        if let last = range.last { all[Int(self[last])] += 1 }
        return CorpusEntropy(
            unigram: Self.bits(all),
            bigram: Self.bits(pairs) - Self.bits(first),
            characters: range.count
        )
    }

    /// How often each symbol follows each other one, `[vocabularySize (first), vocabularySize (second)]`.
    private func pairCounts(in range: Range<Int>) -> [Int] {
        let size = alphabet.vocabularySize
        var counts = [Int](repeating: 0, count: size * size)
        guard range.count > 1 else { return counts }
        let table = alphabet.idTable
        withBytes { bytes in
            counts.withUnsafeMutableBufferPointer { counts in
                table.withUnsafeBufferPointer { table in
                    var previous = Int(table[Int(bytes[range.lowerBound])])
                    for position in (range.lowerBound + 1)..<range.upperBound {
                        let current = Int(table[Int(bytes[position])])
                        counts[previous * size + current] += 1
                        previous = current
                    }
                }
            }
        }
        return counts
    }

    /// Shannon entropy of a histogram in bits.
    private static func bits(_ counts: [Int]) -> Double {
        let total = Double(counts.reduce(0, +))
        guard total > 0 else { return 0 }
        return counts.reduce(0) { sum, count in
            count == 0 ? sum : sum - Double(count) / total * log2(Double(count) / total)
        }
    }
}
