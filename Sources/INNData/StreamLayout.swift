import INNCore

/// How a range of characters is cut into parallel streams and each stream into windows.
///
/// Stream b covers `streamLength` characters from `range.lowerBound + b * streamLength`; window w of it starts
/// `w * sequenceLength` further on. One character more than a window is read, because targets are shifted by one.
struct StreamLayout: Sendable {
    let range: Range<Int>
    let batchSize: Int
    let sequenceLength: Int

    var streamLength: Int { range.count / batchSize }
    /// Whole windows per stream, floor((streamLength − 1) / sequenceLength).
    var windowsPerStream: Int { max(0, (streamLength - 1) / sequenceLength) }

    /// The position in the corpus of the first character of a window.
    func start(stream: Int, window: Int) -> Int {
        range.lowerBound + stream * streamLength + window * sequenceLength
    }
}

extension Corpus {
    /// Writes one window and its successors: row `row` of `tokens` and `targets`, both `[rows, length]` row-major.
    @inline(__always)
    func fillRow(
        _ row: Int, length: Int, from start: Int,
        tokens: UnsafeMutableBufferPointer<Int32>, targets: UnsafeMutableBufferPointer<Int32>
    ) {
        let rows = (row * length)..<((row + 1) * length)
        copyIDs(from: start, into: UnsafeMutableBufferPointer(rebasing: tokens[rows]))
        copyIDs(from: start + 1, into: UnsafeMutableBufferPointer(rebasing: targets[rows]))
    }
}
