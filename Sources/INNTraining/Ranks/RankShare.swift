import CKernels
import Foundation
import INNCore
import INNStore

/// One rank's share of every update: some of the shards, and some of the slices of the weights.
///
/// Gradients of a slice go to the rank that owns it, which sums them in the tree of the shards, updates the weights of
/// the slice and passes them on: the same bits as one process that computes all shards, and replicas that cannot drift
/// apart.
final class RankShare {
    let host: HostEngine
    private let transport: any RankTransport
    /// The shards that this rank computes; it owns the slices of the same numbers.
    let own: Range<Int>
    private let exchanged: FlatBuffers
    /// Since it was last told.
    private var computingSeconds = 0.0
    private let wantsToStop: () -> Bool

    /// - Parameter wantsToStop: whether this process was asked to end; rank 0 decides.
    init(_ host: HostEngine, _ transport: any RankTransport, wantsToStop: @escaping () -> Bool = { false }) {
        (self.host, self.transport, self.wantsToStop) = (host, transport, wantsToStop)
        let count = host.batches.shards / transport.size
        own = (transport.rank * count)..<((transport.rank + 1) * count)
        exchanged = FlatBuffers(host.optimizer.slices.length * host.batches.shards)
    }

    private var slices: WeightSlices { host.optimizer.slices }
    private var parameters: [Parameter] { host.network.parameters.parameters }
    private var all: Range<Int> { 0..<host.batches.shards }
    /// Floats of the slices that one rank owns.
    private var ownCount: Int { own.count * slices.length }

    /// Computes the shards and sums the gradients of the own slices.
    ///
    /// - Returns: at rank 0, what every rank has to say.
    func compute(step: Int, checks: Bool) throws -> [RankAccount] {
        let checksum = measured(&computingSeconds) { checks ? self.checksum() : nil }
        let losses = measured(&computingSeconds) { host.compute(own, step: step) }
        try sumGradients()
        let account = RankAccount(
            losses: losses, squares: own.map(host.optimizer.sumOfSquares), computingSeconds: computingSeconds,
            checksum: checksum, wantsToStop: wantsToStop())
        computingSeconds = 0
        let values = account.values(gates: gateShape)
        return try transport.gather(values).map { RankAccount($0, shards: own.count, gates: gateShape) }
    }

    private func sumGradients() throws {
        let (send, receive) = (exchanged.first, exchanged.second)
        slices.pack(all, of: { parameters[$0].gradient }, into: send)
        try transport.exchange(send, into: receive, count: ownCount)
        var width = 1
        while width < transport.size {
            for rank in stride(from: 0, to: transport.size, by: 2 * width) {
                inn_add(ownCount, receive + rank * ownCount, receive + (rank + width) * ownCount)
            }
            width *= 2
        }
        slices.unpack(own, of: receive, into: { parameters[$0].gradient })
    }

    /// Updates the own slices and takes over those of the others.
    func update(_ settings: AdamW.Settings, gradientScale: Double) throws {
        measured(&computingSeconds) {
            host.optimizer.update(settings, gradientScale: gradientScale, slices: own)
        }
        slices.pack(own, of: { parameters[$0].values }, into: exchanged.first)
        try transport.collect(exchanged.first, into: exchanged.second, count: ownCount)
        // The own ones are there already.
        for others in [0..<own.lowerBound, own.upperBound..<all.upperBound] {
            let theirs = exchanged.second + others.lowerBound * slices.length
            slices.unpack(others, of: theirs, into: { parameters[$0].values })
        }
        host.network.parameters.markChanged()
    }

    /// Takes over rank 0's weights, moments and memory.
    func adopt() throws {
        let optimizer = host.optimizer
        try transport.broadcast(&optimizer.stepCount)
        for index in parameters.indices {
            for values in [parameters[index].values, optimizer.firstMoments[index], optimizer.secondMoments[index]] {
                try transport.broadcast(
                    UnsafeMutableRawBufferPointer(
                        start: values, count: parameters[index].count * MemoryLayout<Float>.stride))
            }
        }
        host.network.parameters.markChanged()
        guard let memory = host.memory else { return }
        var position = memory.position
        try transport.broadcast(&position)
        memory.position = position
        for state in memory.shards where state.count > 0 { try transport.broadcast(bytes(state)) }
    }

    /// Brings moments and memory to rank 0.
    func publish() throws {
        for moments in [host.optimizer.firstMoments, host.optimizer.secondMoments] {
            slices.pack(own, of: { moments[$0] }, into: exchanged.first)
            try transport.collect(exchanged.first, into: exchanged.second, count: ownCount)
            slices.unpack(all, of: exchanged.second, into: { moments[$0] })
        }
        guard let memory = host.memory, let count = memory.shards.first?.count, count > 0 else { return }
        let states = FlatBuffers(count * memory.shards.count)
        for (index, shard) in own.enumerated() {
            (states.first + index * count).update(from: memory.shards[shard].data, count: count)
        }
        try transport.collect(states.first, into: states.second, count: own.count * count)
        for (index, shard) in memory.shards.enumerated() {
            shard.data.update(from: states.second + index * count, count: count)
        }
        memory.position = memory.shards[own.lowerBound].position
    }

    private func bytes(_ state: RecurrentState) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: state.data, count: state.count * MemoryLayout<Float>.stride)
    }

    /// Rounds and neurons whose gates are measured; nil where nobody asks.
    private var gateShape: (rounds: Int, neurons: Int)? {
        guard case .inn(let network) = host.network.modelConfiguration, network.gateTarget != nil else { return nil }
        return (network.rounds, network.neurons)
    }

    /// Of all weights.
    private func checksum() -> UInt32 {
        var sum = CRC32()
        for parameter in parameters {
            sum.update(UnsafeRawBufferPointer(UnsafeBufferPointer(start: parameter.values, count: parameter.count)))
        }
        return sum.value
    }
}

/// Adds the time that something takes.
func measured<Result>(_ seconds: inout Double, _ body: () throws -> Result) rethrows -> Result {
    let start = DispatchTime.now().uptimeNanoseconds
    let result = try body()
    seconds += Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    return result
}

/// Two buffers of floats for what is sent and received.
private final class FlatBuffers {
    let first: UnsafeMutablePointer<Float>, second: UnsafeMutablePointer<Float>

    init(_ count: Int) {
        (first, second) = (Workspace.allocate(count), Workspace.allocate(count))
        first.update(repeating: 0, count: count)
        second.update(repeating: 0, count: count)
    }

    deinit {
        first.deallocate()
        second.deallocate()
    }
}
