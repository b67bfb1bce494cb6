import Foundation
import Synchronization
import Testing

@testable import INNCore
@testable import INNData
@testable import INNStore
@testable import INNTraining

/// Gates that are held open as often as they are asked to be.
@Suite struct GateControlTests {
    private final class Notices: TrainingSink, Sendable {
        private let marks = Mutex<[EventMark]>([])

        func receive(_ event: TrainingEvent) {
            if case .mark(let mark) = event { marks.withLock { $0.append(mark) } }
        }

        var notices: [EventMark] { marks.withLock { $0.filter { $0.kind == .notice } } }
    }

    private static let corpus = try! SampleCorpus.make()

    private static func settings(
        _ gate: GateMode, target: Float?, steps: Int, change: (inout INNConfiguration) -> Void = { _ in }
    ) -> TrainingSettings {
        var model = INNConfiguration(
            neurons: 4, dModel: 16, rounds: 2, heads: 2, stateSize: 4, gate: gate, gateTarget: target, carryState: true)
        change(&model)
        var settings = TrainingSettings(
            model: .inn(model), corpus: "sample", batchSize: 8, sequenceLength: 32, budget: .steps(steps),
            learningRate: 8e-3)
        (settings.intervals.validation, settings.intervals.probes, settings.intervals.sample) = (9999, 9999, 9999)
        (settings.intervals.validationCharacters, settings.intervals.finalValidationCharacters) = (512, 512)
        settings.intervals.probeCharacters = 16_384
        return settings
    }

    private static func trainer(_ settings: TrainingSettings, _ sink: any TrainingSink = Notices()) throws -> Trainer {
        try Trainer(settings, corpus: corpus, sink: sink, team: ThreadTeam(threadCount: 1))
    }

    /// Of both rounds, on held-out text, within 5 % of the target.
    @Test(arguments: [(GateMode.hard, Float(0.1)), (.hard, 0.03), (.soft, 0.1), (.hard, 0.6)])
    func theTargetIsReached(gate: GateMode, target: Float) throws {
        let trainer = try Self.trainer(Self.settings(gate, target: target, steps: 400))
        #expect(try trainer.run() == .finished)
        let snapshot = try #require(trainer.inspector.probe(step: 400))
        let rates = gate == .hard ? snapshot.firingRate : snapshot.gateMean
        for round in 0..<2 {
            let mean = rates[(4 * round)..<(4 * round + 4)].reduce(0, +) / 4
            #expect(abs(mean / target - 1) < 0.05, "round \(round): \(mean)")
        }
    }

    /// Logits ln(r/(1 − r)): of .5 it is 0, of .2 it is −ln 4, and of .8 ln 4.
    @Test func excessesByHand() {
        #expect(abs(GateControl.excess(0.5, 0.2) - log(4)) < 1e-12 && abs(GateControl.excess(0.2, 0.2)) < 1e-12)
        #expect(abs(GateControl.excess(0.2, 0.8) + 2 * log(4)) < 1e-12)
        #expect(GateControl.excess(0, 0.5) == -3 && GateControl.excess(1, 0.5) == 3)
        #expect(GateControl.isStill(0) && GateControl.isStill(1) && !GateControl.isStill(0.002))
    }

    private static func network(_ change: (inout INNConfiguration) -> Void) throws -> IntelligentNeuralNetwork {
        var model = INNConfiguration(
            neurons: 4, dModel: 8, rounds: 2, heads: 2, stateSize: 4, gate: .hard, gateTarget: 0.2)
        change(&model)
        return try IntelligentNeuralNetwork(model, seed: 1)
    }

    private static func biases(_ network: IntelligentNeuralNetwork) -> [[Float]] {
        network.routings.map { layer in
            let bias = layer.parameters.gateBias!
            return (0..<bias.count).map { bias.values[$0] }
        }
    }

    /// An update moved biases by 1, 2, 3 and 6, 3 in the mean: that is taken back, and a twentieth of the excess of
    /// (.6 + .4)/2 over .2, ln 4 logits. Of another round nothing is off.
    @Test func oneCorrectionByHand() throws {
        let network = try Self.network { _ in }
        var control = try #require(GateControl(network, frozen: [], revives: false))
        control.remember()
        for (index, move) in [Float(1), 2, 3, 6].enumerated() {
            network.routings[0].parameters.gateBias!.values[index] += move
        }
        #expect(control.apply([[0.6, 0.4, 0.6, 0.4], [0.2, 0.2, 0.2, 0.2]], step: 49).isEmpty)
        let found = Self.biases(network)
        for (bias, move) in zip(found[0], [Float(1), 2, 3, 6]) {
            #expect(abs(bias - (move - 3 - 0.05 * log(4))) < 1e-5)
        }
        #expect(found[1].allSatisfy { abs($0) < 1e-6 })
    }

