import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNEvaluation

/// Who listens to whom, and how different the neurons are.
@Suite struct RoutingOracles {
    private static let plan = ReadingPlan(streams: 1, windows: 4, steps: 2)

    /// Routing of two heads and three neurons over eight characters: `rows` gives the weights of a listener by window.
    private static func analysis(
        _ rows: (_ window: Int, _ row: Int, _ head: Int, _ listener: Int) -> [Float]
    ) -> RoutingAnalysis {
        var sums = RoutingSums(heads: 2, neurons: 3, blocks: plan.blocks)
        for window in 0..<plan.windows {
            var weights = [Float](repeating: 0, count: 2 * 9 * 2)
            for head in 0..<2 {
                for listener in 0..<3 {
                    for row in 0..<2 {
                        for (speaker, weight) in rows(window, row, head, listener).enumerated() {
                            weights[((head * 3 + listener) * 3 + speaker) * 2 + row] = weight
                        }
                    }
                }
            }
            sums.add(RoutingRecord(heads: 2, neurons: 3, rows: 2, weights: weights), block: plan.block(window: window))
        }
        return RoutingAnalysis(
            round: 0, sums, flow: [Float](repeating: 0, count: 9), plan: plan, trajectories: nil, diversity: 0.25,
            effectiveNeurons: 2, seed: 5)
    }

    /// Listener 0 hears 1 at even and 2 at odd characters with its first head, always half and half with its second;
    /// listener 1 hears only 2; listener 2 hears 0 with ¾ and 1 with ¼, the mean of its heads.
    ///
    /// By hand: listener 0's mean row is ½, ½, so H = ln 2, and that is all there is to choose from; its heads spend
    /// ln 2 − 0 and ln 2 − ln 2 on the choice from character to character, ½ ln 2 on average.
    @Test func entropyDegreeAndDynamismByHand() {
        let found = Self.analysis { _, row, head, listener in
            switch listener {
            case 0: head == 0 ? (row == 0 ? [0, 1, 0] : [0, 0, 1]) : [0, 0.5, 0.5]
            case 1: [0, 0, 1]
            default: head == 0 ? [0.9, 0.1, 0] : [0.6, 0.4, 0]
            }
        }
        let quarter = -0.75 * log(0.75) - 0.25 * log(0.25)
        expectClose(found.weights.map(Double.init), [0, 0.5, 0.5, 0, 0, 1, 0.75, 0.25, 0])
        expectClose(found.entropy.map(Double.init), [1, 0, quarter / log(2)])
        expectClose(found.effectiveDegree.map(Double.init), [2, 1, exp(quarter)])
        expectClose(found.dynamism.map(Double.init), [0.5 * log(2), 0, 0])
        // k_j is the sum of a column.
        expectClose(found.listenedTo.map(\.mean), [0.75, 0.75, 1.5])
        #expect(found.listenedTo.allSatisfy { abs($0.high - $0.low) < 1e-6 }, "every block is alike")
        #expect(found.hubs.isEmpty, "1.5 is not above 1.5")
        #expect(found.blocks == 4 && found.blockLength == 2)
        #expect(found.diversity == 0.25 && found.effectiveNeurons == 2)
    }

    @Test func hubsAreAboveOneAndAHalfForSure() {
        func hubs(_ share: (Int) -> Float) -> RoutingAnalysis {
            Self.analysis { window, _, _, listener in
                listener == 2
                    ? [0.5, 0.5, 0]
                    : listener == 0 ? [0, 1 - share(window), share(window)] : [1 - share(window), 0, share(window)]
            }
        }
        #expect(hubs { _ in 0.8 }.hubs == [2])
        #expect(hubs { _ in 0.74 }.hubs == [])
        // On average 1.55, but one of the four blocks lies far below 1.
        let unsure = hubs { $0 == 0 ? 1 : $0 == 1 ? 1 : $0 == 2 ? 0.95 : 0.15 }
        #expect(unsure.hubs == [] && unsure.listenedTo[2].mean > 1.5 && unsure.listenedTo[2].low < 1)
    }

