import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNEvaluation

/// Figures of a network of two heads without self edges, whose routing changes from character to character, worked out
/// again from everything that it did.
@Suite struct PassOracles {
    static let shape = INNConfiguration(neurons: 3, dModel: 8, rounds: 2, heads: 2, stateSize: 2)

    /// Only read from here on.
    nonisolated(unsafe) static let network: IntelligentNeuralNetwork = {
        let network = try! IntelligentNeuralNetwork(shape, seed: 7)
        var random = RandomSource(seed: 21)
        for parameter in network.parameters.parameters {
            for index in 0..<parameter.count { parameter.values[index] += Float(0.6 * random.normal()) }
        }
        network.parameters.markChanged()
        return network
    }()

    /// Three streams of four windows of 24: each window is read in three tiles of at most 32 rows.
    private static let windows = try! ValidationWindows(
        corpus: SampleCorpus.make(), batchSize: 3, sequenceLength: 24, maximumCharacters: 288)
    private static let plan = ReadingPlan(streams: 3, windows: 4, steps: 24)

    /// Shows everybody the same pass.
    private final class Everybody: Probe {
        let probes: [any Probe]

        init(_ probes: [any Probe]) { self.probes = probes }

        func observe(_ site: Site, _ observation: Observation) {
            for probe in probes { probe.observe(site, observation) }
        }
    }

    /// Finished, and only read from here on.
    private nonisolated(unsafe) static let pass: (recorder: PassRecorder, analysis: NetworkAnalysis) = {
        let recorder = PassRecorder(network.shape)
        let collector = AnalysisCollector(network.shape, plan: plan, classes: .text8)
        _ = Evaluator(network, team: ThreadTeam(threadCount: 1)).evaluate(
            windows, carriesState: true, probe: Everybody([recorder, collector]),
            willRead: {
                recorder.willRead($0)
                collector.willRead($0)
            }, willPredict: collector.willPredict)
        return (recorder, collector.analysis(bitsPerCharacter: nil, step: 0))
    }()

    private static let pairs = (0..<2).flatMap { round in (0..<3).map { (round, $0) } }

    @Test func theTextIsAllRead() {
        #expect(Self.windows.windowCount == 4 && Self.pass.recorder.characters == 288)
        #expect(Self.pass.recorder.weights[0].count == 288 && Self.pass.recorder.states[1].count == 288)
    }

