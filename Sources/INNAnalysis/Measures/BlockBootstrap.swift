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
    func interval(sums: [Double], counts: [Double]) -> Interval {
        let mean = sums.reduce(0, +) / max(1e-300, counts.reduce(0, +))
        var means: [Double] = []
        means.reserveCapacity(resamples)
        forEachDraw { draw in
            var sum = 0.0
            var count = 0.0
            for block in draw {
                sum += sums[block]
                count += counts[block]
            }
            if count > 0 { means.append(sum / count) }
        }
        guard !means.isEmpty else { return Interval(mean: mean, low: mean, high: mean) }
        means.sort()
        func quantile(_ share: Double) -> Double { means[min(means.count - 1, Int(share * Double(means.count)))] }
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