    private struct ByHand {
        let states: [[Double]]
        let diversity: Double, effective: Double
    }

    private static let byHand = [
        // Orthogonal and of one length: ‖h−h̄‖² is ½ + ½ of ‖h‖² 1 + 1; Gram diag(1, 1) has two equal eigenvalues.
        ByHand(states: [[1, 0], [0, 1]], diversity: 0.5, effective: 2),
        // Copies.
        ByHand(states: [[1, 2], [1, 2]], diversity: 0, effective: 1),
        // Parallel, of lengths 1 and 3: h̄ = 2, so 1 + 1 of 1 + 9; one eigenvalue.
        ByHand(states: [[1, 0], [3, 0]], diversity: 0.2, effective: 1),
        // Gram diag(1, 4): (1 + 4)² / (1 + 16); h̄ = (½, 1), so 2·(¼ + 1) of 5.
        ByHand(states: [[1, 0], [0, 2]], diversity: 0.5, effective: 25.0 / 17),
        ByHand(states: [[0, 0], [0, 0]], diversity: 0, effective: 0),
    ]

    /// D and N_eff of states that are worked out by hand, each over two characters.
    @Test(arguments: byHand.indices)
    func diversityByHand(index: Int) {
        let (states, diversity, effective) = (
            Self.byHand[index].states, Self.byHand[index].diversity, Self.byHand[index].effective
        )
        let collector = ProbeCollector(rounds: 1, neurons: 2, heads: 1, symbols: ["a", "b"], windowLength: 2)
        let tape = Tape()
        let tensor = tape.makeTensor([2, 2, 2])
        for neuron in 0..<2 {
            for row in 0..<2 {
                for index in 0..<2 { tensor.data[(neuron * 2 + row) * 2 + index] = Float(states[neuron][index]) }
            }
        }
        for _ in 0..<3 {
            collector.willRead([0, 1])
            collector.observe(.state(round: 0), .tensor(tensor))
        }
        let snapshot = collector.snapshot(step: 1)
        expectClose(Double(snapshot.diversity[0]), diversity)
        expectClose(Double(snapshot.effectiveNeurons[0]), effective)
    }

