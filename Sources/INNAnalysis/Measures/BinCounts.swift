import INNCore

/// How often every unit of a record was in each bin at some characters: from it follows how often it fires there,
/// wherever its gate is cut.
package struct BinCounts {
    /// Where a unit's gate is cut: it fires above the bin, and at this share of the characters in it.
    package struct Cut {
        package var bin: Int, share: Double
    }

    package let characters: Int
    /// Characters in a bin or above it, `[units, bins + 1]`.
    private var atLeast: [UInt32]
    private static let width = ActivityRecord.bins + 1

    package init(_ record: ActivityRecord, at places: some Sequence<Int>) {
        let units = record.units
        let width = Self.width
        var counts = [UInt32](repeating: 0, count: units * width)
        var characters = 0
        counts.withUnsafeMutableBufferPointer { counts in
            record.bytes.withUnsafeBufferPointer { bytes in
                for place in places {
                    characters += 1
                    let row = place * units
                    for unit in 0..<units { counts[unit * width + Int(bytes[row + unit])] &+= 1 }
                }
            }
        }
        Self.accumulate(&counts, rows: units)
        atLeast = counts
        self.characters = characters
    }

    /// Makes counts of each bin, `[rows, bins + 1]`, those of a bin or above it; there is nothing above the last one.
    static func accumulate(_ counts: inout [UInt32], rows: Int) {
        counts.withUnsafeMutableBufferPointer { counts in
            for row in 0..<rows {
                for bin in (1..<ActivityRecord.bins).reversed() {
                    counts[row * width + bin - 1] &+= counts[row * width + bin]
                }
            }
        }
    }

    /// The cut at which a unit fires at this share of these characters.
    package func cut(_ unit: Int, rate: Double) -> Cut {
        let wanted = rate * Double(characters)
        let start = unit * Self.width
        var (low, high) = (0, ActivityRecord.bins - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if Double(atLeast[start + middle]) >= wanted { low = middle } else { high = middle - 1 }
        }
        let above = Double(atLeast[start + low + 1])
        let own = Double(atLeast[start + low]) - above
        return Cut(bin: low, share: own > 0 ? min(1, max(0, (wanted - above) / own)) : 0)
    }

    /// At how many of these characters a unit fires.
    package func fired(_ unit: Int, _ cut: Cut) -> Double {
        let start = unit * Self.width + cut.bin
        let above = Double(atLeast[start + 1])
        return above + cut.share * (Double(atLeast[start]) - above)
    }

    /// Which share of a unit's firing lies in the bin of the cut and is therefore not told apart.
    package func untold(_ unit: Int, _ cut: Cut) -> Double {
        let start = unit * Self.width + cut.bin
        let own = cut.share * Double(atLeast[start] - atLeast[start + 1])
        let all = fired(unit, cut)
        return all > 0 ? own / all : 0
    }
}
