import INNCore
import Foundation
import Synchronization

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// One HTTP connection of a download: writes what arrives to a file and wakes the thread that waits.
///
/// The file is touched under the lock and only while there is no result, so nothing is written to it once `wait` has
/// returned.
final class Transfer: NSObject, URLSessionDataDelegate, Sendable {
    private struct State {
        var length: Int
        var total: Int?
        var hasAnswer = false
        var result: Result<Void, DownloadFailure>?
    }

    private let descriptor: Int32
    private let present: Int
    private let item: String
    private let progress: CorpusProgressHandler
    private let state: Mutex<State>
    private let news = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - descriptor: the file, positioned at its end.
    ///   - present: bytes that the file holds already.
    ///   - item: what progress calls it.
    init(descriptor: Int32, present: Int, item: String, progress: @escaping CorpusProgressHandler) {
        self.descriptor = descriptor
        self.present = present
        self.item = item
        self.progress = progress
        state = Mutex(State(length: present))
    }

    /// Returns when the file is complete.
    ///
    /// - Throws: ``DownloadFailure``, also when nothing was heard for as long as the limits say.
    func wait(connectSeconds: Double, idleSeconds: Double) throws {
        while true {
            let (hasAnswer, result) = state.withLock { ($0.hasAnswer, $0.result) }
            if let result { return try result.get() }
            let limit = hasAnswer ? idleSeconds : connectSeconds
            if news.wait(timeout: .now() + limit) == .timedOut {
                fail(hasAnswer ? "the connection fell silent" : "the server does not answer")
            }
        }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        let expected = response.expectedContentLength > 0 ? Int(response.expectedContentLength) : nil
        state.withLock { state in
            guard state.result == nil else { return }
            switch status {
            case 206 where present > 0:
                state.total = expected.map { $0 + present }
                state.hasAnswer = true
            case 200:
                // The server sends everything again.
                ftruncate(descriptor, 0)
                lseek(descriptor, 0, SEEK_SET)
                (state.length, state.total, state.hasAnswer) = (0, expected, true)
            case 416 where present > 0:
                // Nothing lies beyond what is there: an earlier attempt had fetched everything.
                state.result = .success(())
            default:
                state.result = .failure(DownloadFailure(detail: "the server answered \(status)"))
            }
        }
        news.signal()
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let update = state.withLock { state -> CorpusProgress? in
            guard state.result == nil else { return nil }
            guard writeAll(data) else {
                state.result = .failure(DownloadFailure(detail: "writing to the cache failed, \(reason(errno))"))
                return nil
            }
            state.length += data.count
            return CorpusProgress(
                phase: .downloading, item: item, completedBytes: state.length, totalBytes: state.total)
        }
        news.signal()
        if let update { progress(update) }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if let error { return fail(error.localizedDescription) }
        state.withLock { state in
            let isShort = state.total.map { state.length < $0 } ?? false
            state.result =
                state.result ?? (isShort ? .failure(DownloadFailure(detail: "the connection broke off")) : .success(()))
        }
        news.signal()
    }

    private func fail(_ detail: String) {
        state.withLock { $0.result = $0.result ?? .failure(DownloadFailure(detail: detail)) }
        news.signal()
    }

    private func writeAll(_ data: Data) -> Bool {
        data.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let count = write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
                if count < 0, errno != EINTR { return false }
                offset += max(count, 0)
            }
            return true
        }
    }
}
