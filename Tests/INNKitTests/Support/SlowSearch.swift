/// Which speakers a listener compares when it looks for its strongest edges approximately, in double precision.
struct SlowSearch {
    private let keys: [[Double]]
    /// The speakers of every block.
    let blocks: [[Int]]

    /// - Parameter keys: of all speakers at one token and head.
    init(keys: [[Double]]) {
        self.keys = keys
        blocks = Self.divide(Array(keys.indices), into: (keys.count + 15) / 16, keys)
    }

    private static func divide(_ speakers: [Int], into count: Int, _ keys: [[Double]]) -> [[Int]] {
        guard count > 1 else { return [speakers.sorted()] }
        let ranges = keys[0].indices.map { d in
            speakers.map { keys[$0][d] }.max()! - speakers.map { keys[$0][d] }.min()!
        }
        let widest = ranges.firstIndex(of: ranges.max()!)!
        let sorted = speakers.sorted { (keys[$0][widest], $0) < (keys[$1][widest], $1) }
        let part = speakers.count * (count / 2) / count
        return divide(Array(sorted[..<part]), into: count / 2, keys)
            + divide(Array(sorted[part...]), into: count - count / 2, keys)
    }

    /// - Parameters:
    ///   - query: of the listener, as long as a key.
    ///   - bias: added to the listener's score with every speaker.
    func compared(query: [Double], bias: ArraySlice<Float>, searched: Int, topK: Int) -> Set<Int> {
        let bias = Array(bias)
        let promises = blocks.map { block in
            let highest = query.indices.reduce(0.0) { sum, d in
                sum + block.map { query[d] * keys[$0][d] }.max()!
            }
            return highest / Double(query.count).squareRoot() + Double(block.map { bias[$0] }.max()!)
        }
        var (compared, taken) = (Set<Int>(), 0)
        for promise in Set(promises).sorted(by: >) where promise > -.infinity {
            if taken >= searched, compared.count(where: { bias[$0] > -.infinity }) >= topK { break }
            for (block, own) in zip(blocks, promises) where own == promise {
                taken += 1
                compared.formUnion(block)
            }
        }
        return compared
    }
}
