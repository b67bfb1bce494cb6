import Foundation
import Synchronization

@testable import INNAnalysis
@testable import INNCore
@testable import INNTraining

/// A folder that lives as long as the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "inn-data-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file, making the folders on its way.
    @discardableResult
    func file(_ name: String, _ content: some Sequence<UInt8>) throws -> String {
        let path = "\(path)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(content).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Relative paths of all regular files below, sorted.
    func files() -> [String] {
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return names.filter { name in
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isDirectory)
                && !isDirectory.boolValue
        }.sorted()
    }
}

/// 350 characters in text8 form, packed in several ways.
enum PackedText {
    static let gzip = decoded(
        """
        H4sIAAAAAAACA12PUQ6AIAxDr8LVRiRiBF0iXzu9YRWp/ixL+1qGpSZhlVoltNx3KZolxL76sCkuqXwBJDBdAEEewZxmk3UckvTa
        ynk8FDSvGAZJSNt7QfwX76I6
        HnQMAqZxK3h000eGTQmsw5jv8sEO3gUCCJ1eAQAA
        """)
    static let zip = decoded(
        """
        UEsDBBQAAAAIAAAAIVAFAgidaQAAAF4BAAAFAAAAd29yZHNdj1EOgCAMQ6/C1UYkYgRdIl87vWEVqf4sS/tahqUmYZVaJbTcdyma
        JcS++rApLql8ASQwXQBBHsGc
        ZpN1HJL02sp5PBQ0rxgGSUjbe0H8F++iOh50DAKmcSt4dNNHhk0JrMOY7/LBDt5QSwECFAMUAAAACAAAACFQBQIInWkAAABeAQAA
        BQAAAAAAAAAAAAAAgAEAAAAA
        d29yZHNQSwUGAAAAAAEAAQAzAAAAjAAAAAAA
        """)
    static let xz = decoded(
        """
        /Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AFdAGxdAD0ZSu6UrwYtfAju0cch7+G4rVWw0odK7NE5GVQ16shN99O6ObEr17Q5hHvg
        SfyIlv/oP3iiGAyD4SXN8/kA
        NKvLqd+6X3d1do2HbmYZLXzlm6eM2x2Z1X6cLjTMWht34emVP/cbdwPCv+lPgACeszHAupx2yAABiAHeAgAAHHHZybHEZ/sCAAAAAARZWg==
        """)
    /// Two files, `one` and `two`.
    static let zipOfTwo = decoded(
        """
        UEsDBBQAAAAIAAAAIVA6p9tECAAAAAYAAAADAAAAb25lS8wpyEhUAABQSwMEFAAAAAgAAAAhUKNuWD0HAAAABQAAAAMAAAB0d29L
        Si1JVAAAUEsBAhQDFAAAAAgA
        AAAhUDqn20QIAAAABgAAAAMAAAAAAAAAAAAAAIABAAAAAG9uZVBLAQIUAxQAAAAIAAAAIVCjblg9BwAAAAUAAAADAAAAAAAAAAAA
        AACAASkAAAB0d29QSwUGAAAA
        AAIAAgBiAAAAUQAAAAAA
        """)
    static let emptyGzip = decoded("H4sIAAAAAAACAwMAAAAAAAAAAAA=")
    static let text = Array(
        ("""
        zeta gamma theta alpha beta beta zeta alpha delta alpha beta theta theta beta delta beta theta alpha beta \
        delta alpha theta \
        alpha delta alpha gamma epsilon theta gamma beta epsilon gamma beta delta zeta beta beta alpha delta kappa \
        theta zeta kappa \
        kappa zeta epsilon delta gamma delta beta epsilon kappa zeta kappa epsilon beta beta theta gamma zeta
        """ + " ").utf8)
    static let md5 = "1a6cce2f2d2a5c503f2818c86974953e"

    private static func decoded(_ base64: String) -> [UInt8] {
        Array(Data(base64Encoded: base64.filter { !$0.isWhitespace })!)
    }
}

/// Collects what a closure is told, from any thread.
final class Recorder<Value: Sendable>: Sendable {
    private let storage = Mutex<[Value]>([])

    var values: [Value] { storage.withLock { $0 } }

    func append(_ value: Value) { storage.withLock { $0.append(value) } }
}

/// An HTTP server on 127.0.0.1 that serves one file, with the faults that a test asks for.
final class LoopbackServer: Sendable {
    enum Behaviour: Sendable {
        /// Serves the file, honouring a range.
        case normal
        /// Serves the whole file whatever range is asked for.
        case ignoresRange
        /// Announces the whole rest and closes after this many bytes.
        case breaksAfter(Int)
        /// Accepts the connection and never answers.
        case silent
        case status(Int)
    }

    let port: UInt16
    /// The Range header of every request, empty where there was none.
    let ranges = Recorder<String>()
    private let listener: Int32
    private let content: [UInt8]
    private let behaviours: [Behaviour]
    private let silentConnections = Recorder<Int32>()
    #if canImport(Glibc)
    private static let sendFlags = Int32(MSG_NOSIGNAL)
    #else
    private static let sendFlags: Int32 = 0
    #endif

    var url: String { "http://127.0.0.1:\(port)/file.zip" }

    /// - Parameter behaviours: one per connection; the last one repeats.
    init(content: [UInt8], behaviours: [Behaviour] = [.normal]) throws {
        self.content = content
        self.behaviours = behaviours
        #if canImport(Glibc)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isListening else { throw INNError(.inputOutput, "The test server cannot listen on 127.0.0.1.") }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [content, behaviours, ranges, silentConnections] in
            var served = 0
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                let behaviour = behaviours[min(served, behaviours.count - 1)]
                served += 1
                let request = Self.readHeader(connection)
                guard !request.isEmpty else {
                    close(connection)
                    continue
                }
                let range =
                    request.split(separator: "\r\n").first { $0.lowercased().hasPrefix("range:") }.map(String.init)
                    ?? ""
                ranges.append(range)
                if case .silent = behaviour {
                    silentConnections.append(connection)
                    continue
                }
                Self.answer(connection, content: content, range: range, behaviour: behaviour)
                shutdown(connection, Int32(SHUT_RDWR))
                close(connection)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        for connection in silentConnections.values { close(connection) }
    }

    private static func readHeader(_ connection: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return "" }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func answer(_ connection: Int32, content: [UInt8], range: String, behaviour: Behaviour) {
        var start = Int(range.split(separator: "=").last?.split(separator: "-").first ?? "") ?? 0
        if case .ignoresRange = behaviour { start = 0 }
        var status = start > 0 ? 206 : 200
        if start > 0, start >= content.count { status = 416 }
        if case .status(let code) = behaviour { status = code }
        var body = status == 200 || status == 206 ? Array(content[start...]) : []
        let contentRange =
            status == 206 ? "Content-Range: bytes \(start)-\(content.count - 1)/\(content.count)\r\n" : ""
        let header =
            "HTTP/1.1 \(status) Test\r\nContent-Length: \(body.count)\r\n\(contentRange)Connection: close\r\n\r\n"
        if case .breaksAfter(let count) = behaviour { body = Array(body.prefix(count)) }
        let all = Array(header.utf8) + body
        var sent = 0
        while sent < all.count {
            let count = all[sent...].withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Self.sendFlags) }
            guard count > 0 else { return }
            sent += count
        }
    }
}
