import INNCore
import func Foundation.log2

/// Entropies from counts, corrected for the bias of small samples after Miller and Madow (1955): a plug-in estimate
/// misses (m − 1)/(2n) nats when m cells are filled by n samples.
enum SampleEntropy {
    /// Entropy in bits of a distribution of which `counts` were drawn.
    static func bits(_ counts: some Sequence<Double>) -> Double {
        var total = 0.0
        var sum = 0.0
        var cells = 0
        for count in counts where count > 0 {
            total += count
            sum += count * log2(count)
            cells += 1
        }
        guard total > 0 else { return 0 }
        return log2(total) - sum / total + Double(cells - 1) / (2 * total * natsPerBit)
    }

    /// I(f; x) in bits.
    ///
    /// - Parameters:
    ///   - fired: how often f was 1, for each x.
    ///   - total: how often each x occurred.
    static func information(fired: [Double], total: [Double]) -> Double {
        let all = total.reduce(0, +)
        let ones = fired.reduce(0, +)
        return bits(total) + bits([ones, all - ones]) - bits(joint(fired, total))
    }

    /// I(f; y given x) in bits = H(f, x) + H(x, y) − H(x) − H(f, x, y).
    ///
    /// - Parameters:
    ///   - fired: how often f was 1, for each pair, `[x, y]`.
    ///   - total: how often each pair occurred, `[x, y]`.
    ///   - inner: number of values of y.
    static func conditionalInformation(fired: [Double], total: [Double], inner: Int) -> Double {
        conditionalInformation(
            fired: fired, total: total, outer: total.indices.map { $0 / inner }, outerValues: total.count / inner)
    }

    /// The same of those pairs alone that occur.
    ///
    /// - Parameters:
    ///   - outer: x of each pair.
    ///   - outerValues: number of values of x.
    static func conditionalInformation(
        fired: [Double], total: [Double], outer: [Int], outerValues: Int
    ) -> Double {
        func margin(_ values: [Double]) -> [Double] {
            var sums = [Double](repeating: 0, count: outerValues)
            for (pair, value) in values.enumerated() { sums[outer[pair]] += value }
            return sums
        }
        let (firedX, totalX) = (margin(fired), margin(total))
        // Each difference is exactly 0 where f is constant.
        return (bits(joint(firedX, totalX)) - bits(totalX)) + (bits(total) - bits(joint(fired, total)))
    }

    private static func joint(_ fired: [Double], _ total: [Double]) -> [Double] {
        fired + zip(total, fired).map { $0 - $1 }
    }
}
