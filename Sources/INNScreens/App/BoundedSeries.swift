/// One or several neighbouring measurements: their span of steps, minimum, maximum and mean.
public struct SeriesPoint: Equatable, Sendable {
    public var firstX: Double
    public var lastX: Double
    public var low: Double
    public var high: Double
    /// Mean of the finite values; NaN when there was none.
    public var mean: Double
    /// Measurements merged, finite ones only.
    public var count: Int
    /// Whether one of the merged measurements was not finite: a curve breaks here.
    public var hasGap: Bool

    public var centerX: Double { (firstX + lastX) / 2 }

    init(x: Double, y: Double) {
        let isFinite = y.isFinite
        (firstX, lastX) = (x, x)
        (low, high, mean) = isFinite ? (y, y, y) : (.nan, .nan, .nan)
        count = isFinite ? 1 : 0
        hasGap = !isFinite
    }

    /// This point with a later one merged into it.
    func merged(with later: SeriesPoint) -> SeriesPoint {
        var result = self
        result.lastX = later.lastX
        result.hasGap = hasGap || later.hasGap
        guard later.count > 0 else { return result }
        result.low = count > 0 ? min(low, later.low) : later.low
        result.high = count > 0 ? max(high, later.high) : later.high
        let total = Double(count + later.count)
        result.mean =
            count > 0 ? mean * (Double(count) / total) + later.mean * (Double(later.count) / total) : later.mean
        result.count += later.count
        return result
    }
}

/// A curve that never grows beyond a fixed number of points: when it is full, neighbours are merged and keep
/// their minimum and maximum, so that a spike survives a run of any length.
public struct BoundedSeries: Equatable, Sendable {
    public private(set) var points: [SeriesPoint] = []
    public let capacity: Int
    /// Measurements per finished point; doubles each time the series is full.
    private var stride = 1
    /// Measurements in the last, growing point.
    private var filled = 0

    public init(capacity: Int = 1024) {
        self.capacity = max(2, capacity)
    }

    public mutating func append(x: Double, y: Double) {
        let point = SeriesPoint(x: x, y: y)
        if filled > 0, filled < stride, let last = points.last {
            points[points.count - 1] = last.merged(with: point)
            filled += 1
            return
        }
        if points.count >= capacity { halve() }
        points.append(point)
        filled = 1
    }

    /// The last finite mean.
    public var last: Double? { points.last(where: { $0.count > 0 })?.mean }

    /// The point that covers `x`, or the nearest one.
    public func point(nearest x: Double) -> SeriesPoint? {
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle].lastX < x { low = middle + 1 } else { high = middle }
        }
        guard low < points.count else { return points.last }
        guard low > 0, points[low].firstX > x else { return points[low] }
        return x - points[low - 1].lastX < points[low].firstX - x ? points[low - 1] : points[low]
    }

    /// An exponential running mean: `weight` of the past is kept per measurement, less at the start, where there is
    /// little past (the bias correction of Adam), so that the mean does not lag behind a steep beginning.
    public func smoothed(weight: Double) -> [SeriesPoint] {
        var mean: Double?
        var seen = 0.0
        return points.map { point in
            guard point.count > 0 else { return point }
            seen += Double(point.count)
            let correction = 1 - raised(weight, to: seen)
            let keep = correction > 0 ? 1 - (1 - raised(weight, to: Double(point.count))) / correction : 0
            let value = mean.map { $0 * keep + point.mean * (1 - keep) } ?? point.mean
            mean = value
            var result = point
            (result.low, result.high, result.mean) = (value, value, value)
            return result
        }
    }

    private mutating func halve() {
        var merged: [SeriesPoint] = []
        merged.reserveCapacity(capacity)
        var index = 0
        while index < points.count {
            merged.append(index + 1 < points.count ? points[index].merged(with: points[index + 1]) : points[index])
            index += 2
        }
        points = merged
        stride *= 2
        filled = stride
    }
}
