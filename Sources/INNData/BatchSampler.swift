import INNCore

/// In which order a training split is read.
public enum BatchOrder: String, Codable, Sendable, CaseIterable {
    /// `batchSize` streams side by side, each read window after window (the paper's `get_batch`); an epoch ends
    /// together for all.
    case contiguous
    /// Every row starts at a random character, drawn with replacement.
    case random
}

/// Where a run is in its data: enough to continue with exactly the batch that would have come next.
public struct BatchCursor: Codable, Sendable, Equatable {
    /// ``Corpus/fingerprint`` of the text.
    public var corpusFingerprint: String
    public var order: BatchOrder
    public var seed: UInt64
    public var batchSize: Int
    public var sequenceLength: Int
    /// The next batch.
    public var position: Int

    package init(
        corpusFingerprint: String, order: BatchOrder, seed: UInt64, batchSize: Int, sequenceLength: Int, position: Int
    ) {
        self.corpusFingerprint = corpusFingerprint
        self.order = order
        self.seed = seed
        self.batchSize = batchSize
        self.sequenceLength = sequenceLength
        self.position = position
    }
}

/// Training batches as a pure function of their position: batch k is the same whenever and wherever it is asked for.
///
/// Tokens and targets are `[batchSize, sequenceLength]` row-major ids; a target is the character after its token.
public struct BatchSampler: Sendable {
    public let corpus: Corpus
    public let order: BatchOrder
    public let seed: UInt64
    private let layout: StreamLayout
    private let random: CounterRandom

    public var range: Range<Int> { layout.range }
    public var batchSize: Int { layout.batchSize }
    public var sequenceLength: Int { layout.sequenceLength }
    /// Characters trained on per batch.
    public var charactersPerBatch: Int { batchSize * sequenceLength }

    /// Batches per pass over the range: floor((streamLength − 1) / sequenceLength) for contiguous streams,
    /// as many as cover the same number of characters for random windows.
    public var batchesPerEpoch: Int {
        switch order {
        case .contiguous: layout.windowsPerStream
        case .random: max(1, range.count / charactersPerBatch)
        }
    }

    /// - Parameters:
    ///   - range: the characters to draw from; nil means the training split.
    ///   - batchSize: rows, > 0.
    ///   - sequenceLength: characters per row, > 0.
    ///   - seed: used by `.random` only.
    /// - Throws: ``INNError`` of kind `usage` for a shape without characters, `data` when the text is too short for the
    ///   shape.
    public init(
        corpus: Corpus, range: Range<Int>? = nil, batchSize: Int, sequenceLength: Int,
        order: BatchOrder = .contiguous, seed: UInt64 = 0
    ) throws {
        let range = range ?? corpus.splits.train
        guard batchSize > 0, sequenceLength > 0 else {
            throw INNError(
                .usage,
                "A batch of \(batchSize) × \(sequenceLength) holds no characters: both numbers have to be at least 1.")
        }
        let needed = order == .contiguous ? batchSize * (sequenceLength + 1) : sequenceLength + 1
        guard range.count >= needed else {
            throw INNError(
                .data,
                """
                \(corpus.name) has \(grouped(range.count)) training characters, too few for batches of \(batchSize) × \
                \(sequenceLength): \
                it needs \(grouped(needed)) of them (a text of about \(grouped(needed * 100 / 90 + 1)) characters), so \
                use a longer text, \
                a smaller batch or a shorter sequence.
                """)
        }
        self.corpus = corpus
        self.order = order
        self.seed = seed
        layout = StreamLayout(range: range, batchSize: batchSize, sequenceLength: sequenceLength)
        random = CounterRandom(seed: seed)
    }

    /// Writes batch `position` without allocating.
    ///
    /// - Parameters:
    ///   - position: 0, 1, …; contiguous streams start over after ``batchesPerEpoch``.
    ///   - tokens: `[batchSize, sequenceLength]`.
    ///   - targets: `[batchSize, sequenceLength]`.
    public func fill(
        position: Int, tokens: UnsafeMutableBufferPointer<Int32>, targets: UnsafeMutableBufferPointer<Int32>
    ) {
        precondition(
            tokens.count == charactersPerBatch && targets.count == charactersPerBatch,
            "a batch buffer has the wrong size")
        for row in 0..<batchSize {
            corpus.fillRow(
                row, length: sequenceLength, from: start(position: position, row: row), tokens: tokens, targets: targets
            )
        }
    }

    /// Writes batch `position` into arrays of `batchSize * sequenceLength` ids.
    public func fill(position: Int, tokens: inout [Int32], targets: inout [Int32]) {
        tokens.withUnsafeMutableBufferPointer { tokens in
            targets.withUnsafeMutableBufferPointer { targets in
                fill(position: position, tokens: tokens, targets: targets)
            }
        }
    }

    /// The position in the corpus of the first character of a row of a batch.
    public func start(position: Int, row: Int) -> Int {
        switch order {
        case .contiguous:
            return layout.start(stream: row, window: position % batchesPerEpoch)
        case .random:
            let counter = UInt64(position) &* UInt64(batchSize) &+ UInt64(row)
            return range.lowerBound + random.number(counter, below: range.count - sequenceLength)
        }
    }

    /// Whether the rows of a batch do not continue those of the batch before, so that carried memory has to be cleared.
    public func startsStreams(position: Int) -> Bool {
        order == .random || position % batchesPerEpoch == 0
    }

    /// Passes over the range after a number of batches, fractional.
    public func epoch(after batches: Int) -> Double {
        Double(batches) / Double(batchesPerEpoch)
    }

    /// Where a run of these batches is before batch `position`.
    public func cursor(at position: Int) -> BatchCursor {
        BatchCursor(
            corpusFingerprint: corpus.fingerprint, order: order, seed: seed,
            batchSize: batchSize, sequenceLength: sequenceLength, position: position
        )
    }

    /// The position to continue from.
    ///
    /// - Throws: ``INNError`` of kind `data` when the cursor belongs to another text, batch shape, order or seed.
    public func position(resuming cursor: BatchCursor) throws -> Int {
        try corpus.require(fingerprint: cursor.corpusFingerprint)
        var expected = self.cursor(at: cursor.position)
        expected.corpusFingerprint = cursor.corpusFingerprint
        guard cursor == expected else {
            throw INNError(
                .data,
                """
                The run was trained with \(cursor.order.rawValue) batches of \(cursor.batchSize) × \
                \(cursor.sequenceLength) and seed \(cursor.seed): \
                resume it with the same batch settings.
                """)
        }
        return cursor.position
    }
}
