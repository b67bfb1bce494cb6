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
        guard a.count > 1 else { return 0 }
        let count = Double(a.count)
        let meanA = a.reduce(0, +) / count
        let meanB = b.reduce(0, +) / count
        var both = 0.0
        var squareA = 0.0
        var squareB = 0.0
        for (x, y) in zip(a, b) {
            both += (x - meanA) * (y - meanB)
            squareA += (x - meanA) * (x - meanA)
            squareB += (y - meanB) * (y - meanB)
        }
        return squareA > 0 && squareB > 0 ? both / (squareA * squareB).squareRoot() : 0
    }

    private static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start
            while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
            for place in start...end { ranks[order[place]] = Double(start + end) / 2 }
            start = end + 1
        }
        return ranks
    }
}
