import Testing

@testable import INNCore

/// Interventions while generating: from now, by replay, and beside a baseline twin.
@Suite struct GeneratorInterventions {
    private func bench() throws -> ModelBench {
        let bench = try ModelBench(.odd, batchSize: 1, steps: 30)
        bench.shake()
        return bench
    }

    @Test(arguments: InterventionCase.all)
    func offAndReplayIsBitwiseTheBaseline(_ intervention: InterventionCase) throws {
        let bench = try bench()
        let plain = TextGenerator(bench.model)
        let generator = TextGenerator(bench.model)
        plain.read(bench.tokens)
        generator.read(bench.tokens[..<10])
        try generator.intervene(intervention.interventions, averages: bench.averages())
        generator.read(bench.tokens[10...])
        try generator.intervene(.none)
        generator.replay()
        #expect(generator.logits == plain.logits)
        #expect(generator.history == bench.tokens && generator.state.position == 30)
    }

    @Test(arguments: InterventionCase.all)
    func replayIsAsIfItHadAlwaysHeld(_ intervention: InterventionCase) throws {
        let bench = try bench()
        let always = TextGenerator(bench.model)
        let later = TextGenerator(bench.model)
        let averages = bench.averages()
        try always.intervene(intervention.interventions, averages: averages)
        always.read(bench.tokens)
        later.read(bench.tokens)
        try later.intervene(intervention.interventions, averages: averages)
        later.replay()
        #expect(later.logits == always.logits)
    }

    @Test func aRefusedSetChangesNothing() throws {
        let bench = try bench()
        let generator = TextGenerator(bench.model)
        try generator.intervene(InterventionSet([.head(1)]))
        #expect(throws: INNError.self) { try generator.intervene(InterventionSet([.head(9)])) }
        #expect(generator.interventions.list == [.head(1)])
    }

    // MARK: Twins

    @Test func twinsAgreeExactlyWithoutInterventions() throws {
        let bench = try bench()
        let twin = TwinGenerator(bench.model, seed: 3)
        let single = TextGenerator(bench.model)
        twin.start(Array(bench.tokens[..<5]))
        twin.advance(20)
        #expect(twin.position == 25 && twin.text.count == 25)
        #expect(twin.step?.divergence == 0 && twin.step?.surprisal == twin.step?.baselineSurprisal)
        single.read(twin.text)
        #expect(twin.step?.next == NextCharacter(logits: single.logits))
        let sum = try #require(twin.step?.next.probabilities.reduce(0, +))
        #expect(abs(sum - 1) < 1e-5)
    }

    /// Forty forward, twenty back, a lesion, and back again: the script that the screens run.
    @Test(arguments: TwinGenerator.Mode.allCases)
    func lesionShowsAndUndoIsExact(_ mode: TwinGenerator.Mode) throws {
        let bench = try bench()
        let twin = TwinGenerator(bench.model, seed: 3, interval: 4, keptStates: 4)
        twin.start(Array(bench.tokens[..<5]))
        twin.advance(40)
        let text = twin.text
        twin.move(to: 25)
        let before = try #require(twin.step)
        try twin.intervene(InterventionSet([.neuron(1, .lesion)]), mode: mode)
        let lesioned = try #require(twin.step)
        #expect(lesioned.divergence > 0)
        #expect(lesioned.baselineNext == before.next && lesioned.position == 24)
        try twin.intervene(.none, mode: mode)
        #expect(twin.step == before)
        #expect(twin.step?.divergence == 0)
        // Drawn again with the same seed and the same network: the same text.
        twin.advance(20)
        #expect(twin.text == text)
    }

    @Test func fromNowKeepsThePastAndReplayDoesNot() throws {
        let bench = try bench()
        let twin = TwinGenerator(bench.model, seed: 3)
        twin.start(bench.tokens, reading: 20)
        let set = InterventionSet([.routing(.off)])
        try twin.intervene(set, mode: .fromNow)
        #expect(twin.text == bench.tokens, "given text stays")
        #expect((1..<20).allSatisfy { twin.surprisals[$0].changed == twin.surprisals[$0].baseline })
        twin.advance(3)
        let now = try #require(twin.step)
        #expect(twin.surprisals[22].changed != twin.surprisals[22].baseline)
        try twin.intervene(set, mode: .replay)
        #expect(twin.step?.next != now.next)
        #expect((1..<20).contains { twin.surprisals[$0].changed != twin.surprisals[$0].baseline })
        // The same as a generator that never knew anything else.
        let single = TextGenerator(bench.model)
        try single.intervene(set)
        single.read(bench.tokens[..<23])
        #expect(twin.step?.next == NextCharacter(logits: single.logits))
    }

