import CKernels

/// How the strongest edges of a listener are found where only these count (option `top-k-search`, docs/MODEL.md).
public enum EdgeSearch: String, Codable, Sendable, CaseIterable {
    /// All scores are made and compared.
    case exact
    /// Scores are made in those blocks of speakers alone that promise most, so that strong edges may be missed.
    case approximate

    /// In how many blocks of speakers a listener makes scores; 0 for all scores, without blocks.
    func searchedBlocks(neurons: Int, topK: Int) -> Int {
        self == .approximate && topK > 0 ? Self.searched(neurons: neurons, topK: topK) : 0
    }

    /// Scores that a listener makes per head and character, bounds of blocks included.
    static func scores(neurons: Int, topK: Int) -> Int {
        // A bound is two products, with the middle of a block's keys and with how far they reach.
        2 * blocks(neurons) + min(neurons, searched(neurons: neurons, topK: topK) * Int(INN_SEARCH_BLOCK))
    }

    private static func blocks(_ neurons: Int) -> Int { (neurons + Int(INN_SEARCH_BLOCK) - 1) / Int(INN_SEARCH_BLOCK) }

    /// Two of four, eight of 64; enough for `topK` edges besides a listener's own.
    private static func searched(neurons: Int, topK: Int) -> Int {
        let blocks = blocks(neurons)
        let enough = topK / (neurons / blocks) + 1
        return min(blocks, max(enough, Int(Double(blocks).squareRoot().rounded(.up))))
    }
}
