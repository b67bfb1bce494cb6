import Testing

@testable import INNCore
@testable import INNTraining

/// The same seed gives the same bits, on any number of threads and beside any other streams.
@Suite struct Determinism {
    private func trained(
        _ configuration: INNConfiguration, threads: Int, seed: UInt64 = 1, savesActivations: Bool = true
    ) throws -> ModelBench {
        let bench = try ModelBench(configuration, batchSize: 3, steps: 37, seed: seed, threads: threads)
        bench.model.activationBudget = savesActivations ? 1 << 29 : 0
        bench.train(4, optimizer: AdamW(bench.model.parameters, team: bench.tape.team))
        return bench
    }

    @Test(arguments: NamedConfiguration.all)
    func sameSeedSameBits(_ named: NamedConfiguration) throws {
        let configuration = named.configuration.with { $0.dropout = 0.2 }
        let first = try trained(configuration, threads: 1)
        #expect(try trained(configuration, threads: 1).parameterValues == first.parameterValues)
        #expect(try trained(configuration, threads: 2).parameterValues == first.parameterValues, "two threads")
        #expect(
            try trained(configuration, threads: 3, savesActivations: false).parameterValues == first.parameterValues,
            "three threads, recomputing")
        #expect(
            try trained(configuration, threads: 1, seed: 2).parameterValues != first.parameterValues, "another seed")
        #expect(first.parameterValues.allSatisfy { $0.allSatisfy { $0.isFinite } })
    }

    @Test func dropoutDependsOnItsKeyAndOnTraining() throws {
        let bench = try ModelBench(INNConfiguration.odd.with { $0.dropout = 0.5 })
        func logits(_ key: UInt64, isTraining: Bool = true) -> [Float] {
            bench.logits(ForwardContext(isTraining: isTraining, dropoutKey: key))
        }
        #expect(logits(1) == logits(1))
        #expect(logits(1) != logits(2))
        #expect(logits(1, isTraining: false) == logits(2, isTraining: false))
    }

    @Test(arguments: [0.1, 0.5, 0.9])
    func dropoutKeepsItsShareAndTheMean(_ probability: Double) {
        let count = 40_000
        let tape = Tape(team: ThreadTeam(threadCount: 1))
        let zero = tape.makeTensor([count], [Float](repeating: 0, count: count))
        let one = tape.makeTensor([count], [Float](repeating: 1, count: count))
        let kept = tape.residual(zero, adding: one, dropout: Dropout(probability: Float(probability), key: 12)).array()
        let share = Double(kept.count { $0 != 0 }) / Double(count)
        // Five standard deviations of a binomial share.
        #expect(abs(share - (1 - probability)) < 5 * (probability * (1 - probability) / Double(count)).squareRoot())
        #expect(kept.allSatisfy { $0 == 0 || abs(Double($0) * (1 - probability) - 1) < 1e-5 })
    }

    @Test(arguments: NamedConfiguration.all)
    func otherStreamsDoNotMatter(_ named: NamedConfiguration) throws {
        let bench = try ModelBench(named.configuration, batchSize: 4, steps: 11)
        let vocabulary = bench.model.vocabularySize
        let logits = bench.logits()
        let row = 11 * vocabulary
        var changed = bench.tokens
        for stream in [0, 1, 3] {
            for step in 0..<11 { changed[stream * 11 + step] = (changed[stream * 11 + step] + 1) % Int32(vocabulary) }
        }
        let others = ModelBench.logits(bench.model, changed, batchSize: 4, on: bench.tape)
        #expect(others[(2 * row)..<(3 * row)] == logits[(2 * row)..<(3 * row)])
        #expect(others[..<row] != logits[..<row])
        let alone = ModelBench.logits(bench.model, Array(bench.tokens[22..<33]), batchSize: 1, on: bench.tape)
        // Matrix products of other sizes round differently; a hard threshold may turn over on that.
        guard named.configuration.gate != .hard else { return }
        expectClose(alone, Array(logits[(2 * row)..<(3 * row)]), absolute: 1e-5, relative: 0, "alone")
    }

    /// The past never sees the future.
    @Test(arguments: NamedConfiguration.all)
    func laterCharactersDoNotMatter(_ named: NamedConfiguration) throws {
        let bench = try ModelBench(named.configuration, batchSize: 1, steps: 13)
        let vocabulary = bench.model.vocabularySize
        let logits = bench.logits()
        var changed = bench.tokens
        changed[9] = (changed[9] + 1) % Int32(vocabulary)
        let others = ModelBench.logits(bench.model, changed, batchSize: 1, on: bench.tape)
        #expect(others[..<(9 * vocabulary)] == logits[..<(9 * vocabulary)])
        #expect(others[(9 * vocabulary)...] != logits[(9 * vocabulary)...])
    }
}
