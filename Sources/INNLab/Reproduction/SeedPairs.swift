/// The difference of two networks that were trained with the same seeds, seed by seed.
struct SeedPairs: Encodable, Sendable {
    let mean: Double
    /// 95 % interval by Student's t; nil for a single pair.
    let interval: ClosedRange<Double>?
    let count: Int

    /// Differences smaller than this are claimed from five pairs on: the same seed with other BLAS kernels moved a
    /// result by .009.
    static let least = 0.02, leastPairs = 5

    /// - Parameters:
    ///   - changed: and `reference`: values by seed; seeds that only one of them has are left out.
    /// - Returns: nil without a common seed.
    init?(_ changed: [Int: Double], minus reference: [Int: Double]) {
        let differences = changed.keys.sorted().compactMap { seed in reference[seed].map { changed[seed]! - $0 } }
        guard !differences.isEmpty else { return nil }
        count = differences.count
        let n = Double(count)
        let mean = differences.reduce(0, +) / n
        self.mean = mean
        guard count > 1 else {
            interval = nil
            return
        }
        let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        let half = Self.quantile(count - 1) * (variance / n).squareRoot()
        interval = (mean - half)...(mean + half)
    }

    /// Whether the difference may be claimed: its interval excludes 0, and small ones have pairs enough.
    var isClaimed: Bool {
        guard let interval, !interval.contains(0) else { return false }
        return abs(mean) >= Self.least || count >= Self.leastPairs
    }

    /// The interval; nil for a single pair.
    var range: String? { interval.map { "[\(signed($0.lowerBound)), \(signed($0.upperBound))]" } }

    var text: String {
        signed(mean) + (range.map { " " + $0 } ?? "") + doubt
    }

    /// Why the difference may not be claimed, for the end of a cell; empty when it may.
    private var doubt: String { isClaimed ? "" : count > 1 ? ", not told apart" : ", one seed" }

    /// The same for values in per cent.
    var points: String {
        func signed(_ value: Double) -> String { (value < 0 ? "−" : "+") + String(format: "%.1f", abs(value)) }
        return signed(mean) + (interval.map { " [\(signed($0.lowerBound)), \(signed($0.upperBound))]" } ?? "") + doubt
    }

    private func signed(_ value: Double) -> String { (value < 0 ? "−" : "+") + three(abs(value)) }

    /// The 97.5 % quantile of Student's t, by degrees of freedom.
    private static func quantile(_ freedom: Int) -> Double {
        let table = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145]
        return freedom <= table.count ? table[freedom - 1] : 2.131
    }
}
