import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNEvaluation

/// What taking something away does, against ``LineTwin``: its equations worked out in double precision.
@Suite struct EffectOracles {
    private struct Case {
        let set: InterventionSet
        let change: LineTwin.Change
    }

    private static var cases: [Case] {
        [
            Case(set: InterventionSet([.neuron(0, .lesion)]), change: .init(lesioned: [0])),
            Case(set: InterventionSet([.neuron(2, .lesion)]), change: .init(lesioned: [2])),
            Case(set: InterventionSet([.neuron(1, .mute)]), change: .init(gate: { $1 == 1 ? 0 : $2 })),
            Case(
                set: InterventionSet([.neuron(1, .mute, round: 1)]),
                change: .init(gate: { $0 == 1 && $1 == 1 ? 0 : $2 })),
            Case(
                set: InterventionSet([.edge(listener: 0, speaker: 2, .cut)]),
                change: .init(cut: [(listener: 0, speaker: 2, round: nil)])),
            Case(
                set: InterventionSet([.edge(listener: 1, speaker: 1, .cut, round: 1)]),
                change: .init(cut: [(listener: 1, speaker: 1, round: 1)])),
            Case(set: InterventionSet([.routing(.uniform)]), change: .init(isUniform: true)),
            Case(set: InterventionSet([.routing(.off)]), change: .init(isOff: true)),
            Case(set: InterventionSet([.gate(.open)]), change: .init(gate: { _, _, _ in 1 })),
            Case(set: InterventionSet([.gate(.hard(threshold: 0.5))]), change: .init(gate: { $2 > 0.5 ? 1 : 0 })),
        ]
    }

    /// The twin is the network: every probability of every character.
    @Test(arguments: [MemoryKind.none, .mamba])
    func theTwinPredictsAsTheNetworkDoes(memory: MemoryKind) throws {
        var line = LineNetwork(neurons: 3)
        line.memory = memory
        // A memory that looks back is carried from window to window.
        if memory == .mamba { (line.looksBack, line.recalls) = (true, [[3, -4, 2], [-3, 2, 5]]) }
        let bench = try LineBench(line)
        let reported = SurprisalMeter(bench.network, bench.windows).surprisals(nil).map(Double.init)
        expectClose(reported, bench.surprisals(), "surprisal")
        let evaluation = Evaluator(bench.network, team: ThreadTeam(threadCount: 1)).evaluate(
            bench.windows, carriesState: true)
        expectClose(evaluation.bitsPerCharacter, mean(bench.surprisals()), "bits per character")
        #expect(evaluation.characters == 256)
    }

    /// Averages for interventions are those of a memory that is carried along the text, if nothing else is asked for.
    @Test func averagesCarryTheMemory() throws {
        var line = LineNetwork(neurons: 3)
        (line.memory, line.looksBack, line.recalls) = (.mamba, true, [[3, -4, 2], [-3, 2, 5]])
        let bench = try LineBench(line)
        let evaluator = Evaluator(bench.network, team: ThreadTeam(threadCount: 1))
        let averages = SurprisalMeter(bench.network, bench.windows).averages()
        let carried = evaluator.averages(bench.windows, carriesState: true)
        let fresh = evaluator.averages(bench.windows, carriesState: false)
        #expect(averages == carried && averages != fresh)
    }

    @Test func effectsAreThoseOfTheEquations() throws {
        let bench = try LineBench(LineNetwork(neurons: 3))
        let meter = EffectMeter(bench.network, bench.windows)
        #expect(meter.characters == 256)
        let plain = bench.steps()
        for (index, each) in Self.cases.enumerated() {
            let effect = try meter.effect(of: each.set)
            let changed = bench.steps(each.change)
            let divergences = zip(plain, changed).map { LineTwin.divergence($0.step, $1.step) }
            expectClose(effect.divergence.map(Double.init), bench.inWindows(divergences), "case \(index), KL")
            // Positive where the true next character has become less likely.
            let surprisals = zip(plain, changed).map { $1.step.surprisal($1.next) - $0.step.surprisal($0.next) }
            expectClose(effect.surprisal.map(Double.init), bench.inWindows(surprisals), "case \(index), Δ surprisal")
            let shift = (0..<27).map { id in
                mean(zip(plain, changed).map { $1.step.logProbabilities[id] - $0.step.logProbabilities[id] })
            }
            expectClose(effect.logProbabilities.map(Double.init), shift, "case \(index), log p")
            #expect(mean(divergences) > 1e-4, "case \(index) does something")
        }
    }

