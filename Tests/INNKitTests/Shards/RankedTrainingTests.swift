import Foundation
import Synchronization
import Testing

@testable import INNCore
@testable import INNData
@testable import INNStore
@testable import INNTraining

/// Training on several ranks, here threads of one process: the bits of one process, and one sentence when they differ.
@Suite struct RankedTraining {
    @Test(arguments: ShardBench.families) func bitsDoNotDependOnRanks(_ family: BaselineCase) throws {
        let settings = try ShardBench.settings(family)
        let alone = try ShardBench.train(settings)
        for ranks in [1, 2, 4] {
            #expect(try ShardBench.train(settings, ranks: ranks) == alone, "\(ranks) ranks")
        }
    }

    /// With everything that a trainer does besides steps, at once.
    @Test func commandsReachAllRanksBetweenTwoSteps() throws {
        let settings = try ShardBench.settings(steps: 60) { settings in
            (settings.intervals.validation, settings.intervals.sample, settings.intervals.probes) = (7, 9, 11)
            settings.revivesGates = true
            settings.frozenNeurons = [2]
        }
        func script() -> ShardBench.Script {
            ShardBench.Script([
                5: {
                    $0.control.send(.pause); $0.control.send(.resume)
                },
                8: { $0.control.send(.intervene(InterventionSet([.neuron(1, .lesion), .memory(.reset())]))) },
                12: { $0.control.send(.intervene(InterventionSet([.neuron(0, .mean)]))) },
                20: { $0.control.send(.scaleLearningRate(0.5)) },
                30: { $0.control.send(.intervene(.none)) },
            ])
        }
        let alone = try ShardBench.train(settings, script: script())
        #expect(alone.marks.map(\.kind).contains(.intervention) && alone.marks.map(\.kind).contains(.unpaused))
        // The weights of all ranks are compared after 50 updates.
        #expect(try ShardBench.train(settings, ranks: 4, script: script()) == alone)
    }

    @Test(arguments: [(4, 2), (2, 4), (1, 4), (4, 1)]) func aCheckpointGoesOnOnOtherRanks(_ ranks: (Int, Int)) throws {
        try withTemporaryFolder { folder in
            let checkpoints = CheckpointFolder(folder.appending(path: "checkpoints"))
            let alone = try ShardBench.train(ShardBench.settings(steps: 11))
            let lesion = ShardBench.Script([3: { $0.control.send(.intervene(InterventionSet([.neuron(0, .mean)]))) }])
            let lesioned = try ShardBench.train(ShardBench.settings(steps: 11), script: lesion)
            for (script, whole) in [(ShardBench.Script(), alone), (lesion, lesioned)] {
                _ = try ShardBench.train(
                    ShardBench.settings(steps: 6), ranks: ranks.0, script: script, checkpoints: checkpoints)
                let resumed = try ShardBench.train(
                    ShardBench.settings(steps: 11), ranks: ranks.1, from: checkpoints.latest().checkpoint)
                #expect(resumed.weights == whole.weights && resumed.memory == whole.memory)
                try FileManager.default.removeItem(at: folder.appending(path: "checkpoints"))
            }
        }
    }

    @Test func allRanksRollBack() throws {
        try withTemporaryFolder { folder in
            let settings = try ShardBench.settings(steps: 20) { settings in
                settings.divergence = DivergenceSettings(patience: 2, rollbacks: 1)
                settings.intervals.checkpoint = 5
            }
            // Finite weights whose products are not.
            func script() -> ShardBench.Script {
                ShardBench.Script([
                    12: { trainer in
                        for parameter in trainer.network.parameters.parameters {
                            for index in 0..<parameter.count { parameter.values[index] *= 1e37 }
                        }
                        trainer.network.parameters.markChanged()
                    }
                ])
            }
            func train(_ ranks: Int?) throws -> ShardBench.Outcome {
                let checkpoints = CheckpointFolder(folder.appending(path: "\(ranks ?? 0)"))
                guard let ranks else {
                    return try ShardBench.train(settings, script: script(), checkpoints: checkpoints)
                }
                return try ShardBench.train(settings, ranks: ranks, script: script(), checkpoints: checkpoints)
            }
            let alone = try train(nil)
            #expect(alone.marks.filter { $0.kind == .rolledBack }.map(\.step) == [14])
            let ranked = try train(2)
            #expect(ranked.weights == alone.weights && ranked.marks == alone.marks)
        }
    }

    // MARK: What goes wrong

