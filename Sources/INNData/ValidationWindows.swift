import INNCore

/// A fixed piece of held-out text, always the same windows in the same order.
///
/// The range is cut into `batchSize` equal streams, so the piece is spread over all of it; each stream contributes its
/// first `windowCount` windows. Window w continues window w − 1 of the same row, so memory may be carried from one to
/// the next.
public struct ValidationWindows: Sendable {
    public let corpus: Corpus
    /// Number of batches.
    public let windowCount: Int
    private let layout: StreamLayout

    public var range: Range<Int> { layout.range }
    /// Rows per batch; fewer than asked for when the range is short.
    public var batchSize: Int { layout.batchSize }
    /// Characters per row; fewer than asked for when the range is short.
    public var sequenceLength: Int { layout.sequenceLength }
    /// Characters predicted over all windows.
    public var characters: Int { windowCount * batchSize * sequenceLength }

    /// - Parameters:
    ///   - range: the held-out characters; nil means the validation split.
    ///   - batchSize: rows per batch, > 0.
    ///   - sequenceLength: characters per row, > 0.
    ///   - maximumCharacters: an upper limit on ``characters`` (at least one window is kept); nil means the whole
    ///     range.
    /// - Throws: ``INNError`` of kind `usage` for a shape without characters, `data` when the range has fewer than two
    ///   characters.
    public init(
        corpus: Corpus, range: Range<Int>? = nil, batchSize: Int, sequenceLength: Int, maximumCharacters: Int? = nil
    ) throws {
        let range = range ?? corpus.splits.validation
        guard batchSize > 0, sequenceLength > 0 else {
            throw INNError(
                .usage,
                """
                Validation windows of \(batchSize) × \(sequenceLength) hold no characters: both numbers have to be \
                at least 1.
                """
            )
        }
        guard range.count >= 2 else {
            throw INNError(
                .data,
                "\(corpus.name) has \(range.count) held-out characters, too few to validate on: use a longer text.")
        }
        let length = min(sequenceLength, range.count - 1)
        let rows = max(1, min(batchSize, range.count / (length + 1)))
        self.corpus = corpus
        layout = StreamLayout(range: range, batchSize: rows, sequenceLength: length)
        let limit = maximumCharacters.map { max(1, $0 / (rows * length)) } ?? .max
        windowCount = min(limit, layout.windowsPerStream)
    }

    /// Writes a window without allocating.
    ///
    /// - Parameters:
    ///   - window: `0..<windowCount`.
    ///   - tokens: `[batchSize, sequenceLength]`.
    ///   - targets: `[batchSize, sequenceLength]`.
    public func fill(window: Int, tokens: UnsafeMutableBufferPointer<Int32>, targets: UnsafeMutableBufferPointer<Int32>)
    {
        precondition(window >= 0 && window < windowCount, "window \(window) is outside 0..<\(windowCount)")
        precondition(
            tokens.count == batchSize * sequenceLength && targets.count == tokens.count,
            "a window buffer has the wrong size")
        for row in 0..<batchSize {
            corpus.fillRow(
                row, length: sequenceLength, from: layout.start(stream: row, window: window), tokens: tokens,
                targets: targets)
        }
    }

    /// Writes a window into arrays of `batchSize * sequenceLength` ids.
    public func fill(window: Int, tokens: inout [Int32], targets: inout [Int32]) {
        tokens.withUnsafeMutableBufferPointer { tokens in
            targets.withUnsafeMutableBufferPointer { targets in
                fill(window: window, tokens: tokens, targets: targets)
            }
        }
    }
}
