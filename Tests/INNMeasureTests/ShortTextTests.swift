import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNEvaluation

/// Texts of nothing, of one character and of a few: figures are 0 where there is nothing to be measured, and right
/// where there is hardly anything.
@Suite struct ShortTextTests {
    private static let one = ReadingPlan(streams: 1, windows: 1, steps: 1)

    @Test func nothingWasRead() throws {
        let snapshot = ProbeCollector(rounds: 1, neurons: 2, heads: 1, symbols: ["a", "b"], windowLength: 2)
            .snapshot(step: 0)
        #expect(snapshot.gateMean == [0, 0] && snapshot.firingRate == [0, 0] && snapshot.gateSaturated == [0, 0])
        #expect(snapshot.routing == [0, 0, 0, 0] && snapshot.flow == snapshot.routing)
        #expect(snapshot.routingEntropy == [0, 0] && snapshot.routingDynamism == [0, 0])
        #expect(snapshot.routingDeviation == [0] && snapshot.diversity == [0] && snapshot.effectiveNeurons == [0])
        #expect(snapshot.tuning.allSatisfy { $0.isNaN } && snapshot.tuning.count == 4 && snapshot.rasterGates.isEmpty)
        let accumulator = FiringAccumulator(rounds: 1, neurons: 1, plan: Self.one, classes: .text8)
        accumulator.finish()
        let firing = accumulator.tuning.firing(0)
        #expect([firing.rate, firing.mean, firing.sparseness, firing.saturated] == [0, 0, 0, 0])
        #expect(accumulator.compute().share == [0])
        #expect(NullDistribution([]).mean == 0 && NullDistribution([]).deviation == 0)
        let routing = RoutingAnalysis(
            round: 0, RoutingSums(heads: 1, neurons: 2, blocks: 1), flow: [0, 0, 0, 0], plan: Self.one,
            trajectories: nil, diversity: 0, effectiveNeurons: 0, seed: 1)
        #expect(routing.weights == [0, 0, 0, 0] && routing.entropy == [0, 0] && routing.dynamism == [0, 0])
        #expect(routing.listenedTo.map(\.mean) == [0, 0] && routing.hubs.isEmpty)
        var empty = Planted.routing(0, neurons: 2)
        empty.dynamism = []
        #expect(Findings.meanDynamism(empty) == 0)
        empty.dynamism = [0.75]
        #expect(Findings.meanDynamism(empty) == 0.75)
        let bench = try LineBench(LineNetwork())
        let stopped = Evaluator(bench.network, team: ThreadTeam(threadCount: 1)).evaluate(
            bench.windows, carriesState: true, shouldStop: { true })
        #expect(stopped.characters == 0 && stopped.bitsPerCharacter == 0)
    }

