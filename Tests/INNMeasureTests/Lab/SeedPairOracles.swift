import Foundation
import Testing

@testable import INNLab

/// Differences of networks that were trained with the same seeds.
@Suite struct SeedPairOracles {
    /// Differences .01, .02, .03: mean .02, deviation .01, and t.975 of two degrees of freedom is 4.303, so that half
    /// of the interval is 4.303 · .01 / √3 = .02484.
    @Test func threeSeedsByHand() throws {
        let pairs = try #require(SeedPairs([1: 2.01, 2: 2.12, 3: 2.23, 9: 7], minus: [3: 2.2, 2: 2.1, 1: 2, 4: 1]))
        #expect(abs(pairs.mean - 0.02) < 1e-12 && pairs.count == 3)
        let interval = try #require(pairs.interval)
        #expect(abs(interval.upperBound - 0.02 - 4.303 * 0.01 / 3.0.squareRoot()) < 1e-9)
        #expect(abs(interval.lowerBound + interval.upperBound - 0.04) < 1e-12)
        #expect(!pairs.isClaimed && pairs.text == "+0.020 [−0.005, +0.045], not told apart")
    }

    /// Of n seeds whose differences are m ± d by turns.
    private static func pairs(_ count: Int, mean: Double, spread: Double) -> SeedPairs {
        let seeds = Array(1...count)
        let changed = Dictionary(
            uniqueKeysWithValues: seeds.map { ($0, mean + ($0.isMultiple(of: 2) ? spread : -spread)) })
        return SeedPairs(changed, minus: Dictionary(uniqueKeysWithValues: seeds.map { ($0, 0.0) }))!
    }

    /// Small differences need five seeds, however alike these are; large ones do not; and none is claimed whose
    /// interval holds 0.
    @Test func whatIsClaimed() {
        #expect(
            !Self.pairs(4, mean: 0.019, spread: 1e-4).isClaimed && Self.pairs(5, mean: 0.019, spread: 1e-4).isClaimed)
        #expect(Self.pairs(4, mean: -0.021, spread: 1e-4).isClaimed)
        #expect(!Self.pairs(6, mean: 0.03, spread: 0.05).isClaimed)
        #expect(SeedPairs([1: 2], minus: [1: 1])?.isClaimed == false, "one seed has no interval")
        #expect(SeedPairs([1: 2], minus: [1: 1])?.text == "+1.000, one seed")
        #expect(SeedPairs([1: 2], minus: [2: 1]) == nil)
        #expect(Self.pairs(20, mean: -0.5, spread: 0.01).text.hasPrefix("−0.500 [−0.505, −0.495]"))
    }
}
