import INNCore

extension TrainingSettings {
    /// Parts that the streams of a batch are cut into.
    package var shardCount: Int { shards ?? 1 }

    /// - Throws: ``INNError`` of kind `usage` when a batch cannot be cut so.
    func validateShards() throws {
        guard let shards else { return }
        guard shards >= 1, shards.nonzeroBitCount == 1 else {
            throw INNError(.usage, "--shards is \(shards), but must be a power of two: 1, 2, 4, 8 and so on.")
        }
        guard batchSize % shards == 0 else {
            throw INNError(
                .usage,
                "--shards is \(shards), but must divide the \(batchSize) streams of a batch (--batch-size) evenly.")
        }
        if shards > 1, case .mamba(let mamba) = model, mamba.batchAxisBug {
            throw INNError(.usage, "With --batch-axis-bug streams are not independent, so --shards cannot cut them.")
        }
    }

    /// The optimizer of a network that is trained with these settings.
    ///
    /// - Throws: ``INNError`` when the network does not have the neurons that do not learn.
    func makeOptimizer(_ network: any LanguageModel, team: ThreadTeam) throws -> AdamW {
        let optimizer = AdamW(network.parameters, team: team, slices: shardCount)
        if let network = network as? IntelligentNeuralNetwork {
            for neuron in frozenNeurons ?? [] {
                optimizer.freeze(try network.ownedWeights(of: neuron, in: "the network"))
            }
        }
        return optimizer
    }

    /// The memory that is carried from batch to batch; nil where there is none.
    func makeMemory(_ network: any LanguageModel) -> CarriedMemory? {
        guard model.carryState, order == .contiguous else { return nil }
        return CarriedMemory(network, streams: batchSize, shards: shardCount)
    }
}