    @Test func oneCharacter() throws {
        let bench = try LineBench(LineNetwork(), batchSize: 1, sequenceLength: 1, characters: 1)
        let collector = AnalysisCollector(bench.network.shape, plan: Self.one, classes: .text8)
        let evaluation = Evaluator(bench.network, team: ThreadTeam(threadCount: 1)).evaluate(
            bench.windows, carriesState: true, probe: collector, willRead: collector.willRead,
            willPredict: collector.willPredict)
        #expect(evaluation.characters == 1)
        expectClose(evaluation.bitsPerCharacter, bench.surprisals()[0])
        let analysis = collector.analysis(bitsPerCharacter: nil, step: 0)
        let weights = (0..<2).map { bench.twin.weights($0) }
        let gates = (0..<2).flatMap { round in (0..<2).map { bench.twin.gate(round, $0) } }
        expectClose(analysis.snapshot.routing.map(Double.init), weights.flatMap { $0.flatMap { $0 } })
        expectClose(analysis.snapshot.gateMean.map(Double.init), gates)
        expectClose(
            analysis.snapshot.routingEntropy.map(Double.init),
            weights.flatMap { rows in rows.map { row in -row.reduce(0) { $0 + $1 * log($1) } / log(2) } })
        expectClose(try #require(analysis.snapshot.routingDynamism).map(Double.init), [0, 0, 0, 0])
        for (unit, gate) in zip(analysis.units, gates) {
            expectClose(unit.firing.mean, gate)
            #expect(unit.firing.rate == (gate > 0.5 ? 1 : 0) && unit.firing.sparseness < 1e-6)
        }
        for round in 0..<2 {
            expectClose(analysis.routing[round].weights.map(Double.init), weights[round].flatMap { $0 })
            expectClose(
                analysis.routing[round].listenedTo.map(\.mean),
                (0..<2).map { weights[round][0][$0] + weights[round][1][$0] })
            #expect(analysis.routing[round].blocks == 1 && analysis.routing[round].blockLength == 1)
        }
    }

    /// Six characters fire, six are silent: half of a stream is six, so that firing is shifted by one to six, and all
    /// nulls are taken from those.
    @Test func aTextWithFewShifts() {
        let plan = ReadingPlan(streams: 1, windows: 3, steps: 4)
        let table = FiringTable(
            rounds: 1, neurons: 1, plan: plan, texts: [Alphabet.text8.encode("abcabdaceabfd")]
        ) { _, _, position, _ in position % 2 == 0 ? 0.9 : 0.2 }
        let accumulator = table.accumulated()
        let information = accumulator.information(0)
        #expect(information.presentNull.shifts == 6 && information.nextNull.shifts == 6)
        expectClose(information.present, table.information(0), within: 1e-12)
        let shifted = (1...6).map { table.information(0, shift: $0) }
        expectClose(information.presentNull.mean, mean(shifted), within: 1e-12)
        expectClose(information.presentNull.maximum, shifted.max()!, within: 1e-12)
        let next = (1...6).map { table.conditionalInformation(0, shift: $0) }
        expectClose(information.nextNull.mean, mean(next), within: 1e-12)
        let rules = RuleLearner(table: accumulator.contexts, classes: .text8).learn(0, rate: 0.5)
        #expect(rules.shifts == 6)
        #expect(accumulator.speaking == [6, 6] && accumulator.compute().share == [0.5])
    }

    /// Without a single character of room, and with no changes, sums have blocks.
    @Test func sumsOfNothing() {
        let plan = ReadingPlan(streams: 600, windows: 2, steps: 1)
        let targets = [Int32](repeating: 1, count: 1200)
        let sums = CausalSums(variants: 0, plan: plan, classes: .text8, targets: targets)
        #expect(sums.blocks == 600 && sums.blockLength == 2, "a block does not reach into another stream")
    }

    /// Cut into no parts at all, everything is one.
    @Test func cutsIntoNoParts() {
        let linkage = AverageLinkage(distances: [0, 1, 2, 1, 0, 2, 2, 2, 0], count: 3)
        #expect(linkage.labels(clusters: 0) == [0, 0, 0] && linkage.labels(clusters: -1) == [0, 0, 0])
        #expect(linkage.labels(clusters: 2) == [0, 0, 1])
    }

    /// What may take 64 MiB, or 128: of more units and changes there are fewer shifts and blocks, never less than two
    /// and thirty-two.
    @Test func memoryThatIsBounded() {
        // 256² pairs of four bytes: 256 tables of one unit fit, six of forty.
        let bytes = SymbolClasses(
            names: (0..<256).map { "\($0)" }, characters: (0..<256).map(Alphabet.bytes.character(ofID:)))
        for (units, shifts) in [(1, 20), (40, 6), (130, 2)] {
            let accumulator = FiringAccumulator(
                rounds: 1, neurons: units, plan: ReadingPlan(streams: 1, windows: 1, steps: 400), classes: bytes)
            #expect(accumulator.pairs.count == 1 + shifts)
        }
        // 600 changes by 58 cells of eight bytes: 482 blocks fit, so that three of 1,000 windows make one. Of 10,000
        // changes 28 would.
        for (changes, windows, blocks) in [(600, 1000, 334), (10_000, 64, 32), (2, 1000, 500)] {
            let plan = ReadingPlan(streams: 1, windows: windows, steps: 1)
            let targets = [Int32](repeating: 1, count: windows)
            let sums = CausalSums(variants: changes, plan: plan, classes: .text8, targets: targets)
            #expect(sums.blocks == blocks)
        }
    }
}