    @Test func frozenNeuronsAndPressedGatesAreLeftAlone() throws {
        let network = try Self.network { _ in }
        var control = try #require(GateControl(network, frozen: [1, 2], revives: true))
        control.remember()
        _ = control.apply([[1, 1, 1, 1], [0, 0, 0, 0]], step: 49)
        let found = Self.biases(network)
        #expect(found[0][1] == 0 && found[0][2] == 0 && found[1][1] == 0 && found[1][2] == 0)
        // A twentieth of 3 logits, and 1 because they never change.
        #expect(found[0][0] == -1.15 && found[1][3] == 1.15)
        #expect(GateControl(try Self.network { $0.gatePressure = 1 }, frozen: [], revives: false) == nil)
        #expect(GateControl(try Self.network { $0.gateTarget = nil }, frozen: [], revives: true) == nil)
        #expect(GateControl(network, frozen: [0, 1, 2, 3], revives: true) == nil)
    }

    /// Only every fiftieth update, only gates that never change, each by one.
    @Test func revivalByHand() throws {
        let network = try Self.network { $0.gatePressure = 1 }
        let control = try #require(GateControl(network, frozen: [], revives: true))
        let gates: [[Float]] = [[0, 0.3, 1, 0.5], [0.1, 0.1, 0.1, 0]]
        #expect(control.apply(gates, step: 48).isEmpty && Self.biases(network).joined().allSatisfy { $0 == 0 })
        let revived = control.apply(gates, step: 99)
        #expect(revived.map(\.round) == [0, 0, 1] && revived.map(\.neuron) == [0, 2, 3])
        #expect(Self.biases(network) == [[1, 0, -1, 0], [0, 0, 0, 1]])
    }

    /// A gate that is shut for good by its bias fires again, and what was done is said.
    @Test func aDeadGateIsRevived() throws {
        func rate(revives: Bool) throws -> (Float, [EventMark]) {
            var settings = Self.settings(.hard, target: 0.2, steps: 600)
            settings.revivesGates = revives
            let sink = Notices()
            let trainer = try Self.trainer(settings, sink)
            let network = try #require(trainer.network as? IntelligentNeuralNetwork)
            network.routings[0].parameters.gateBias!.values[2] = -9
            _ = try trainer.run()
            return (try #require(trainer.inspector.probe(step: 600)).firingRate[2], sink.notices)
        }
        let (dead, silence) = try rate(revives: false)
        let (alive, notices) = try rate(revives: true)
        #expect(dead == 0 && alive > 0.001)
        #expect(silence.contains { $0.detail.contains("never open") })
        #expect(notices.contains { $0.detail.contains("neuron 2 in round 1") })
    }

    @Test func revivalNeedsATarget() {
        var settings = Self.settings(.hard, target: nil, steps: 1)
        settings.revivesGates = true
        #expect(throws: INNError.self) { try settings.validate() }
        settings = Self.settings(.hard, target: 0.1, steps: 1) { $0.sharing = .all }
        settings.revivesGates = true
        #expect(throws: INNError.self) { try settings.validate() }
    }

    /// Configurations of earlier versions name a pressure and are pressed as ever.
    @Test func earlierRunsArePressed() throws {
        let model = INNConfiguration(neurons: 4, dModel: 8, rounds: 1, gateTarget: 0.2, gatePressure: 1)
        let text = String(decoding: try JSONEncoder().encode(model), as: UTF8.self)
        #expect(text.contains("\"gatePressure\":1"))
        let held = INNConfiguration(neurons: 4, dModel: 8, rounds: 1, gateTarget: 0.2)
        #expect(!String(decoding: try JSONEncoder().encode(held), as: UTF8.self).contains("gatePressure"))
        #expect(try JSONDecoder().decode(INNConfiguration.self, from: JSONEncoder().encode(held)) == held)
    }
}
