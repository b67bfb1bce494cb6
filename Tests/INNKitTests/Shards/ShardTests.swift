import Foundation
import Testing

@testable import INNCore
@testable import INNData
@testable import INNStore
@testable import INNTraining

/// Batches that are cut into shards, in one process.
@Suite struct Shards {
    @Test(arguments: ShardBench.families) func oneShardIsTheWholeBatch(_ family: BaselineCase) throws {
        let whole = try ShardBench.train(ShardBench.settings(family, shards: nil))
        #expect(try ShardBench.train(ShardBench.settings(family, shards: 1)) == whole)
    }

    @Test(arguments: ShardBench.families) func bitsDoNotDependOnThreads(_ family: BaselineCase) throws {
        let settings = try ShardBench.settings(family)
        let one = try ShardBench.train(settings, threads: 1)
        #expect(try ShardBench.train(settings, threads: 3) == one)
    }

    /// Losses and gradients are means over the shards: what the whole batch gives, but for rounding.
    @Test(arguments: ShardBench.families, [2, 8]) func shardsComputeTheWholeBatch(
        _ family: BaselineCase, shards: Int
    ) throws {
        func figures(_ shards: Int?) throws -> [[Double]] {
            try ShardBench.train(ShardBench.settings(family, shards: shards, steps: 2)).figures
        }
        let (cut, whole) = (try figures(shards), try figures(nil))
        #expect(cut.count == whole.count)
        for (own, expected) in zip(cut.joined(), whole.joined()) {
            let tolerance: Double = 1e-4 * max(1, abs(expected))
            #expect(abs(own - expected) <= tolerance)
        }
    }

    /// With most activations dropped, other masks would give quite other logits.
    @Test(arguments: ShardBench.families) func masksAreThoseOfTheWholeBatch(_ family: BaselineCase) throws {
        let model = try family.with(dropout: 0.5).configuration.makeModel(seed: 3)
        let (streams, steps, shards) = (8, 12, 4)
        let tokens = (0..<96).map { (index: Int) -> Int32 in Int32((index * 7 + index / 5) % 27) }
        func logits(_ tokens: ArraySlice<Int32>, _ shard: Shard) -> [Float] {
            Array(tokens).withUnsafeBufferPointer { tokens in
                let tape = Tape(team: ThreadTeam(threadCount: 1))
                return model.forward(
                    tokens: tokens, batchSize: tokens.count / steps, steps: steps, on: tape,
                    context: ForwardContext(isTraining: true, dropoutKey: 5, shard: shard)
                ).logits.array()
            }
        }
        let whole = logits(tokens[...], .whole)
        let own = streams / shards * steps
        let parts = (0..<shards).flatMap {
            logits(tokens[($0 * own)..<(($0 + 1) * own)], Shard(index: $0, count: shards))
        }
        #expect(parts.count == whole.count)
        for (own, expected) in zip(parts, whole) { #expect(abs(own - expected) < 1e-4) }
    }

    @Test(arguments: [3, 0, -2, 16]) func impossibleNumbersOfShardsAreRefused(shards: Int) throws {
        let settings = try ShardBench.settings(shards: shards)
        let error = #expect(throws: INNError.self) { try settings.validate() }
        #expect(error?.kind == .usage && error?.message.contains("--shards is \(shards)") == true)
    }

    @Test func streamsThatAreNotIndependentCannotBeCut() throws {
        var mamba = MambaConfiguration(vocabularySize: 27, dModel: 15, layers: 2, stateSize: 5)
        mamba.batchAxisBug = true
        let settings = try ShardBench.settings(BaselineCase(name: "bug", configuration: .mamba(mamba)), shards: 2)
        let error = #expect(throws: INNError.self) { try settings.validate() }
        #expect(error?.message.contains("--batch-axis-bug") == true)
    }

    @Test func aCheckpointGoesOnWithItsShardsAlone() throws {
        try withTemporaryFolder { folder in
            let checkpoints = CheckpointFolder(folder.appending(path: "checkpoints"))
            let whole = try ShardBench.train(ShardBench.settings(steps: 9))
            _ = try ShardBench.train(ShardBench.settings(steps: 5), checkpoints: checkpoints)
            let saved = try checkpoints.latest().checkpoint
            let resumed = try ShardBench.train(ShardBench.settings(steps: 9), from: saved)
            #expect(resumed.weights == whole.weights && resumed.memory == whole.memory)
            let error = #expect(throws: INNError.self) {
                _ = try ShardBench.train(ShardBench.settings(shards: 2, steps: 9), from: saved)
            }
            #expect(error?.kind == .data && error?.message.contains("shards") == true)
        }
    }

