import INNCore
import func Foundation.pow

/// Remembers how active every unit of an untrained network was at each character, so that its gates can afterwards be
/// cut wherever they fire as often as the unit that they are compared with.
///
/// It keeps one byte per unit and character: the bin of the unit's own activity. The bins' edges are quantiles of the
/// beginning of the text, close together at both ends, so that each holds about 6 % of what lies beyond it; how much it
/// really holds is counted over everything. Memory is bounded: of a long text, evenly spread windows are kept.
public struct ActivityRecord: Sendable {
    public let units: Int
    package static let bins = 256
    /// What the bytes may take, together with the text of these characters.
    private static let memory = 32 << 20, textBytes = 16
    /// Characters from which edges are taken, and what their activity may take.
    private static let prefix = 8192, prefixMemory = 32 << 20
    /// The smallest share of characters that has an edge of its own at either end.
    private static let leastShare = 1.0 / 4096

    package private(set) var text: RecordedText
    /// `[characters, units]`.
    package private(set) var bytes: [UInt8] = []
    private let plan: ReadingPlan
    private let keptWindows: Int
    /// By unit, ascending; activity at or above `k` edges belongs to bin `k`.
    private var edges: [[Float]] = []
    private var waiting: [ActivityWindow] = []
    private var windows = 0

    /// - Parameters:
    ///   - plan: how the text is going to be read.
    ///   - memory: bytes that the record may take.
    public init(units: Int, plan: ReadingPlan, classes: SymbolClasses, memory: Int? = nil) {
        self.units = units
        self.plan = plan
        keptWindows = Self.keptWindows(units: units, plan: plan, memory: memory ?? Self.memory)
        text = RecordedText(classes, streams: plan.streams)
    }

    package var characters: Int { text.count }

    /// How many windows of all streams fit.
    static func keptWindows(units: Int, plan: ReadingPlan, memory: Int = Self.memory) -> Int {
        min(plan.windows, max(1, memory / ((units + textBytes) * plan.streams * plan.steps)))
    }

    /// Adds the next window of all streams.
    public mutating func add(_ window: ActivityWindow) {
        precondition(window.units == units && windows < plan.windows, "a window that does not fit the plan")
        let kept = isKept(windows)
        text.add(window, from: windows * plan.steps, scoredFrom: plan.length / 2, isKept: kept)
        windows += 1
        guard edges.isEmpty else {
            if kept { store(window) }
            return
        }
        waiting.append(window)
        let seen = waiting.count * window.ids.count
        if windows == plan.windows || seen >= Self.edgeCharacters(units: units) { setEdges() }
    }

    /// From how many characters the edges of so many units are taken.
    static func edgeCharacters(units: Int) -> Int { min(prefix, prefixMemory / (4 * units)) }

    /// Ends the last words; to be called after the last window.
    mutating func finish() { text.finish() }

    private func isKept(_ window: Int) -> Bool {
        (window + 1) * keptWindows / plan.windows > window * keptWindows / plan.windows
    }

    private mutating func setEdges() {
        let shares = Self.shares
        edges = (0..<units).map { unit in
            let values = waiting.flatMap { window -> ArraySlice<Float> in
                let rows = window.ids.count
                return window.activity[(unit * rows)..<((unit + 1) * rows)]
            }.sorted()
            return shares.map { values[Int((1 - $0) * Double(values.count))] }
        }
        for (index, window) in waiting.enumerated() where isKept(index) { store(window) }
        waiting = []
    }

    /// The share of characters above each edge, falling.
    private static var shares: [Double] {
        let half = bins / 2 - 1
        let tail = (1...half).map { 0.5 * pow(2 * leastShare, Double($0) / Double(half)) }
        return tail.reversed().map { 1 - $0 } + [0.5] + tail
    }

    private mutating func store(_ window: ActivityWindow) {
        let rows = window.ids.count
        let start = bytes.count
        bytes += [UInt8](repeating: 0, count: rows * units)
        let units = units
        let edges = edges
        bytes.withUnsafeMutableBufferPointer { bytes in
            for unit in 0..<units {
                edges[unit].withUnsafeBufferPointer { edges in
                    for row in 0..<rows {
                        bytes[start + row * units + unit] = Self.bin(window.activity[unit * rows + row], edges)
                    }
                }
            }
        }
    }

    /// How many edges a value reaches.
    private static func bin(_ value: Float, _ edges: UnsafeBufferPointer<Float>) -> UInt8 {
        var (low, high) = (0, edges.count)
        while low < high {
            let middle = (low + high) / 2
            if edges[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return UInt8(low)
    }
}
