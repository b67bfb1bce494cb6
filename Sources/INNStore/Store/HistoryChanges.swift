import INNCore

/// How far somebody has read in a run's history; see ``RunHistory/changes(since:)``.
public struct HistoryCursor: Sendable, Equatable {
    package var generation = -1
    package var step = -1
    package var snapshot = -1
    package var mark = 0
    package var sample = 0

    public init() {}
}

/// What was recorded since the last look.
public struct HistoryChanges: Sendable {
    /// True on the first look, and when training went back to an earlier checkpoint: forget what you have and begin
    /// with this.
    public var isRestart: Bool
    public var reports: [TrainingReport]
    public var marks: [EventMark]
    public var samples: [TextSample]
    /// The newest probe snapshot, when there is a newer one.
    public var snapshot: ProbeSnapshot?
}

/// One process that trained a run. Times are seconds since 1970.
public struct SessionRecord: Codable, Sendable, Equatable {
    public var startedAt: Double
    /// Nil while it runs, and for good when it was killed.
    public var endedAt: Double?
    public var host: String
    public var pid: Int
    public var version: String
}