    /// Every position gives the same bits, forward, back from a kept state, or read again from the start.
    @Test(arguments: [(3, 2), (16, 64), (1, 1)])
    func movingGivesTheSameBitsEitherWay(interval: Int, keptStates: Int) throws {
        let bench = try bench()
        let twin = TwinGenerator(bench.model, seed: 3, interval: interval, keptStates: keptStates)
        twin.start(bench.tokens, reading: 12)
        try twin.intervene(InterventionSet([.neuron(0, .mute), .memory(.reset())]), mode: .fromNow)
        var steps = [twin.step]
        for _ in 12..<30 {
            twin.advance()
            steps.append(twin.step)
        }
        for position in [30, 29, 13, 20, 12, 30, 17] {
            twin.move(to: position)
            #expect(twin.step == steps[position - 12] && twin.position == position, "position \(position)")
        }
        twin.move(to: 5)
        #expect(twin.step?.divergence == 0, "before the intervention")
        twin.move(to: 0)
        #expect(twin.step == nil && twin.position == 0)
        twin.move(to: 30)
        #expect(twin.step == steps.last!)
        twin.move(to: 33)
        #expect(twin.text.count == 33)
    }

    private func run(_ twin: TwinGenerator, _ count: Int) -> FreeRun {
        let run = twin.freeRun()
        run.advance(count)
        return run
    }

    @Test func freeRunsStartTogetherAndDisturbNothing() throws {
        let bench = try bench()
        let twin = TwinGenerator(bench.model, options: SamplingOptions(temperature: 1), seed: 3)
        twin.start(Array(bench.tokens[..<8]))
        let same = run(twin, 12)
        #expect(same.baseline == same.changed && same.baseline.count == 12)
        #expect(same.parting == nil && same.divergences == Array(repeating: 0, count: 12))
        try twin.intervene(InterventionSet([.routing(.off), .gate(.open)]), mode: .replay)
        let step = twin.step
        let apart = run(twin, 200)
        #expect(apart.baseline != apart.changed)
        #expect(Array(apart.baseline[..<12]) == same.baseline)
        #expect(twin.step == step && twin.position == 8)
        twin.advance(12)
        #expect(Array(twin.text[8...]) == Array(apart.changed[..<12]), "what the changed network draws")
    }

    /// KL is measured as long as both have read the same text, and equals that of the twin on this text.
    @Test func freeRunsAreMeasuredUntilTheyPart() throws {
        let bench = try bench()
        let twin = TwinGenerator(bench.model, options: SamplingOptions(temperature: 1), seed: 3)
        twin.start(Array(bench.tokens[..<8]))
        try twin.intervene(InterventionSet([.neuron(0, .lesion)]), mode: .replay)
        let apart = run(twin, 300)
        let slices = twin.freeRun()
        for count in [1, 0, 7, 292] { slices.advance(count) }
        #expect(slices.changed == apart.changed && slices.divergences == apart.divergences, "slices are the same run")
        let parting = try #require(apart.parting)
        #expect(
            apart.baseline[..<parting] == apart.changed[..<parting] && apart.baseline[parting] != apart.changed[parting]
        )
        #expect(apart.divergences.count == parting + 1)
        for index in 0...parting {
            #expect(apart.divergences[index] == twin.step?.divergence && apart.divergences[index] > 0)
            twin.advance()
        }
    }

    @Test func droppedEdgesLoseMass() throws {
        let bench = try bench()
        let twin = TwinGenerator(bench.model)
        twin.start(Array(bench.tokens[..<6]))
        let trace = try #require(twin.step?.trace)
        #expect(trace.lostMass == [0, 0])
        try twin.intervene(InterventionSet([.edge(listener: 2, speaker: 0, .drop, round: 0)]), mode: .fromNow)
        let dropped = try #require(twin.step?.trace)
        // One of three listeners loses what it gave to that speaker.
        #expect(abs(dropped.lostMass[0] - dropped.weight(round: 0, listener: 2, speaker: 0) / 3) < 1e-6)
        #expect(dropped.lostMass[1] == 0)
    }

    @Test func tracesShowWhatInterventionsDo() throws {
        let bench = try bench()
        let twin = TwinGenerator(bench.model)
        twin.start(Array(bench.tokens[..<6]))
        try twin.intervene(InterventionSet([.neuron(1, .lesion), .gate(.closed, neuron: 2, round: 1)]), mode: .replay)
        let trace = try #require(twin.step?.trace)
        for round in 0..<2 {
            for other in 0..<3 { #expect(trace.weight(round: round, listener: other, speaker: 1) == 0) }
            #expect(trace.topEdges(round: round, 99).allSatisfy { $0.listener != 1 && $0.speaker != 1 })
        }
        #expect(trace.gates[5] == 0 && !trace.fires(round: 1, neuron: 2) && trace.gates[2] != 0)
    }
}
