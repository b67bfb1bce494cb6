extension LineChart {
    /// The value axis: what is visible, with a margin, on the transformed (log) scale.
    func yRange() -> ClosedRange<Double>? {
        guard var (low, high) = visibleRange() else { return nil }
        if let top = clippedTop(low: low, high: high) { high = top }
        let reach = max(high - low, abs(high) * 0.02, 1e-9) * 0.35
        for reference in references where reference.value.isFinite && (!isLogarithmic || reference.value > 0) {
            let value = transformed(reference.value)
            if value < low && value > low - reach { low = value }
            if value > high && value < high + reach { high = value }
        }
        let margin = max((high - low) * 0.04, abs(high) * 1e-3, 1e-9)
        return (low - margin)...(high + margin)
    }

    private func visibleRange() -> (low: Double, high: Double)? {
        var low = Double.infinity
        var high = -Double.infinity
        func include(_ value: Double) {
            guard value.isFinite, !isLogarithmic || value > 0 else { return }
            low = min(low, transformed(value))
            high = max(high, transformed(value))
        }
        for line in lines {
            for point in visiblePoints(of: line) {
                include(line.showsRange ? point.low : point.mean)
                include(line.showsRange ? point.high : point.mean)
            }
        }
        return low <= high ? (low, high) : nil
    }

    private func visiblePoints(of line: Line) -> some Sequence<SeriesPoint> {
        line.points.lazy.filter { $0.lastX >= xRange.lowerBound && $0.firstX <= xRange.upperBound }
    }

    /// Share of the visible steps that count as the start.
    private static let startShare = 0.25
    /// Fewer points are shown as they are.
    private static let leastPoints = 20

    /// Where the axis ends when a steep fall at the start is cut off: well above most of the points, and above
    /// everything that comes after the start, such as a spike. Nil where that cuts nothing off.
    private func clippedTop(low: Double, high: Double) -> Double? {
        guard clipsStart, !isLogarithmic else { return nil }
        let startEnd = xRange.lowerBound + (xRange.upperBound - xRange.lowerBound) * Self.startShare
        var means: [Double] = []
        var laterHigh = -Double.infinity
        for line in lines {
            for point in visiblePoints(of: line) where point.mean.isFinite {
                means.append(point.mean)
                let top = line.showsRange ? point.high : point.mean
                if point.centerX > startEnd, top.isFinite { laterHigh = max(laterHigh, top) }
            }
        }
        guard means.count >= Self.leastPoints else { return nil }
        means.sort()
        let most = means[(means.count - 1) * 85 / 100]
        let top = max(most + 0.4 * (most - low), laterHigh)
        return top < high - 0.1 * (high - low) ? top : nil
    }

    /// Says from where the curve comes whose start was cut off.
    func drawStartLabel(_ range: ClosedRange<Double>, _ plot: Rect, _ buffer: inout CellBuffer, _ look: Look) {
        guard clipsStart, let all = visibleRange(), all.high > range.upperBound else { return }
        var lastAbove = xRange.lowerBound
        for line in lines {
            for point in visiblePoints(of: line) where point.mean.isFinite && transformed(point.mean) > range.upperBound
            {
                lastAbove = max(lastAbove, point.lastX)
            }
        }
        let text = "↑ from " + Format.trimmed(isLogarithmic ? exponential(all.high) : all.high, 2)
        let x = screenX(lastAbove, plot) + 3
        guard x + columnCount(text) < plot.maxX else { return }
        buffer.write(text, x: x, y: plot.y, width: columnCount(text), look.theme.faint)
    }
}