    @Test func nothingHasNoEffect() throws {
        let bench = try LineBench(LineNetwork())
        let effect = try EffectMeter(bench.network, bench.windows).effect(of: .none)
        #expect((effect.divergence + effect.surprisal + effect.logProbabilities).allSatisfy { $0 == 0 })
    }

    /// With one neuron left the readout is its state. By hand, for a network of two neurons, one round and the letter
    /// "e": a = e_e + σ, to which each adds Σ_j a_ij g_j ν r(a_j); the mean of both, or the state of neuron 1 that
    /// hears only itself, goes through r into the logits.
    @Test func theLesionOfOneOfTwoByHand() throws {
        let line = LineNetwork(rounds: 1)
        let bench = try LineBench(line, text: String(repeating: "e", count: 120), batchSize: 1, characters: 32)
        func r(_ a: Double) -> Double { a / (a * a + 1e-5).squareRoot() }
        let e = 5  // a space, a, b, c, d, e
        let a = [line.levels[e] + line.shifts[0][0], line.levels[e] + line.shifts[0][1]]
        let said = [0, 1].map { line.values[0] * r(a[$0]) / (1 + exp(-line.gateBiases[0][$0])) }
        let states = [0, 1].map { i -> Double in
            let (x, y) = (exp(line.scores[0][i][0]), exp(line.scores[0][i][1]))
            return a[i] + (x * said[0] + y * said[1]) / (x + y)
        }
        func logP(_ mean: Double) -> [Double] {
            let logits = (0..<27).map { 500 * line.levels[$0] * r(mean) + line.biases[$0] }
            let total = log(logits.reduce(0) { $0 + exp($1) })
            return logits.map { $0 - total }
        }
        let (p, q) = (logP((states[0] + states[1]) / 2), logP(a[1] + said[1]))
        var divergence = 0.0
        for id in 0..<27 { divergence += exp(p[id]) * (p[id] - q[id]) / log(2) }
        let effect = try EffectMeter(bench.network, bench.windows).effect(of: InterventionSet([.neuron(0, .lesion)]))
        expectClose(effect.divergence.map(Double.init), [Double](repeating: divergence, count: 32), "KL")
        expectClose(
            effect.surprisal.map(Double.init), [Double](repeating: (p[e] - q[e]) / log(2), count: 32), "Δ surprisal")
        #expect(divergence > 0.01 && abs(p[e] - q[e]) > 0.01)
    }
}

/// Estimates of cuts from gradients, against derivatives of the twin.
@Suite struct AttributionOracles {
    /// d log p of each character along the cut of an edge, at every character of the text.
    private static func derivatives(
        _ bench: LineBench, _ listener: Int, _ speaker: Int, round: Int?
    ) -> [(all: [Double], next: Int32)] {
        let h = 1e-4
        func moved(_ by: Double) -> [(step: LineTwin.Step, next: Int32)] {
            bench.steps(LineTwin.Change(moved: (listener, speaker, round, by)))
        }
        return zip(moved(h), moved(-h)).map { up, down in
            (zip(up.step.logProbabilities, down.step.logProbabilities).map { ($0 - $1) / (2 * h) }, up.next)
        }
    }

    /// Ordinary softmax rows, listeners with a single speaker, equal weights without gates, and two heads.
    private static let networks: [LineNetwork] = {
        var alone = LineNetwork()
        alone.selfEdges = false
        var learned = LineNetwork(neurons: 3)
        (learned.routing, learned.gate, learned.selfEdges) = (.learned, .off, false)
        var twoHeads = LineNetwork(neurons: 3)
        twoHeads.heads = 2
        return [LineNetwork(neurons: 3), alone, learned, twoHeads]
    }()

