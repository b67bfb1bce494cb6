import INNCore

/// Counts everything that the firing measures need in one pass over a text: exact counts, memory bounded by the number
/// of units and symbols and by the longest shift, whatever the length of the text.
public final class FiringAccumulator {
    public let rounds: Int, neurons: Int
    public let plan: ReadingPlan
    public let classes: SymbolClasses
    package var units: Int { rounds * neurons }
    package var symbols: Int { classes.names.count }

    package private(set) var tuning: TuningSums
    package private(set) var contexts: ContextTable
    package private(set) var digits: DigitWords
    package private(set) var samples: ContextSampler
    /// Firing by present symbol, `[symbols, units]`; and by shift.
    private(set) var shiftedSymbols: [[UInt32]]
    /// Firing by present and next symbol, `[symbols, symbols, units]`; the true one first, then by shift.
    package private(set) var pairs: [[UInt32]]
    /// How often each present and next symbol stood together.
    private(set) var pairTotals: [Int]
    /// Characters at which k units of a round fired, `[rounds, neurons + 1]`.
    package private(set) var speaking: [Int]
    private var shifted: ShiftedText
    private var windows = 0
    private var isFinished = false
    /// The last three characters of each stream.
    private var last: [(Int32, Int32, Int32)]
    private var gates: [Float] = [], flags: [UInt8] = []

    /// How many shifts each null is taken from: of the information, of rules and of the information about the next
    /// character.
    static let symbolShifts = 40, ruleShifts = 8
    /// Which null of the pairs and of the rules each shift belongs to; nil for most.
    private let pairNull: [Int?], ruleNull: [Int?]

    /// - Parameters:
    ///   - plan: how the text is going to be read.
    ///   - classes: the alphabet.
    public init(rounds: Int, neurons: Int, plan: ReadingPlan, classes: SymbolClasses, seed: UInt64 = 1) {
        (self.rounds, self.neurons, self.plan, self.classes) = (rounds, neurons, plan, classes)
        let units = rounds * neurons
        let symbols = classes.names.count
        tuning = TuningSums(units: units, symbols: symbols, plan: plan)
        digits = DigitWords(units: units, streams: plan.streams, classes: classes)
        samples = ContextSampler(units: units, seed: RandomSource.key(seed, 2))
        let shifts = Self.shifts(plan, seed: seed)
        let pairCells = symbols * symbols * units
        let pairShifts = Self.pairShifts(cells: pairCells)
        ruleNull = Self.spread(Self.ruleShifts, over: shifts.count)
        pairNull = Self.spread(pairShifts, over: shifts.count)
        contexts = ContextTable(units: units, symbols: symbols, nulls: ruleNull.count { $0 != nil })
        shifted = ShiftedText(shifts: shifts, streams: plan.streams, units: units)
        shiftedSymbols = [[UInt32]](repeating: [UInt32](repeating: 0, count: symbols * units), count: shifts.count)
        pairs = [[UInt32]](repeating: [UInt32](repeating: 0, count: pairCells), count: 1 + pairNull.count { $0 != nil })
        pairTotals = [Int](repeating: 0, count: symbols * symbols)
        speaking = [Int](repeating: 0, count: rounds * (neurons + 1))
        last = [(Int32, Int32, Int32)](repeating: (-1, -1, -1), count: plan.streams)
    }

    /// Gives its table of contexts away for another pass over as much text; this one must not be used afterwards.
    func takeContexts() -> ContextTable {
        var table = ContextTable(units: units, symbols: symbols, nulls: contexts.nulls)
        swap(&table, &contexts)
        table.removeAll()
        return table
    }

    /// Counts into a table that another pass gave away.
    package func use(_ table: ContextTable) { contexts = table }

    /// How many shifts of pairs fit into the memory for them, each with so many counts.
    static func pairShifts(cells: Int) -> Int {
        max(2, min(20, (64 << 20) / (cells * MemoryLayout<UInt32>.stride)))
    }

