import Foundation
import INNCore
import INNData
import INNStore
import Synchronization

/// The processes that train together. Rank 0 has the run's folder, the screens and all decisions; the others compute
/// what it tells them, see ``RankWorker``.
public final class Ranks: Sendable {
    package let transport: any RankTransport
    /// Who they are, by rank.
    package let members: [RankMember]
    private let loss = Atomic(false)

    /// Whether one of them is gone, so that this one has to end.
    package var isIncomplete: Bool { loss.load(ordering: .relaxed) }

    package func noteLoss() { loss.store(true, ordering: .relaxed) }

    package var isFirst: Bool { transport.rank == 0 }
    package var size: Int { transport.size }

    /// Meets the other ranks.
    ///
    /// - Parameter member: this process.
    /// - Throws: ``INNError`` of kind `usage` at all ranks when one of them computes otherwise than rank 0 does, so
    /// that
    ///   its bits would differ.
    package init(_ transport: any RankTransport, _ member: RankMember) throws {
        self.transport = transport
        let said = try transport.gather(String(decoding: JSONEncoder().encode(member), as: UTF8.self))
        let lines = try transport.announce(transport.rank == 0 ? said.joined(separator: "\n") : nil)
        members = lines.split(separator: "\n", omittingEmptySubsequences: false).map {
            (try? JSONDecoder().decode(RankMember.self, from: Data($0.utf8))) ?? RankMember()
        }
        if let problem = members.problem { throw INNError(.usage, problem) }
    }

    /// - Throws: ``INNError`` of kind `usage` when the run's shards cannot be dealt out evenly.
    package func require(_ settings: TrainingSettings) throws {
        guard settings.shardCount % size == 0 else {
            throw INNError(
                .usage,
                """
                The run has \(settings.shardCount) shard\(settings.shardCount == 1 ? "" : "s"), which \(size) ranks \
                cannot share evenly; start as many ranks as divide the shards, or a new run with another --shards.
                """)
        }
    }

    /// A rank, for people.
    package func name(_ rank: Int) -> String {
        members.indices.contains(rank) ? "rank \(rank) on \(members[rank].host)" : "rank \(rank)"
    }

    /// Sends the other ranks home; without effect once they are.
    package func dismiss() { try? tell(RankOrder(.end)) }

    func tell(_ order: RankOrder, _ payload: [UInt8] = []) throws {
        var order = order
        order.bytes = payload.count
        try transport.broadcast(&order)
        _ = try transport.broadcast(payload, count: payload.count)
    }
}

/// What one process says of itself.
package struct RankMember: Codable, Sendable, Equatable {
    package var host = "an unknown host", version = "", instructionSet = "", algebra = ""

    package init() {}

    /// This process.
    ///
    /// - Parameter version: of the program.
    package init(version: String) {
        host = ProcessInfo.processInfo.hostName
        self.version = version
        (instructionSet, algebra) = (InstructionSet.current, LinearAlgebra.libraryDescription)
    }
}

extension [RankMember] {
    /// What is wrong with the first rank that does not fit rank 0.
    fileprivate var problem: String? {
        guard let first else { return nil }
        for (rank, member) in enumerated().dropFirst() {
            for (what, own, theirs) in [
                ("program version", member.version, first.version),
                ("instruction set", member.instructionSet, first.instructionSet),
                ("BLAS", member.algebra, first.algebra),
            ] where own != theirs {
                return """
                    Rank \(rank) on \(member.host) has the \(what) \(own), but rank 0 on \(first.host) has \(theirs), \
                    so their bits would differ\(what.hasSuffix("set") ? "; set INN_SIMD to the same for all" : "").
                    """
            }
        }
        return nil
    }
}

/// What rank 0 tells the others to do next.
struct RankOrder: BitwiseCopyable {
    enum Kind: Int {
        /// Prepare for a run; its settings follow.
        case begin
        /// Take over weights, moments and memory from rank 0.
        case adopt
        /// Forward, backward and exchange of gradients.
        case compute
        case update
        /// Interventions follow.
        case hold
        /// The biases of gates follow.
        case gates
        /// Bring moments and memory to rank 0.
        case publish
        case forget
        case end
    }

    private var code: Int
    /// Bytes that follow.
    var bytes = 0
    /// Updates made before.
    var step = 0
    /// Of an update.
    var settings = AdamW.Settings(learningRate: 0)
    var gradientScale = 0.0
    /// Whether weights are compared.
    var checks = false

    init(_ kind: Kind) { code = kind.rawValue }

    var kind: Kind? { Kind(rawValue: code) }
}
