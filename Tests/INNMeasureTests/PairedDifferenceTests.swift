import Testing

@testable import INNAnalysis
@testable import INNCore

@Suite struct PairedDifferences {
    @Test func aConstantDifferenceIsCertain() throws {
        let baseline = (0..<1000).map { Float($0 % 7) }
        let difference = try #require(PairedDifference(baseline.map { $0 + 0.5 }, minus: baseline, blockLength: 50))
        #expect(difference == PairedDifference(baseline.map { $0 + 0.5 }, minus: baseline, blockLength: 50))
        let figures = [difference.mean, try #require(difference.low), try #require(difference.high)]
        #expect(figures.allSatisfy { abs($0 - 0.5) < 1e-12 })
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
            if try #require(difference.low) <= 0.1, try #require(difference.high) >= 0.1 { covered += 1 }
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
        func width(_ difference: PairedDifference) throws -> Double {
            try #require(difference.high) - #require(difference.low)
        }
        #expect(try width(blocks) > 3 * width(single))
        #expect(blocks.mean == single.mean)
    }

    /// One block says nothing of how others would differ, also where the characters that count lie in one of several.
    @Test func oneBlockHasNoInterval() throws {
        let changed = (0..<64).map { Float($0) }
        let zero = [Float](repeating: 0, count: 64)
        let one = try #require(PairedDifference(changed, minus: zero, blockLength: 64))
        #expect(one.mean == 31.5 && one.low == nil && one.high == nil)
        let inside = try #require(
            PairedDifference(changed, minus: zero, blockLength: 16, isIncluded: (0..<64).map { $0 < 16 }))
        #expect(inside.mean == 7.5 && inside.low == nil)
        #expect(try #require(PairedDifference(changed, minus: zero, blockLength: 32)).low != nil)
    }

    @Test func characterClasses() {
        let classes: [(Character, CharacterClass)] = [
            ("a", .vowel), ("E", .vowel), ("y", .consonant), ("B", .consonant), (" ", .space), ("\n", .space),
            ("7", .other),
        ]
        for (character, kind) in classes { #expect(CharacterClass(character.unicodeScalars.first) == kind) }
        #expect(CharacterClass(nil) == .other)
        let others: [(String, CharacterClass)] = [
            ("éäöIоёыяіέώ", .vowel), ("çżñßйжΣψ", .consonant), ("的语あ한كשक", .letter),
            ("\u{93E}\u{94D}\u{64B}\u{301}ьъ", .letter), ("\u{A0}\u{3000}\u{2028}", .space),
            ("8٣，。🎉\u{200D}\u{FE0F}\u{FFFD}", .other),
        ]
        for (text, kind) in others {
            for scalar in text.unicodeScalars {
                #expect(CharacterClass(scalar) == kind, "\(scalar) \(scalar.properties.name ?? "")")
            }
        }
    }
}