    /// Weights, flow, gates, listened-to, diversity of a whole pass, against the twin.
    @Test func aPassOverTheLineNetwork() throws {
        let line = LineNetwork(neurons: 3)
        let bench = try LineBench(line)
        let plan = ReadingPlan(
            streams: bench.windows.batchSize, windows: bench.windows.windowCount, steps: bench.windows.sequenceLength)
        let collector = AnalysisCollector(bench.network.shape, plan: plan, classes: .text8)
        let evaluation = Evaluator(bench.network, team: ThreadTeam(threadCount: 1)).evaluate(
            bench.windows, carriesState: true, probe: collector, willRead: collector.willRead,
            willPredict: collector.willPredict)
        let analysis = collector.analysis(bitsPerCharacter: evaluation.bitsPerCharacter, step: 7)
        let steps = bench.steps().map(\.step)
        #expect(analysis.snapshot.step == 7 && analysis.characters == 256)
        #expect(Self.analysis { _, _, _, _ in [0, 0.5, 0.5] }.similarityCharacters == 0)
        for round in 0..<2 {
            let routing = analysis.routing[round]
            #expect(routing.similarityCharacters == 256)
            #expect(routing.similarity.count == 9 && routing.similarity[0] == 1)
            let states = (0..<3).map { neuron in
                steps.flatMap { [Float($0.states[round][neuron]), Float(-$0.states[round][neuron])] }
            }
            let similarity = LinearCKA.matrix(states: states, samples: 256, width: 2)
            expectClose(routing.similarity.map(Double.init), similarity.map(Double.init), within: 1e-3, "CKA")
            let weights = bench.twin.weights(round)
            expectClose(routing.weights.map(Double.init), weights.flatMap { $0 }, "weights")
            expectClose(
                routing.listenedTo.map(\.mean), (0..<3).map { speaker in weights.reduce(0) { $0 + $1[speaker] } })
            // ‖W_O W_V v_j‖ of (x, −x) is √2·|x|.
            let flow = (0..<9).map { edge in
                let (listener, speaker) = (edge / 3, edge % 3)
                return weights[listener][speaker] * bench.twin.gate(round, speaker) * 2.squareRoot()
                    * mean(steps.map { abs(line.values[round] * LineTwin.norm($0.heard[round][speaker])) })
            }
            expectClose(routing.flow.map { Double($0) * 1e3 }, flow.map { $0 * 1e3 }, within: 1e-4, "flow")
            expectClose(routing.dynamism.map(Double.init), [0, 0, 0], "dynamism")
            for neuron in 0..<3 {
                let gate = bench.twin.gate(round, neuron)
                let unit = analysis.unit(round: round, neuron: neuron)
                expectClose(unit.firing.mean, gate)
                #expect(unit.firing.rate == (gate > 0.5 ? 1 : 0) && unit.firing.sparseness < 1e-6)
            }
            var (spread, size) = (0.0, 0.0)
            var gram = [Double](repeating: 0, count: 9)
            for state in steps.map({ $0.states[round] }) {
                let center = mean(state)
                spread += state.reduce(0) { $0 + 2 * ($1 - center) * ($1 - center) }
                size += state.reduce(0) { $0 + 2 * $1 * $1 }
                for pair in 0..<9 { gram[pair] += 2 * state[pair / 3] * state[pair % 3] }
            }
            expectClose(Double(routing.diversity), spread / size, within: 1e-4, "D")
            let trace = gram[0] + gram[4] + gram[8]
            expectClose(
                Double(routing.effectiveNeurons), trace * trace / gram.reduce(0) { $0 + $1 * $1 }, within: 1e-4)
        }
    }

    /// Listeners that hear one neuron only have no choice and do not count; who hears neuron 0 and another one does.
    @Test func theLightLeavesOutWhoHasNoChoice() {
        var snapshot = Planted.snapshot(rounds: 1, neurons: 3)
        snapshot.routing = [0.5, 0.5, 0, 0, 0, 1, 0.5, 0, 0.5]
        snapshot.routingEntropy = [0.99, 0, 0.99]
        #expect(DegeneracyLight(snapshot) == .amber)
        snapshot.routingEntropy = [0.99, 0, 0.9]
        #expect(DegeneracyLight(snapshot) == .green)
        // Only listener 0 hears two.
        snapshot.routing = [0.5, 0.5, 0, 0, 0, 1, 1, 0, 0]
        #expect(DegeneracyLight(snapshot) == .amber)
    }

    @Test func theLightByItsThresholds() {
        func light(_ change: (inout ProbeSnapshot) -> Void) -> DegeneracyLight {
            var snapshot = Planted.snapshot(rounds: 2, neurons: 3)
            change(&snapshot)
            return DegeneracyLight(snapshot)
        }
        #expect(light { _ in } == .green)
        #expect(light { $0.diversity[1] = 0.9e-8 } == .red && light { $0.diversity[1] = 1.1e-8 } == .green)
        #expect(light { $0.effectiveNeurons[1] = 1.049 } == .red && light { $0.effectiveNeurons[1] = 1.051 } == .green)
        #expect(light { $0.routingDeviation = [0, 0] } == .green, "whom they hear says nothing of who they are")
        #expect(light { ($0.routingDeviation, $0.routingEntropy) = ([0, 0], [1, 1]) } == .amber)
        #expect(light { $0.routingEntropy = [0.985, 0.977] } == .amber)
        #expect(light { $0.routingEntropy = [0.985, 0.974] } == .green)
        #expect(light { $0.neurons = 1 } == .red)
    }
}
