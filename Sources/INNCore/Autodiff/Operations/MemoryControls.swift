/// What is done to the memory of one neuron in one round while an intervention holds.
public struct MemoryControl: Sendable, Equatable {
    /// The state is read, but never written.
    public var isFrozen = false
    /// Left alone at characters at which its neuron is silent, see ``RestingRows``.
    public var skipsWhenSilent = false
    /// Emptied before every character whose position in the stream is a multiple of this.
    public var every: Int?
    /// Emptied before these characters.
    public var resets: Set<Int> = []

    public init() {}

    func empties(before position: Int) -> Bool {
        resets.contains(position) || every.map { position > 0 && position % $0 == 0 } ?? false
    }
}

/// How one neuron's memory runs over a pass: in pieces, each from a state of its own.
struct MemorySchedule: Sendable {
    struct Segment: Sendable {
        var start: Int, count: Int
        /// Starts from zero instead of from the state that the pass began with.
        var isEmptied: Bool
    }

    var segments: [Segment]
    let isFrozen: Bool

    /// Nil when the pass runs through in one piece as without any intervention.
    init?(_ control: MemoryControl, _ position: StreamPosition) {
        segments = []
        isFrozen = control.isFrozen
        var isEmptied = false
        for step in 0..<position.steps {
            let empties = control.empties(before: position.first + step)
            if empties { isEmptied = true }
            if empties || isFrozen || step == 0 {
                segments.append(Segment(start: step, count: 1, isEmptied: isEmptied))
            } else {
                segments[segments.count - 1].count += 1
            }
        }
        if !isFrozen, segments.count == 1, !isEmptied { return nil }
    }

    /// The same run over some rows of the pass only, their numbers ascending: what the memory does in between is left
    /// out.
    func restricted(to rows: [Int]) -> MemorySchedule {
        var copy = self
        copy.segments = segments.map { segment in
            let start = rows.count { $0 < segment.start }
            let end = rows.count { $0 < segment.start + segment.count }
            return Segment(start: start, count: end - start, isEmptied: segment.isEmptied)
        }
        return copy
    }

    /// States that the scan has to store: those of pieces with several chunks. A shorter piece begins with a known
    /// state.
    var boundaryCount: Int { segments.reduce(0) { $0 + Self.boundaryCount($1) } }

    static func boundaryCount(_ segment: Segment) -> Int {
        let count = scanBoundaryCount(steps: segment.count)
        return count > 1 ? count : 0
    }
}
