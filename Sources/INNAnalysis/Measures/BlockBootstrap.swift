import INNCore

/// Intervals of ratios of sums over blocks of text, by drawing whole blocks with replacement: what ties neighbouring
/// characters to each other stays together.
struct BlockBootstrap {
    /// Which blocks each resample draws, `[resamples][blocks]`.
    let draws: [[Int]]

    init(blocks: Int, resamples: Int, seed: UInt64) {
        var random = RandomSource(seed: seed)
        draws = (0..<resamples).map { _ in (0..<blocks).map { _ in Int(random.next() % UInt64(max(1, blocks))) } }
    }

    /// The interval of Σ sums / Σ counts.
    ///
    /// - Parameter counts: characters per block.
    func interval(sums: [Double], counts: [Double]) -> Interval {
        let mean = sums.reduce(0, +) / max(1e-300, counts.reduce(0, +))
        var means = draws.compactMap { draw -> Double? in
            let count = draw.reduce(0.0) { $0 + counts[$1] }
            return count > 0 ? draw.reduce(0.0) { $0 + sums[$1] } / count : nil
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
