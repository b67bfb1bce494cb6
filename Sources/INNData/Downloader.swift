import INNCore
import Foundation
import Synchronization

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A download that did not come to its end; what has arrived is kept to be continued.
struct DownloadFailure: Error {
    /// One phrase, for the middle of a sentence.
    let detail: String
}

/// Fetches a file over HTTP and continues where an earlier attempt stopped.
package struct Downloader: Sendable {
    /// How long to wait for an answer.
    var connectSeconds = 5.0
    /// How long the line may be silent once data flows.
    var idleSeconds = 20.0

    /// Downloads `url` to the end of the file at `path`, starting at what it already holds.
    ///
    /// - Throws: ``DownloadFailure``; the file then keeps what has arrived.
    func fetch(_ url: String, into path: String, progress: @escaping CorpusProgressHandler) throws {
        guard let address = URL(string: url) else { throw DownloadFailure(detail: "\(url) is no URL") }
        while true {
            let before = Self.length(of: path)
            do {
                return try attempt(address, into: path, progress: progress)
            } catch let failure as DownloadFailure {
                // A connection that brought something is worth another one; where nothing comes, there is no network.
                let present = Self.length(of: path)
                if present == 0 { unlink(path) }
                guard present > before else { throw failure }
            }
        }
    }

    private func attempt(_ url: URL, into path: String, progress: @escaping CorpusProgressHandler) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw DownloadFailure(detail: "\(path): \(reason(errno))") }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw DownloadFailure(detail: "another process is downloading it")
        }
        let present = Int(lseek(descriptor, 0, SEEK_END))
        var request = URLRequest(url: url)
        if present > 0 { request.setValue("bytes=\(present)-", forHTTPHeaderField: "Range") }
        // A transfer encoding would make offsets in the file meaningless.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        let transfer = Transfer(descriptor: descriptor, present: present, item: url.absoluteString, progress: progress)
        let configuration = URLSessionConfiguration.ephemeral
        // The file is the cache.
        configuration.urlCache = nil
        let session = URLSession(configuration: configuration, delegate: transfer, delegateQueue: nil)
        defer { session.invalidateAndCancel() }
        let task = session.dataTask(with: request)
        task.resume()
        try transfer.wait(connectSeconds: connectSeconds, idleSeconds: idleSeconds)
    }

    private static func length(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
