import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore

/// What a model takes is told before it is made.
@Suite struct ModelMemoryTests {
    /// Bytes of weights, gradients and of all buffers of a training update, as they were really taken.
    private func measured(
        _ model: any LanguageModel, batchSize: Int, steps: Int, isTraining: Bool, probe: (any Probe)? = nil
    ) -> Double {
        let workspace = Workspace()
        let tape = Tape(workspace: workspace, team: ThreadTeam(threadCount: 1))
        tape.isRecording = isTraining
        let state = model.modelConfiguration.carryState ? model.makeState(batchSize: batchSize) : nil
        let ids = [Int32](repeating: 1, count: batchSize * steps)
        ids.withUnsafeBufferPointer { ids in
            let result = model.forward(
                tokens: ids, batchSize: batchSize, steps: steps, on: tape,
                context: ForwardContext(isTraining: isTraining, state: state, probe: probe))
            guard isTraining else { return }
            tape.backward(from: tape.crossEntropy(result.logits, targets: ids))
        }
        tape.reset()
        return Double(workspace.byteCount + 4 * (state?.count ?? 0)) + Double(model.parameterCount)
            * (isTraining ? 16 : 8)
    }

    static let configurations: [ModelConfiguration] =
        NamedConfiguration.all.map { .inn($0.configuration.with { ($0.dModel, $0.heads) = (16, 2) }) } + [
            .inn(INNPreset.tiny.configuration), .lstm(LSTMConfiguration(hidden: 32, layers: 2, carryState: true)),
            .transformer(TransformerConfiguration(dModel: 32, layers: 2)),
            .mamba(MambaConfiguration(dModel: 32, layers: 2, carryState: true)),
        ]

    /// A bound that is too high would refuse what works, one that is too low would not keep the system from ending the
    /// process.
    @Test(arguments: configurations, [true, false])
    func theEstimateIsACloseLowerBound(_ configuration: ModelConfiguration, isTraining: Bool) throws {
        let model = try configuration.makeModel(seed: 1)
        let estimate = ModelMemory(configuration, batchSize: 4, steps: 128, isTraining: isTraining)
        let taken = measured(model, batchSize: 4, steps: 128, isTraining: isTraining)
        // Probes of a training have sums of their own, which this update does not make.
        #expect(estimate.bytes <= 1.02 * taken, "\(estimate.bytes) for \(taken)")
        #expect(estimate.bytes >= 0.4 * taken, "\(estimate.bytes) for \(taken)")
    }

    private final class Onlooker: Probe {
        let looksAtWeights: Bool
        init(looksAtWeights: Bool) { self.looksAtWeights = looksAtWeights }
        func observe(_ site: Site, _ observation: Observation) {}
    }

    /// Among many neurons a probe that looks at routing weights has all of them made, and no other one has.
    @Test(
        arguments: [(RoutingMode.learned, nil), (.learned, 8), (.static, nil), (.uniform, nil)] as [(RoutingMode, Int?)]
    )
    func looksAreCounted(routing: RoutingMode, topK: Int?) throws {
        let configuration = ModelConfiguration.inn(
            INNPreset.tiny.configuration.with {
                ($0.neurons, $0.dModel, $0.heads, $0.routing, $0.topK) = (96, 16, 2, routing, topK)
            })
        let model = try configuration.makeModel(seed: 1)
        for looks in [true, false] {
            let estimate = ModelMemory(
                configuration, batchSize: 2, steps: 64, isTraining: false, looksAtWeights: looks)
            let taken = measured(
                model, batchSize: 2, steps: 64, isTraining: false, probe: Onlooker(looksAtWeights: looks))
            #expect(estimate.bytes <= 1.02 * taken, "\(estimate.bytes) for \(taken)")
            #expect(estimate.bytes >= 0.4 * taken, "\(estimate.bytes) for \(taken)")
        }
    }

    @Test func whatCannotBeHadIsASentence() throws {
        let giant = ModelConfiguration.inn(INNConfiguration(neurons: 4096, dModel: 8192, rounds: 2))
        let error = #expect(throws: INNError.self) { _ = try giant.makeModel(seed: 1) }
        #expect(error?.kind == .usage)
        #expect(
            error?.message.contains(
                /^This model needs at least \d+\.\d [TPE]B of memory \(.* for its weights\), but this process can .*\.$/
            ) == true, "\(error?.message ?? "")")
        let small = ModelMemory(
            .lstm(LSTMConfiguration(hidden: 8, layers: 1)), batchSize: 1, steps: 1, isTraining: false)
        try small.require(.data, "This", limit: small.bytes)
        #expect(throws: INNError.self) { try small.require(.data, "This", limit: small.bytes - 1) }
    }

    /// Weights are few, and what a pass takes is not.
    @Test(arguments: [
        (INNConfiguration(neurons: 4096, dModel: 256, rounds: 6, sharing: .all), 8, 128),
        (INNConfiguration(neurons: 2, dModel: 4, rounds: 1), 1 << 27, 1 << 20),
    ])
    func passesCountAsWell(_ configuration: INNConfiguration, batchSize: Int, steps: Int) {
        let memory = ModelMemory(.inn(configuration), batchSize: batchSize, steps: steps, isTraining: true)
        #expect(memory.parameters < 1e9 && memory.pass > 1e11, "\(memory)")
    }

    @Test func limits() {
        #expect(SystemMemory.limit > 1e8)
        #expect(
            SystemMemory.phrase(8.44e9) == "8.4 GB" && SystemMemory.phrase(2e16) == "20.0 PB"
                && SystemMemory.phrase(1.5e6) == "1.5 MB")
    }
}
