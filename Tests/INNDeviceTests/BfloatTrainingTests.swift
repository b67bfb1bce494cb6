import CEmulatedDevice
import Foundation
import INNKit
import Testing

@testable import INNDevice
@testable import INNTraining

/// Whole runs with activations of 16 bits beside the same in 32, on the host and on an emulated device.
@Suite(.serialized) struct BfloatTrainingTests {
    private typealias Base = DeviceTrainingTests

    private static let steps = 8

    private static func weights(_ trainer: Trainer) -> [[Float]] { trainer.network.parameters.parameters.map(\.array) }

    /// A hard gate that is nearly half open may be on the other side in 16 bits, which moves a loss more than rounding.
    @Test(arguments: [(GateMode.hard, 0.05), (.soft, 0.005)])
    func twentyLossesAreNearTheHosts(_ gate: GateMode, _ tolerance: Double) throws {
        let settings = try Base.settings(steps: 20) { settings in
            settings.accumulation = 2
            guard case .inn(var c) = settings.model else { return }
            (c.gate, c.gateTarget) = (gate, gate == .hard ? 0.3 : nil)
            settings.model = .inn(c)
        }
        let host = try Base.run(settings, on: nil)
        let device = try Base.run(settings, on: Base.device(.bf16))
        #expect(host.sink.reports.count >= 20 && host.sink.reports.count == device.sink.reports.count)
        for (own, theirs) in zip(host.sink.reports, device.sink.reports) {
            #expect(abs(own.trainBPC - theirs.trainBPC) < tolerance, "step \(own.step)")
            #expect(abs(own.gradientNorm - theirs.gradientNorm) < 0.02 * own.gradientNorm, "step \(own.step)")
        }
        let last = try #require(host.trainer.finalEvaluation)
        #expect(
            try abs(#require(device.trainer.finalEvaluation).bitsPerCharacter - last.bitsPerCharacter) < tolerance)
        #expect(device.sink.marks.first?.detail == "Emulated device, bf16 products and activations")
    }

    /// A run of two halves, each on the host or on a device of some precision.
    private static func halves(_ first: Device?, _ second: Device?) throws -> Trainer {
        let (folder, checkpoints) = try Base.checkpoints()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (settings, sink) = (try Base.settings(steps: steps), StopSink(after: steps / 2))
        let stopped = try Trainer(
            settings, corpus: SampleCorpus.make(), sink: sink, team: ThreadTeam(threadCount: 1), device: first)
        stopped.checkpoints = checkpoints
        sink.control = stopped.control
        #expect(try stopped.run() == .stopped)
        let resumed = try Trainer(
            settings, corpus: SampleCorpus.make(), sink: Base.Sink(), team: ThreadTeam(threadCount: 1), device: second)
        try resumed.restore(#require(checkpoints.latest(before: 100)))
        #expect(resumed.stepsDone == steps / 2)
        #expect(try resumed.run() == .finished)
        return resumed
    }

    @Test func aResumedRunEndsWithTheSameBits() throws {
        let whole = try Base.run(Base.settings(steps: Self.steps), on: Base.device(.bf16)).trainer
        let halves = try Self.halves(Base.device(.bf16), Base.device(.bf16))
        #expect(Self.weights(whole) == Self.weights(halves))
        #expect(whole.finalEvaluation?.bitsPerCharacter == halves.finalEvaluation?.bitsPerCharacter)
    }

    /// Nil is the processor.
    private typealias Side = Device.Precision?

    @Test(arguments: [(.bf16, .fp32), (.bf16, nil), (nil, .bf16)] as [(Side, Side)])
    private func checkpointsGoOnOnTheOtherSide(_ first: Side, _ second: Side) throws {
        let whole = try Base.run(Base.settings(steps: Self.steps), on: nil).trainer
        let halves = try Self.halves(first.map { try Base.device($0) }, second.map { try Base.device($0) })
        let own = try #require(whole.finalEvaluation?.bitsPerCharacter)
        #expect(try abs(#require(halves.finalEvaluation?.bitsPerCharacter) - own) < 0.01)
    }

    /// A card that is too small in 32 bits, and large enough in 16.
    @Test func whoeverHasTooLittleMemoryHearsOfSixteenBits() throws {
        let settings = try Base.settings(steps: 1) { $0.batchSize = 16 }
        let taken = try [Device.Precision.tf32, .bf16].map { precision in
            let device = try Base.device(precision)
            let trainer = try Trainer(
                settings, corpus: SampleCorpus.make(), sink: Base.Sink(), team: ThreadTeam(threadCount: 1),
                device: device)
            return withExtendedLifetime(trainer) { device.allocatedBytes }
        }
        emulator_limit_memory((taken[0] + taken[1]) / 2)
        defer { emulator_limit_memory(0) }
        let error = try #require(throws: INNError.self) { try Base.run(settings, on: Base.device(.tf32)) }
        #expect(error.message.hasPrefix("Training in tf32 takes about "))
        #expect(error.message.contains(", or train with --precision bf16, which takes "))
        _ = try Base.run(settings, on: Base.device(.bf16))
    }

    @Test func reportsSayThePrecisionAndTheMemory() throws {
        func report(_ precision: Device.Precision) throws -> DeviceReport {
            try #require(Base.run(Base.settings(steps: 1), on: Base.device(precision)).sink.reports.last?.device)
        }
        let (whole, half) = (try report(.tf32), try report(.bf16))
        #expect(whole.precision == "tf32" && half.precision == "bf16")
        #expect(half.bytes < whole.bytes)
    }
}
