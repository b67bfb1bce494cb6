/// What the processes that train together did since the previous report.
public struct RankReport: Codable, Sendable, Equatable {
    /// The computer that each rank is on.
    public var hosts: [String]
    /// By rank, characters per second while it computed.
    public var charsPerSecond: [Double]
    /// Share of the time of updates in which not even the slowest rank computed, 0…1: orders, gradients and weights
    /// were on their way. Waiting for a slower rank is no communication.
    public var communication: Double
    /// The same in seconds per update.
    public var communicationSeconds: Double

    public init(hosts: [String], charsPerSecond: [Double], communication: Double, communicationSeconds: Double) {
        (self.hosts, self.charsPerSecond) = (hosts, charsPerSecond)
        (self.communication, self.communicationSeconds) = (communication, communicationSeconds)
    }

    /// Whether it can be what ranks did; a file may claim anything.
    var isSound: Bool {
        !hosts.isEmpty && hosts.count == charsPerSecond.count && (0...1).contains(communication)
            && (charsPerSecond + [communicationSeconds]).allSatisfy { $0.isFinite && $0 >= 0 }
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
