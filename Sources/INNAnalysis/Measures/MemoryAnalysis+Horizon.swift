import INNCore

extension MemoryAnalysis {
    /// - Parameters:
    ///   - replaced: KL in bits k characters after a character was replaced, `[places][distances]`.
    ///   - reset: the same after all memory was emptied.
    public init(replaced: [[Double]], reset: [[Double]]) {
        let distances = replaced.first?.count ?? 0
        places = replaced.count
        points = (0..<distances).map { distance in
            Point(
                distance: distance, replaced: Interval(of: replaced.map { $0[distance] }),
                reset: Interval(of: reset.map { $0[distance] }))
        }
        horizon = Self.horizon(points.map(\.replaced.mean))
        resetHorizon = Self.horizon(points.map(\.reset.mean))
    }

    /// The first distance from which on the curve stays below one percent of its largest value.
    package static func horizon(_ curve: [Double]) -> Int? {
        guard let largest = curve.max(), largest > 0, let last = curve.lastIndex(where: { $0 >= 0.01 * largest })
        else { return nil }
        return last + 1 < curve.count ? last + 1 : nil
    }
}
