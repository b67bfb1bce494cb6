import Testing

@testable import INNCore

/// What interventions do to a forward pass: the invariants of docs/MEASURES.md, bitwise where nothing may differ.
@Suite struct InterventionForward {
    private func shaken(
        _ configuration: INNConfiguration = .odd, batchSize: Int = 2, steps: Int = 19
    ) throws -> ModelBench {
        let bench = try ModelBench(configuration, batchSize: batchSize, steps: steps)
        bench.shake()
        return bench
    }

    @Test(arguments: NamedConfiguration.all)
    func noInterventionIsBitwiseTheBaseline(_ named: NamedConfiguration) throws {
        let bench = try shaken(named.configuration)
        let plain = bench.logits()
        #expect(try bench.model.compile(.none) == nil)
        #expect(try bench.logits(.none) == plain)
        // A set that changes nothing takes the same path.
        #expect(try bench.logits(.routing(.learned)) == plain)
        guard named.configuration.memory != .none else { return }
        #expect(try bench.logits(.memory(.resetEvery(1000))) == plain)
        #expect(try bench.logits(.memory(.reset(at: 0))) == plain)
    }

    @Test(arguments: InterventionCase.all)
    func everyInterventionChangesTheOutput(_ intervention: InterventionCase) throws {
        let bench = try shaken()
        let changed = try bench.logits(intervention.interventions)
        #expect(changed != bench.logits())
        #expect(changed.allSatisfy { $0.isFinite })
    }

    @Test(arguments: InterventionCase.all)
    func onAndOffAgainIsBitwiseTheBaseline(_ intervention: InterventionCase) throws {
        let bench = try shaken()
        let plain = bench.logits()
        let state = bench.model.makeState(batchSize: 2)
        let compiled = try bench.compile(intervention.interventions)
        _ = bench.logits(ForwardContext(state: state, interventions: compiled))
        // Off, and the prefix recomputed from the start.
        state.reset()
        #expect(bench.logits(ForwardContext(state: state)) == plain)
    }

    /// One character at a time, and windows of several lengths, with a carried state.
    @Test(arguments: InterventionCase.all, [[Int](repeating: 1, count: 19), [1, 9, 2, 7], [19]])
    func stepFormEqualsTheSequence(_ intervention: InterventionCase, windows: [Int]) throws {
        let bench = try shaken()
        let compiled = try bench.compile(intervention.interventions)
        let vocabulary = bench.model.vocabularySize
        if intervention.hasThreshold, windows.count > 1 { return }
        let whole = bench.logits(ForwardContext(interventions: compiled))
        let state = bench.model.makeState(batchSize: 2)
        var start = 0
        for window in windows {
            let tokens = (0..<2).flatMap { bench.tokens[($0 * 19 + start)..<($0 * 19 + start + window)] }
            let logits = ModelBench.logits(
                bench.model, tokens, batchSize: 2, on: bench.tape, ForwardContext(state: state, interventions: compiled)
            )
            for stream in 0..<2 {
                let expected = whole[
                    ((stream * 19 + start) * vocabulary)..<((stream * 19 + start + window) * vocabulary)]
                let actual = logits[(stream * window * vocabulary)..<((stream + 1) * window * vocabulary)]
                expectClose(
                    Array(actual), Array(expected), absolute: 1e-5, relative: 0,
                    "stream \(stream), \(window) characters from \(start)")
            }
            start += window
        }
        #expect(state.position == 19)
    }

    @Test func hardGatesAgreeStepByStepAwayFromTheThreshold() throws {
        // Unshaken gates stay close to sigmoid(small): a threshold far from 0.5 cannot turn over on rounding.
        let bench = try ModelBench(.odd, batchSize: 1, steps: 9)
        let compiled = try bench.compile(InterventionSet([.gate(.hard(threshold: 0.02))]))
        let whole = bench.logits(ForwardContext(interventions: compiled))
        let state = bench.model.makeState(batchSize: 1)
        let stepped = bench.tokens.flatMap {
            ModelBench.logits(
                bench.model, [$0], batchSize: 1, on: bench.tape, ForwardContext(state: state, interventions: compiled))
        }
        expectClose(stepped, whole, absolute: 1e-5, relative: 0, "hard gates")
    }

    @Test(arguments: [GateMode.soft, .hard])
    func aGateForcedOpenIsGateOff(_ gate: GateMode) throws {
        let bench = try shaken(.odd.with { $0.gate = gate })
        let open = try bench.logits(.gate(.open))
        #expect(try bench.logits(.gate(.off)) == open)
        // And a network that was built without gates, with the same weights.
        let ungated = try ModelBench(.odd.with { $0.gate = .off }, steps: 19)
        for parameter in ungated.model.parameters.parameters {
            try ungated.model.parameters.load(parameter.name, bench.model.parameters[parameter.name]!.array)
        }
        #expect(ModelBench.logits(ungated.model, bench.tokens, batchSize: 2, on: ungated.tape) == open)
    }

