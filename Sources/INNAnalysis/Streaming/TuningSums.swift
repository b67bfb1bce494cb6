import INNCore

/// Sums from which firing statistics and tuning at all lags follow: exact over any length of text.
package struct TuningSums {
    private let units: Int, symbols: Int, plan: ReadingPlan
    /// Σ g by `[lags, symbols, units]` and how often each symbol stood there, `[lags, symbols]`.
    private var sums: [Double]
    private var counts: [Int]
    /// Lag 0 by block of time, `[blocks, symbols, units]` and `[blocks, symbols]`.
    private(set) var blockSums: [Double]
    private(set) var blockCounts: [Int]
    private var fired: [Int], gate: [Double], squares: [Double], saturated: [Int]
    /// The last characters of each stream, newest last, `[streams, longest lag]`; −1 before the beginning.
    private var history: [Int32]
    package private(set) var characters = 0

    private static let longestLag = TuningTable.lags.last!

    init(units: Int, symbols: Int, plan: ReadingPlan) {
        (self.units, self.symbols, self.plan) = (units, symbols, plan)
        sums = [Double](repeating: 0, count: TuningTable.lags.count * symbols * units)
        counts = [Int](repeating: 0, count: TuningTable.lags.count * symbols)
        blockSums = [Double](repeating: 0, count: plan.blocks * symbols * units)
        blockCounts = [Int](repeating: 0, count: plan.blocks * symbols)
        fired = [Int](repeating: 0, count: units)
        gate = [Double](repeating: 0, count: units)
        (squares, saturated) = (gate, fired)
        history = [Int32](repeating: -1, count: plan.streams * Self.longestLag)
    }

    /// - Parameter gates: `[rows, units]`.
    package mutating func add(_ window: ActivityWindow, gates: UnsafeBufferPointer<Float>, index: Int) {
        let block = plan.block(window: index)
        let longest = Self.longestLag
        for stream in 0..<window.streams {
            for step in 0..<window.steps {
                let row = stream * window.steps + step
                let values = UnsafeBufferPointer(rebasing: gates[(row * units)..<((row + 1) * units)])
                addStatistics(values)
                add(values, lag: 0, symbol: window.next[row])
                add(values, lag: 1, symbol: window.ids[row])
                for back in 1...longest {
                    let place = step - back
                    add(
                        values, lag: back + 1,
                        symbol: place >= 0 ? window.ids[row - back] : history[stream * longest + longest + place])
                }
                addBlock(values, block: block, symbol: Int(window.ids[row]))
            }
            let ids = window.ids[(stream * window.steps)..<((stream + 1) * window.steps)]
            let recent = (history[(stream * longest)..<((stream + 1) * longest)] + ids).suffix(longest)
            history.replaceSubrange((stream * longest)..<((stream + 1) * longest), with: recent)
        }
        characters += window.ids.count
    }

    private mutating func addStatistics(_ values: UnsafeBufferPointer<Float>) {
        for unit in 0..<units {
            let value = values[unit]
            gate[unit] += Double(value)
            squares[unit] += Double(value) * Double(value)
            if value > 0.5 { fired[unit] += 1 }
            if value < 0.1 || value > 0.9 { saturated[unit] += 1 }
        }
    }

    private mutating func add(_ values: UnsafeBufferPointer<Float>, lag: Int, symbol: Int32) {
        guard symbol >= 0 else { return }
        let place = lag * symbols + Int(symbol)
        let units = units
        counts[place] += 1
        sums.withUnsafeMutableBufferPointer { sums in
            let target = UnsafeMutableBufferPointer(rebasing: sums[(place * units)..<((place + 1) * units)])
            for unit in 0..<units { target[unit] += Double(values[unit]) }
        }
    }

    private mutating func addBlock(_ values: UnsafeBufferPointer<Float>, block: Int, symbol: Int) {
        let place = block * symbols + symbol
        let units = units
        blockCounts[place] += 1
        blockSums.withUnsafeMutableBufferPointer { sums in
            let target = UnsafeMutableBufferPointer(rebasing: sums[(place * units)..<((place + 1) * units)])
            for unit in 0..<units { target[unit] += Double(values[unit]) }
        }
    }

    // MARK: Results

    package var symbolCounts: [Int] { Array(counts[symbols..<(2 * symbols)]) }

    package func firing(_ unit: Int) -> FiringStatistics {
        let n = Double(max(1, characters))
        let mean = gate[unit] / n
        let square = squares[unit] / n
        return FiringStatistics(
            rate: Double(fired[unit]) / n, mean: mean, sparseness: square > 0 ? max(0, 1 - mean * mean / square) : 0,
            saturated: Double(saturated[unit]) / n)
    }

    func firedCount(_ unit: Int) -> Int { fired[unit] }

    package func tuning(_ unit: Int) -> TuningTable {
        TuningTable(
            mean: counts.indices.map { counts[$0] > 0 ? Float(sums[$0 * units + unit] / Double(counts[$0])) : .nan },
            counts: counts)
    }

    /// Tuning at lag 0 over some blocks, each as often as it is listed, `[units][symbols]`; NaN where a symbol did not
    /// occur.
    package func rows(blocks: [Int]) -> [[Float]] {
        var total = [Double](repeating: 0, count: symbols * units)
        var count = [Int](repeating: 0, count: symbols)
        for block in blocks {
            for symbol in 0..<symbols {
                count[symbol] += blockCounts[block * symbols + symbol]
                for unit in 0..<units {
                    total[symbol * units + unit] += blockSums[(block * symbols + symbol) * units + unit]
                }
            }
        }
        return (0..<units).map { unit in
            (0..<symbols).map { count[$0] > 0 ? Float(total[$0 * units + unit] / Double(count[$0])) : .nan }
        }
    }
}
