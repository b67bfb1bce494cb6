import INNCore

extension RateMatchedControl {
    /// The largest information about the next character, beyond the present one, of any unit that fires this often.
    func bestNext(rates: [Double]) -> [Double] {
        let pairs = PairIndex(networks[0].record.text)
        var best = [Double](repeating: 0, count: rates.count)
        let order = Dictionary(grouping: rates.indices) { rates[$0] }
        for (network, counts) in zip(networks, all) {
            for unit in 0..<network.record.units {
                let table = PairBins(network.record, unit: unit, pairs)
                for (rate, indices) in order {
                    let value = table.information(counts.cut(unit, rate: rate), pairs)
                    for index in indices { best[index] = max(best[index], value) }
                }
            }
        }
        return best
    }
}

/// The pairs of present and next character that occur in a text.
private struct PairIndex {
    /// By character, the pair; by pair, the present character and how often it occurred.
    private(set) var pairs: [Int32] = [], present: [Int] = [], totals: [Double] = []
    let symbols: Int

    init(_ text: RecordedText) {
        symbols = text.classes.names.count
        var known: [Int: Int32] = [:]
        for place in 0..<text.count {
            let symbol = text.symbols(place).present
            let key = symbol * symbols + Int(text.next[place])
            let pair = known[key] ?? Int32(totals.count)
            if Int(pair) == totals.count {
                known[key] = pair
                present.append(symbol)
                totals.append(0)
            }
            totals[Int(pair)] += 1
            pairs.append(pair)
        }
    }
}

/// How often one unit was in each bin at each pair.
private struct PairBins {
    /// Characters in a bin or above it, `[pairs, bins + 1]`.
    private var atLeast: [UInt32]

    init(_ record: ActivityRecord, unit: Int, _ index: PairIndex) {
        let width = ActivityRecord.bins + 1
        atLeast = [UInt32](repeating: 0, count: index.totals.count * width)
        for (place, pair) in index.pairs.enumerated() {
            atLeast[Int(pair) * width + Int(record.bytes[place * record.units + unit])] += 1
        }
        BinCounts.accumulate(&atLeast, rows: index.totals.count)
    }

    /// In whole counts, because the correction for small samples counts filled cells: of the bin of the cut, every
    /// 1/share-th character fires, counted on from pair to pair.
    func information(_ cut: BinCounts.Cut, _ index: PairIndex) -> Double {
        let width = ActivityRecord.bins + 1
        var seen = 0.0
        var taken = 0.0
        let fired = index.totals.indices.map { pair -> Double in
            let above = Double(atLeast[pair * width + cut.bin + 1])
            seen += Double(atLeast[pair * width + cut.bin]) - above
            let more = (seen * cut.share).rounded() - taken
            taken += more
            return above + more
        }
        return SampleEntropy.conditionalInformation(
            fired: fired, total: index.totals, outer: index.present, outerValues: index.symbols)
    }
}
