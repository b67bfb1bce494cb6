import Testing

@testable import INNCore

/// The approximate search for a listener's strongest edges.
@Suite struct EdgeSearching {
    /// One routing step of 70 neurons: five blocks of speakers.
    private final class Bench {
        let operands = Operands(seed: 31)
        let tape = Tape(team: ThreadTeam(threadCount: 1))
        let parameters: RoutingParameters
        let states: Parameter
        var routing: RoutingCase

        init(rows: Int, heads: Int = 2) {
            routing = RoutingCase(neurons: 70, rows: rows, heads: heads, topK: 5)
            parameters = routing.parameters(operands)
            states = operands.input("states", [70, rows, 6])
        }

        /// A step's weights, `[rows · heads · listeners][speakers]`, its output and all gradients.
        func run(
            _ geometry: RoutingGeometry
        ) -> (rows: [[Float]], values: [[Float]], recall: RoutingActivations.Recall?) {
            defer { tape.reset() }
            operands.parameters.clearGradients()
            let input = tape.makeTensor(states.shape, states.array)
            let step = tape.routingStep(input, parameters, geometry)
            let routing = step.activations.routing
            let rows = (0..<(routing.tokens * routing.heads * 70)).map { row in
                (0..<70).map { routing[row / 70 / routing.heads, row / 70 % routing.heads, row % 70, $0] }
            }
            let recall = step.activations.recall(team: tape.team)
            let output = step.output.array()
            tape.backward(from: step.output, seed: output.map { 0.3 * $0 + 0.1 })
            let values = [output, gradient(tape, input)] + operands.parameters.parameters.map(\.gradientArray)
            return (rows, values, recall)
        }

        func run(searched: Int, _ change: (inout RoutingGeometry) -> Void = { _ in }) -> [[Float]] {
            routing.searchedBlocks = searched
            var geometry = routing.geometry
            change(&geometry)
            return run(geometry).rows
        }
    }

    /// The same edges, in another order: sums differ by their rounding alone.
    @Test func lookingEverywhereIsTheExactChoice() {
        let bench = Bench(rows: 5)
        let exact = bench.run(bench.routing.geometry)
        bench.routing.searchedBlocks = 5
        let everywhere = bench.run(bench.routing.geometry)
        for (found, expected) in zip(everywhere.rows, exact.rows) {
            #expect(found.map { $0 > 0 } == expected.map { $0 > 0 })
            expectClose(found, expected, absolute: 1e-6, relative: 0, "weights")
        }
        for (found, expected) in zip(everywhere.values, exact.values) {
            expectClose(found, expected, absolute: 1e-5, relative: 1e-4, "values and gradients")
        }
        #expect(exact.recall == nil)
        let recall = everywhere.recall
        #expect(recall?.listeners == 5 * 2 * 70)
        #expect(abs((recall?.found ?? 0) / 700 - 1) < 1e-5)
    }

    /// Of whichever blocks a listener looks into, it keeps the strongest edges, and is told that it missed others.
    @Test func recallIsTheShareOfTheTrueWeight() throws {
        let bench = Bench(rows: 4)
        bench.routing.topK = 0
        let complete = bench.run(bench.routing.geometry).rows
        (bench.routing.topK, bench.routing.searchedBlocks) = (5, 1)
        let searched = bench.run(bench.routing.geometry)
        var shares: [Double] = []
        for (row, all) in zip(searched.rows, complete) {
            #expect(row.count { $0 > 0 } == 5 && abs(row.reduce(0, +) - 1) < 1e-5)
            let strongest = (0..<70).sorted { all[$0] > all[$1] }[..<5]
            let found = strongest.filter { row[$0] > 0 }
            shares.append(Double(found.map { all[$0] }.reduce(0, +) / strongest.map { all[$0] }.reduce(0, +)))
        }
        let recall = try #require(searched.recall)
        #expect(recall.listeners == shares.count)
        #expect(abs(recall.found - shares.reduce(0, +)) < 1e-3)
        #expect(recall.found < 0.98 * Double(shares.count), "one block of five misses something")
        #expect(recall.found > 0.4 * Double(shares.count), "but promises are worth something")
    }

    /// With one character and one head, keeping edges is cutting the others, whose gradients finite differences check.
    @Test func theChoiceIsTakenAsGiven() {
        let bench = Bench(rows: 1, heads: 1)
        bench.routing.searchedBlocks = 2
        let kept = bench.run(bench.routing.geometry)
        (bench.routing.topK, bench.routing.searchedBlocks) = (0, 0)
        var geometry = bench.routing.geometry
        for (listener, row) in kept.rows.enumerated() {
            for speaker in 0..<70 where row[speaker] == 0 {
                geometry.edges.scoreBias[listener * 70 + speaker] = -.infinity
            }
        }
        let cut = bench.run(geometry)
        for (kept, cut) in zip(kept.values, cut.values) {
            expectClose(kept, cut, absolute: 1e-5, relative: 1e-4, "kept against cut")
        }
    }

    /// Blocks without an open edge are not looked into, and more blocks than usual where the usual ones have too few.
    @Test func whatIsOpenIsFound() {
        let bench = Bench(rows: 3)
        let open = [4, 23, 31, 48, 66]
        let rows = bench.run(searched: 1) { geometry in
            for speaker in 0..<70 where !open.contains(speaker) {
                geometry.edges.scoreBias[9 * 70 + speaker] = -.infinity
                geometry.edges.scoreBias[speaker * 70 + 9] = -.infinity
            }
            for speaker in 0..<70 { geometry.edges.scoreBias[11 * 70 + speaker] = -.infinity }
        }
        for (index, row) in rows.enumerated() {
            let kept = (0..<70).filter { row[$0] > 0 }
            switch index % 70 {
            case 9: #expect(kept == open)
            case 11: #expect(kept == [])
            default: #expect(kept.count == 5)
            }
            #expect(row[9] == 0 || open.contains(index % 70))
        }
    }

    /// Who cannot be told apart is kept together, wherever it is looked for.
    @Test func equalSpeakersAreKeptTogether() {
        let bench = Bench(rows: 2)
        bench.parameters.inProjection.values.update(repeating: 0, count: 2 * 6 * 6)
        for (index, row) in bench.run(searched: 1).enumerated() {
            #expect(row == (0..<70).map { $0 == index % 70 ? 0 : Float(1) / 69 })
        }
    }

    /// A character's choice is its own: what follows it changes no bit.
    @Test func whatFollowsChangesNothing() throws {
        let bench = try ModelBench(
            INNConfiguration.odd.with {
                ($0.neurons, $0.sharing, $0.topK, $0.topKSearch) = (66, .conv, 4, .approximate)
            }, batchSize: 1, steps: 21)
        bench.shake()
        let before = bench.logits()
        var tokens = bench.tokens
        for place in 13..<21 { tokens[place] = (tokens[place] + 1) % Int32(bench.model.vocabularySize) }
        let after = ModelBench.logits(bench.model, tokens, batchSize: 1, on: bench.tape, ForwardContext())
        let width = bench.model.vocabularySize
        #expect(before[..<(13 * width)] == after[..<(13 * width)])
        #expect(before[(13 * width)...] != after[(13 * width)...])
    }
}
