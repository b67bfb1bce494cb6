import Foundation
import INNCore
import Synchronization

/// Notices when a rank is gone: every rank and rank 0 send each other a sign of life over a connection of their own.
/// MPI itself would wait for ever for a rank that hangs.
///
/// The system closes the connection of a process that ends, however it ends; one that hangs stops sending.
package final class RankWatch: Sendable {
    /// What is sent.
    private enum Sign: UInt8 { case life = 1, orderlyEnd, loss }

    /// How long a rank may be silent.
    package static let patience: Duration = .seconds(15)
    private static let pause: Duration = .seconds(1)

    private let connections: [(rank: Int, socket: WatchSocket)]
    private let isOver = Atomic(false)
    private let whenLost: @Sendable (Int?) -> Void
    /// The ranks that cannot be watched, because no connection to them came about; known to rank 0.
    package let unwatched: [Int]

    /// Connects all ranks with rank 0; to be called by all.
    ///
    /// - Parameter whenLost: called once, on a thread of the watch, with the rank that is gone; with nil where rank 0
    ///   ends because another is.
    package init(_ transport: any RankTransport, whenLost: @escaping @Sendable (Int?) -> Void) throws {
        self.whenLost = whenLost
        let listener = transport.rank == 0 ? WatchListener() : nil
        let token = UInt64.random(in: 1 ... .max)
        let said = try transport.announce(listener.map { "\(token) \($0.port) \($0.addresses.joined(separator: " "))" })
        let words = said.split(separator: " ").map(String.init)
        if transport.rank > 0 {
            let socket =
                words.count > 2
                ? WatchSocket.connect(to: words[2...], port: words[1], greeting: "\(words[0]) \(transport.rank)\n")
                : nil
            connections = socket.map { [(0, $0)] } ?? []
            _ = try transport.gather(socket == nil ? "none" : "")
            unwatched = []
        } else {
            let answers = try transport.gather("")
            let absent = answers.indices.filter { !answers[$0].isEmpty }
            connections = listener?.accept(transport.size - 1 - absent.count, token: token) ?? []
            let watched = Set(connections.map(\.rank))
            unwatched = (1..<max(1, transport.size)).filter { !watched.contains($0) }
        }
        guard !connections.isEmpty else { return }
        let thread = Thread { [self] in watch() }
        thread.name = "ranks"
        thread.start()
    }

    /// From now on nobody is missed: everybody leaves in good order.
    package func end() {
        isOver.store(true, ordering: .relaxed)
        for (_, socket) in connections { socket.send(Sign.orderlyEnd.rawValue) }
    }

    private func watch() {
        let clock = ContinuousClock()
        var heard = connections.map { _ in clock.now }
        while !isOver.load(ordering: .relaxed) {
            for (_, socket) in connections { socket.send(Sign.life.rawValue) }
            let end = clock.now.advanced(by: Self.pause)
            while clock.now < end {
                WatchSocket.wait(for: connections.map(\.socket), until: end)
                for (index, connection) in connections.enumerated() {
                    switch connection.socket.receive() {
                    case .nothing: break
                    case .ended: return lose(connection.rank)
                    case .bytes(let bytes):
                        heard[index] = clock.now
                        if bytes.contains(Sign.orderlyEnd.rawValue) { return }
                        if bytes.contains(Sign.loss.rawValue) { return whenLost(nil) }
                    }
                }
            }
            for (index, connection) in connections.enumerated()
            where heard[index].duration(to: clock.now) > Self.patience { return lose(connection.rank) }
        }
    }

    private func lose(_ rank: Int) {
        guard !isOver.load(ordering: .relaxed) else { return }
        // First it is told whoever looks on: a launcher ends all as soon as the first rank has ended.
        whenLost(rank)
        for connection in connections where connection.rank != rank { connection.socket.send(Sign.loss.rawValue) }
    }
}

extension RankTransport {
    /// A text of rank 0, at all ranks.
    func announce(_ text: String?) throws -> String {
        var count = text?.utf8.count ?? 0
        try broadcast(&count)
        return String(decoding: try broadcast(text.map { Array($0.utf8) }, count: count), as: UTF8.self)
    }
}
