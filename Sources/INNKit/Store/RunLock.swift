import Foundation
import Synchronization

/// Exclusive ownership of a run for training, held through an open, locked file.
///
/// The operating system releases it when the process ends, however it ends. The file stays and names the last owner.
public final class RunLock: Sendable {
    /// Who trains a run.
    public struct Owner: Codable, Sendable, Equatable {
        public var pid: Int32
        public var host: String
    }

    private let descriptor: Mutex<Int32>

    init(_ url: URL, runName: String) throws {
        // Not through a link: the file is emptied, and in a folder from a stranger the link may lead to anything.
        let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
        guard descriptor >= 0 else { throw SystemError.creating(url.path, errno) }
        self.descriptor = Mutex(descriptor)
        do {
            try Self.acquire(descriptor, url, runName: runName)
            try Self.writeOwner(descriptor, url)
        } catch {
            release()
            throw error
        }
    }

    deinit { release() }

    /// Gives the run free; does nothing the second time.
    public func release() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            // A child process that is just being started holds a copy until it executes, and closing ours would not end the lock.
            flock(descriptor, LOCK_UN)
            close(descriptor)
            descriptor = -1
        }
    }

    /// Who holds the lock at this moment; nil when nobody does.
    public static func owner(of folder: RunFolder) -> Owner? {
        let descriptor = open(folder.lockURL.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer {
            flock(descriptor, LOCK_UN)
            close(descriptor)
        }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
        return readOwner(descriptor) ?? Owner(pid: 0, host: "")
    }

    private static func acquire(_ descriptor: Int32, _ url: URL, runName: String) throws {
        // A listing probes with a shared lock for some microseconds; that must not look like an owner.
        for attempt in 0..<20 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            guard errno == EWOULDBLOCK || errno == EINTR else { throw SystemError.creating(url.path, errno) }
            if attempt < 19 { usleep(5_000) }
        }
        let owner = readOwner(descriptor).map { "process \($0.pid) on host \($0.host.shortened)" } ?? "another process"
        throw INNError(.temporary, "The run '\(runName)' is being trained by \(owner); stop that first, or train under another --name.")
    }

    private static func readOwner(_ descriptor: Int32) -> Owner? {
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return try? JSONDecoder().decode(Owner.self, from: Data(bytes[..<count]))
    }

    private static func writeOwner(_ descriptor: Int32, _ url: URL) throws {
        let owner = Owner(pid: getpid(), host: ProcessInfo.processInfo.hostName)
        let bytes = try Array(JSONEncoder().encode(owner))
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
            throw SystemError.writing(url.path, errno)
        }
    }
}
