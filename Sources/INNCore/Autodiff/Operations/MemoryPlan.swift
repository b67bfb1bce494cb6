/// How the memories of one round run over a pass, worked out before it from what interventions ask for: the loops of
/// the forward and backward pass only follow.
struct MemoryPlan {
    /// A stretch of a tile that the memory runs through from a known state.
    struct Piece {
        var start: Int, count: Int
        /// Starts from zero instead of from the state that the pass began with.
        var isEmptied: Bool
        /// Where in the tile's boundaries its states are, in states; nil when its only one is the state it starts from.
        var boundaries: Int?
    }

    /// How one neuron's memory runs over one stream.
    struct Run {
        /// The steps at which it runs, ascending; nil for all. A tile holds these only.
        let working: [Int]?
        /// In order; one for the whole tile, unless an intervention cuts it.
        let pieces: [Piece]
        /// Whether the state is read, but never written.
        let isFrozen: Bool
        /// Whether the memory neither runs nor is emptied at any step, so that its state stays as it is.
        let restsThroughout: Bool

        init(steps: Int) {
            working = nil
            pieces = [Piece(start: 0, count: steps, isEmptied: false, boundaries: 0)]
            isFrozen = false
            restsThroughout = false
        }

        init(_ schedule: MemorySchedule?, working: [Int]?, steps: Int) {
            self.working = working
            isFrozen = schedule?.isFrozen ?? false
            restsThroughout = schedule == nil && working?.isEmpty == true
            guard let schedule else {
                pieces = [Piece(start: 0, count: working?.count ?? steps, isEmptied: false, boundaries: 0)]
                return
            }
            pieces = (working.map(schedule.restricted(to:)) ?? schedule).pieces
        }
    }

    /// `[neurons, streams]`, or one that holds for all.
    private let runs: [Run]
    private let streams: Int
    /// Whether there are tiles that hold some steps only.
    let hasRests: Bool
    /// States that the scan has to store per tile, at least.
    let minimumBoundaries: Int

    init(_ g: MemoryGeometry, _ controls: MemoryControls?) {
        streams = g.batchSize
        guard let controls else {
            runs = [Run(steps: g.steps)]
            hasRests = false
            minimumBoundaries = 0
            return
        }
        let schedules = controls.neurons.map { $0.flatMap { MemorySchedule($0, controls.position) } }
        runs = (0..<(g.neurons * g.batchSize)).map { tile in
            let (neuron, stream) = (tile / g.batchSize, tile % g.batchSize)
            let rows = (stream * g.steps)..<((stream + 1) * g.steps)
            let working = controls.resting.flatMap { $0.working(neuron: neuron, in: rows) }
            return Run(schedules[neuron], working: working, steps: g.steps)
        }
        hasRests = controls.resting != nil
        minimumBoundaries = schedules.map { $0?.boundaryCount ?? 0 }.max() ?? 0
    }

    subscript(neuron: Int, stream: Int) -> Run { runs.count == 1 ? runs[0] : runs[neuron * streams + stream] }
}

/// How one neuron's memory runs over a pass: in pieces, each from a state of its own.
struct MemorySchedule: Sendable {
    struct Segment: Sendable {
        var start: Int, count: Int
        /// Starts from zero instead of from the state that the pass began with.
        var isEmptied: Bool

        /// States that the scan has to store: those of pieces with several chunks. A shorter piece begins with a known
        /// state.
        var boundaryCount: Int {
            let count = scanBoundaryCount(steps: count)
            return count > 1 ? count : 0
        }
    }

    private var segments: [Segment]
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

    var boundaryCount: Int { segments.reduce(0) { $0 + $1.boundaryCount } }

    var pieces: [MemoryPlan.Piece] {
        var boundaries = 0
        return segments.map { segment in
            let stored = segment.boundaryCount
            defer { boundaries += stored }
            return MemoryPlan.Piece(
                start: segment.start, count: segment.count, isEmptied: segment.isEmptied,
                boundaries: stored > 0 ? boundaries : nil)
        }
    }
}
