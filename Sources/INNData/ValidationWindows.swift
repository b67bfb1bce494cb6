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
    /// Characters per row of a last, shorter window with what whole ones leave over; 0 where there is none.
    private let restLength: Int
    private let layout: StreamLayout

    public var range: Range<Int> { layout.range }
    /// Rows per batch; fewer than asked for when the range is short.
    public var batchSize: Int { layout.batchSize }
    /// Characters per row; fewer than asked for when the range is short.
    public var sequenceLength: Int { layout.sequenceLength }
    /// Characters predicted over all windows.
    public var characters: Int {
        batchSize * (restLength > 0 ? (windowCount - 1) * sequenceLength + restLength : windowCount * sequenceLength)
    }

    /// - Parameters:
    ///   - range: the held-out characters; nil means the validation split.
    ///   - batchSize: rows per batch, > 0.
    ///   - sequenceLength: characters per row, > 0.
    ///   - maximumCharacters: an upper limit on ``characters`` (at least one window is kept); nil means the whole
    ///     range.
    ///   - includesRest: whether a last window, which is shorter, holds what whole ones leave over.
    /// - Throws: ``INNError`` of kind `usage` for a shape without characters, `data` when the range has fewer than two
    ///   characters.
    public init(
        corpus: Corpus, range: Range<Int>? = nil, batchSize: Int, sequenceLength: Int, maximumCharacters: Int? = nil,
        includesRest: Bool = false
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
        let rest = layout.streamLength - 1 - layout.windowsPerStream * length
        let isWhole = (maximumCharacters ?? .max) >= rows * (layout.streamLength - 1)
        restLength = includesRest && isWhole ? rest : 0
        windowCount = min(limit, layout.windowsPerStream) + (restLength > 0 ? 1 : 0)
    }

    /// Windows for a measurement: as many streams as leave each of them so many windows that carried memory has
    /// something to carry, and that little of a short text is left over.
    ///
    /// - Parameters:
    ///   - range: the characters to measure on.
    ///   - mostStreams: rows per batch on a long text.
    ///   - leastWindows: whole windows of a stream, unless it is the only one.
    /// - Throws: as ``init(corpus:range:batchSize:sequenceLength:maximumCharacters:includesRest:)``.
    public init(
        measuring corpus: Corpus, range: Range<Int>? = nil, sequenceLength: Int, maximumCharacters: Int? = nil,
        mostStreams: Int = 16, leastWindows: Int = 8, includesRest: Bool = false
    ) throws {
        let whole = (range ?? corpus.splits.validation).count
        let most = max(
            1, min(mostStreams, min(maximumCharacters ?? .max, whole) / (leastWindows * max(1, sequenceLength))))
        func covered(_ streams: Int) -> Int {
            streams * max(0, (whole / streams - 1) / max(1, sequenceLength)) * sequenceLength
        }
        // Of a text that is read to its end, and not with a shorter last window, as much as whole windows can cover.
        let isCut = includesRest || (maximumCharacters ?? .max) < whole
        let streams = isCut ? most : (1...most).max { (covered($0), $0) < (covered($1), $1) } ?? most
        try self.init(
            corpus: corpus, range: range,
            batchSize: streams, sequenceLength: sequenceLength, maximumCharacters: maximumCharacters,
            includesRest: includesRest)
    }

    /// Characters per row of a window: ``sequenceLength``, or what is left for the last.
    public func length(ofWindow window: Int) -> Int {
        restLength > 0 && window == windowCount - 1 ? restLength : sequenceLength
    }

    /// Writes a window without allocating.
    ///
    /// - Parameters:
    ///   - window: `0..<windowCount`.
    ///   - tokens: `[batchSize, length(ofWindow:)]`.
    ///   - targets: `[batchSize, length(ofWindow:)]`.
    public func fill(window: Int, tokens: UnsafeMutableBufferPointer<Int32>, targets: UnsafeMutableBufferPointer<Int32>)
    {
        precondition(window >= 0 && window < windowCount, "window \(window) is outside 0..<\(windowCount)")
        precondition(
            tokens.count == batchSize * length(ofWindow: window) && targets.count == tokens.count,
            "a window buffer has the wrong size")
        for row in 0..<batchSize {
            corpus.fillRow(
                row, length: length(ofWindow: window), from: layout.start(stream: row, window: window), tokens: tokens,
                targets: targets)
        }
    }

    /// Writes a window into arrays of `batchSize * length(ofWindow:)` ids.
    public func fill(window: Int, tokens: inout [Int32], targets: inout [Int32]) {
        tokens.withUnsafeMutableBufferPointer { tokens in
            targets.withUnsafeMutableBufferPointer { targets in
                fill(window: window, tokens: tokens, targets: targets)
            }
        }
    }
}