    /// Four ways to let nobody be heard.
    @Test func silenceIsSilence() throws {
        let bench = try shaken()
        let silent = try bench.logits(.routing(.off))
        let edges = (0..<3).flatMap { i in (0..<3).filter { $0 != i }.map { (i, $0) } }
        #expect(try bench.logits(.gate(.closed)) == silent)
        #expect(try bench.logits(InterventionSet(edges.map { .edge(listener: $0, speaker: $1, .cut) })) == silent)
        #expect(try bench.logits(InterventionSet(edges.map { .edge(listener: $0, speaker: $1, .drop) })) == silent)
        #expect(try bench.logits(InterventionSet((0..<3).map { .neuron($0, .mute) })) == silent)
        #expect(try bench.logits(InterventionSet((0..<3).map { .head($0) })) == silent)
    }

    @Test func muteIsAClosedGate() throws {
        let bench = try shaken()
        #expect(try bench.logits(.neuron(1, .mute)) == bench.logits(.gate(.closed, neuron: 1)))
        #expect(try bench.logits(.neuron(1, .mute, round: 0)) == bench.logits(.gate(.closed, neuron: 1, round: 0)))
    }

    @Test func laterInterventionsHold() throws {
        let bench = try shaken()
        #expect(try bench.logits(.gate(.closed), .gate(.open)) == bench.logits(.gate(.open)))
        #expect(
            try bench.logits(.edge(listener: 0, speaker: 1, .cut), .edge(listener: 0, speaker: 1, .drop))
                == bench.logits(.edge(listener: 0, speaker: 1, .drop)))
        #expect(try bench.logits(.routing(.off), .routing(.learned)) == bench.logits())
        #expect(try bench.logits(.neuron(1, .lesion), .neuron(1, .mute)) == bench.logits(.neuron(1, .lesion)))
    }

    /// Every character is read from the state at which the memory was frozen.
    @Test func frozenMemoryStaysWhatItWas() throws {
        let bench = try shaken(batchSize: 1)
        let frozen = try bench.compile(InterventionSet([.memory(.freeze)]))
        let state = bench.model.makeState(batchSize: 1)
        _ = ModelBench.logits(
            bench.model, Array(bench.tokens[..<8]), batchSize: 1, on: bench.tape, ForwardContext(state: state))
        let before = values(state)
        func next(_ token: Int32) -> [Float] {
            ModelBench.logits(
                bench.model, [token], batchSize: 1, on: bench.tape, ForwardContext(state: state, interventions: frozen))
        }
        let first = next(3)
        #expect(next(5) != first)
        #expect(next(3) == first)
        #expect(values(state) == before)
        #expect(state.position == 11)
    }

    @Test func resetMemoryIsANewStart() throws {
        let bench = try shaken(batchSize: 1)
        let vocabulary = bench.model.vocabularySize
        let reset = try bench.logits(.memory(.reset(at: 7)))
        let fresh = ModelBench.logits(bench.model, Array(bench.tokens[7...]), batchSize: 1, on: bench.tape)
        expectClose(Array(reset[(7 * vocabulary)...]), fresh, absolute: 1e-5, relative: 0, "after the reset")
        #expect(reset[..<(7 * vocabulary)] == bench.logits()[..<(7 * vocabulary)])
    }

    private func values(_ state: RecurrentState) -> [Float] {
        Array(UnsafeBufferPointer(start: state.data, count: state.count))
    }

    /// A listener that renormalises over copies of what it heard hears the same. In exact arithmetic the cost is 0;
    /// copies agree only to rounding (BLAS rounds rows at different places of a matrix differently, see
    /// ``SharedNeurons``), and so does the sum of fewer, larger weights. So it is not 0 to the bit, but below 1e-7 bits
    /// per character.
    @Test(arguments: [3, 5])
    func aCutAmongIdenticalNeuronsCostsNothing(_ neurons: Int) throws {
        let bench = try ModelBench(.odd.with { ($0.sharing, $0.neurons) = (.all, neurons) }, steps: 19)
        bench.shake()
        let cut = InterventionSet([.edge(listener: 0, speaker: 1, .cut)])
        expectClose(try bench.logits(cut), bench.logits(), absolute: 2e-6, relative: 0, "logits")
        let cost = bitsPerCharacter(bench, try bench.logits(cut)) - bitsPerCharacter(bench, bench.logits())
        #expect(abs(cost) <= 1e-7, "bits per character")
        #expect(try bench.logits(.edge(listener: 0, speaker: 1, .drop)) != bench.logits())
    }

    /// In double precision, which the loss on the tape is not.
    private func bitsPerCharacter(_ bench: ModelBench, _ logits: [Float]) -> Double {
        let width = bench.model.vocabularySize
        return bench.targets.indices.reduce(0.0) { sum, row in
            sum
                + NextCharacter(logits: Array(logits[(row * width)..<((row + 1) * width)])).surprisal(
                    bench.targets[row])
        } / Double(bench.targets.count)
    }
}
