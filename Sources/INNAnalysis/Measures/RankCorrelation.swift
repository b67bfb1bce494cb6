import INNCore

/// Spearman's rank correlation; equal values share the mean of their ranks.
public enum RankCorrelation {
    /// −1…1; 0 when either side is constant or fewer than two pairs are given. Pairs that are not finite are left out.
    public static func spearman(_ a: [Double], _ b: [Double]) -> Double {
        precondition(a.count == b.count, "ranks of lists of different lengths")
        let kept = a.indices.filter { a[$0].isFinite && b[$0].isFinite }
        return pearson(ranks(kept.map { a[$0] }), ranks(kept.map { b[$0] }))
    }

    private static func pearson(_ a: [Double], _ b: [Double]) -> Double {
        let (a, b) = (centred(a), centred(b))
        func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let squares = product(a, a) * product(b, b)
        return squares > 0 ? product(a, b) / squares.squareRoot() : 0
    }

    private static func centred(_ values: [Double]) -> [Double] {
        let mean = values.reduce(0, +) / Double(values.count)
        return values.map { $0 - mean }
    }

    /// Twice the places in ascending order: correlations have no unit.
    private static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start
            while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
            for place in start...end { ranks[order[place]] = Double(start + end) }
            start = end + 1
        }
        return ranks
    }
}
