import INNCore
import func Foundation.exp
import func Foundation.log

/// Sums of one round's routing: what is listened to by block of time, and how sharp the choice is at each character.
package struct RoutingSums {
    package let heads: Int, neurons: Int
    /// Σ_rows Σ_i a_ij, mean over heads, by block and speaker; and rows per block.
    package private(set) var listened: [[Double]]
    package private(set) var rows: [Double]
    /// Σ_rows a by `[heads, listener, speaker]`.
    package private(set) var weights: [Double]
    /// Σ_rows H(a) in nats by `[heads, listener]`.
    private var entropies: [Double]

    init(heads: Int, neurons: Int, blocks: Int) {
        (self.heads, self.neurons) = (heads, neurons)
        listened = [[Double]](repeating: [Double](repeating: 0, count: neurons), count: blocks)
        rows = [Double](repeating: 0, count: blocks)
        weights = [Double](repeating: 0, count: heads * neurons * neurons)
        entropies = [Double](repeating: 0, count: heads * neurons)
    }

    package mutating func add(_ record: RoutingRecord, block: Int) {
        let n = neurons
        rows[block] += Double(record.rows)
        record.weights.withUnsafeBufferPointer { values in
            for pair in 0..<(heads * n * n) {
                let sums = WeightSums(
                    UnsafeBufferPointer(rebasing: values[(pair * record.rows)..<((pair + 1) * record.rows)]))
                weights[pair] += sums.sum
                entropies[pair / n] += sums.entropy
                listened[block][pair % n] += sums.sum / Double(heads)
            }
        }
    }

    private var total: Double { max(1, rows.reduce(0, +)) }

    /// k_j with its interval, for speakers of whom at least one can be heard.
    package func listenedTo(seed: UInt64) -> [Interval] {
        let bootstrap = BlockBootstrap(blocks: rows.count, resamples: 1000, seed: seed)
        let sums = (0..<neurons).map { speaker in listened.map { $0[speaker] } }
        return bootstrap.intervals(sums: sums, counts: rows)
    }

    /// H(E_t a) − E_t H(a) of each listener, mean over heads, in nats.
    package func dynamism() -> [Float] {
        (0..<neurons).map { listener in
            let perHead = (0..<heads).map { head -> Double in
                let row = head * neurons + listener
                let mean = (0..<neurons).map { weights[row * neurons + $0] / total }
                return Self.entropy(mean) - entropies[row] / total
            }
            return Float(max(0, perHead.reduce(0, +) / Double(heads)))
        }
    }

    /// E_t H(a) of each listener, mean over heads, in nats.
    func characterEntropies() -> [Double] {
        (0..<neurons).map { listener in
            (0..<heads).reduce(0.0) { $0 + entropies[$1 * neurons + listener] } / (total * Double(heads))
        }
    }

    /// Mean weight over heads, `[listener, speaker]`.
    func meanWeights() -> [Float] {
        (0..<(neurons * neurons)).map { edge in
            Float((0..<heads).reduce(0.0) { $0 + weights[$1 * neurons * neurons + edge] } / (total * Double(heads)))
        }
    }

    package static func entropy(_ weights: [Double]) -> Double { weights.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 } }
}

extension RoutingAnalysis {
    /// - Parameters:
    ///   - flow: mean flow of the round, `[neurons, neurons]`.
    ///   - trajectories: states of some characters after the round; nil when there are none.
    package init(
        round: Int, _ sums: RoutingSums, flow: [Float], plan: ReadingPlan, trajectories: StateSampler?,
        diversity: Float, effectiveNeurons: Float,
        seed: UInt64
    ) {
        self.round = round
        self.flow = flow
        self.diversity = diversity
        self.effectiveNeurons = effectiveNeurons
        let n = sums.neurons
        let weights = sums.meanWeights()
        let rows = (0..<n).map { listener in weights[(listener * n)..<((listener + 1) * n)].map(Double.init) }
        let entropies = rows.map(RoutingSums.entropy)
        self.weights = weights
        func normalised(_ entropies: [Double]) -> [Float] {
            zip(entropies, rows).map { entropy, row in
                let open = row.count { $0 > 0 }
                return open > 1 ? Float(entropy / log(Double(open))) : 0
            }
        }
        entropy = normalised(entropies)
        effectiveDegree = entropies.map { Float(exp($0)) }
        let atCharacters = sums.characterEntropies()
        characterEntropy = normalised(atCharacters)
        characterDegree = atCharacters.map { Float(exp($0)) }
        dynamism = sums.dynamism()
        let listenedTo = sums.listenedTo(seed: seed)
        self.listenedTo = listenedTo
        blockLength = plan.windows / plan.blocks * plan.steps
        blocks = plan.blocks
        hubs = (0..<n).filter { listenedTo[$0].mean > Self.hubThreshold && listenedTo[$0].excludes(1) }
        communities = CommunityAnalysis(flow: flow, neurons: n, seed: seed)
        similarity = trajectories?.similarity() ?? []
        similarityCharacters = trajectories?.count ?? 0
    }

    /// A speaker that is listened to this many times as much as the mean is a hub, if its interval excludes 1.
    public static let hubThreshold = 1.5
}
