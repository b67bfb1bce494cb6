import INNCore
import func Foundation.exp
import func Foundation.log

/// Whether routing prefers anyone, on average over the text and at each character: means over all rounds and over the
/// listeners that have a choice. One that is lesioned, or hears a single neuron, is no sign of routing that tells
/// neurons apart.
public struct RoutingVariety: Sendable, Equatable {
    /// Entropy of a listener's mean row, 0…1.
    public let meanEntropy: Float
    /// H(E_t a) − E_t H(a) in nats; nil where the snapshot does not have it.
    public let dynamism: Float?

    /// From which mean entropy on routing is called uniform on average.
    static let uniformEntropy: Float = 0.98
    /// Without a control, routing depends on the character from here on: as if each weight went up and down by 30 %
    /// (half the variance of log a, in nats). Networks of the usual start have less than a fifth of that.
    static let dynamismThreshold: Float = 0.05
    /// With a control: how many times its dynamism; and never less than this, weights that go up and down by 10 %,
    /// because a network may start with hardly any.
    static let dynamismMargin: Float = 2, leastDynamism: Float = 0.005

    public init(_ snapshot: ProbeSnapshot) {
        let rows = Self.listeners(snapshot)
        func mean(_ values: [Float]) -> Float {
            let own = rows.filter(values.indices.contains).map { values[$0] }
            return own.isEmpty ? 0 : own.reduce(0, +) / Float(own.count)
        }
        meanEntropy = mean(snapshot.routingEntropy)
        dynamism = snapshot.routingDynamism.map(mean)
    }

    public var isUniformOnAverage: Bool { meanEntropy > Self.uniformEntropy }

    /// - Parameter untrained: the dynamism of an untrained network.
    func dependsOnCharacter(untrained: Float?) -> Bool {
        guard let dynamism else { return false }
        let least = untrained.map { max(Self.leastDynamism, Self.dynamismMargin * $0) } ?? Self.dynamismThreshold
        return dynamism >= least
    }

    /// Rows, `round · neurons + listener`, that hear more than one neuron.
    private static func listeners(_ snapshot: ProbeSnapshot) -> [Int] {
        let n = snapshot.neurons
        let heads = snapshot.heads
        guard snapshot.routing.count == snapshot.routingEntropy.count * heads * n else {
            return Array(snapshot.routingEntropy.indices)
        }
        return snapshot.routingEntropy.indices.filter { row in
            let (round, listener) = (row / n, row % n)
            let heard = (0..<n).count { speaker in
                (0..<heads).contains { snapshot.routing[((round * heads + $0) * n + listener) * n + speaker] > 0 }
            }
            return heard > 1
        }
    }
}

/// How sharply the listeners of one round choose, on average and at a character.
public struct RoundSharpness: Sendable, Equatable {
    /// Mean over listeners: entropy of the mean row, 0…1, and e to that entropy in nats.
    public let meanEntropy: Float, meanDegree: Float
    /// The same of the row at a character, mean over characters and heads; nil where it was not measured.
    public let characterEntropy: Float?, characterDegree: Float?
    /// Nats.
    public let dynamism: Float?

    /// - Parameter rows: routing averaged over heads, `[rounds, neurons, neurons]`.
    public init(_ snapshot: ProbeSnapshot, round: Int, rows: [Float]) {
        let n = snapshot.neurons
        let units = (round * n)..<((round + 1) * n)
        func mean(_ values: some Sequence<Float>) -> Float { values.reduce(0, +) / Float(n) }
        func entropy(_ weights: ArraySlice<Float>) -> Float {
            weights.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
        }
        meanEntropy = mean(snapshot.routingEntropy[units])
        meanDegree = mean(units.map { exp(entropy(rows[($0 * n)..<(($0 + 1) * n)])) })
        dynamism = snapshot.routingDynamism.map { mean($0[units]) }
        let nats = snapshot.routingDynamism.map { dynamism in
            (0..<n).map { listener in
                let heads = (0..<snapshot.heads).map { head in
                    let start = ((round * snapshot.heads + head) * n + listener) * n
                    return entropy(snapshot.routing[start..<(start + n)])
                }
                return max(0, heads.reduce(0, +) / Float(snapshot.heads) - dynamism[round * n + listener])
            }
        }
        characterDegree = nats.map { mean($0.map { exp($0) }) }
        characterEntropy = nats.map { nats in
            mean(
                nats.indices.map { listener in
                    let start = (round * n + listener) * n
                    let open = rows[start..<(start + n)].count { $0 > 0 }
                    return open > 1 ? nats[listener] / log(Float(open)) : 0
                })
        }
    }
}
