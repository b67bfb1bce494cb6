import INNCore
import INNData

/// The batches of a run, shard by shard: a pure function of the settings and the text.
package final class TrainingBatches {
    package let sampler: BatchSampler
    /// Into how many parts a batch's streams are cut.
    let shards: Int
    private let settings: TrainingSettings
    /// Made when the first batch is asked for: by then it is known that there is memory for a batch of this size.
    private var tokens = UnsafeMutableBufferPointer<Int32>(start: nil, count: 0)
    private var targets = UnsafeMutableBufferPointer<Int32>(start: nil, count: 0)
    /// The batch in the buffers.
    private var position: Int?

    /// - Throws: ``INNError`` when the text is too short for the batch shape.
    package init(_ settings: TrainingSettings, corpus: Corpus) throws {
        self.settings = settings
        shards = settings.shardCount
        sampler = try BatchSampler(
            corpus: corpus, range: corpus.splits.train, batchSize: settings.batchSize,
            sequenceLength: settings.sequenceLength, order: settings.order, seed: settings.seed)
    }

    private static func ids(_ count: Int) -> UnsafeMutableBufferPointer<Int32> {
        let ids = UnsafeMutableBufferPointer<Int32>.allocate(capacity: count)
        ids.initialize(repeating: 0)
        return ids
    }

    deinit {
        tokens.deallocate()
        targets.deallocate()
    }

    /// Batches per update.
    var parts: Int { settings.accumulation }

    /// What all sums over an update's batches and shards are divided by.
    var divisor: Double { Double(parts * shards) }

    /// One shard of a batch of an update; valid until the next is asked for.
    ///
    /// - Parameters:
    ///   - step: updates made before.
    ///   - part: 0 ..< ``parts``.
    func batch(step: Int, part: Int, shard: Int) -> TrainingBatch {
        let position = step * parts + part
        if tokens.isEmpty {
            tokens = Self.ids(settings.batchSize * settings.sequenceLength)
            targets = Self.ids(settings.batchSize * settings.sequenceLength)
        }
        if position != self.position { sampler.fill(position: position, tokens: tokens, targets: targets) }
        self.position = position
        let streams = settings.batchSize / shards
        let count = streams * settings.sequenceLength
        func own(_ ids: UnsafeMutableBufferPointer<Int32>) -> UnsafeBufferPointer<Int32> {
            UnsafeBufferPointer(rebasing: ids[(shard * count)..<((shard + 1) * count)])
        }
        return TrainingBatch(
            tokens: own(tokens), targets: own(targets), batchSize: streams, sequenceLength: settings.sequenceLength,
            shard: Shard(index: shard, count: shards), startsStreams: sampler.startsStreams(position: position),
            dropoutKey: RandomSource.key(settings.seed, UInt64(step), UInt64(part)))
    }
}

/// One shard of a batch of an update.
struct TrainingBatch {
    /// `[batchSize, sequenceLength]` ids, and those that follow them.
    let tokens: UnsafeBufferPointer<Int32>, targets: UnsafeBufferPointer<Int32>
    /// Streams of the shard.
    let batchSize: Int, sequenceLength: Int
    let shard: Shard
    /// Whether the streams do not continue those of the batch before.
    let startsStreams: Bool
    let dropoutKey: UInt64
}
