import Foundation
import INNKit
import Testing

@testable import INNCore
@testable import INNData
@testable import INNEvaluation
@testable import INNLab

/// Gates that are opened as often as those of another network, where they are constants.
@Suite struct GateMatchOracles {
    private static func bench(_ gates: [[Double]]) throws -> LineBench {
        var line = LineNetwork(neurons: 3)
        line.gateBiases = gates.map { $0.map { log($0 / (1 - $0)) } }
        return try LineBench(line)
    }

    private static func match(_ bench: LineBench) throws -> GateMatch {
        try GateMatch(bench.network, bench.windows, team: ThreadTeam(threadCount: 1))
    }

    @Test func biasesAreMovedToTheSameMeans() throws {
        let gates = [[0.9, 0.35, 0.02], [0.5, 0.71, 0.6]]
        let (own, other) = (try Self.bench(gates), try Self.bench([[0.2, 0.5, 0.5], [0.97, 0.1, 0.8]]))
        let match = try Self.match(own)
        expectClose(match.openness.map(Double.init), gates.flatMap { $0 })
        #expect(try !match.isNear(Self.match(other)))
        match.match(other.network)
        expectClose(try Self.match(other).openness.map(Double.init), gates.flatMap { $0 })
        #expect(try match.isNear(Self.match(other)))
    }

    /// Gates that are open or closed for good count as ones of 1 − 10⁻⁷ and 10⁻⁷, whose logits are ±ln(10⁷ − 1): to be
    /// open half of the time their biases move by as much.
    @Test func gatesThatAreOpenForGood() throws {
        let match = try Self.match(Self.bench([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]))
        var line = LineNetwork(neurons: 3)
        line.gateBiases = [[100, -100, 1], [0, 100, -100]]
        let other = try line.network()
        match.match(other)
        let logit = log(1e7 - 1)
        for (round, due) in [[100 - logit, logit - 100, 0], [0, 100 - logit, logit - 100]].enumerated() {
            let bias = try #require(other.routings[round].parameters.gateBias)
            expectClose((0..<3).map { Double(bias.values[$0]) }, due, within: 1e-5, "round \(round)")
        }
    }

    /// Near is a mean difference of at most .05 of all six gates.
    @Test func nearByItsThreshold() throws {
        let match = try Self.match(Self.bench([[0.4, 0.5, 0.6], [0.5, 0.5, 0.5]]))
        func isNear(_ difference: Double) throws -> Bool {
            try match.isNear(
                Self.match(Self.bench([[0.4 + difference, 0.5, 0.6 - difference], [0.5, 0.5, 0.5 + difference]])))
        }
        #expect(try isNear(0.099) && !isNear(0.101))
    }

    /// Gates that depend on the character, over 4,096 of them: what follows is another letter.
    @Test func theBeginningIsRead() throws {
        let text = String(repeating: "a", count: 4097) + String(repeating: "b", count: 300)
        let bench = try LineBench(
            LineNetwork(rounds: 1), text: text, batchSize: 1, sequenceLength: 1, characters: 4300)
        try bench.network.parameters.load("rounds.0.routing.gateWeight", [3, -3, 2, -2])
        bench.network.parameters.markChanged()
        func openness(_ characters: Int) throws -> [Float] {
            let windows = try ValidationWindows(
                corpus: bench.corpus, range: 0..<bench.corpus.count, batchSize: 1, sequenceLength: 1,
                maximumCharacters: characters)
            #expect(windows.characters == characters)
            return Evaluator(bench.network, team: ThreadTeam(threadCount: 1)).averages(windows, carriesState: true)
                .gateMean
        }
        let found = try Self.match(bench).openness
        #expect(try found == openness(4096) && found != openness(4300))
        #expect(
            try bench.windows.beginning(4096).characters == 4096 && bench.windows.beginning(9999).characters == 4300)
    }

    /// sigmoid(1) = .731…; of four hard gates two are open from a shift of 1 on, when the second largest gets to 0.
    @Test func shiftsByHand() {
        expectClose(GateMatch.shift(of: [0, 0, 0], to: 1 / (1 + exp(-1)), false), 1, within: 1e-9)
        expectClose(GateMatch.shift(of: [2], to: 0.5, false), -2, within: 1e-9)
        // Two different logits: (sigmoid(s) + sigmoid(s + 2)) / 2 is ½ at s = −1.
        expectClose(GateMatch.shift(of: [0, 2], to: 0.5, false), -1, within: 1e-9)
        expectClose(GateMatch.shift(of: [-4, -3, -1, 5], to: 0.5, true), 1, within: 1e-9)
        // What cannot be reached ends at the furthest.
        expectClose(GateMatch.shift(of: [0], to: -1, false), -40, within: 1e-9)
        expectClose(GateMatch.shift(of: [0], to: 2, false), 40, within: 1e-9)
        #expect(GateMatch.shift(of: [0], to: 1, true) > 0 && GateMatch.shift(of: [0], to: 0, true) < -39)
    }
}
