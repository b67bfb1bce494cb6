import Foundation
import INNCore
import Testing

@testable import INNStore
@testable import INNTraining

/// What a checkpoint remembers besides tensors: its form on disk stays, and older forms are read.
@Suite struct TrainerStateTests {
    /// As the version of November 2026 wrote it at step 50 of a run, with two facts of its own put in.
    private static let written = #"""
        {"bestValidBPC":4.867101385336027,"charactersSeen":3200,"dataCursor":{"position":50},\#
        "elapsedSeconds":0.47350471,"extra":{"baselineCharacters":"4096","baselineSamples":"64",\#
        "divergence":"{\"notFiniteInARow\":0,\"rollbacksDone\":1,\"spikes\":{\"count\":50,\"length\":0,\#
        \"mean\":5.235901969998394,\"variance\":0.16515670510395372}}",\#
        "interventions":"[{\"neuron\":{\"_0\":3,\"_1\":\"lesion\"}}]","learningRateScale":"0.5",\#
        "reportMeter":"{\"characters\":640,\"gradientNorm\":2.358786628185733,\"lastSpeed\":5952.5615997814375,\#
        \"lastTrainBPC\":4.926325088263192,\"learningRate\":0.00017580258470535062,\"nats\":31.25,\"penalty\":0,\#
        \"seconds\":0.5,\"steps\":10}","statePosition":"1600"},\#
        "isBest":true,"optimizerStep":49,"random":{"seed":7},"step":50}
        """#

    private func state(_ text: String) throws -> TrainerState {
        let stored = try JSONDecoder().decode(CheckpointState.self, from: Data(text.utf8))
        var state: TrainerState?
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "step-00000050.safetensors")
            let values: [Float] = [1]
            try values.withUnsafeBufferPointer {
                try Checkpoint.write(
                    [Checkpoint.Tensor(.weights, "readout.bias", shape: [1], $0)], state: stored, modelConfig: "{}",
                    trainingConfig: "{}", to: file)
            }
            state = try TrainerState(Checkpoint(file))
        }
        return try #require(state)
    }

    private func json(_ state: TrainerState) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(state.stored()), as: UTF8.self)
    }

    @Test func itIsWrittenAsItWasRead() throws {
        let state = try state(Self.written)
        #expect(state.progress.step == 50 && state.progress.charactersSeen == 3200)
        #expect(state.progress.bestValidBPC == 4.867101385336027 && state.progress.learningRateScale == 0.5)
        #expect(state.isBest && state.optimizerStep == 49 && state.seed == 7 && state.batchPosition == 50)
        #expect(state.divergence.rollbacksDone == 1 && state.divergence.spikes.mean == 5.235901969998394)
        #expect(state.streamPosition == 1600 && state.interventions == InterventionSet([.neuron(3, .lesion)]))
        #expect(state.averages == .init(samples: 64, characters: 4096))
        #expect(try json(state) == Self.written)
    }

    @Test func whatAnOlderVersionDidNotKnowHasTheValueThatHeldThen() throws {
        let state = try state(
            """
            {"charactersSeen":640,"dataCursor":{},"elapsedSeconds":1,"extra":{},"isBest":false,"optimizerStep":10,\
            "random":{},"step":10}
            """)
        #expect(state.progress.step == 10 && state.progress.learningRateScale == 1 && state.averages == nil)
        #expect(state.progress.bestValidBPC == nil && state.streamPosition == 0 && state.interventions.isEmpty)
        #expect(state.divergence == DivergenceMemory() && state.reportMeter == ReportMeter())
    }

    @Test(arguments: [
        (#""learningRateScale":"0.5""#, #""learningRateScale":"half""#, "factor of its learning rate"),
        (#""learningRateScale":"0.5""#, #""learningRateScale":"-1""#, "factor of its learning rate"),
        (#"\"rollbacksDone\":1"#, #"\"rollbacksDone\":-1"#, "bad updates"),
        (#"\"steps\":10"#, #"\"steps\":ten"#, "running averages"),
    ])
    func whatCannotBeIsRefused(_ truth: String, _ lie: String, _ problem: String) throws {
        #expect(Self.written.contains(truth))
        do {
            _ = try state(Self.written.replacingOccurrences(of: truth, with: lie))
            Issue.record("\(lie) was taken")
        } catch let error as INNError {
            #expect(error.kind == .data && error.message.contains(problem), "\(error.message)")
        }
    }
}
