import INNKit

/// A probe snapshot with what screens derive from it once, when it arrives.
public struct ProbeEntry: Equatable, Sendable {
    public let snapshot: ProbeSnapshot
    public let light: DegeneracyLight
    /// What the light makes of the routing.
    let variety: RoutingVariety
    /// Average linkage of the neurons' tuning, one per round.
    let clusterings: [NeuronClustering]
    /// Routing averaged over heads, `[rounds, neurons, neurons]`.
    let meanRouting: [Float]

    public init(_ snapshot: ProbeSnapshot) {
        self.snapshot = snapshot
        light = DegeneracyLight(snapshot)
        variety = RoutingVariety(snapshot)
        clusterings = (0..<snapshot.rounds).map { NeuronClustering(snapshot, round: $0) }
        meanRouting = Self.averagedOverHeads(snapshot)
    }

    private static func averagedOverHeads(_ snapshot: ProbeSnapshot) -> [Float] {
        guard snapshot.heads > 1 else { return snapshot.routing }
        let size = snapshot.neurons * snapshot.neurons
        let heads = snapshot.heads
        var mean = [Float](repeating: 0, count: snapshot.rounds * size)
        for round in 0..<snapshot.rounds {
            for head in 0..<heads {
                let from = (round * heads + head) * size
                for index in 0..<size { mean[round * size + index] += snapshot.routing[from + index] }
            }
        }
        for index in mean.indices { mean[index] /= Float(heads) }
        return mean
    }

    /// Whether every array has the length its shape promises; others are refused, because drawing indexes freely.
    static func isConsistent(_ s: ProbeSnapshot) -> Bool {
        let pairs = s.rounds * s.neurons
        return s.rounds > 0 && s.neurons > 0 && s.heads > 0
            && s.routing.count == pairs * s.heads * s.neurons && s.flow.count == pairs * s.neurons
            && s.firingRate.count == pairs && s.gateMean.count == pairs && s.gateSaturated.count == pairs
            && s.tuning.count == pairs * s.symbols.count && s.symbolCounts.count == s.symbols.count
            && s.routingEntropy.count == pairs && s.routingDynamism.map { $0.count == pairs } ?? true
            && s.routingSpread.map { $0.count == pairs * s.neurons } ?? true
            && s.diversity.count == s.rounds && s.effectiveNeurons.count == s.rounds
            && s.rasterGates.count == pairs * s.rasterText.count
    }
}

/// Probe snapshots over training, bounded in number and memory: old ones are thinned, the first and the newest stay.
public struct ProbeHistory: Equatable, Sendable {
    public private(set) var entries: [ProbeEntry] = []
    /// Firing rates over training, `[rounds * neurons]` per entry, thinned likewise but kept for longer.
    public private(set) var rates: [(step: Int, values: [Float])] = []

    static let maximumEntries = 32
    static let maximumFloats = 16_000_000
    static let maximumRates = 256

    public init() {}

    public static func == (a: ProbeHistory, b: ProbeHistory) -> Bool { a.entries == b.entries }

    public var latest: ProbeEntry? { entries.last }

    /// Adds a snapshot; one of the last one's step takes its place, one with other dimensions starts the history anew.
    public mutating func append(_ snapshot: ProbeSnapshot) {
        guard ProbeEntry.isConsistent(snapshot) else { return }
        if let last = entries.last?.snapshot,
            last.neurons != snapshot.neurons || last.rounds != snapshot.rounds || last.heads != snapshot.heads
        {
            entries = []
            rates = []
        }
        if let last = entries.last?.snapshot, last.step == snapshot.step {
            entries.removeLast()
            rates.removeLast()
        }
        entries.append(ProbeEntry(snapshot))
        rates.append((snapshot.step, snapshot.firingRate))
        let size = snapshot.routing.count + snapshot.flow.count + snapshot.rasterGates.count + snapshot.tuning.count
        let limit = max(4, min(Self.maximumEntries, Self.maximumFloats / max(1, size)))
        if entries.count > limit { entries = Self.thinned(entries) }
        if rates.count > Self.maximumRates { rates = Self.thinned(rates) }
    }

    /// Every second element, always with the first and the last.
    private static func thinned<Element>(_ elements: [Element]) -> [Element] {
        elements.indices.filter { $0 % 2 == 0 || $0 == elements.count - 1 }.map { elements[$0] }
    }
}
