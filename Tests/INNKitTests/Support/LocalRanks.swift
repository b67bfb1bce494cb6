import Foundation
import Synchronization

@testable import INNCore
@testable import INNTraining

/// Ranks that are threads of this process: what MPI does, without MPI.
final class LocalRanks: Sendable {
    private struct State {
        var contributions: [Int: [UInt8]] = [:]
        /// Of the operation before, kept until all have read it.
        var result: [[UInt8]] = []
        var readers = 0
        var isBroken = false
    }

    let size: Int
    private let state = Monitor(State())

    init(_ size: Int) { self.size = size }

    func transports() -> [LocalTransport] { (0..<size).map { LocalTransport(self, rank: $0) } }

    /// Makes every operation throw, from now on.
    func fail() { state.update { $0.isBroken = true } }

    /// What all ranks brought, once all have.
    func meet(_ rank: Int, _ own: [UInt8]) throws -> [[UInt8]] {
        state.wait { $0.readers == 0 || $0.isBroken ? () : nil }
        state.update { state in
            state.contributions[rank] = own
            guard state.contributions.count == size else { return }
            state.result = (0..<size).map { state.contributions[$0]! }
            state.contributions = [:]
            state.readers = size
        }
        let result = state.wait { state -> [[UInt8]]? in
            if state.isBroken { return [] }
            return state.readers > 0 ? state.result : nil
        }!
        if result.isEmpty { throw INNError(.unavailable, "Another rank is gone.") }
        state.update { $0.readers -= 1 }
        return result
    }
}

final class LocalTransport: RankTransport {
    let rank: Int
    private let ranks: LocalRanks
    /// Turns a bit of what this rank receives of the others' weights, once, in this exchange of them; for tests.
    let flips = Mutex<Int?>(nil)

    /// Seconds that every operation takes at least, as over a network.
    let latency = Mutex(0.0)

    init(_ ranks: LocalRanks, rank: Int) { (self.ranks, self.rank) = (ranks, rank) }

    private func meet(_ own: [UInt8]) throws -> [[UInt8]] {
        let result = try ranks.meet(rank, own)
        Thread.sleep(forTimeInterval: latency.withLock { $0 })
        return result
    }

    var size: Int { ranks.size }

    func broadcast(_ bytes: UnsafeMutableRawBufferPointer) throws {
        let all = try meet(rank == 0 ? Array(bytes) : [0])
        bytes.copyBytes(from: all[0])
    }

    func gather(_ bytes: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer?) throws {
        let said = try meet(Array(bytes))
        all?.copyBytes(from: said.joined())
    }

    func exchange(_ own: UnsafePointer<Float>, into all: UnsafeMutablePointer<Float>, count: Int) throws {
        let said = try meet(Self.bytes(own, size * count))
        for (other, bytes) in said.enumerated() {
            Self.copy(bytes[(4 * rank * count)..<(4 * (rank + 1) * count)], to: all + other * count)
        }
    }

    func collect(_ own: UnsafePointer<Float>, into all: UnsafeMutablePointer<Float>, count: Int) throws {
        let said = try meet(Self.bytes(own, count))
        for (other, bytes) in said.enumerated() { Self.copy(bytes[...], to: all + other * count) }
        let isDue = flips.withLock { left in
            guard let now = left else { return false }
            left = now > 0 ? now - 1 : nil
            return now == 0
        }
        if isDue { all[0] = Float(bitPattern: all[0].bitPattern ^ 1) }
    }

    private static func bytes(_ values: UnsafePointer<Float>, _ count: Int) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: values, count: 4 * count))
    }

    private static func copy(_ bytes: ArraySlice<UInt8>, to target: UnsafeMutablePointer<Float>) {
        bytes.withUnsafeBytes { UnsafeMutableRawPointer(target).copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    }
}