    @Test(arguments: networks.indices)
    func costsOfCutsAreDerivatives(index: Int) throws {
        let line = Self.networks[index]
        // Windows of 2 × 24 characters, which are read in two tiles.
        let bench = try LineBench(line, sequenceLength: 24, characters: 192)
        let costs = SurprisalMeter(bench.network, bench.windows).estimatedCutCosts()
        for listener in 0..<line.neurons {
            for speaker in 0..<line.neurons {
                guard line.selfEdges || listener != speaker else {
                    #expect(costs[listener * line.neurons + speaker] == 0)
                    continue
                }
                let derivatives = Self.derivatives(bench, listener, speaker, round: nil)
                let due = -mean(derivatives.map { $0.all[Int($0.next)] }) / log(2)
                expectClose(costs[listener * line.neurons + speaker], due, "edge \(listener)→\(speaker)")
                #expect(abs(due) > 1e-4, "edge \(listener)→\(speaker) matters")
            }
        }
    }

    /// Text of one letter, of which the network expects "a" or "b" with a probability of ½ each: whichever is drawn,
    /// the derivative along a cut is the same but for its sign, so the estimate is the one square that there is.
    ///
    /// With d = d log p(a)/dt along the cut, KL ≈ ½ (½ d² + ½ d²) nats. In windows of one character no other character
    /// takes part.
    @Test(arguments: networks.indices)
    func divergencesOfCutsAreKnownExactly(index: Int) throws {
        var line = Self.networks[index]
        let (a, b) = (1, 2)
        line.biases = line.biases.indices.map { $0 == a || $0 == b ? 0 : -150 }
        let state = try #require(LineTwin(line: line).read([Int32(a)]).first)
        line.biases[b] += state.logits[a] - state.logits[b]
        let bench = try LineBench(
            line, text: String(repeating: "a", count: 150), batchSize: 1, sequenceLength: 1, characters: 100)
        let estimates = EffectMeter(bench.network, bench.windows).estimatedCutDivergences(seed: 3)
        let n = line.neurons
        for listener in 0..<n {
            for speaker in 0..<n where line.selfEdges || listener != speaker {
                func due(_ round: Int?) -> Double {
                    let d = Self.derivatives(bench, listener, speaker, round: round)[0].all[a]
                    return 0.5 * d * d / log(2)
                }
                let edge = listener * n + speaker
                #expect(due(nil) > 1e-6)
                expectClose(estimates.all[edge] / due(nil), 1, within: 1e-3, "edge \(listener)→\(speaker)")
                for round in 0..<2 {
                    expectClose(
                        estimates.rounds[round * n * n + edge] / due(round), 1, within: 1e-3,
                        "edge \(listener)→\(speaker), round \(round)")
                }
            }
        }
    }

    /// Over longer windows the mixed terms of successive characters vanish on average, and any alphabet will do: the
    /// estimate is ½ Σ_y p(y) (d log p(y))² up to the noise of the draws.
    @Test func divergencesOfCutsOnAverage() throws {
        let bench = try LineBench(LineNetwork(), batchSize: 1, sequenceLength: 4, characters: 800)
        let meter = EffectMeter(bench.network, bench.windows)
        let seeds: [UInt64] = Array(1...12)
        let all = seeds.map { meter.estimatedCutDivergences(seed: $0) }
        let plain = bench.steps()
        for edge in 0..<4 {
            let derivatives = Self.derivatives(bench, edge / 2, edge % 2, round: nil)
            let due =
                0.5 / log(2)
                * mean(
                    zip(plain, derivatives).map { plain, derivative in
                        zip(plain.step.logProbabilities, derivative.all).reduce(0) { $0 + exp($1.0) * $1.1 * $1.1 }
                    })
            #expect(all.allSatisfy { abs($0.all[edge] / due - 1) < 0.35 })
            expectClose(mean(all.map { $0.all[edge] }) / due, 1, within: 0.08, "edge \(edge)")
        }
        #expect(all[0].all != all[1].all)
        #expect(meter.estimatedCutDivergences(seed: 1).all == all[0].all)
    }

