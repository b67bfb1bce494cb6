import Foundation
import INNKit
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNEvaluation
@testable import INNLab

/// The ladder of `compute`: gates that are constants, so that who works at which threshold is known.
@Suite struct ComputeOracles {
    /// Gates of .9, .6 and .3 in both rounds; memories that add constants.
    private static let line: LineNetwork = {
        var line = LineNetwork(neurons: 3)
        line.memory = .mamba
        let gates = [0.6, 0.3, 0.9].map { log($0 / (1 - $0)) }
        line.gateBiases = [gates, gates]
        return line
    }()

    private static func ladder(_ bench: LineBench, rates: [Double]) throws -> (ComputeLadder, told: [[Int]]) {
        var told: [[Int]] = []
        let ladder = try ComputeLadder(
            bench.network, bench.windows, calibration: bench.windows, trained: .none, rates: rates, seconds: 0.01
        ) { told.append([$0, $1]) }
        return (ladder, told)
    }

    @Test func sharesAndCostsAreThoseOfTheEquations() throws {
        let bench = try LineBench(Self.line)
        let (ladder, told) = try Self.ladder(bench, rates: [0.4, 0.7])
        #expect(told == (0..<10).map { [$0, 10] })
        #expect(ladder.characters == 256 && ladder.blockLength == 16)
        #expect(
            ladder.rows.map(\.mode) == [nil, nil] + [ComputeLadder.Mode](repeating: .exact, count: 4)
                + .init(repeating: .skip, count: 4))
        let plain = bench.surprisals()
        // Of three neurons .4 is one, the loudest; .7 is two.
        func change(_ speakers: Set<Int>, hard: Bool, skip: Bool) -> LineTwin.Change {
            LineTwin.Change(
                gate: { speakers.contains($1) ? (hard ? 1 : $2) : 0 },
                resting: skip ? Set(0..<3).subtracting(speakers) : [])
        }
        let due: [(LineTwin.Change, ran: Double, spoke: Double)] =
            [(.init(), 1, 1), (.init(gate: { _, _, _ in 1 }), 1, 1)]
            + [false, true].flatMap { skip in
                [Set([2]), Set([0, 2])].flatMap { speakers in
                    [true, false].map { hard in
                        let share = Double(speakers.count) / 3
                        return (change(speakers, hard: hard, skip: skip), skip ? share : 1, share)
                    }
                }
            }
        for (row, due) in zip(ladder.rows, due) {
            let name = "\(row.mode?.rawValue ?? "") \(row.rule)"
            let changed = bench.surprisals(due.0)
            expectClose(row.bitsPerCharacter, mean(changed), within: 2e-5, name)
            expectClose(row.change.mean, mean(changed) - mean(plain), within: 2e-5, name)
            expectClose([row.ranShare, row.spokeShare], [due.ran, due.spoke], within: 1e-9, name)
            #expect(row.charactersPerSecond > 0 && row.speedUp > 0)
        }
        #expect(ladder.rows[0].rule == "as trained" && ladder.rows[1].rule == "all gates open")
        #expect([3, 5, 7, 9].map { ladder.rows[$0].rule } == ["loudest 1", "loudest 2", "loudest 1", "loudest 2"])
        // By bisection in 1/512: just above .6 and just above .3.
        #expect([2, 4].map { ladder.rows[$0].rule } == ["g > 0.602", "g > 0.301"])
        // A tenth of three neurons is still one; a threshold closes all three gates.
        let (fewest, _) = try Self.ladder(bench, rates: [0.1])
        #expect(fewest.rows.map(\.rule).suffix(4) == ["g > 0.900", "loudest 1", "g > 0.900", "loudest 1"])
        expectClose(fewest.rows.suffix(4).map(\.spokeShare), [0, 1.0 / 3, 0, 1.0 / 3], within: 1e-12)
    }

    /// Three pairs of blocks of 64 characters: medians of 1, 1 and 4 seconds of one, 2, 2 and 8 of the other, and of
    /// the ratios 2, 8 and ½.
    @Test func speedsByHand() {
        let speed = SpeedComparison(pairs: [(reference: 2, changed: 1), (reference: 8, changed: 1), (2, 4)])
        #expect(speed.charactersPerSecond == 64 && speed.referenceCharactersPerSecond == 32 && speed.speedUp == 2)
        let slower = SpeedComparison(pairs: [(reference: 1, changed: 4), (3, 4), (2, 4)])
        #expect(slower.charactersPerSecond == 16 && slower.referenceCharactersPerSecond == 32 && slower.speedUp == 0.5)
    }

    /// The middle one of an odd number, the larger of the middle two of an even one.
    @Test func mediansByHand() {
        #expect(SpeedComparison.median([5, 1, 4, 2, 3]) == 3 && SpeedComparison.median([4, 1, 3, 2]) == 3)
        #expect(SpeedComparison.median([7]) == 7 && SpeedComparison.median([9, 8, 1, 2, 3, 7, 6]) == 6)
    }

    /// A counter by hand: of four neurons and rounds, gates closed for one.
    @Test func sharesOfWork() throws {
        #expect(WorkCounter().ranShare == 1 && WorkCounter().spokeShare == 1)
        let bench = try LineBench(Self.line)
        let counter = WorkCounter()
        _ = SurprisalMeter(bench.network, bench.windows).surprisals(
            try bench.network.compile(InterventionSet([.neuron(1, .mute, round: 0)])), probe: counter)
        expectClose(counter.spokeShare, 5.0 / 6, within: 1e-12)
        #expect(counter.ranShare == 1 && counter.count == 256 * 6)
    }
}
