import INNCore

/// The memory that a run carries from one batch to the next: of every shard by itself.
package final class CarriedMemory {
    package let shards: [RecurrentState]

    /// - Parameter streams: of the whole batch, a multiple of `shards`.
    init(_ network: any LanguageModel, streams: Int, shards: Int) {
        self.shards = (0..<shards).map { _ in network.makeState(batchSize: streams / shards) }
    }

    /// Values of all streams.
    var count: Int { shards[0].count * shards.count }

    /// Characters that every stream has read since its memory was empty.
    var position: Int {
        get { shards[0].position }
        set { for shard in shards { shard.position = newValue } }
    }

    /// Forgets everything.
    func reset() { for shard in shards { shard.reset() } }

    private var streams: Int { shards.count * shards[0].batchSize }

    /// All values in the model's own order, as those of one state: a checkpoint does not say how a batch is cut.
    func values() -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, written in
            guard let whole = buffer.baseAddress else { return }
            for (index, shard) in shards.enumerated() {
                shard.write(whole, streams: streams, first: index * shard.batchSize)
            }
            written = count
        }
    }

    /// Takes over what ``values()`` gave.
    func load(_ values: [Float]) {
        precondition(values.count == count, "\(values.count) values for a memory of \(count)")
        values.withUnsafeBufferPointer { buffer in
            guard let whole = buffer.baseAddress else { return }
            for (index, shard) in shards.enumerated() {
                shard.read(whole, streams: streams, first: index * shard.batchSize)
            }
        }
    }
}