    @Test func meansOfRouting() {
        let (seen, snapshot) = (Self.pass.recorder, Self.pass.analysis.snapshot)
        let all = (0..<2).flatMap { round in
            (0..<2).flatMap { head in (0..<3).flatMap { seen.row(round, head, $0) } }
        }
        expectClose(snapshot.routing.map(Double.init), all)
        #expect(all.count { $0 == 0 } == 12, "nobody hears itself")
        // Of two open edges the largest entropy is ln 2.
        let entropies = Self.pairs.map { PassRecorder.entropy(seen.row($0, $1)) / log(2) }
        expectClose(snapshot.routingEntropy.map(Double.init), entropies)
        expectClose(try! #require(snapshot.routingDynamism).map(Double.init), Self.pairs.map(seen.dynamism))
        #expect(Self.pairs.allSatisfy { seen.dynamism($0, $1) > 1e-3 }, "routing depends on the character")
        let spreads = (0..<2).flatMap { round in
            (0..<9).map { edge in
                let weights = seen.weights[round].map { heads in
                    heads.reduce(0.0) { $0 + $1[edge / 3][edge % 3] } / Double(heads.count)
                }
                let center = mean(weights)
                return mean(weights.map { ($0 - center) * ($0 - center) }).squareRoot()
            }
        }
        expectClose(try! #require(snapshot.routingSpread).map(Double.init), spreads)
        let deviations = (0..<2).map { round -> Double in
            var largest = 0.0
            for heads in seen.weights[round] {
                for (i, j) in (0..<9).map({ ($0 / 3, $0 % 3) }) {
                    let uniform = i == j ? 0 : 0.5
                    for rows in heads { largest = max(largest, abs(rows[i][j] - uniform)) }
                }
            }
            return largest
        }
        expectClose(snapshot.routingDeviation.map(Double.init), deviations)
        let flow = Self.pairs.flatMap { round, listener in
            (0..<3).map { speaker in
                seen.average { place in
                    let weight = (0..<2).reduce(0.0) { $0 + seen.weights[round][place][$1][listener][speaker] } / 2
                    return weight * seen.gates[round][place][speaker] * seen.loudness[round][place][speaker]
                }
            }
        }
        expectClose(snapshot.flow.map(Double.init), flow, within: 1e-4)
    }

    @Test func gates() {
        let (seen, snapshot) = (Self.pass.recorder, Self.pass.analysis.snapshot)
        func expect(_ found: [Float], _ value: (Double) -> Double, _ name: String) {
            let due = Self.pairs.map { round, neuron in seen.average { value(seen.gates[round][$0][neuron]) } }
            expectClose(found.map(Double.init), due, name)
            #expect(due.contains { $0 > 0 && $0 < 1 }, "\(name) differs from character to character")
        }
        expect(snapshot.gateMean, { $0 }, "mean")
        expect(snapshot.firingRate, { $0 > 0.5 ? 1 : 0 }, "firing")
        expect(snapshot.gateSaturated, { $0 < 0.1 || $0 > 0.9 ? 1 : 0 }, "saturated")
        for round in 0..<2 {
            for symbol in 0..<27 {
                let places = seen.ids.indices.filter { seen.ids[$0] == symbol }
                for neuron in 0..<3 {
                    let found = Double(snapshot.tuning[(round * 27 + symbol) * 3 + neuron])
                    guard !places.isEmpty else {
                        #expect(found.isNaN)
                        continue
                    }
                    expectClose(found, mean(places.map { seen.gates[round][$0][neuron] }))
                }
            }
        }
        // The raster is the first stream of the first window.
        let raster = Self.pairs.flatMap { round, neuron in (0..<24).map { seen.gates[round][$0][neuron] } }
        expectClose(snapshot.rasterGates.map(Double.init), raster)
        #expect(snapshot.rasterText == seen.ids.prefix(24).map { SymbolClasses.text8.names[Int($0)] })
    }

    @Test func differencesBetweenNeurons() {
        let (seen, snapshot) = (Self.pass.recorder, Self.pass.analysis.snapshot)
        for round in 0..<2 {
            var (spread, size) = (0.0, 0.0)
            var gram = [[Double]](repeating: [0, 0, 0], count: 3)
            for states in seen.states[round] {
                for index in 0..<8 {
                    let center = mean(states.map { $0[index] })
                    for i in 0..<3 {
                        spread += (states[i][index] - center) * (states[i][index] - center)
                        size += states[i][index] * states[i][index]
                        for j in 0..<3 { gram[i][j] += states[i][index] * states[j][index] }
                    }
                }
            }
            expectClose(Double(snapshot.diversity[round]), spread / size)
            let trace = gram[0][0] + gram[1][1] + gram[2][2]
            let squares = gram.joined().reduce(0) { $0 + $1 * $1 }
            expectClose(Double(snapshot.effectiveNeurons[round]), trace * trace / squares, within: 1e-4)
        }
    }

    @Test func routingOfTheReport() throws {
        let seen = Self.pass.recorder
        for (round, found) in Self.pass.analysis.routing.enumerated() {
            let rows = (0..<3).map { seen.row(round, $0) }
            let entropies = rows.map(PassRecorder.entropy)
            let atCharacters = (0..<3).map { seen.entropyAtACharacter(round, $0) }
            expectClose(found.weights.map(Double.init), rows.flatMap { $0 })
            expectClose(found.entropy.map(Double.init), entropies.map { $0 / log(2) })
            expectClose(found.effectiveDegree.map(Double.init), entropies.map { exp($0) })
            expectClose(try #require(found.characterEntropy).map(Double.init), atCharacters.map { $0 / log(2) })
            expectClose(try #require(found.characterDegree).map(Double.init), atCharacters.map { exp($0) })
            expectClose(found.dynamism.map(Double.init), (0..<3).map { seen.dynamism(round, $0) })
            // k_j of each window, and the interval over the four of them.
            let heard = (0..<3).map { speaker in
                (0..<4).map { window in
                    let places = (window * 72)..<((window + 1) * 72)
                    return mean(
                        places.map { place in
                            seen.weights[round][place].reduce(0) { sum, rows in
                                sum + rows.reduce(0) { $0 + $1[speaker] } / 2
                            }
                        })
                }
            }
            expectClose(found.listenedTo.map(\.mean), heard.map(mean))
            for (interval, blocks) in zip(found.listenedTo, heard) {
                // Four equal blocks: the means of a resample lie between the smallest and the largest.
                #expect(interval.low >= blocks.min()! - 1e-5 && interval.high <= blocks.max()! + 1e-5)
                #expect(interval.low < interval.mean && interval.mean < interval.high)
            }
            let sharpness = RoundSharpness(Self.pass.analysis.snapshot, round: round, rows: Self.rows)
            expectClose(Double(sharpness.meanEntropy), mean(entropies) / log(2))
            expectClose(Double(sharpness.meanDegree), mean(entropies.map { exp($0) }))
            expectClose(Double(try #require(sharpness.characterEntropy)), mean(atCharacters) / log(2), within: 1e-4)
            expectClose(
                Double(try #require(sharpness.characterDegree)), mean(atCharacters.map { exp($0) }), within: 1e-4)
            expectClose(Double(try #require(sharpness.dynamism)), mean((0..<3).map { seen.dynamism(round, $0) }))
        }
    }

    /// Routing averaged over heads, `[rounds, neurons, neurons]`.
    private static let rows: [Float] = pairs.flatMap { pass.recorder.row($0, $1).map { Float($0) } }

    /// Means over the rounds and over the listeners that hear more than one.
    @Test func varietyOfRouting() throws {
        let seen = Self.pass.recorder
        let found = RoutingVariety(Self.pass.analysis.snapshot)
        let entropies = Self.pairs.map { PassRecorder.entropy(seen.row($0, $1)) / log(2) }
        expectClose(Double(found.meanEntropy), mean(entropies))
        expectClose(Double(try #require(found.dynamism)), mean(Self.pairs.map(seen.dynamism)))
        // Listener 1 of the first round hears neuron 2 alone, with both heads: it has no choice.
        var snapshot = Self.pass.analysis.snapshot
        for head in 0..<2 {
            for speaker in 0..<3 { snapshot.routing[(head * 3 + 1) * 3 + speaker] = speaker == 2 ? 1 : 0 }
        }
        snapshot.routingEntropy[1] = 0
        snapshot.routingDynamism![1] = 0
        let rest = [0, 2, 3, 4, 5]
        let without = RoutingVariety(snapshot)
        expectClose(Double(without.meanEntropy), mean(rest.map { entropies[$0] }))
        expectClose(
            Double(try #require(without.dynamism)), mean(rest.map { seen.dynamism(Self.pairs[$0].0, Self.pairs[$0].1) })
        )
        // One head that hears another neuron is a choice.
        snapshot.routing[(1 * 3 + 1) * 3 + 0] = 0.25
        expectClose(Double(RoutingVariety(snapshot).meanEntropy), mean(rest.map { entropies[$0] }) * 5 / 6)
    }

    /// The last character of a pass over one stream.
    @Test func theTraceIsOfTheLastCharacter() throws {
        let network = Self.network
        let drop = try network.compile(InterventionSet([.edge(listener: 1, speaker: 2, .drop)]))
        for interventions in [nil, drop] {
            let (seen, traced) = (PassRecorder(network.shape), TraceRecorder(network.shape))
            let tape = Tape(team: ThreadTeam(threadCount: 1))
            tape.isRecording = false
            Self.windows.corpus.ids(in: 0..<40).withUnsafeBufferPointer {
                let context = ForwardContext(probe: Everybody([seen, traced]), interventions: interventions)
                _ = network.forward(tokens: $0, batchSize: 1, steps: 40, on: tape, context: context)
            }
            for round in 0..<2 {
                let (rows, gates) = (seen.weights[round][39], seen.gates[round][39])
                expectClose((0..<3).map { Double(traced.trace.gates[round * 3 + $0]) }, gates)
                expectClose(Double(traced.trace.work[round]), Double(gates.count { $0 > 0.5 }) / 3)
                for (i, j) in (0..<9).map({ ($0 / 3, $0 % 3) }) {
                    let both = (0..<2).map {
                        Double(traced.trace.weight(round: round, head: $0, listener: i, speaker: j))
                    }
                    expectClose(both, [rows[0][i][j], rows[1][i][j]])
                    expectClose(
                        Double(traced.trace.weight(round: round, listener: i, speaker: j)),
                        (rows[0][i][j] + rows[1][i][j]) / 2)
                }
                let due = interventions == nil ? 0 : (rows[0][1][2] + rows[1][1][2]) / 6
                expectClose(Double(traced.trace.lostMass[round]), due)
            }
        }
    }

    /// Within a budget whoever speaks is at work, however softly; where silent neurons are skipped, whoever ran.
    @Test func neuronsAtWork() throws {
        let network = Self.network
        func work(_ list: [Intervention]) throws -> (work: [Float], counter: WorkCounter) {
            let (traced, counter) = (TraceRecorder(network.shape), WorkCounter())
            let tape = Tape(team: ThreadTeam(threadCount: 1))
            tape.isRecording = false
            let compiled = try network.compile(InterventionSet(list))
            Self.windows.corpus.ids(in: 0..<40).withUnsafeBufferPointer {
                let context = ForwardContext(
                    state: network.makeState(batchSize: 1), probe: Everybody([traced, counter]),
                    interventions: compiled)
                _ = network.forward(tokens: $0, batchSize: 1, steps: 40, on: tape, context: context)
            }
            return (traced.trace.work, counter)
        }
        for budget in 1...2 {
            let share = Float(budget) / 3
            let (heard, counter) = try work([.gate(.loudest(budget))])
            #expect(heard == [share, share] && counter.ranShare == 1 && counter.count == 240)
            expectClose(counter.spokeShare, Double(budget) / 3, within: 1e-12)
            let (ran, skipping) = try work([.gate(.loudest(budget)), .memory(.skipWhenSilent)])
            #expect(ran == [share, share])
            expectClose(
                [skipping.ranShare, skipping.spokeShare], [Double(budget) / 3, Double(budget) / 3], within: 1e-12)
        }
    }
}
