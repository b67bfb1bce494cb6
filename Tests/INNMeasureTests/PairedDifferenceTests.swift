import Testing

@testable import INNAnalysis
@testable import INNCore

@Suite struct PairedDifferences {
    @Test func aConstantDifferenceIsCertain() throws {
        let baseline = (0..<1000).map { Float($0 % 7) }
        let difference = try #require(PairedDifference(baseline.map { $0 + 0.5 }, minus: baseline, blockLength: 50))
        #expect(difference == PairedDifference(baseline.map { $0 + 0.5 }, minus: baseline, blockLength: 50))
        #expect([difference.mean, difference.low, difference.high].allSatisfy { abs($0 - 0.5) < 1e-12 })
        #expect(difference.characters == 1000)
    }

    @Test func onlyIncludedCharactersCount() throws {
        let changed: [Float] = [1, 0, 3, 0, 5, 0]
        let zero = [Float](repeating: 0, count: 6)
        let odd = try #require(
            PairedDifference(changed, minus: zero, blockLength: 2, isIncluded: [true, false, true, false, true, false]))
        #expect(odd.mean == 3 && odd.characters == 3)
        #expect(PairedDifference(changed, minus: zero, blockLength: 2, isIncluded: zero.map { _ in false }) == nil)
        // The last, shorter block counts too.
        #expect(PairedDifference(changed, minus: zero, blockLength: 4)?.mean == 1.5)
    }

    /// Of 200 samples with a true difference of 0.1, about 95 % of the intervals must hold it.
    @Test func intervalsCoverTheTruth() throws {
        var random = RandomSource(seed: 4)
        var covered = 0
        for sample in 0..<200 {
            let zero = [Float](repeating: 0, count: 1600)
            let noisy = zero.map { _ in Float(0.1 + random.normal()) }
            let difference = try #require(
                PairedDifference(noisy, minus: zero, blockLength: 16, resamples: 400, seed: UInt64(sample)))
            if difference.low <= 0.1, difference.high >= 0.1 { covered += 1 }
        }
        #expect((180...199).contains(covered), "\(covered) of 200")
    }

    /// Characters that resemble their neighbours are fewer independent ones: whole blocks must make the interval wider.
    @Test func blocksAllowForNeighboursBeingAlike() throws {
        var random = RandomSource(seed: 6)
        let alike = (0..<50).flatMap { _ -> [Float] in
            let value = Float(random.normal())
            return [Float](repeating: value, count: 32)
        }
        let zero = [Float](repeating: 0, count: alike.count)
        let blocks = try #require(PairedDifference(alike, minus: zero, blockLength: 32))
        let single = try #require(PairedDifference(alike, minus: zero, blockLength: 1))
        #expect(blocks.high - blocks.low > 3 * (single.high - single.low))
        #expect(blocks.mean == single.mean)
    }

    @Test func characterClasses() {
        let classes: [(Character, CharacterClass)] = [
            ("a", .vowel), ("E", .vowel), ("y", .consonant), ("B", .consonant), (" ", .space), ("\n", .space),
            ("7", .other),
        ]
        for (character, kind) in classes { #expect(CharacterClass(character.asciiValue!) == kind) }
        #expect(CharacterClass(0xC3) == .other)
    }
}
