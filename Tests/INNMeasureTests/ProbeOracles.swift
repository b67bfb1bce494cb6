import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNEvaluation

/// What probes see of a pass, against the twin.
@Suite struct ProbeOracles {
    private static func snapshot(_ bench: LineBench, _ set: InterventionSet = .none) throws -> ProbeSnapshot {
        let shape = bench.network.shape
        let collector = ProbeCollector(
            rounds: shape.rounds, neurons: shape.neurons, heads: shape.heads, symbols: Alphabet.text8.symbols,
            windowLength: bench.windows.sequenceLength)
        _ = Evaluator(bench.network, team: ThreadTeam(threadCount: 1)).evaluate(
            bench.windows, carriesState: true, probe: collector, interventions: try bench.network.compile(set),
            willRead: collector.willRead)
        return collector.snapshot(step: 3)
    }

    /// Uniform is what the listener's own open edges make it.
    @Test func deviationFromTheEdgesThatAreOpen() throws {
        let bench = try LineBench(LineNetwork(neurons: 3))
        let cut = try Self.snapshot(bench, InterventionSet([.edge(listener: 1, speaker: 2, .cut)]))
        let change = LineTwin.Change(cut: [(listener: 1, speaker: 2, round: nil)])
        let deviations = (0..<2).map { round in
            bench.twin.weights(round, change).enumerated().map { listener, row in
                row.enumerated().map { speaker, weight in
                    abs(weight - (listener != 1 ? 1.0 / 3 : speaker == 2 ? 0 : 0.5))
                }.max()!
            }.max()!
        }
        expectClose(cut.routingDeviation.map(Double.init), deviations)
    }

    /// Which gates fire, and which are saturated.
    @Test func gatesAndRouting() throws {
        var line = LineNetwork(neurons: 3)
        let byRound = [[0.95, 0.6, 0.05], [0.15, 0.85, 0.5]]
        line.gateBiases = byRound.map { $0.map { log($0 / (1 - $0)) } }
        let gates = byRound.flatMap { $0 }
        let bench = try LineBench(line)
        let snapshot = try Self.snapshot(bench)
        #expect(snapshot.sampleCount == 256 && snapshot.step == 3 && snapshot.symbolCounts.reduce(0, +) == 256)
        expectClose(snapshot.gateMean.map(Double.init), gates)
        #expect(snapshot.firingRate == [1, 1, 0, 0, 1, 0] && snapshot.gateSaturated == [1, 0, 1, 0, 0, 0])
        let twin = bench.twin
        let weights = (0..<2).map { twin.weights($0) }
        expectClose(snapshot.routing.map(Double.init), weights.flatMap { $0.flatMap { $0 } })
        let entropies = weights.flatMap { rows in
            rows.map { row -> Double in -row.reduce(0) { $0 + $1 * log($1) } / log(3) }
        }
        expectClose(snapshot.routingEntropy.map(Double.init), entropies)
        let deviations = weights.map { rows in rows.flatMap { $0 }.map { abs($0 - 1.0 / 3) }.max()! }
        expectClose(snapshot.routingDeviation.map(Double.init), deviations)
        let ids = bench.streams.flatMap(\.ids)
        for symbol in 0..<27 {
            #expect(snapshot.symbolCounts[symbol] == ids.count { $0 == symbol })
            for unit in 0..<6 {
                let value = Double(snapshot.tuning[(unit / 3 * 27 + symbol) * 3 + unit % 3])
                if snapshot.symbolCounts[symbol] == 0 {
                    #expect(value.isNaN)
                } else {
                    expectClose(value, gates[unit])
                }
            }
        }
        #expect(snapshot.rasterText == bench.streams[0].ids.prefix(16).map { Alphabet.text8.symbols[Int($0)] })
        expectClose(
            snapshot.rasterGates.map(Double.init), (0..<6).flatMap { [Double](repeating: gates[$0], count: 16) })
    }

    /// Without gates a neuron is as active as its message is loud, relative to its own 95th percentile of the window;
    /// a fifth of that is the threshold, at an activity of one half.
    @Test func activityWithoutGates() throws {
        var line = LineNetwork(rounds: 1, neurons: 3)
        line.gate = .off
        let bench = try LineBench(line, batchSize: 1, sequenceLength: 64, characters: 64)
        let snapshot = try Self.snapshot(bench)
        let steps = bench.steps().map(\.step)
        var rates: [Double] = []
        for neuron in 0..<3 {
            let loudness = steps.map { abs(LineTwin.norm($0.heard[0][neuron])) }
            let loud = loudness.sorted()[60]  // 64 · 95 / 100
            let activity = loudness.map { value -> Double in
                let relative = min(1, value / loud)
                return relative <= 0.2 ? relative / 0.2 * 0.5 : 0.5 + (relative - 0.2) / 0.8 * 0.5
            }
            expectClose(
                snapshot.rasterGates[(neuron * 64)..<(neuron * 64 + 64)].map(Double.init), activity, within: 1e-4)
            expectClose(Double(snapshot.gateMean[neuron]), mean(activity), within: 1e-4)
            rates.append(mean(loudness.map { $0 / loud > 0.2 ? 1 : 0 }))
            expectClose(Double(snapshot.firingRate[neuron]), rates[neuron], within: 1e-6)
        }
        #expect(rates.contains { $0 < 1 }, "somebody is silent at times")
    }

