import INNKit

/// Round numbers for an axis, with labels that never repeat.
enum Ticks {
    struct Tick: Equatable, Sendable {
        var value: Double
        var label: String
    }

    /// At most about `count` ticks at 1, 2 or 5 times a power of ten inside `low…high`.
    static func linear(low: Double, high: Double, count: Int, isCount: Bool = false) -> [Tick] {
        let span = high - low
        guard span.isFinite, span > 0, count > 0, abs(low) < 1e15, abs(high) < 1e15 else { return [] }
        var unit = power(of: span / Double(count))
        let rough = span / Double(count) / unit
        unit *= rough <= 1 ? 1 : rough <= 2 ? 2 : rough <= 5 ? 5 : 10
        if isCount { unit = max(1, unit.rounded()) }
        let first = (low / unit).rounded(.up)
        guard abs(first) < 1e15 else { return [] }
        var ticks: [Tick] = []
        var index = first
        while index * unit <= high * (1 + 1e-12) + 1e-300, ticks.count <= 2 * count + 2 {
            ticks.append(Tick(value: index * unit, label: ""))
            index += 1
        }
        return labelled(ticks, unit: unit, isCount: isCount)
    }

    /// Powers of ten, with 2 and 5 between them when the range is short, and evenly spaced ones when it is too short
    /// for those.
    static func logarithmic(low: Double, high: Double, count: Int) -> [Tick] {
        guard low > 0, high > low, high.isFinite else { return [] }
        var values: [Double] = []
        for steps in [[1.0], [1.0, 3.0], [1.0, 2.0, 5.0], [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0]] {
            var found: [Double] = []
            var decade = power(of: low)
            while decade <= high {
                found += steps.map { $0 * decade }.filter { $0 >= low && $0 <= high }
                decade *= 10
            }
            if found.count > max(2, count), !values.isEmpty { break }
            values = found
        }
        guard values.count > 1 else { return linear(low: low, high: high, count: count) }
        var seen: Set<String> = []
        return values.map { Tick(value: $0, label: Format.compact($0)) }.filter { seen.insert($0.label).inserted }
    }

    private static func labelled(_ ticks: [Tick], unit: Double, isCount: Bool) -> [Tick] {
        var decimals = 0
        var scaled = unit
        while scaled < 0.999 && decimals < 9 {
            scaled *= 10
            decimals += 1
        }
        let isTiny = unit < 1e-6 || (ticks.last.map { abs($0.value) >= 1e6 } ?? false)
        // Where one significant decimal cannot tell neighbours apart, plain digits do.
        let isDistinct = Set(ticks.map { Format.scientific($0.value) }).count == ticks.count
        var seen: Set<String> = []
        return ticks.map { tick in
            if isCount { return Tick(value: tick.value, label: stepLabel(tick.value, unit: unit)) }
            let useExponent = isTiny || (unit < 1e-3 && tick.value != 0 && isDistinct)
            return Tick(
                value: tick.value,
                label: useExponent ? Format.scientific(tick.value) : Format.fixed(tick.value, decimals))
        }.filter { seen.insert($0.label).inserted }
    }

    /// A step number in thousands with as many decimals as the tick spacing needs.
    private static func stepLabel(_ value: Double, unit: Double) -> String {
        if value < 10_000 { return Format.grouped(Int(bounded: value)) }
        let (divisor, suffix) = value < 1e6 ? (1e3, "k") : (1e6, "M")
        var decimals = 0
        var scaled = unit / divisor
        while scaled < 0.999 && decimals < 3 {
            scaled *= 10
            decimals += 1
        }
        return Format.fixed(value / divisor, decimals) + suffix
    }

    /// The power of ten at or below a positive number.
    private static func power(of value: Double) -> Double {
        guard value > 0, value.isFinite else { return 1 }
        var result = 1.0
        while result > value { result /= 10 }
        while result * 10 <= value { result *= 10 }
        return result
    }
}
