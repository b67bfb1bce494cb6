/// What the batches of an update came to, before the update.
struct UpdateLoss {
    /// Mean cross-entropy.
    var nats: Double
    /// Firing-rate pressure, in nats.
    var penalty: Double
    /// By round and neuron, the mean gate; empty where nobody asks.
    var gates: [[Float]]
    /// The L2 norm of the mean gradient.
    var norm: Double
}

/// The same of one shard over the batches of an update: gates and gradients are sums over the batches.
struct ShardLoss {
    var nats = 0.0, penalty = 0.0
    var gates: [[Float]] = []

    static func + (a: ShardLoss, b: ShardLoss) -> ShardLoss {
        ShardLoss(nats: a.nats + b.nats, penalty: a.penalty + b.penalty, gates: sum(a.gates, b.gates))
    }

    static func sum(_ a: [[Float]], _ b: [[Float]]) -> [[Float]] {
        zip(a, b).map { zip($0, $1).map { $0 + $1 } }
    }
}

extension UpdateLoss {
    /// Brings all shards together.
    ///
    /// - Parameters:
    ///   - shards: as many as a batch is cut into.
    ///   - norm: the L2 norm of the sum of their gradients.
    init(_ shards: [ShardLoss], norm: Double, _ batches: TrainingBatches) {
        let sum = pairwiseSum(shards, +)
        nats = sum.nats / Double(shards.count)
        penalty = sum.penalty / Double(shards.count)
        gates = sum.gates.map { $0.map { $0 / Float(batches.divisor) } }
        self.norm = norm / batches.divisor
    }
}