    /// Several heads of several numbers each. Where routing is static, raising the score of an edge moves what its
    /// listener hears against the cut: by a_ij·(v_j − mix) where the cut moves it by a_ij/(1 − a_ij)·(mix − v_j). So
    /// the cut costs −1/(1 − a_ij) times the derivative of the loss by the score, summed over heads and rounds.
    @Test func costsOfCutsAreDerivativesByScores() throws {
        let (rounds, heads, n) = (2, 3, 3)
        let network = try IntelligentNeuralNetwork(
            INNConfiguration(
                neurons: n, dModel: 12, rounds: rounds, heads: heads, stateSize: 2, memory: .none, gate: .soft,
                routing: .static, selfEdges: true), seed: 4)
        var random = RandomSource(seed: 9)
        for parameter in network.parameters.parameters {
            for index in 0..<parameter.count { parameter.values[index] += Float(0.3 * random.normal()) }
        }
        network.parameters.markChanged()
        let windows = try LineBench(LineNetwork(), sequenceLength: 24, characters: 192).windows
        let costs = SurprisalMeter(network, windows).estimatedCutCosts()
        var due = [Double](repeating: 0, count: n * n)
        for round in 0..<rounds {
            let scores = try #require(network.parameters["rounds.\(round).routing.staticScores"])
            #expect(scores.count == heads * n * n)
            for index in 0..<(heads * n * n) {
                let row = (index / n * n)..<(index / n * n + n)
                let weight = exp(Double(scores.values[index])) / row.reduce(0) { $0 + exp(Double(scores.values[$1])) }
                let own = scores.values[index]
                func loss(_ score: Float) -> Double {
                    scores.values[index] = score
                    network.parameters.markChanged()
                    return mean(SurprisalMeter(network, windows).surprisals(nil).map(Double.init))
                }
                let h: Float = 0.03125
                let derivative = (loss(own + h) - loss(own - h)) / Double((own + h) - (own - h))
                _ = loss(own)
                due[index % (n * n)] -= derivative / (1 - weight)
            }
        }
        for edge in 0..<(n * n) {
            #expect(
                abs(costs[edge] - due[edge]) < 0.02 * abs(due[edge]) + 2e-4, "\(edge): \(costs[edge]), \(due[edge])")
        }
        #expect(due.count { abs($0) > 5e-3 } > 4, "they are worth something: \(due)")
    }

    /// Of characters that are expected with ½, ¼ and ¼ the first takes half of all shares; whatever is left over by
    /// rounding is the last one's.
    @Test func charactersByTheirShares() {
        let logits = [0.5, 0.25, 0.25].map { Float(log($0)) }
        let shares = [0, 0.4999, 0.5001, 0.7499, 0.7501, 0.9999, 1, 1.0001]
        #expect(shares.map { EffectMeter.draw(logits, 3, at: $0) } == [0, 0, 1, 1, 2, 2, 2, 2])
        // Of three equal scores of -1000 beside 0.
        #expect(EffectMeter.draw([-1000, 0, -1000], 3, at: 0) == 1)
    }

    /// What is being done is told before each window, and the network is left as it was.
    @Test func progressAndWhatIsLeftBehind() throws {
        let bench = try LineBench(LineNetwork())
        var told: [Double] = []
        _ = EffectMeter(bench.network, bench.windows).estimatedCutDivergences(seed: 1) { told.append($0) }
        #expect(told == (0..<bench.windows.windowCount).map { Double($0) / Double(bench.windows.windowCount) })
        #expect(bench.network.parameters.parameters.allSatisfy { $0.gradientArray.allSatisfy { $0 == 0 } })
    }
}
