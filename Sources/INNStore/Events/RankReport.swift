/// What the processes that train together did since the previous report.
public struct RankReport: Codable, Sendable, Equatable {
    /// The computer that each rank is on.
    public var hosts: [String]
    /// By rank, characters per second while it computed.
    public var charsPerSecond: [Double]
    /// Share of the time that went into passing gradients and weights on, 0…1: of the rank that waited least, since
    /// waiting for a slower one is no communication.
    public var communication: Double
    /// Seconds of communication per update, of the same rank.
    public var communicationSeconds: Double

    public init(hosts: [String], charsPerSecond: [Double], communication: Double, communicationSeconds: Double) {
        (self.hosts, self.charsPerSecond) = (hosts, charsPerSecond)
        (self.communication, self.communicationSeconds) = (communication, communicationSeconds)
    }

    /// For people, in a few words.
    public var phrase: String {
        let share = communication < 0.095 ? (communication * 1000).rounded() / 10 : (communication * 100).rounded()
        let percent = share == share.rounded() ? "\(Int(share))" : "\(share)"
        return "\(hosts.count) ranks, \(percent) % in communication, slowest \(slowest)"
    }

    /// The rank that computes most slowly, for which the others wait.
    public var slowest: Int { charsPerSecond.indices.min { charsPerSecond[$0] < charsPerSecond[$1] } ?? 0 }
}
