import INNCore

/// Which characters of a corpus are trained on, validated on and kept for the final test.
public struct CorpusSplits: Codable, Sendable, Equatable {
    public let train: Range<Int>
    public let validation: Range<Int>
    public let test: Range<Int>

    /// 90 % / 5 % / 5 % in file order, which on the 100,000,000 characters of text8 is the field's 90 M / 5 M / 5 M.
    ///
    /// - Parameter count: characters in the corpus.
    public init(count: Int) {
        let trainEnd = count * 90 / 100
        let validationEnd = count * 95 / 100
        train = 0..<trainEnd
        validation = trainEnd..<validationEnd
        test = validationEnd..<count
    }
}