    /// Weights and strongest edges of a trace.
    @Test func tracesOfACharacter() throws {
        let line = LineNetwork(neurons: 3)
        let twin = TwinGenerator(try line.network())
        twin.start(Alphabet.text8.encode("sea"))
        let trace = try #require(twin.step?.trace)
        let gates = (0..<6).map { LineTwin(line: line).gate($0 / 3, $0 % 3) }
        expectClose(trace.gates.map(Double.init), gates)
        expectClose(
            trace.work.map(Double.init), [gates.prefix(3), gates.suffix(3)].map { Double($0.count { $0 > 0.5 }) / 3 })
        #expect(trace.lostMass == [0, 0])
        try twin.intervene(InterventionSet([.edge(listener: 1, speaker: 2, .drop)]), mode: .replay)
        let lost = (0..<2).map { LineTwin(line: line).weights($0)[1][2] / 3 }
        expectClose(try #require(twin.step?.trace.lostMass.map(Double.init)), lost)
        for round in 0..<2 {
            let weights: [Double] = LineTwin(line: line).weights(round).flatMap { $0 }
            for edge in 0..<9 {
                expectClose(Double(trace.weight(round: round, listener: edge / 3, speaker: edge % 3)), weights[edge])
                expectClose(
                    Double(trace.weight(round: round, head: 0, listener: edge / 3, speaker: edge % 3)), weights[edge])
            }
            let heard = (0..<3).map { speaker in
                (0..<3).reduce(0.0) { $0 + weights[$1 * 3 + speaker] } * Double(trace.gates[round * 3 + speaker])
            }
            #expect(trace.mostHeard(round: round) == heard.firstIndex(of: heard.max()!))
            let order = weights.indices.sorted { weights[$0] > weights[$1] }
            for count in [0, 1, 4, 9, 20] {
                let edges = trace.topEdges(round: round, count)
                #expect(edges.map { $0.listener * 3 + $0.speaker } == Array(order.prefix(count)))
                #expect(edges.allSatisfy { $0.round == round })
                expectClose(edges.map { Double($0.weight) }, order.prefix(count).map { weights[$0] })
            }
        }
    }

    /// Muted in one of two rounds, one of three neurons says nothing at a sixth of the places.
    @Test func countsOfWork() throws {
        let bench = try LineBench(LineNetwork(neurons: 3))
        let counter = WorkCounter()
        #expect(counter.ranShare == 1 && counter.spokeShare == 1 && counter.count == 0)
        _ = SurprisalMeter(bench.network, bench.windows).surprisals(
            try bench.network.compile(InterventionSet([.neuron(1, .mute, round: 0)])), probe: counter)
        #expect(counter.count == 256 * 6 && counter.ranShare == 1)
        expectClose(counter.spokeShare, 5.0 / 6, within: 1e-12)
    }

    /// Of one neuron that reads one character.
    @Test func workOfOneCharacter() throws {
        let bench = try LineBench(
            LineNetwork(rounds: 1, neurons: 1), batchSize: 1, sequenceLength: 1, characters: 1)
        let counter = WorkCounter()
        _ = SurprisalMeter(bench.network, bench.windows).surprisals(
            try bench.network.compile(InterventionSet([.neuron(0, .mute)])), probe: counter)
        #expect(counter.count == 1 && counter.spokeShare == 0 && counter.ranShare == 1)
    }

    /// A raster shows the first 160 characters of a longer window.
    @Test func rastersOfLongWindows() throws {
        let bench = try LineBench(LineNetwork(rounds: 1), batchSize: 1, sequenceLength: 200, characters: 200)
        let snapshot = try Self.snapshot(bench)
        #expect(snapshot.sampleCount == 200 && snapshot.rasterText.count == 160)
        #expect(snapshot.rasterGates.count == 2 * 160)
    }

    /// The mean over two heads, by hand; of equal edges the one with the lower listener comes first.
    @Test func tracesOfTwoHeads() {
        var trace = CharacterTrace(rounds: 1, neurons: 2, heads: 2)
        #expect(trace.gates == [1, 1] && trace.work == [1] && trace.lostMass == [0])
        trace.routing = [0.5, 0.5, 1, 0, 0.25, 0.75, 0.5, 0.5]
        trace.gates = [0.5, 0.51]
        #expect(trace.weight(round: 0, listener: 0, speaker: 1) == 0.625)
        #expect(trace.weight(round: 0, head: 1, listener: 0, speaker: 1) == 0.75)
        #expect(trace.topEdges(round: 0, 3).map(\.weight) == [0.75, 0.625, 0.375])
        #expect(!trace.fires(round: 0, neuron: 0) && trace.fires(round: 0, neuron: 1))
        trace.routing = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
        #expect(trace.topEdges(round: 0, 2).map { [$0.listener, $0.speaker] } == [[0, 0], [0, 1]])
    }
}
