import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore

/// Intervals: a bootstrap that shares no code with the one under test, and distributions whose quantiles are known.
@Suite struct IntervalOracles {
    /// Σ sums / Σ counts of blocks drawn with replacement, by a generator of another kind.
    private static func bootstrap(_ sums: [Double], _ counts: [Double], resamples: Int = 8000) -> (Double, Double) {
        var state: UInt64 = 88_172_645_463_325_252
        func next() -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int((state >> 11) % UInt64(sums.count))
        }
        let ratios = (0..<resamples).map { _ in
            let draw = sums.indices.map { _ in next() }
            return draw.reduce(0) { $0 + sums[$1] } / draw.reduce(0) { $0 + counts[$1] }
        }.sorted()
        return (ratios[resamples * 25 / 1000], ratios[resamples * 975 / 1000])
    }

    @Test func quantilesOfAnIndependentBootstrap() {
        var random = RandomSource(seed: 61)
        for _ in 0..<3 {
            let counts = (0..<40).map { _ in 50 + (random.uniform() * 60).rounded() }
            let sums = counts.map { $0 * (0.3 + exp(random.normal()) * 0.2) }
            let interval = BlockBootstrap(blocks: 40, resamples: 4000, seed: random.next()).interval(
                sums: sums, counts: counts)
            let due = Self.bootstrap(sums, counts)
            let width = due.1 - due.0
            expectClose(interval.mean, sums.reduce(0, +) / counts.reduce(0, +), within: 1e-12)
            #expect(abs(interval.low - due.0) < 0.08 * width && abs(interval.high - due.1) < 0.08 * width)
        }
    }

    /// The mean of many values is nearly normal: 1.96 standard errors to either side.
    @Test func widthOfAMean() {
        var random = RandomSource(seed: 62)
        let values = (0..<400).map { _ in 5 + 2 * random.normal() }
        let center = mean(values)
        let error = (values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / 400 / 400).squareRoot()
        let intervals = (1...6).map { Interval(of: values, resamples: 2000, seed: $0) }
        #expect(intervals.allSatisfy { abs($0.mean - center) < 1e-12 })
        expectClose(mean(intervals.map { (center - $0.low) / error }), 1.96, within: 0.04)
        expectClose(mean(intervals.map { ($0.high - center) / error }), 1.96, within: 0.04)
    }

    /// Of two blocks 0 and 1 a quarter of the draws is 0, a quarter 1.
    @Test func quantilesByHand() {
        let interval = BlockBootstrap(blocks: 2, resamples: 2000, seed: 1).interval(sums: [0, 1], counts: [1, 1])
        #expect(interval.low == 0 && interval.high == 1 && interval.mean == 0.5)
        let one = BlockBootstrap(blocks: 1, resamples: 10, seed: 1).interval(sums: [3], counts: [4])
        #expect(one == Interval(mean: 0.75, low: 0.75, high: 0.75))
        // Of 40 blocks only one is not zero: 8 % of the draws have it three times or more, 1.9 % four times or more.
        let rare = BlockBootstrap(blocks: 40, resamples: 8000, seed: 2).interval(
            sums: [40] + [Double](repeating: 0, count: 39), counts: [Double](repeating: 1, count: 40))
        #expect(rare.mean == 1 && rare.low == 0 && rare.high == 3)
    }

    @Test func emptyDrawsAreLeftOut() {
        let interval = BlockBootstrap(blocks: 2, resamples: 500, seed: 1).interval(sums: [0, 6], counts: [0, 2])
        #expect(interval == Interval(mean: 3, low: 3, high: 3))
        #expect(BlockBootstrap(blocks: 2, resamples: 5, seed: 1).interval(sums: [0, 0], counts: [0, 0]).mean == 0)
        #expect(Interval(of: []) == Interval(mean: 0, low: 0, high: 0))
        #expect(
            Interval(mean: 1, low: 0.5, high: 2).excludes(0.49) && Interval(mean: 1, low: 0.5, high: 2).excludes(2.01))
        #expect(
            !Interval(mean: 1, low: 0.5, high: 2).excludes(0.5) && !Interval(mean: 1, low: 0.5, high: 2).excludes(2))
    }

    /// Several ratios over the same blocks are each what it is alone.
    @Test func intervalsTogether() {
        let bootstrap = BlockBootstrap(blocks: 5, resamples: 300, seed: 9)
        let (a, b, counts) = ([1.0, 2, 3, 4, 9], [5.0, 1, 1, 1, 0], [1.0, 2, 1, 2, 1])
        let both = bootstrap.intervals(sums: [a, b], counts: counts)
        #expect(both == [bootstrap.interval(sums: a, counts: counts), bootstrap.interval(sums: b, counts: counts)])
    }

    /// Sums and counts by block, of the included characters only, and the bootstrap over them.
    @Test func pairedDifferencesByBlock() throws {
        var random = RandomSource(seed: 63)
        let reference = (0..<1000).map { _ in Float(random.normal()) }
        let changed = reference.indices.map {
            reference[$0] + Float(0.2 + 0.5 * random.normal() + sin(Double($0 / 40)))
        }
        let isIncluded = reference.indices.map { $0 % 3 != 0 }
        let found = try #require(
            PairedDifference(changed, minus: reference, blockLength: 40, isIncluded: isIncluded, resamples: 4000))
        var (sums, counts) = ([Double](repeating: 0, count: 25), [Double](repeating: 0, count: 25))
        for index in reference.indices where isIncluded[index] {
            sums[index / 40] += Double(changed[index]) - Double(reference[index])
            counts[index / 40] += 1
        }
        let due = Self.bootstrap(sums, counts)
        #expect(found.characters == 666)
        expectClose(found.mean, sums.reduce(0, +) / 666, within: 1e-12)
        let (low, high) = (try #require(found.low), try #require(found.high))
        #expect(abs(low - due.0) < 0.07 * (due.1 - due.0) && abs(high - due.1) < 0.07 * (due.1 - due.0))
        // Which blocks there are decides what is drawn: the same blocks give the same interval.
        let same = BlockBootstrap(blocks: 25, resamples: 4000, seed: 1).interval(sums: sums, counts: counts)
        #expect(found.low == same.low && found.high == same.high)
        #expect(PairedDifference([], minus: [], blockLength: 4) == nil)
    }

    /// Text in blocks that are alike within: the interval holds the truth as often as it says, which one over single
    /// characters would not.
    @Test func coverage() throws {
        var random = RandomSource(seed: 64)
        var (covered, below, above) = (0, 0, 0)
        let samples = 400
        for sample in 0..<samples {
            let zero = [Float](repeating: 0, count: 60 * 16)
            let values = (0..<60).flatMap { _ in
                let block = random.normal()
                return (0..<16).map { _ in Float(0.1 + block + 0.3 * random.normal()) }
            }
            let found = try #require(
                PairedDifference(values, minus: zero, blockLength: 16, resamples: 400, seed: UInt64(sample)))
            let (low, high) = (try #require(found.low), try #require(found.high))
            if low > 0.1 { above += 1 } else if high < 0.1 { below += 1 } else { covered += 1 }
        }
        #expect((360...396).contains(covered), "\(covered) of \(samples)")
        #expect((1...25).contains(above) && (1...25).contains(below), "\(above) above, \(below) below")
    }
}
