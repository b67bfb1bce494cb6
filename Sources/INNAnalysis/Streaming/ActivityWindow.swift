import INNCore

/// What all firing units did over one window of every stream: what the firing measures are made of.
public struct ActivityWindow: Sendable {
    public var streams: Int, steps: Int, units: Int
    /// Characters read, and the characters that follow them, `[streams, steps]`.
    public var ids: [Int32], next: [Int32]
    /// Gate of each unit, `[units, streams · steps]`; above 0.5 it fires.
    public var activity: [Float]

    public init(streams: Int, steps: Int, units: Int, ids: [Int32], next: [Int32], activity: [Float]) {
        precondition(
            ids.count == streams * steps && next.count == ids.count && activity.count == units * ids.count,
            "a window of the wrong size")
        (self.streams, self.steps, self.units) = (streams, steps, units)
        (self.ids, self.next, self.activity) = (ids, next, activity)
    }
}

/// How a text is read: in `streams` parallel pieces, each in `windows` consecutive windows of `steps` characters.
public struct ReadingPlan: Sendable, Equatable {
    public var streams: Int, windows: Int, steps: Int

    public init(streams: Int, windows: Int, steps: Int) {
        (self.streams, self.windows, self.steps) = (streams, windows, steps)
    }

    /// Characters of one stream, and of all.
    public var length: Int { windows * steps }
    public var characters: Int { streams * length }
    /// Pieces of time over which intervals are taken.
    package var blocks: Int { max(1, min(32, windows)) }

    package func block(window: Int) -> Int { window * blocks / windows }

    /// Distances by which firing is shifted along the text: far enough to break the relation, short enough to remember.
    package func shifts(_ count: Int, seed: UInt64) -> [Int] {
        let longest = min(8192, length / 2)
        let shortest = max(1, min(512, length / 8))
        guard longest >= shortest else { return [] }
        var random = RandomSource(seed: seed)
        let all = Array(shortest...longest).shuffled(using: &random)
        return all.prefix(count).sorted()
    }
}
