import INNCore

/// How much one measurement exceeds another over the same characters, with an interval that allows for neighbouring
/// characters being alike.
public struct PairedDifference: Codable, Sendable, Equatable {
    /// Mean difference per character.
    public var mean: Double
    /// Block-bootstrap interval, 2.5 % to 97.5 %; nil where all characters lie in one block, which says nothing of
    /// how others would differ.
    public var low: Double?, high: Double?
    /// Characters over which it was taken.
    public var characters: Int

    /// Compares two measurements of the same characters.
    ///
    /// Whole blocks are drawn with replacement: characters of one block stay together, whatever ties them to each
    /// other.
    ///
    /// - Parameters:
    ///   - changed: and `reference`: one value per character, the same characters in the same order.
    ///   - blockLength: characters per block; a multiple of it should be a stream.
    ///   - isIncluded: which characters count; all when nil.
    /// - Returns: nil when no character counts.
    public init?(
        _ changed: [Float], minus reference: [Float], blockLength: Int, isIncluded: [Bool]? = nil,
        resamples: Int = 1000,
        seed: UInt64 = 1
    ) {
        precondition(changed.count == reference.count, "measurements of different characters")
        let blocks = (changed.count + blockLength - 1) / blockLength
        var sums = [Double](repeating: 0, count: blocks)
        var counts = [Double](repeating: 0, count: blocks)
        for index in changed.indices where isIncluded?[index] ?? true {
            sums[index / blockLength] += Double(changed[index]) - Double(reference[index])
            counts[index / blockLength] += 1
        }
        let total = counts.reduce(0, +)
        guard total > 0 else { return nil }
        characters = Int(bounded: total)
        mean = sums.reduce(0, +) / total
        guard counts.count(where: { $0 > 0 }) > 1 else { return }
        let interval = BlockBootstrap(blocks: blocks, resamples: resamples, seed: seed).interval(
            sums: sums, counts: counts)
        (low, high) = (interval.low, interval.high)
    }
}