    @Test func settingsOfBeforeHaveNoShards() throws {
        let plain = try ShardBench.settings(shards: nil)
        let text = String(decoding: try JSONEncoder().encode(plain), as: UTF8.self)
        #expect(!text.contains("shards"))
        #expect(try JSONDecoder().decode(TrainingSettings.self, from: Data(text.utf8)).shardCount == 1)
    }

    // MARK: Parts

    @Test func aTreeIsTheSameWhoeverSumsItsBranches() {
        let leaves = (0..<8).map { Float($0 * $0) * 0.1 + 1e-3 }
        let whole = pairwiseSum(leaves, +)
        for ranks in [2, 4, 8] {
            let own = 8 / ranks
            let branches = (0..<ranks).map { pairwiseSum(Array(leaves[($0 * own)..<(($0 + 1) * own)]), +) }
            #expect(pairwiseSum(branches, +).bitPattern == whole.bitPattern)
        }
    }

    @Test(arguments: [1, 2, 8]) func gradientsAreSummedInTheTree(count: Int) {
        let store = ParameterStore()
        let parameter = store.add("weight", [3])
        let sum = GradientSum(store, workspace: Workspace(), team: ThreadTeam(threadCount: 1))
        // Twice, since the buffers of the first update are used again.
        for update in 1...2 {
            let leaves = (0..<count).map { shard in (0..<3).map { Float(update * 7 + shard * 3 + $0) * 0.1 } }
            for (shard, leaf) in leaves.enumerated() {
                for (index, value) in leaf.enumerated() { parameter.gradient[index] = value }
                sum.add(shard, of: count)
            }
            for index in 0..<3 {
                #expect(parameter.gradient[index] == pairwiseSum(leaves.map { $0[index] }, +))
            }
        }
    }

    @Test(arguments: [1, 2, 4, 16]) func slicesHoldEveryWeightOnce(count: Int) {
        let store = ParameterStore()
        for (index, size) in [1000, 1, 64, 333, 70].enumerated() { store.add("weight \(index)", [size]) }
        let slices = WeightSlices(store, count: count)
        var next = [Int](repeating: 0, count: 5)
        for piece in slices.pieces.joined() {
            #expect(piece.range.lowerBound == next[piece.parameter])
            #expect(
                piece.range.lowerBound % 64 == 0 && piece.place % 64 == 0, "bits of kernels depend on where they begin")
            next[piece.parameter] = piece.range.upperBound
        }
        #expect(next == [1000, 1, 64, 333, 70])
        let flat = UnsafeMutablePointer<Float>.allocate(capacity: count * slices.length)
        defer { flat.deallocate() }
        for parameter in store.parameters {
            for index in 0..<parameter.count { parameter.values[index] = Float(index) + 0.5 }
        }
        slices.pack(0..<count, of: { store.parameters[$0].values }, into: flat)
        slices.unpack(0..<count, of: flat, into: { store.parameters[$0].gradient })
        for parameter in store.parameters {
            #expect((0..<parameter.count).allSatisfy { parameter.gradient[$0] == parameter.values[$0] })
        }
    }

    @Test func aCheckpointDoesNotSayHowMemoryIsCut() throws {
        let model = try ShardBench.families[0].configuration.makeModel(seed: 1)
        let whole = CarriedMemory(model, streams: 8, shards: 1)
        let cut = CarriedMemory(model, streams: 8, shards: 4)
        let values = (0..<whole.count).map { Float($0) }
        whole.load(values)
        cut.load(values)
        #expect(whole.values() == values && cut.values() == values)
        // Stream 5 is the second of the third shard.
        let perStream = cut.shards[0].count / 2 / (2 * 3)
        #expect(cut.shards[2].data[perStream] == values[5 * perStream])
    }

    @Test func frozenNeuronsStayInEverySlice() throws {
        let settings = try ShardBench.settings(steps: 3) { $0.frozenNeurons = [1] }
        let whole = try ShardBench.settings(shards: nil, steps: 3) { $0.frozenNeurons = [1] }
        let model = try settings.model.makeModel(seed: settings.seed)
        let network = try #require(model as? IntelligentNeuralNetwork)
        let own = try network.ownedWeights(of: 1, in: "the network")
        for outcome in [try ShardBench.train(settings), try ShardBench.train(whole)] {
            for (parameter, range) in own {
                let trained = try #require(outcome.weights[parameter.name])
                #expect(range.allSatisfy { trained[$0] == parameter.values[$0].bitPattern }, "\(parameter.name)")
                #expect(try #require(outcome.weights["m " + parameter.name])[range].allSatisfy { $0 == 0 })
            }
        }
    }
}
