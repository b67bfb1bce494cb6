import INNCore

/// Watches how much of the weight of listeners' strongest edges an approximate search finds (docs/MEASURES.md).
public final class SearchRecall: Probe {
    private let team: ThreadTeam
    private var rounds: [RoutingActivations.Recall] = []

    public init(team: ThreadTeam) { self.team = team }

    public var looksAtWeights: Bool { false }

    public func observe(_ site: Site, _ observation: Observation) {
        guard case .routing(let round) = site, case .routing(let activations, _) = observation,
            let recall = activations.recall(team: team)
        else { return }
        while rounds.count <= round { rounds.append(RoutingActivations.Recall()) }
        rounds[round].found += recall.found
        rounds[round].listeners += recall.listeners
    }

    /// By round, the mean over listeners, heads and characters; empty where nothing was searched for.
    public var byRound: [Double] { rounds.map { $0.found / Double(max(1, $0.listeners)) } }
}
