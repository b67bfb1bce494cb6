import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNEvaluation

/// Many changes measured in one pass, sharing what they have in common, against each measured alone.
@Suite struct VariantTests {
    private static func bench() throws -> (IntelligentNeuralNetwork, ValidationWindows) {
        let bench = try ModelBench(
            INNConfiguration(neurons: 3, dModel: 8, rounds: 2, heads: 2, stateSize: 2, carryState: true))
        bench.shake(scale: 0.3)
        let windows = try ValidationWindows(
            corpus: try SampleCorpus.make(), batchSize: 2, sequenceLength: 8, maximumCharacters: 64)
        return (bench.model, windows)
    }

    /// Where the meter of surprisals, which orders by stream, has what is in this place by window of 2 × 8.
    private static func place(inStreams place: Int, _ windows: Int) -> Int {
        let (window, row) = (place / 16, place % 16)
        let stream = row / 8
        return (stream * windows + window) * 8 + row % 8
    }

    @Test func everyChangeCostsWhatItCostsAlone() throws {
        let (network, windows) = try Self.bench()
        let averages = Evaluator(network, team: ThreadTeam(threadCount: 1)).averages(windows, carriesState: true)
        let cases = InterventionCase.all.filter { !$0.interventions.list.isEmpty }.compactMap { item in
            (try? network.compile(item.interventions, averages: averages)).flatMap { $0 == nil ? nil : item }
        }
        #expect(cases.count > 20)
        let meter = try VariantMeter(
            network, windows, changes: cases.map(\.interventions), averages: averages,
            team: ThreadTeam(threadCount: 1))
        var together = [[Float]](repeating: [], count: cases.count)
        var divergences = together
        meter.measure(progress: { _ in }) { effect in
            together[effect.variant] += effect.surprisal
            divergences[effect.variant] += effect.divergence
        }
        let surprisals = SurprisalMeter(network, windows, team: ThreadTeam(threadCount: 1))
        let reference = surprisals.surprisals(nil)
        for (index, item) in cases.enumerated() {
            let alone = surprisals.surprisals(try network.compile(item.interventions, averages: averages))
            for place in together[index].indices {
                let source = Self.place(inStreams: place, windows.windowCount)
                let difference: Float = together[index][place] - (alone[source] - reference[source])
                #expect(abs(difference) < 1e-5, "\(item.interventions.summary), character \(place)")
            }
            #expect(divergences[index].allSatisfy { $0 > -1e-6 })
        }
        let mean = reference.reduce(0.0) { $0 + Double($1) } / Double(reference.count)
        #expect(abs(meter.bitsPerCharacter - mean) < 1e-6)
    }

    @Test(arguments: NamedConfiguration.all)
    func theBeginningThatIsLeftAloneIsSharedBitForBit(_ named: NamedConfiguration) throws {
        let bench = try ModelBench(named.configuration)
        bench.shake(scale: 0.3)
        let (network, tokens) = (bench.model, bench.tokens)
        var compared = 0
        for item in InterventionCase.all {
            guard let compiled = try? network.compile(item.interventions), compiled.leavesFirstMemory else { continue }
            let tape = Tape(team: ThreadTeam(threadCount: 1))
            tape.isRecording = false
            let whole = ModelBench.logits(
                network, tokens, batchSize: 2, on: tape,
                ForwardContext(state: network.makeState(batchSize: 2), interventions: compiled))
            let watch = FirstRoundProbe()
            let base = Tape(team: ThreadTeam(threadCount: 1))
            base.isRecording = false
            _ = ModelBench.logits(
                network, tokens, batchSize: 2, on: base,
                ForwardContext(state: network.makeState(batchSize: 2), probe: watch))
            let first = try #require(watch.firstRound)
            func values() -> [Float] {
                (0..<named.configuration.neurons).flatMap { neuron in
                    tokens.indices.flatMap { token -> [Float] in
                        guard let spoken = first.spoken else { return [] }
                        return [
                            spoken.gate(neuron: neuron, token: token), spoken.value(neuron: neuron, token: token)[0],
                        ]
                    }
                }
            }
            #expect((first.spoken == nil) == (named.configuration.routing == .off))
            let before = values()
            var context = ForwardContext(state: network.makeState(batchSize: 2), interventions: compiled)
            context.firstRound = first
            #expect(
                ModelBench.logits(network, tokens, batchSize: 2, on: tape, context) == whole,
                "\(item.interventions.summary)")
            #expect(values() == before, "what is shared is left as it is")
            compared += 1
        }
        #expect(compared > 0)
    }

    @Test func whatTouchesTheFirstMemoryDoesNotShareIt() throws {
        let (network, _) = try Self.bench()
        for memory in [Intervention.memory(.freeze), .memory(.reset(at: 3)), .memory(.skipWhenSilent)] {
            let compiled = try #require(try network.compile(InterventionSet([memory])))
            #expect(!compiled.leavesFirstMemory)
        }
        let later = try #require(try network.compile(InterventionSet([.memory(.freeze, neuron: 0, round: 1)])))
        #expect(later.leavesFirstMemory)
        #expect(try #require(try network.compile(InterventionSet([.neuron(0, .lesion)]))).leavesFirstMemory)
    }
}
