/// What a rank tells rank 0 after its share of an update's gradients.
struct RankAccount {
    /// Of its shards.
    var losses: [ShardLoss]
    /// By slice that it owns, the sum of the squared gradients.
    var squares: [Double]
    /// Since its last account, in forward and backward passes and updates.
    var computingSeconds: Double
    /// Of all weights, where they are compared.
    var checksum: UInt32?
    /// Whether its process was asked to end.
    var wantsToStop: Bool
}

extension RankAccount {
    /// As it travels: the same number of values from all ranks.
    ///
    /// - Parameter gates: rounds and neurons whose gates are measured.
    func values(gates: (rounds: Int, neurons: Int)?) -> [Double] {
        var values: [Double] = [
            computingSeconds, checksum.map { Double($0) } ?? -1, wantsToStop ? 1 : 0,
        ]
        for (loss, squares) in zip(losses, squares) {
            values += [loss.nats, loss.penalty, squares]
            guard let gates else { continue }
            values +=
                loss.gates.isEmpty
                ? [Double](repeating: -1, count: gates.rounds * gates.neurons) : loss.gates.joined().map { Double($0) }
        }
        return values
    }

    init(_ values: [Double], shards: Int, gates: (rounds: Int, neurons: Int)?) {
        computingSeconds = values[0]
        checksum = values[1] >= 0 ? UInt32(values[1]) : nil
        wantsToStop = values[2] != 0
        (losses, squares) = ([], [])
        let head = 3
        let width = (values.count - head) / shards
        for shard in 0..<shards {
            let own = Array(values[(head + shard * width)..<(head + (shard + 1) * width)])
            var loss = ShardLoss(nats: own[0], penalty: own[1])
            squares.append(own[2])
            if let gates, width > 3, own[3] >= 0 {
                loss.gates = (0..<gates.rounds).map { round in
                    own[(3 + round * gates.neurons)..<(3 + (round + 1) * gates.neurons)].map { Float($0) }
                }
            }
            losses.append(loss)
        }
    }
}
