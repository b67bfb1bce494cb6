import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNTraining

/// The baselines as whole models.
@Suite struct BaselineModels {
    @Test(arguments: BaselineCase.all)
    func countsItsParameters(_ named: BaselineCase) throws {
        #expect(try named.configuration.makeModel(seed: 1).parameterCount == named.configuration.parameterCount)
    }

    @Test func authorsMambaStackHasItsPublishedSize() throws {
        let configuration = try ModelPreset.paper.configuration(of: .mamba)
        #expect(configuration.parameterCount == 2_637_083)
        #expect(try configuration.makeModel(seed: 1).parameterCount == 2_637_083)
    }

    @Test(arguments: BaselineCase.all)
    func configurationsSurviveJSON(_ named: BaselineCase) throws {
        let data = try JSONEncoder().encode(named.configuration)
        #expect(try JSONDecoder().decode(ModelConfiguration.self, from: data) == named.configuration)
        #expect(String(decoding: data, as: UTF8.self).contains("\"family\":\"\(named.configuration.family.rawValue)\""))
    }

    @Test(arguments: ModelFamily.allCases, [ModelPreset.tiny, .small, .base])
    func presetsHaveEqualSizes(_ family: ModelFamily, _ preset: ModelPreset) throws {
        let inn = try preset.configuration(of: .inn).parameterCount
        let own = try preset.configuration(of: family)
        try own.validate()
        #expect(
            abs(Double(own.parameterCount) / Double(inn) - 1) < 0.1, "\(own.parameterCount) parameters beside \(inn)")
    }

    @Test(arguments: ModelFamily.allCases, [300_000, 1_000_000, 4_200_000, 30_000_000])
    func budgetsAreMet(_ family: ModelFamily, _ budget: Int) throws {
        let fitted = try ModelPreset.small.configuration(of: family).fitted(to: budget)
        try fitted.validate()
        #expect(abs(Double(fitted.parameterCount) / Double(budget) - 1) < 0.1)
        // No other width comes nearer.
        for change in [-1, 1] {
            var other = fitted.options
            other.width += change * other.widthStep
            #expect(abs(other.parameterCount - budget) >= abs(fitted.parameterCount - budget))
        }
    }

    @Test func budgetsBelowTheSmallestWidthAreRefused() throws {
        let error = #expect(throws: INNError.self) { try ModelPreset.small.configuration(of: .inn).fitted(to: 100) }
        #expect(error?.kind == .usage)
    }

    /// Not with ReLU, whose bends lie within the differences; its gradients are compared with the reference vectors.
    @Test(arguments: BaselineCase.all.filter { !$0.name.contains("relu") })
    func gradientsEqualDifferences(_ named: BaselineCase) throws {
        let bench = try BaselineBench(named, steps: 5)
        bench.loss(learns: true)
        let gradients = bench.model.parameters.parameters.map { (name: $0.name, values: $0.gradientArray) }
        expectFiniteDifferences(bench.model.parameters.parameters, gradients, samples: 4) {
            bench.model.parameters.markChanged()
            return bench.loss()
        }
    }

    @Test(arguments: BaselineCase.all)
    func sameSeedSameBits(_ named: BaselineCase) throws {
        func trained(threads: Int) throws -> [[Float]] {
            let bench = try BaselineBench(named.with(dropout: 0.2), batchSize: 3, steps: 37, threads: threads)
            bench.train(3, optimizer: AdamW(bench.model.parameters, team: bench.tape.team))
            return bench.values
        }
        let first = try trained(threads: 1)
        #expect(try trained(threads: 1) == first && trained(threads: 2) == first && trained(threads: 3) == first)
        #expect(first.allSatisfy { $0.allSatisfy(\.isFinite) })
    }

    @Test(arguments: BaselineCase.all)
    func trainingAllocatesNoBuffersInSteadyState(_ named: BaselineCase) throws {
        let bench = try BaselineBench(named.with(dropout: 0.1), threads: 2)
        let optimizer = AdamW(bench.model.parameters, team: bench.tape.team)
        let state = named.configuration.carryState ? bench.model.makeState(batchSize: 2) : nil
        bench.train(2, optimizer: optimizer, state: state)
        let before = bench.tape.workspace.allocationCount
        bench.train(6, optimizer: optimizer, state: state)
        #expect(bench.tape.workspace.allocationCount == before)
    }

    @Test(arguments: BaselineCase.all)
    func dropoutDependsOnItsKeyAndOnTraining(_ named: BaselineCase) throws {
        let bench = try BaselineBench(named.with(dropout: 0.5))
        func logits(_ key: UInt64, isTraining: Bool = true) -> [Float] {
            bench.logits(bench.tokens, ForwardContext(isTraining: isTraining, dropoutKey: key))
        }
        #expect(logits(1) == logits(1) && logits(1) != logits(2))
        #expect(logits(1, isTraining: false) == logits(2, isTraining: false))
    }

    /// The past never sees the future; and, but for the bug, streams never see each other.
    @Test(arguments: BaselineCase.all)
    func whatMayNotMatterDoesNot(_ named: BaselineCase) throws {
        let bench = try BaselineBench(named, batchSize: 3, steps: 9)
        let logits = bench.logits(bench.tokens)
        let vocabulary = 11
        var changed = bench.tokens
        changed[9 + 5] = (changed[9 + 5] + 1) % 11
        let others = bench.logits(changed)
        func rows(_ values: [Float], stream: Int, _ steps: Range<Int>) -> ArraySlice<Float> {
            values[((stream * 9 + steps.lowerBound) * vocabulary)..<((stream * 9 + steps.upperBound) * vocabulary)]
        }
        #expect(rows(others, stream: 1, 0..<5) == rows(logits, stream: 1, 0..<5))
        #expect(rows(others, stream: 1, 5..<6) != rows(logits, stream: 1, 5..<6))
        #expect(rows(others, stream: 0, 0..<9) == rows(logits, stream: 0, 0..<9))
        guard case .mamba(let configuration) = named.configuration, configuration.batchAxisBug else {
            #expect(rows(others, stream: 2, 0..<9) == rows(logits, stream: 2, 0..<9))
            return #expect(rows(others, stream: 1, 6..<9) != rows(logits, stream: 1, 6..<9))
        }
        // What the bug does: a character matters to the same place of the streams after its own, and never to what
        // follows it.
        #expect(rows(others, stream: 1, 6..<9) == rows(logits, stream: 1, 6..<9))
        #expect(rows(others, stream: 2, 5..<6) != rows(logits, stream: 2, 5..<6))
    }

    /// One character at a time with a recurrent state equals the whole sequence at once.
    @Test(arguments: BaselineCase.all, [[Int](repeating: 1, count: 9), [1, 2, 5, 1], [9]])
    func windowsEqualTheSequence(_ named: BaselineCase, windows: [Int]) throws {
        let bench = try BaselineBench(named, batchSize: 1, steps: 9)
        let state = bench.model.makeState(batchSize: 1)
        // With the bug a stream alone has no neighbours, in either form.
        for _ in 0..<2 {
            var parts: [Float] = []
            var start = 0
            for window in windows {
                parts += bench.logits(Array(bench.tokens[start..<(start + window)]), ForwardContext(state: state))
                start += window
            }
            expectClose(parts, bench.logits(bench.tokens), absolute: 1e-5, relative: 0, "windows \(windows)")
            #expect(state.position == 9)
            state.reset()
        }
    }

    /// Beyond its context a Transformer reads the last half of it again, at the same places whatever the windows.
    @Test(arguments: [[Int](repeating: 1, count: 29), [6, 6, 6, 6, 5], [2, 9, 1, 16, 1]])
    func transformerReadsBeyondItsContext(_ windows: [Int]) throws {
        let context = 6
        let configuration = TransformerConfiguration(
            vocabularySize: 11, dModel: 15, layers: 2, heads: 3, contextLength: context)
        let named = BaselineCase(name: "short", configuration: .transformer(configuration))
        let bench = try BaselineBench(named, batchSize: 1, steps: 29)
        let state = bench.model.makeState(batchSize: 1)
        var parts: [Float] = []
        var start = 0
        for window in windows {
            parts += bench.logits(Array(bench.tokens[start..<(start + window)]), ForwardContext(state: state))
            start += window
        }
        for position in 0..<29 {
            // Read alone: the part of the text that is in the cache when this character has been read.
            let filled = TransformerState.filled(after: position + 1, configuration)
            #expect(filled >= min(position + 1, context / 2 + 1) && filled <= context)
            let alone = bench.logits(Array(bench.tokens[(position + 1 - filled)...position]))
            expectClose(
                Array(parts[(position * 11)..<((position + 1) * 11)]), Array(alone.suffix(11)), absolute: 1e-5,
                relative: 0, "position \(position)")
        }
    }

    @Test func sequencesBeyondTheContextAreRefused() throws {
        let settings = TrainingSettings(
            model: .transformer(TransformerConfiguration(dModel: 16, layers: 1, contextLength: 64)), corpus: "sample",
            sequenceLength: 65, budget: .steps(1))
        let error = #expect(throws: INNError.self) { try settings.validate() }
        #expect(error?.kind == .usage && error?.message.contains("--context 65") == true)
    }

    @Test func interventionsAreRefused() throws {
        let model = try BaselineCase.all[0].configuration.makeModel(seed: 1)
        #expect(!model.shape.hasNeurons)
        let error = #expect(throws: INNError.self) {
            try model.compile(InterventionSet([.routing(.off)]), averages: nil)
        }
        #expect(error?.kind == .usage)
    }
}
