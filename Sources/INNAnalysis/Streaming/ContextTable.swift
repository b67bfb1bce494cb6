import INNCore

/// How often each unit fires after each run of up to four characters: what rules are learned and scored from.
///
/// The number of different contexts is bounded. When it is reached, rarer characters further back are forgotten: such a
/// context is counted under a shorter one, and patterns that look further back do not match it.
package struct ContextTable {
    package let units: Int, symbols: Int, nulls: Int
    /// The characters of each context, oldest first, `[slots, 4]`; −1 where unknown.
    package private(set) var elements: [Int16] = []
    /// Characters in the first and second half of the text, `[slots]`.
    private(set) var totals: [[UInt32]] = [[], []]
    /// Of these, the characters at which each unit fired, `[slots, units]`.
    private(set) var fired: [[UInt32]] = [[], []]
    /// The first half again, firing being shifted along the text, by shift.
    private(set) var shifted: [[UInt32]]
    private var slots: [Int: Int32] = [:]
    private let capacity: Int

    package static let depth = SuffixPattern.longest

    /// - Parameters:
    ///   - nulls: how many shifts are kept.
    ///   - memory: bytes that the counts may take.
    init(units: Int, symbols: Int, nulls: Int, memory: Int = 256 << 20) {
        (self.units, self.symbols, self.nulls) = (units, symbols, nulls)
        shifted = [[UInt32]](repeating: [], count: nulls)
        capacity = memory / ((2 + nulls) * units * MemoryLayout<UInt32>.stride)
    }

    package var count: Int { slots.count }

    /// The last four characters of a context, oldest first.
    func characters(of slot: Int32) -> (Int32, Int32, Int32, Int32) {
        let start = Int(slot) * Self.depth
        return (
            Int32(elements[start]), Int32(elements[start + 1]), Int32(elements[start + 2]), Int32(elements[start + 3])
        )
    }

    /// Forgets everything and keeps the room for it.
    package mutating func removeAll() {
        elements.removeAll(keepingCapacity: true)
        for half in 0..<2 {
            totals[half].removeAll(keepingCapacity: true)
            fired[half].removeAll(keepingCapacity: true)
        }
        for null in 0..<nulls { shifted[null].removeAll(keepingCapacity: true) }
        slots.removeAll(keepingCapacity: true)
    }

    /// The context that ends with these characters.
    ///
    /// - Parameter last: the last four characters, oldest first; −1 where the text had not begun.
    package mutating func slot(_ last: (Int32, Int32, Int32, Int32)) -> Int32 {
        var known = [last.0, last.1, last.2, last.3]
        func key() -> Int { known.reduce(0) { $0 * (symbols + 1) + Int($1 + 1) } }
        for further in 0..<2 {
            if let slot = slots[key()] { return slot }
            if count < capacity { return append(known, key()) }
            known[further] = -1
        }
        return slots[key()] ?? append(known, key())
    }

    private mutating func append(_ known: [Int32], _ key: Int) -> Int32 {
        let slot = Int32(count)
        slots[key] = slot
        elements += known.map { Int16($0) }
        let zeros = repeatElement(UInt32(0), count: units)
        for half in 0..<2 {
            totals[half].append(0)
            fired[half] += zeros
        }
        for null in 0..<nulls { shifted[null] += zeros }
        return slot
    }

    /// - Parameter flags: 0 or 1 for each unit.
    package mutating func add(slot: Int32, half: Int, flags: UnsafePointer<UInt8>) {
        totals[half][Int(slot)] += 1
        Self.add(flags, to: &fired[half], at: Int(slot) * units, units)
    }

    mutating func addShifted(_ null: Int, slot: Int32, flags: UnsafePointer<UInt8>) {
        Self.add(flags, to: &shifted[null], at: Int(slot) * units, units)
    }

    package static func add(_ flags: UnsafePointer<UInt8>, to counts: inout [UInt32], at start: Int, _ units: Int) {
        counts.withUnsafeMutableBufferPointer { counts in
            let target = UnsafeMutableBufferPointer(rebasing: counts[start..<(start + units)])
            for unit in 0..<units { target[unit] &+= UInt32(flags[unit]) }
        }
    }

    /// Characters at which a pair of symbols was the last read, `[previous, present]`, over both halves; pairs at the
    /// very beginning of a stream are left out.
    func pairTotals() -> [Double] { pairs { slot in Double(totals[0][slot]) + Double(totals[1][slot]) } }

    /// The same, of firing characters.
    func pairFired(_ unit: Int) -> [Double] {
        pairs { slot in Double(fired[0][slot * units + unit]) + Double(fired[1][slot * units + unit]) }
    }

    private func pairs(_ value: (Int) -> Double) -> [Double] {
        var result = [Double](repeating: 0, count: symbols * symbols)
        for slot in 0..<count {
            let previous = elements[slot * Self.depth + 2]
            let present = elements[slot * Self.depth + 3]
            if previous >= 0, present >= 0 { result[Int(previous) * symbols + Int(present)] += value(slot) }
        }
        return result
    }
}
