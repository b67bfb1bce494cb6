import Testing

@testable import INNCore

/// One character at a time with a recurrent state equals the whole sequence at once.
@Suite struct StepForm {
    /// Logits `[batchSize, steps, vocabulary]` computed in windows of the given lengths.
    private func windowed(_ bench: ModelBench, _ windows: [Int], state: RecurrentState) -> [Float] {
        let vocabulary = bench.model.vocabularySize
        var result = [Float](repeating: .nan, count: bench.tokens.count * vocabulary)
        var start = 0
        for window in windows {
            let tokens = (0..<bench.batchSize).flatMap { stream in
                bench.tokens[(stream * bench.steps + start)..<(stream * bench.steps + start + window)]
            }
            let logits = ModelBench.logits(
                bench.model, tokens, batchSize: bench.batchSize, on: bench.tape, ForwardContext(state: state))
            for stream in 0..<bench.batchSize {
                let from = stream * window * vocabulary
                let to = (stream * bench.steps + start) * vocabulary
                result.replaceSubrange(
                    to..<(to + window * vocabulary), with: logits[from..<(from + window * vocabulary)])
            }
            start += window
        }
        return result
    }

    @Test(
        arguments: NamedConfiguration.all,
        [[Int](repeating: 1, count: 19), [1, 2, 5, 1, 10], [18, 1], [2, 2, 2, 2, 2, 2, 2, 2, 2, 1], [19]])
    func windowsEqualTheSequence(_ named: NamedConfiguration, windows: [Int]) throws {
        let bench = try ModelBench(named.configuration, batchSize: 3, steps: 19)
        // A threshold may turn over on the last bit: keep the weights at their start, where gates stay clear of it.
        if named.configuration.gate != .hard { bench.shake() }
        let whole = bench.logits()
        let state = bench.model.makeState(batchSize: 3)
        expectClose(windowed(bench, windows, state: state), whole, absolute: 1e-5, relative: 0, "windows \(windows)")
        state.reset()
        expectClose(
            windowed(bench, windows, state: state), whole, absolute: 1e-5, relative: 0,
            "windows \(windows) after a reset")
    }

    @Test(arguments: NamedConfiguration.all.filter { $0.configuration.memory != .none })
    func finalStatesAgree(_ named: NamedConfiguration) throws {
        let bench = try ModelBench(named.configuration, batchSize: 2, steps: 7)
        let whole = bench.model.makeState(batchSize: 2)
        let stepped = bench.model.makeState(batchSize: 2)
        _ = bench.logits(ForwardContext(state: whole))
        _ = windowed(bench, [1, 1, 1, 1, 1, 1, 1], state: stepped)
        func values(_ state: RecurrentState) -> [Float] {
            Array(UnsafeBufferPointer(start: state.data, count: state.count))
        }
        expectClose(values(stepped), values(whole), absolute: 1e-5, relative: 1e-5, "state")
        #expect(values(whole).contains { $0 != 0 })
    }

    /// With dropout off, a zero state is no state, and training mode is evaluation mode.
    @Test func zeroStateIsNoState() throws {
        let bench = try ModelBench(.odd)
        let logits = bench.logits()
        #expect(bench.logits(ForwardContext(state: bench.model.makeState(batchSize: 2))) == logits)
        #expect(bench.logits(ForwardContext(isTraining: true, dropoutKey: 3)) == logits)
    }

    @Test func statesOfOtherStreamsDoNotMatter() throws {
        let bench = try ModelBench(.odd, batchSize: 1, steps: 6)
        let pair = try ModelBench(.odd, batchSize: 2, steps: 6)
        let one = bench.model.makeState(batchSize: 1)
        let two = pair.model.makeState(batchSize: 2)
        let alone = windowed(bench, [4, 2], state: one)
        let tokens = bench.tokens + bench.tokens.reversed()
        let both = [(0, 4), (4, 2)].map { start, window -> [Float] in
            let part = Array(tokens[start..<(start + window)]) + Array(tokens[(6 + start)..<(6 + start + window)])
            return Array(
                ModelBench.logits(pair.model, part, batchSize: 2, on: pair.tape, ForwardContext(state: two))[
                    ..<(window * 11)])
        }
        expectClose(both.flatMap(\.self), alone, absolute: 1e-5, relative: 0, "stream 0")
    }
}
