import CRanks
import Foundation
import INNCore

/// The ranks of a job that a launcher of MPI started, through the plug-in that `make mpi` builds.
package final class MPITransport: RankTransport, @unchecked Sendable {
    private let table: inn_ranks
    /// The MPI library and its version.
    package let library: String
    /// Ranks on this computer.
    package let hostSize: Int

    /// Meets the other ranks; once per process.
    ///
    /// - Throws: ``INNError`` of kind `unavailable` when the plug-in or MPI cannot be used.
    package init(plugIn: URL) throws {
        var table = inn_ranks()
        var problem = [CChar](repeating: 0, count: 512)
        guard inn_join_ranks(plugIn.path, &table, &problem, problem.count) == 0 else {
            let reason = String(decoding: problem.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw INNError(.unavailable, "The plug-in for MPI, \(plugIn.path), cannot be used: \(reason).")
        }
        self.table = table
        hostSize = Int(table.hostSize)
        library = withUnsafeBytes(of: table.library) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    package var rank: Int { Int(table.rank) }
    package var size: Int { Int(table.size) }

    private func check(_ error: Int32) throws {
        guard error != 0 else { return }
        guard error != INN_RANKS_INTERRUPTED else { throw INNError(.unavailable, "Another rank is gone.") }
        var text = [CChar](repeating: 0, count: 512)
        table.describe(error, &text, text.count)
        let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        throw INNError(.unavailable, "MPI failed at rank \(rank): \(reason).")
    }

    package func broadcast(_ bytes: UnsafeMutableRawBufferPointer) throws {
        try check(table.broadcast(bytes.baseAddress, bytes.count))
    }

    package func gather(_ bytes: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer?) throws {
        try check(table.gather(bytes.baseAddress, all?.baseAddress, bytes.count))
    }

    package func exchange(_ own: UnsafePointer<Float>, into all: UnsafeMutablePointer<Float>, count: Int) throws {
        try check(table.exchange(own, all, count))
    }

    package func collect(_ own: UnsafePointer<Float>, into all: UnsafeMutablePointer<Float>, count: Int) throws {
        try check(table.collect(own, all, count))
    }

    /// Makes operations that wait for a rank that is gone throw, from any thread.
    package func interrupt() { table.interrupt() }

    package func leave() { table.leave() }
}
