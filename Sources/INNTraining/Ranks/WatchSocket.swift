import Foundation
import INNCore

#if canImport(Glibc)
private let streamType = Int32(SOCK_STREAM.rawValue)
#else
private let streamType = SOCK_STREAM
#endif

/// A TCP connection over which ranks send each other single bytes; nothing waits.
final class WatchSocket: Sendable {
    enum Received { case nothing, ended, bytes([UInt8]) }

    private let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(descriptor) }

    /// A byte that cannot be sent at once is not needed: whoever is behind hears of life from what comes later.
    func send(_ byte: UInt8) {
        var byte = byte
        #if canImport(Glibc)
        _ = Glibc.send(descriptor, &byte, 1, Int32(MSG_NOSIGNAL))
        #else
        _ = Darwin.send(descriptor, &byte, 1, 0)
        #endif
    }

    func receive() -> Received {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        if count > 0 { return .bytes(Array(bytes[..<count])) }
        return count < 0 && [EAGAIN, EWOULDBLOCK, EINTR].contains(errno) ? .nothing : .ended
    }

    /// Waits until one of them has something to say, or for the deadline.
    static func wait(for sockets: [WatchSocket], until end: ContinuousClock.Instant) {
        var polled = sockets.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        let left = ContinuousClock.now.duration(to: end).components
        let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
        _ = poll(&polled, nfds_t(polled.count), Int32(max(1, milliseconds)))
    }

    /// Connects to the first address that answers within two seconds.
    ///
    /// - Parameter greeting: is sent first.
    static func connect(to addresses: ArraySlice<String>, port: String, greeting: String) -> WatchSocket? {
        for address in addresses {
            var hints = addrinfo()
            (hints.ai_flags, hints.ai_socktype) = (AI_NUMERICHOST | AI_NUMERICSERV, streamType)
            var found: UnsafeMutablePointer<addrinfo>?
            guard getaddrinfo(address, port, &hints, &found) == 0, let info = found else { continue }
            defer { freeaddrinfo(found) }
            let descriptor = socket(info.pointee.ai_family, streamType, 0)
            guard descriptor >= 0 else { continue }
            let own = WatchSocket(descriptor)
            #if canImport(Glibc)
            let started = Glibc.connect(descriptor, info.pointee.ai_addr, info.pointee.ai_addrlen)
            #else
            let started = Darwin.connect(descriptor, info.pointee.ai_addr, info.pointee.ai_addrlen)
            #endif
            guard started == 0 || errno == EINPROGRESS, own.isConnected() else { continue }
            if Array(greeting.utf8).withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) > 0 { return own }
        }
        return nil
    }

    private func isConnected() -> Bool {
        var polled = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&polled, 1, 2000) == 1 else { return false }
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0
    }
}

/// Where the other ranks connect to rank 0.
final class WatchListener {
    private let descriptor: Int32
    private(set) var port = 0
    /// All addresses of this computer, its own loopback last.
    let addresses: [String]

    init() {
        descriptor = socket(AF_INET, streamType, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        addresses = Self.ownAddresses() + ["127.0.0.1"]
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                guard bind(descriptor, $0, size) == 0, listen(descriptor, 128) == 0 else { return }
                _ = getsockname(descriptor, $0, &size)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }

    private static func ownAddresses() -> [String] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var found: [String] = []
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let address = entry.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET),
                entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0
            else { continue }
            var name = [CChar](repeating: 0, count: 64)
            guard
                getnameinfo(
                    address, socklen_t(MemoryLayout<sockaddr_in>.size), &name, socklen_t(name.count), nil, 0,
                    NI_NUMERICHOST) == 0
            else { continue }
            found.append(String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        return found
    }

    /// The ranks that have connected and know the token.
    ///
    /// - Parameter count: how many there are; they are there already.
    func accept(_ count: Int, token: UInt64) -> [(rank: Int, socket: WatchSocket)] {
        var ranks: [(rank: Int, socket: WatchSocket)] = []
        let end = ContinuousClock.now.advanced(by: .seconds(5))
        while ranks.count < count {
            var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = ContinuousClock.now.duration(to: end).components.seconds
            guard left >= 0, poll(&polled, 1, Int32(left * 1000 + 1)) == 1 else { break }
            #if canImport(Glibc)
            let connection = Glibc.accept(descriptor, nil, nil)
            #else
            let connection = Darwin.accept(descriptor, nil, nil)
            #endif
            guard connection >= 0 else { continue }
            let socket = WatchSocket(connection)
            if let rank = Self.rank(socket, token: token) { ranks.append((rank, socket)) }
        }
        return ranks
    }

    private static func rank(_ socket: WatchSocket, token: UInt64) -> Int? {
        WatchSocket.wait(for: [socket], until: .now.advanced(by: .seconds(2)))
        guard case .bytes(let bytes) = socket.receive() else { return nil }
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard words.count == 2, UInt64(words[0]) == token else { return nil }
        return Int(words[1])
    }
}
