import INNCore

/// Intervals of ratios of sums over blocks of text, by drawing whole blocks with replacement: what ties neighbouring
/// characters to each other stays together.
struct BlockBootstrap {
    let blocks: Int, resamples: Int
    /// Decides which blocks are drawn: always the same ones, so that what is measured over the same blocks can be
    /// compared.
    let seed: UInt64

    /// Calls `body` with the blocks of each resample, `[blocks]`.
    func forEachDraw(_ body: (_ draw: [Int]) -> Void) {
        var random = RandomSource(seed: seed)
        var draw = [Int](repeating: 0, count: blocks)
        for _ in 0..<resamples {
            for index in draw.indices { draw[index] = Int(random.next() % UInt64(blocks)) }
            body(draw)
        }
    }

    /// Σ sums / Σ counts with its 95 % interval.
    ///
    /// - Parameter counts: characters per block.
    func interval(sums: [Double], counts: [Double]) -> Interval { intervals(sums: [sums], counts: counts)[0] }

    /// The same of several ratios over the same blocks, in one pass over the draws.
    ///
    /// - Parameter sums: `[ratios, blocks]`
    func intervals(sums: [[Double]], counts: [Double]) -> [Interval] {
        var means = [[Double]](repeating: [], count: sums.count)
        for index in means.indices { means[index].reserveCapacity(resamples) }
        forEachDraw { draw in
            var count = 0.0
            for block in draw { count += counts[block] }
            guard count > 0 else { return }
            for (index, sums) in sums.enumerated() {
                var sum = 0.0
                for block in draw { sum += sums[block] }
                means[index].append(sum / count)
            }
        }
        let all = max(1e-300, counts.reduce(0, +))
        return zip(sums, means).map { Self.interval(around: $0.reduce(0, +) / all, $1.sorted()) }
    }

    /// A mean with the 2.5 % and 97.5 % of what was drawn.
    static func interval(around mean: Double, _ sorted: [Double]) -> Interval {
        guard !sorted.isEmpty else { return Interval(mean: mean, low: mean, high: mean) }
        func quantile(_ share: Double) -> Double { sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))] }
        return Interval(mean: mean, low: quantile(0.025), high: quantile(0.975))
    }
}

extension Interval {
    /// Mean and 95 % interval of values that do not depend on each other, by bootstrap.
    public init(of values: [Double], resamples: Int = 1000, seed: UInt64 = 1) {
        let bootstrap = BlockBootstrap(blocks: values.count, resamples: values.isEmpty ? 0 : resamples, seed: seed)
        self = bootstrap.interval(sums: values, counts: values.map { _ in 1 })
    }
}