    /// In the exchange before the comparison: an earlier error is gone with the next exchange.
    @Test func weightsThatDriftApartAreNoticed() throws {
        let error = #expect(throws: INNError.self) {
            _ = try ShardBench.train(
                ShardBench.settings(steps: 120), ranks: 4, member: Self.named,
                prepare: { transports in transports[2].flips.withLock { $0 = 99 } })
        }
        #expect(error?.kind == .software)
        #expect(error?.message.contains("After 100 updates the weights of rank 2 on node2 are not those of") == true)
    }

    /// A rank on a host of its own.
    @Sendable private static func named(_ rank: Int) -> RankMember {
        var member = RankMember(version: "1")
        member.host = "node\(rank)"
        return member
    }

    @Test func aRankWithAnotherTextIsNamed() throws {
        let error = #expect(throws: INNError.self) {
            _ = try ShardBench.train(
                ShardBench.settings(), ranks: 2,
                text: { try ShardBench.corpus($0 == 1 ? "some other words that are as long as the first ones " : "x") },
                member: Self.named)
        }
        #expect(error?.message.contains("cannot be trained by rank 1 on node1") == true, "\(error as Any)")
    }

    @Test(arguments: ["version", "instruction set", "BLAS"]) func aRankThatComputesOtherBitsIsNamed(what: String) throws
    {
        let error = #expect(throws: INNError.self) {
            _ = try ShardBench.train(
                ShardBench.settings(), ranks: 4,
                member: { rank in
                    var member = RankMember(version: "1")
                    member.host = "node\(rank)"
                    guard rank == 3 else { return member }
                    switch what {
                    case "version": member.version = "2"
                    case "BLAS": member.algebra = "another"
                    default: member.instructionSet = "another"
                    }
                    return member
                })
        }
        #expect(error?.kind == .usage && error?.message.contains("Rank 3 on node3") == true, "\(error as Any)")
    }

    @Test func ranksThatCannotShareTheShardsAreRefused() throws {
        let error = #expect(throws: INNError.self) {
            _ = try ShardBench.train(ShardBench.settings(shards: 2), ranks: 4)
        }
        #expect(error?.kind == .usage && error?.message.contains("2 shards, which 4 ranks cannot share") == true)
    }

    @Test func anyRankThatIsAskedToEndStopsTheRun() throws {
        let script = ShardBench.Script()
        _ = try ShardBench.train(
            ShardBench.settings(steps: 1000), ranks: 2, script: script,
            wantsToStop: { $0 == 1 && script.reports.count >= 3 })
        #expect(script.marks.last?.kind == .stopped)
        #expect(script.reports.count < 20)
    }

    @Test func reportsSayWhatTheRanksDid() throws {
        let script = ShardBench.Script()
        _ = try ShardBench.train(ShardBench.settings(), ranks: 2, script: script)
        let report = try #require(script.reports.first?.ranks)
        #expect(report.hosts.count == 2 && report.charsPerSecond.count == 2)
        #expect(report.charsPerSecond.allSatisfy { $0 > 0 } && (0...1).contains(report.communication))
        #expect(report.charsPerSecond[report.slowest] == report.charsPerSecond.min())
        let alone = ShardBench.Script()
        _ = try ShardBench.train(ShardBench.settings(), script: alone)
        #expect(alone.reports.allSatisfy { $0.ranks == nil })
    }

    /// An update has five operations: two orders, gradients, accounts and weights.
    @Test func whatPassesOverTheNetworkIsCommunicationAndNoComputing() throws {
        let latency = 0.02
        let script = ShardBench.Script()
        _ = try ShardBench.train(
            ShardBench.settings(steps: 8), ranks: 2, script: script,
            prepare: { for transport in $0 { transport.latency.withLock { $0 = latency } } })
        let reports = script.reports.dropLast().compactMap(\.ranks)
        #expect(reports.count >= 7)
        for report in reports {
            #expect(report.communicationSeconds >= 5 * latency)
            #expect(report.communication > 0 && report.communication < 1)
            // 96 characters in each of two batches; the operations alone take 100 ms.
            let computing = report.charsPerSecond.map { 96 / $0 }
            let update = report.communicationSeconds / report.communication
            #expect(abs(update - report.communicationSeconds - computing.max()!) < 1e-6)
        }
    }

    /// Every rank counts its own shards' characters, over the time that it computed.
    @Test func accountsTravelWhole() {
        let account = RankAccount(
            losses: [
                ShardLoss(nats: 1, penalty: 2, gates: [[0.25, 1], [0, 0.5]]), ShardLoss(nats: .nan, penalty: 0),
            ],
            squares: [3, 4], computingSeconds: 5, checksum: .max, wantsToStop: true)
        let read = RankAccount(account.values(gates: (2, 2)), shards: 2, gates: (2, 2))
        #expect(
            read.losses[0].nats == 1 && read.losses[0].penalty == 2 && read.losses[0].gates == [[0.25, 1], [0, 0.5]])
        #expect(read.losses[1].nats.isNaN && read.losses[1].gates.isEmpty)
        #expect(read.squares == [3, 4] && read.checksum == .max && read.wantsToStop)
        #expect(read.computingSeconds == 5)
    }
}