    /// The distances by which firing is shifted against the text, in characters.
    public static func shifts(_ plan: ReadingPlan, seed: UInt64) -> [Int] {
        plan.shifts(symbolShifts, seed: RandomSource.key(seed, 1))
    }

    /// Adds the next window of all streams.
    public func add(_ window: ActivityWindow) {
        precondition(!isFinished && windows < plan.windows, "more windows than the plan has")
        precondition(
            window.streams == plan.streams && window.steps == plan.steps && window.units == units,
            "a window that does not fit the plan")
        transpose(window)
        gates.withUnsafeBufferPointer { tuning.add(window, gates: $0, index: windows) }
        samples.add(window, index: windows)
        let base = windows * window.steps
        flags.withUnsafeBufferPointer { flags in
            for stream in 0..<window.streams {
                for step in 0..<window.steps {
                    let row = stream * window.steps + step
                    add(
                        stream: stream, position: base + step, id: window.ids[row], next: window.next[row],
                        flags: flags.baseAddress! + row * units)
                }
            }
        }
        windows += 1
    }

    private func add(stream: Int, position: Int, id: Int32, next: Int32, flags: UnsafePointer<UInt8>) {
        let (a, b, c) = last[stream]
        let learns = position < plan.length / 2
        let place = TextPlace(symbol: id, next: next, slot: contexts.slot((a, b, c, id)), learns: learns)
        last[stream] = (b, c, id)
        contexts.add(slot: place.slot, half: learns ? 0 : 1, flags: flags)
        digits.add(stream: stream, symbol: id, flags: flags)
        let pair = Int(id) * symbols + Int(next)
        pairTotals[pair] += 1
        ContextTable.add(flags, to: &pairs[0], at: pair * units, units)
        for round in 0..<rounds {
            var count = 0
            for neuron in 0..<neurons { count += Int(flags[round * neurons + neuron]) }
            speaking[round * (neurons + 1) + count] += 1
        }
        shifted.add(stream: stream, position: position, place, flags: flags) { self.addShifted($0, $1, $2) }
    }

    private func addShifted(_ shift: Int, _ place: TextPlace, _ flags: UnsafePointer<UInt8>) {
        ContextTable.add(flags, to: &shiftedSymbols[shift], at: Int(place.symbol) * units, units)
        if let null = pairNull[shift] {
            ContextTable.add(
                flags, to: &pairs[1 + null], at: (Int(place.symbol) * symbols + Int(place.next)) * units, units)
        }
        if place.learns, let null = ruleNull[shift] { contexts.addShifted(null, slot: place.slot, flags: flags) }
    }

    /// Numbers `count` of `all` things, evenly spread.
    private static func spread(_ count: Int, over all: Int) -> [Int?] {
        let step = max(1, all / count)
        return (0..<all).map { $0 % step == 0 && $0 / step < count ? $0 / step : nil }
    }

    private func transpose(_ window: ActivityWindow) {
        let rows = window.ids.count
        let units = units
        if gates.count != rows * units {
            gates = [Float](repeating: 0, count: rows * units)
            flags = [UInt8](repeating: 0, count: rows * units)
        }
        window.activity.withUnsafeBufferPointer { source in
            gates.withUnsafeMutableBufferPointer { gates in
                flags.withUnsafeMutableBufferPointer { flags in
                    for unit in 0..<units {
                        for row in 0..<rows {
                            let value = source[unit * rows + row]
                            gates[row * units + unit] = value
                            flags[row * units + unit] = value > 0.5 ? 1 : 0
                        }
                    }
                }
            }
        }
    }

    /// Closes the circles of the shifts and the last words; to be called once, after the last window.
    public func finish() {
        guard !isFinished else { return }
        isFinished = true
        for stream in 0..<plan.streams {
            digits.endWord(stream)
            shifted.finish(stream: stream, length: windows * plan.steps) { self.addShifted($0, $1, $2) }
        }
    }
}
